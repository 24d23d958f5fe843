//! A new repository with one commit: a bare one in a directory, or the first push to a remote.

use std::path::{Path, PathBuf};

use callboard_planner::{Effect, effect::RepositoryInput, workspace::Workspace};
use serde_json::Value;

use super::{Comparison, EffectResult, Executor, Fault, Mark, Output, Probe, Watch, World};
use crate::{
    base::{author::Author, path::shown, text::with_causes},
    git::publish::{self, Existing, InitialCommit, Publication, PublishError},
};

pub(super) struct GitRepository;

/// Where the repository is made.
enum Home {
    Directory(PathBuf),
    Remote(String),
}

impl Executor for GitRepository {
    fn probe(&self, effect: &Effect, mark: &Mark<'_>, world: &World<'_>) -> Result<Probe, Fault> {
        let input: RepositoryInput = effect.read()?;
        let (author, files) = (author(&input), files(effect)?);
        let commit = commit(&input, &author, &files, mark);
        let home = home(effect, &input, world);
        let existing = match &home {
            Home::Directory(path) => publish::find(path, &commit),
            Home::Remote(url) => publish::find_remote(url, &commit),
        };
        Ok(match existing.map_err(fault)? {
            Existing::Nothing => Probe::Absent,
            Existing::Ours(made) => Probe::Ours(output(&input, &home, &made)),
            Existing::Foreign => Probe::Foreign(foreign(&input)),
        })
    }

    fn act(
        &self,
        effect: &Effect,
        mark: &Mark<'_>,
        world: &World<'_>,
        _: &mut dyn Watch,
    ) -> Result<EffectResult, Fault> {
        let input: RepositoryInput = effect.read()?;
        let (author, files) = (author(&input), files(effect)?);
        let commit = commit(&input, &author, &files, mark);
        let home = home(effect, &input, world);
        let made = match &home {
            Home::Directory(path) => publish::create(path, &commit),
            Home::Remote(url) => publish::push(url, &commit),
        };
        match made {
            Ok(made) => Ok(output(&input, &home, &made).into()),
            Err(PublishError::Exists(_)) => Err(Fault::Conflict { message: foreign(&input) }),
            Err(error) => Err(fault(error)),
        }
    }

    /// What others have pushed since is no difference.
    fn compare(
        &self,
        effect: &Effect,
        _: &Output,
        mark: &Mark<'_>,
        world: &World<'_>,
    ) -> Result<Comparison, Fault> {
        Ok(match self.probe(effect, mark, world)? {
            Probe::Foreign(_) => Comparison::Different(format!(
                "`{}` does not begin with the commit of the run",
                effect.target
            )),
            probe => Comparison::of(probe, effect),
        })
    }

    /// Removes nothing: the effect that made the repository on its forge does that, once it is certain that nobody has
    /// added anything.
    fn undo(
        &self,
        effect: &Effect,
        done: &Output,
        _: &Mark<'_>,
        world: &World<'_>,
    ) -> Result<(), Fault> {
        let input: RepositoryInput = effect.read()?;
        let Home::Remote(url) = home(effect, &input, world) else {
            let message = format!("the repository at `{}` cannot be removed here", effect.target);
            return Err(Fault::Rejected { message });
        };
        let commit = done.get("commitHash").and_then(Value::as_str).unwrap_or_default();
        if publish::has_only(&url, &input.branch, commit).map_err(fault)? {
            return Ok(());
        }
        let message = format!("somebody has changed `{}` since", input.repository);
        Err(Fault::Conflict { message })
    }
}

fn foreign(input: &RepositoryInput) -> String {
    format!(
        "the repository `{}` exists already, and was not made by this request",
        input.repository
    )
}

fn files(effect: &Effect) -> Result<Workspace, Fault> {
    effect.files.clone().ok_or_else(|| Fault::Rejected { message: "it has no files".to_owned() })
}

fn author(input: &RepositoryInput) -> Author {
    Author { name: input.author_name.clone(), email: input.author_email.clone() }
}

fn commit<'a>(
    input: &'a RepositoryInput,
    author: &'a Author,
    files: &'a Workspace,
    mark: &Mark<'a>,
) -> InitialCommit<'a> {
    InitialCommit {
        files: files.files().map(|(path, file)| (path.as_str(), &*file.bytes, file.mode)).collect(),
        branch: &input.branch,
        message: &input.message,
        author,
        time: mark.time,
        request: mark.request,
        trailers: trailers(mark),
    }
}

/// What the commit says of the review of the request.
pub(super) fn trailers(mark: &Mark<'_>) -> Vec<(&'static str, String)> {
    let line = |text: &String| text.replace(['\n', '\r'], " ");
    let mut trailers = Vec::new();
    trailers.extend(mark.review.pull_request.as_ref().map(|url| ("Pull-Request", line(url))));
    trailers.extend(mark.review.approvers.iter().map(|who| ("Approved-by", line(who))));
    trailers
}

fn home(effect: &Effect, input: &RepositoryInput, world: &World<'_>) -> Home {
    match &input.push_url {
        Some(url) => Home::Remote(url.clone()),
        None => Home::Directory(world.portal.join(&effect.target.origin).join(&effect.target.path)),
    }
}

fn output(input: &RepositoryInput, home: &Home, made: &Publication) -> Output {
    let mut output = Output::new();
    // The plan knows the addresses where the settings say them.
    if input.public_url.is_none() {
        let url = match home {
            Home::Remote(url) => url.clone(),
            Home::Directory(path) => file_url(path),
        };
        output.insert("remoteUrl".into(), url.clone().into());
        output.insert("repoContentsUrl".into(), url.into());
    }
    output.insert("commitHash".into(), made.commit.clone().into());
    output
}

fn file_url(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    url::Url::from_file_path(&absolute).map_or_else(|()| shown(&absolute), String::from)
}

/// A push whose answer did not come may have been done.
pub(super) fn fault(error: PublishError) -> Fault {
    let message = with_causes(&error);
    match error.refused_status() {
        Some(401 | 403) => return Fault::Denied { message, scope: "to push".to_owned() },
        Some(429 | 502..=504) => return Fault::Transient { message, after: None },
        Some(400..500) => return Fault::Rejected { message },
        _ => {}
    }
    match error {
        PublishError::Git { source, .. }
            if matches!(source.class(), git2::ErrorClass::Net | git2::ErrorClass::Http) =>
        {
            Fault::Ambiguous { message }
        }
        PublishError::Moved(_) => Fault::Transient { message, after: None },
        PublishError::Exists(_)
        | PublishError::Unchanged(_)
        | PublishError::Git { .. }
        | PublishError::File(_) => Fault::Rejected { message },
    }
}
