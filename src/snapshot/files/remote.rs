//! Reads the repositories of a source, several at a time. A repository that cannot be read is one
//! fault, and all its fragments are kept.

use std::{path::Path, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use serde_json::json;

use super::{
    LIMITS, ReadReport, Records,
    globs::Globs,
    problem,
    reader::{TreeOrigin, TreeScan, read},
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        environment::{Environment, GIT_TOKEN, Secret},
        forges::RepositoryPages,
        http::{Url, shown},
    },
    git::{
        clone::{self, Remote, fetch},
        commit_choice::{CommitChoice, ListedReferences},
        remote_of,
        transport::{Access, Credential},
    },
    snapshot::{
        Progress,
        faults::{Fault, Subject},
        fetch::RecordSink,
        raw::RawAuth,
        report::{Failure, FailureKind},
        source::{GitSource, Source},
        value_error::ValueError,
    },
};

/// Pause before the first retry; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// A repository that was read.
struct RepositoryScan {
    url: String,
    reference: String,
    commit: String,
    found: TreeScan,
}

/// A repository that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{url}: {message}")]
struct RepositoryError {
    /// Its address, without query and user.
    url: String,
    message: String,
    hint: Option<String>,
}

/// Reads the repositories of a source. Those without `auth` on the portal's own server are read with
/// the portal's token.
pub(in crate::snapshot) async fn read_repositories(
    source: &Source,
    git: &GitSource,
    root: &Path,
    (environment, progress): (&Environment, &dyn Progress),
    limit: Option<usize>,
    take: RecordSink<'_>,
) -> Result<ReadReport, Failure> {
    let remotes = remotes(source, git, root, environment)?;
    let cache = clone::cache(root).map_err(|e| outside(vec![failed(source, "", e.to_string())]))?;
    let retries = git.limits.retries;
    let addresses: Vec<Arc<str>> = remotes.iter().map(|r| shown(&r.url).into()).collect();
    let reads = remotes.into_iter().map(|remote| {
        let (cache, globs, docs) = (cache.clone(), Arc::clone(&git.globs), git.docs);
        tokio::task::spawn_blocking(move || read_one(&cache, &remote, (&globs, docs), retries))
    });
    let mut reads = stream::iter(reads).buffered(git.concurrency);
    let mut read_report = ReadReport::default();
    let mut records = Records { limit, taken: 0, take };
    let mut at = 0;
    while let Some(read) = reads.next().await {
        let unread = |message: String| failed(source, &format!("/repositories/{at}"), message);
        match read {
            Ok(Ok(read)) => {
                let RepositoryScan { url, reference, commit, found } = read;
                let parent = |file: &str| json!({ "repository": url, "ref": reference, "commit": commit, "file": file });
                records.add(found, &parent, &mut read_report);
                progress.page(&source.name, read_report.volume);
            }
            Ok(Err(error)) => {
                let subject = Subject::Repository(addresses[at].clone());
                let fault = Fault::new(unread(error.to_string()).hint_opt(error.hint), subject);
                read_report.faults.push(fault.outside());
            }
            Err(_) => {
                let subject = Subject::Repository(addresses[at].clone());
                let message = format!("{}: reading it broke off", addresses[at]);
                read_report.faults.push(Fault::new(unread(message), subject));
            }
        }
        at += 1;
    }
    Ok(read_report)
}

fn outside(problems: Vec<Diagnostic>) -> Failure {
    Failure::new(FailureKind::Outside, problems)
}

fn failed(source: &Source, pointer: &str, message: String) -> Diagnostic {
    problem(source, pointer, "source-failed", message)
}

fn wrong(source: &Source, pointer: &str, message: String) -> Diagnostic {
    problem(source, pointer, "invalid-source", message)
}

