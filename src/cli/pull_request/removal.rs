//! Pull requests that take a request back: they remove its file, and merging one undoes what was made for it.

use std::time::Duration;

use super::CiRepository;
use crate::{
    cli::{Failure, exit::outside, output::Output, settings::Settings},
    forge::{
        ApiError,
        reviews::{NewPullRequest, open_pull_request},
    },
    git::{
        branch::{self, BranchCommit, BranchState},
        path_in_repository, remote_of,
    },
    scaffold::request::REQUESTS,
};

/// How often and after how long a forge is asked again that has not seen the branch yet.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// Pushes a branch that removes the file of a request, and opens a pull request of it. Where that cannot be done, it says
/// which branch to open one of.
///
/// # Errors
/// The portal has no remote, or the branch cannot be pushed.
pub(in crate::cli) fn open(settings: &Settings, id: &str, output: &Output) -> Result<(), Failure> {
    let remote = remote_of(&settings.portal).ok_or_else(|| {
        Failure::Usage(anyhow::anyhow!(
            "the portal has no remote `origin`, so that there are no pull requests\nhint: remove `{REQUESTS}/{id}.yaml`"
        ))
    })?;
    let branch = format!("callboard/take-back-{id}");
    let author = settings.author();
    let title = format!("Take back the request {id}");
    let commit = BranchCommit {
        files: Vec::new(),
        removed: vec![
            path_in_repository(&settings.portal, &format!("{REQUESTS}/{id}.yaml"))
                .map_err(outside)?,
        ],
        branch: &branch,
        base: None,
        is_added: false,
        message: &title,
        author: &author,
        time: settings.now,
        request: id,
        effect: "take-back",
        trailers: Vec::new(),
    };
    match branch::find(&remote, &commit).map_err(outside)? {
        BranchState::Absent => drop(branch::push(&remote, &commit).map_err(outside)?),
        BranchState::Ours(_) => {}
        BranchState::Foreign => {
            return Err(Failure::Refused(anyhow::anyhow!(
                "the portal has a branch `{branch}` already, with other commits\nhint: remove it"
            )));
        }
    }
    let base = branch::default_branch(&remote).map_err(outside)?.unwrap_or_default();
    let text = format!(
        "Merging this removes the request `{id}`, and undoes what its run made. The plan is in the comment below."
    );
    let new = NewPullRequest { title: &title, text: &text, branch: &branch, base: &base };
    let by_hand = |why: &str| {
        output.line(format!(
            "the branch `{branch}` takes the request back: open a pull request of it"
        ));
        output.note(why);
    };
    let environment = &settings.environment;
    let hosts = settings.scaffold().hosts;
    let repository =
        CiRepository::of(environment).ok().or_else(|| super::remote::repository(&remote, &hosts));
    let Some(repository) = repository else {
        by_hand("no forge is known at the address of the remote `origin`");
        return Ok(());
    };
    repository.secrets(environment).iter().for_each(|secret| output.learn(secret));
    settings.hide_credentials(output);
    let connections = settings.connections()?;
    let Some(credential) = repository.credential(&connections, environment) else {
        by_hand(&format!("there is no token for `{}`", repository.web));
        return Ok(());
    };
    let opened = repository.client(&connections, &credential).and_then(|client| {
        retried(|| open_pull_request(&client, repository.api, &repository.path, &new))
    });
    match opened {
        Ok(url) => output.line(format!("pull request {url}")),
        Err(error) => by_hand(&output.redact(&error.to_string())),
    }
    Ok(())
}

/// Repeats a call while the forge says that the branch is not there, which it may not have seen yet.
fn retried<T>(mut call: impl FnMut() -> Result<T, ApiError>) -> Result<T, ApiError> {
    let mut result = call();
    for _ in 1..TRIES {
        match &result {
            Err(error) if error.status() == Some(404) => {
                std::thread::sleep(PAUSE);
                result = call();
            }
            _ => break,
        }
    }
    result
}
