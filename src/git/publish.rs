//! Creates repositories with one initial commit, atomically.
//!
//! The commit depends only on its files, author, time and message, so that a repetition makes the same
//! commit. A repository that exists already is compared, but never changed.

use std::path::Path;

use git2::{Commit, ErrorCode, Index, Oid, Repository, RepositoryInitOptions, Signature};
use jiff::Timestamp;

use super::{
    commit::{Author, make_commit},
    remote,
    transport::refused_status,
};
use crate::base::{
    files::Mode,
    fs::{self, FileError},
    path::shown,
};

/// Trailer of the initial commit with the request that it was made for.
pub const REQUEST_TRAILER: &str = "Callboard-Request";

/// The initial commit of a new repository.
#[derive(Debug)]
pub struct InitialCommit<'a> {
    /// Its files: path, content, mode.
    pub files: Vec<(&'a str, &'a [u8], Mode)>,
    /// Its branch, without `refs/heads/`.
    pub branch: &'a str,
    /// Its message, without trailers.
    pub message: &'a str,
    /// Its author.
    pub author: &'a Author,
    /// Its time.
    pub time: Timestamp,
    /// The request that it is made for, which is written as a trailer and compared afterwards.
    pub request: &'a str,
    /// Further trailers: names and values of one line, which are not compared.
    pub trailers: Vec<(&'static str, String)>,
}

/// The result: a repository that has the initial commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Id of the initial commit.
    pub commit: String,
    /// False when the repository existed already.
    pub is_new: bool,
}

/// What is where a repository would be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existing {
    /// Nothing, or a remote without a branch.
    Nothing,
    /// A repository whose first commit is of the same request and has the same files.
    Ours(Publication),
    /// Something else.
    Foreign,
}

/// Why a repository was not created.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A repository that was not created by this request exists.
    #[error("the repository `{0}` exists already, and was not made by this request")]
    Exists(String),
    /// Git failed.
    #[error("cannot make the repository `{repository}`")]
    Git {
        /// Its path or address.
        repository: String,
        /// The error of libgit2.
        #[source]
        source: git2::Error,
    },
    /// The branch moved while the commit was made.
    #[error("the branch `{0}` moved while the commit was made")]
    Moved(String),
    /// A new branch would have the files that its base has.
    #[error("`{0}` has all these files already: there is nothing to propose")]
    Unchanged(String),
    /// The file system failed.
    #[error(transparent)]
    File(#[from] FileError),
}

impl PublishError {
    /// The status with which a server refused, so that nothing was done.
    pub fn refused_status(&self) -> Option<u16> {
        match self {
            Self::Git { source, .. } => refused_status(source),
            _ => None,
        }
    }
}

/// Looks what is at the path of a bare repository; changes nothing.
pub fn find(directory: &Path, commit: &InitialCommit<'_>) -> Result<Existing, PublishError> {
    if !directory.exists() {
        return Ok(Existing::Nothing);
    }
    existing(adopt_local(directory, commit))
}

/// Looks what is at the URL of a remote; changes nothing.
pub fn find_remote(url: &str, commit: &InitialCommit<'_>) -> Result<Existing, PublishError> {
    let failed = failure(url.to_owned());
    let scratch = scratch()?;
    let repository = bare_repository(scratch.path()).map_err(&failed)?;
    if has_no_branch(&repository, url).map_err(&failed)? {
        return Ok(Existing::Nothing);
    }
    let made = write(&repository, commit).map_err(&failed)?;
    existing(adopt_remote(&repository, url, commit, made))
}

/// Whether all branches of a remote have this commit at their tips, and one of them has this name; also when the remote
/// is gone. Nobody has added anything to it then.
pub fn has_only(url: &str, branch: &str, commit: &str) -> Result<bool, PublishError> {
    let scratch = scratch()?;
    let failed = failure(url.to_owned());
    let repository = bare_repository(scratch.path()).map_err(&failed)?;
    let branches = match remote::branches(&repository, url) {
        Err(error) if refused_status(&error) == Some(404) => return Ok(true),
        branches => branches.map_err(&failed)?,
    };
    let reference = format!("refs/heads/{branch}");
    let is_there = branches.iter().any(|(name, _)| *name == reference);
    Ok(is_there && branches.iter().all(|(_, tip)| tip.to_string() == commit))
}

fn existing(adopted: Result<Publication, PublishError>) -> Result<Existing, PublishError> {
    match adopted {
        Ok(made) => Ok(Existing::Ours(made)),
        Err(PublishError::Exists(_)) => Ok(Existing::Foreign),
        Err(error) => Err(error),
    }
}