/// Fetches and reads one repository. Blocks.
fn read_one(
    cache: &Path,
    remote: &Remote,
    (globs, docs): (&Globs, bool),
    retries: u32,
) -> Result<RepositoryScan, RepositoryError> {
    let url = shown(&remote.url);
    let mut attempt = 0;
    let tree = loop {
        match fetch(cache, remote) {
            Ok(tree) => break tree,
            Err(error) if error.may_pass() && attempt < retries => {
                std::thread::sleep(FIRST_PAUSE * 2_u32.saturating_pow(attempt));
                attempt += 1;
            }
            Err(error) => {
                // The message may quote the address with its query, which may contain a secret.
                let message = error.to_string().replace(remote.url.as_str(), &url);
                return Err(RepositoryError { url, message, hint: error.hint() });
            }
        }
    };
    let pages = RepositoryPages::new(&remote.url, &tree.reference, tree.is_tag);
    let origin =
        TreeOrigin { prefix: format!("{url}:"), repository: Some(url.as_str().into()), pages };
    let mut found = read(&tree, &origin, globs, LIMITS, docs);
    if found.is_empty() {
        let message = "no file of this repository matches the `globs` of the source";
        found.warnings.push(Diagnostic::warning("no-entities", Place::file(&url), message));
    }
    Ok(RepositoryScan {
        url,
        reference: tree.reference.clone(),
        commit: tree.commit.clone(),
        found,
    })
}

/// Makes the remotes of a source: replaces environment variables and adds credentials.
fn remotes(
    source: &Source,
    git: &GitSource,
    root: &Path,
    environment: &Environment,
) -> Result<Vec<Remote>, Failure> {
    let mut problems = Vec::new();
    let mut made = Vec::new();
    let credential = git.auth.as_ref().map(|auth| credential(auth, environment));
    let credential = match credential.transpose() {
        Ok(credential) => credential,
        Err((pointer, error)) => {
            problems.push(wrong(source, pointer, error.to_string()));
            None
        }
    };
    for (at, (url, reference)) in git.repositories.iter().enumerate() {
        let pointer = format!("/repositories/{at}/url");
        let filled = environment.expand(url).map_err(ValueError::from);
        let parsed = filled.and_then(|filled| {
            Url::parse(&filled).map_err(|_| ValueError::Repository(url.clone()))
        });
        let first = made.first().map(|first: &Remote| first.url.origin());
        match parsed {
            Ok(parsed) if git.auth.is_some() && first.is_some_and(|f| f != parsed.origin()) => {
                let message = "`auth` is for one server, and this repository is on another";
                let hint = "make a source of its own for it";
                problems.push(wrong(source, &pointer, message.to_owned()).hint(hint));
            }
            Ok(parsed) => made.push(Remote {
                access: Access::Given(
                    credential.clone().or_else(|| own_token(&parsed, root, environment)),
                ),
                listed: ListedReferences::default(),
                url: parsed,
                wanted: reference.clone().map_or(CommitChoice::Default, CommitChoice::Reference),
                timeout: git.limits.timeout,
                max_bytes: git.limits.max_bytes,
            }),
            Err(error) => problems.push(wrong(source, &pointer, error.to_string())),
        }
    }
    if problems.is_empty() { Ok(made) } else { Err(Failure::new(FailureKind::Settings, problems)) }
}

/// The portal's own token, for repositories on the portal's own server.
fn own_token(url: &Url, root: &Path, environment: &Environment) -> Option<Credential> {
    let own = Url::parse(&remote_of(root)?).ok()?;
    let token = environment.secret(GIT_TOKEN).filter(|_| own.origin() == url.origin())?;
    Some(Credential::token(token))
}

/// Makes the credential of a source. An error comes with the JSON pointer of the value in the file.
fn credential(
    auth: &RawAuth,
    environment: &Environment,
) -> Result<Credential, (&'static str, ValueError)> {
    let fill = |pointer: &'static str, text: &str| {
        environment.expand(text).map_err(|e| (pointer, ValueError::from(e)))
    };
    let secret = |pointer: &'static str, text: &str| match fill(pointer, text)? {
        empty if empty.is_empty() => Err((pointer, ValueError::Empty(text.to_owned()))),
        filled => Ok(Secret::new(filled)),
    };
    match auth {
        RawAuth::Bearer { token } => Ok(Credential::token(secret("/auth/token", token)?)),
        RawAuth::Basic { username, password } => Ok(Credential::of_user(
            fill("/auth/username", username)?,
            secret("/auth/password", password)?,
        )),
        RawAuth::Oauth2 { .. } => Err(("/auth/type", ValueError::GitCredentials)),
    }
}