/// Creates a bare repository. It is built in a temporary folder beside its path, and then renamed.
pub fn create(directory: &Path, commit: &InitialCommit<'_>) -> Result<Publication, PublishError> {
    let failed = failure(shown(directory));
    if directory.exists() {
        return adopt_local(directory, commit);
    }
    let parent = directory.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let scratch = tempfile::Builder::new()
        .prefix(".callboard-")
        .tempdir_in(parent)
        .map_err(|error| failed(git2::Error::from_str(&error.to_string())))?;
    let building = scratch.path().join("new.git");
    let made = build(&building, commit).map_err(&failed)?;
    match fs::rename(&building, directory) {
        Ok(()) => Ok(Publication { commit: made.to_string(), is_new: true }),
        // Another process has created it in the meantime.
        Err(_) if directory.exists() => adopt_local(directory, commit),
        Err(error) => Err(error.into()),
    }
}

/// Pushes the initial commit to a remote that has no branch yet.
pub fn push(url: &str, commit: &InitialCommit<'_>) -> Result<Publication, PublishError> {
    let failed = failure(url.to_owned());
    let scratch = scratch()?;
    let repository = bare_repository(scratch.path()).map_err(&failed)?;
    let made = write(&repository, commit).map_err(&failed)?;
    let reference = format!("refs/heads/{}", commit.branch);
    let is_empty = has_no_branch(&repository, url).map_err(&failed)?;
    if is_empty
        && remote::compare_and_swap(&repository, url, &reference, None, made).map_err(&failed)?
    {
        return Ok(Publication { commit: made.to_string(), is_new: true });
    }
    adopt_remote(&repository, url, commit, made)
}

/// Whether a remote has no branch. Servers that make a repository when it is pushed to say of one that is not there
/// that it does not exist, and make it only for the push.
fn has_no_branch(repository: &Repository, url: &str) -> Result<bool, git2::Error> {
    match remote::branches(repository, url) {
        Ok(branches) => Ok(branches.is_empty()),
        Err(error) if refused_status(&error) == Some(404) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Accepts the branch of a remote, as [`adopt`] does. `made` is the commit that would be pushed.
fn adopt_remote(
    repository: &Repository,
    url: &str,
    commit: &InitialCommit<'_>,
    made: Oid,
) -> Result<Publication, PublishError> {
    let failed = failure(url.to_owned());
    let reference = format!("refs/heads/{}", commit.branch);
    let tip = remote::fetch(repository, url, &reference, remote::Depth::All).map_err(&failed)?;
    let wanted = repository.find_commit(made).map_err(&failed)?.tree_id();
    let adopted = adopt(repository, tip, commit.request, wanted).map_err(&failed)?;
    adopted.ok_or_else(|| PublishError::Exists(url.to_owned()))
}

pub(super) fn failure(repository: String) -> impl Fn(git2::Error) -> PublishError {
    move |source| PublishError::Git { repository: repository.clone(), source }
}

fn build(directory: &Path, commit: &InitialCommit<'_>) -> Result<Oid, git2::Error> {
    let mut options = RepositoryInitOptions::new();
    options.bare(true).no_reinit(true).external_template(false).initial_head(commit.branch);
    let repository = Repository::init_opts(directory, &options)?;
    let made = write(&repository, commit)?;
    let reference = format!("refs/heads/{}", commit.branch);
    repository.reference(&reference, made, false, "initial commit")?;
    Ok(made)
}

/// Writes the commit without pointing any branch at it.
fn write(repository: &Repository, commit: &InitialCommit<'_>) -> Result<Oid, git2::Error> {
    let tree = write_tree(repository, commit)?;
    let time = git2::Time::new(commit.time.as_second(), 0);
    let by = Signature::new(&commit.author.name, &commit.author.email, &time)?;
    let message = message_of(commit.message, commit.request, &commit.trailers);
    let tree = repository.find_tree(tree)?;
    make_commit(repository, (&by, &by), &message, &tree, &[])
}

/// A message with the trailer of a request, and further ones.
pub(super) fn message_of(
    message: &str,
    request: &str,
    trailers: &[(&'static str, String)],
) -> String {
    let mut text = format!("{}\n\n{REQUEST_TRAILER}: {request}\n", message.trim_end());
    for (name, value) in trailers {
        text += &format!("{name}: {value}\n");
    }
    text
}

fn write_tree(repository: &Repository, commit: &InitialCommit<'_>) -> Result<Oid, git2::Error> {
    let mut index = Index::new()?;
    add_files(repository, &mut index, commit.files.iter().copied())?;
    index.write_tree_to(repository)
}

/// Adds files to an index: path, content, mode.
pub(super) fn add_files<'f>(
    repository: &Repository,
    index: &mut Index,
    files: impl Iterator<Item = (&'f str, &'f [u8], Mode)>,
) -> Result<(), git2::Error> {
    for (path, bytes, mode) in files {
        let mode = match mode {
            Mode::File => 0o100_644,
            Mode::Executable => 0o100_755,
            Mode::Link => 0o120_000,
        };
        index.add(&remote::index_entry(path, repository.blob(bytes)?, mode))?;
    }
    Ok(())
}

fn adopt_local(directory: &Path, commit: &InitialCommit<'_>) -> Result<Publication, PublishError> {
    let name = shown(directory);
    let failed = failure(name.clone());
    let Ok(repository) = Repository::open_bare(directory) else {
        return Err(PublishError::Exists(name));
    };
    let tip = match repository.refname_to_id(&format!("refs/heads/{}", commit.branch)) {
        Ok(tip) => Some(tip),
        Err(error) if error.code() == ErrorCode::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    // The tree is made in a scratch repository, so that nothing is written to the existing one.
    let scratch = scratch()?;
    let wanted = bare_repository(scratch.path())
        .and_then(|repository| write_tree(&repository, commit))
        .map_err(&failed)?;
    let adopted = adopt(&repository, tip, commit.request, wanted).map_err(&failed)?;
    adopted.ok_or(PublishError::Exists(name))
}

/// Accepts an existing branch whose first commit is of the same request and has the same files.
fn adopt(
    repository: &Repository,
    tip: Option<Oid>,
    request: &str,
    wanted: Oid,
) -> Result<Option<Publication>, git2::Error> {
    let Some(tip) = tip else {
        return Ok(None);
    };
    let mut first: Commit<'_> = repository.find_commit(tip)?;
    while first.parent_count() > 0 {
        first = first.parent(0)?;
    }
    let trailers = git2::message_trailers_strs(first.message().unwrap_or_default())?;
    let is_ours = trailers.iter().any(|(key, value)| key == REQUEST_TRAILER && value == request);
    Ok((is_ours && first.tree_id() == wanted)
        .then(|| Publication { commit: first.id().to_string(), is_new: false }))
}

/// Makes a bare repository, or opens the one that is there. A new one has none of the sample hooks of git's template, which take most
/// of the time of making it.
pub(super) fn bare_repository(folder: &Path) -> Result<Repository, git2::Error> {
    let mut options = RepositoryInitOptions::new();
    Repository::init_opts(folder, options.bare(true).external_template(false))
}

pub(super) fn scratch() -> Result<tempfile::TempDir, PublishError> {
    tempfile::tempdir().map_err(|error| {
        let source = git2::Error::from_str(&error.to_string());
        failure("a scratch directory".to_owned())(source)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit<'a>(author: &'a Author, request: &'a str, text: &'a str) -> InitialCommit<'a> {
        InitialCommit {
            files: vec![
                ("run.sh", b"#!/bin/sh\n", Mode::Executable),
                ("a/b.txt", text.as_bytes(), Mode::File),
            ],
            branch: "main",
            message: "Start",
            author,
            time: Timestamp::UNIX_EPOCH,
            request,
            trailers: Vec::new(),
        }
    }

    fn author() -> Author {
        Author { name: "A".into(), email: "a@example.com".into() }
    }

    #[test]
    fn a_repository_is_made_once_and_never_taken_over() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let (path, author) = (directory.path().join("o/r.git"), author());
        let first = create(&path, &commit(&author, "one", "x")).expect("made");
        assert!(first.is_new);
        let again = create(&path, &commit(&author, "one", "x")).expect("adopted");
        assert_eq!((again.is_new, &again.commit), (false, &first.commit));
        for other in [commit(&author, "two", "x"), commit(&author, "one", "y")] {
            let error = create(&path, &other).expect_err("taken");
            assert!(matches!(error, PublishError::Exists(_)), "{error}");
        }
        let owner = directory.path().join("o");
        let names: Vec<_> = owner
            .read_dir()
            .expect("readable")
            .map(|entry| entry.expect("readable").file_name())
            .collect();
        assert_eq!(names, ["r.git"], "no scratch directory is left");
    }

    #[test]
    fn a_repository_that_has_moved_on_is_still_known() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let (path, author) = (directory.path().join("r.git"), author());
        let first = create(&path, &commit(&author, "one", "x")).expect("made");
        let repository = Repository::open(&path).expect("a repository");
        let parent = repository.head().expect("a head").peel_to_commit().expect("a commit");
        let by = Signature::now("B", "b@example.com").expect("a signature");
        let tree = parent.tree().expect("a tree");
        let next =
            make_commit(&repository, (&by, &by), "Next", &tree, &[&parent]).expect("committed");
        repository.reference("refs/heads/main", next, true, "next").expect("moved");
        let again = create(&path, &commit(&author, "one", "x")).expect("adopted");
        assert_eq!(again.commit, first.commit);
    }

    #[test]
    fn an_empty_remote_is_pushed_to_once() {
        let remote = tempfile::tempdir().expect("a scratch directory");
        Repository::init_bare(remote.path()).expect("a remote");
        let url = url::Url::from_file_path(remote.path()).expect("absolute");
        let author = author();
        let first = push(url.as_str(), &commit(&author, "one", "x")).expect("pushed");
        let again = push(url.as_str(), &commit(&author, "one", "x")).expect("adopted");
        assert_eq!((first.is_new, again.is_new), (true, false));
        assert_eq!(first.commit, again.commit);
        let error = push(url.as_str(), &commit(&author, "two", "x")).expect_err("taken");
        assert!(matches!(error, PublishError::Exists(_)), "{error}");
    }
}
