//! Adds one commit to a branch of a remote: a new branch, or one that is there.
//!
//! The commit says in its trailers which request and which effect it was made for, so that it is found again.

use std::path::Path;

use git2::{Commit, Index, Oid, Repository, Signature};
use jiff::Timestamp;

use super::{
    commit::{Author, make_commit},
    publish::{
        PublishError, REQUEST_TRAILER, add_files, bare_repository, failure, message_of, scratch,
    },
    remote::{self, Depth},
};
use crate::base::files::Mode;

/// Trailer with the effect that a commit was made for, because a request can add several commits to a branch.
const EFFECT_TRAILER: &str = "Callboard-Effect";
/// Most commits of a branch that are searched for the one of a request.
const MOST_COMMITS: u32 = 100;

/// A commit on a branch of a remote.
#[derive(Debug)]
pub struct BranchCommit<'a> {
    /// Its files: path, content, mode. Other files of the branch stay.
    pub files: Vec<(String, &'a [u8], Mode)>,
    /// Paths of files of the branch that it removes.
    pub removed: Vec<String>,
    /// Its branch, without `refs/heads/`.
    pub branch: &'a str,
    /// The branch that a new branch starts from; the default branch of the remote without it.
    pub base: Option<&'a str>,
    /// Whether the branch may be there already, so that the commit is added to it.
    pub is_added: bool,
    /// Its message, without trailers.
    pub message: &'a str,
    /// Its author.
    pub author: &'a Author,
    /// Its time.
    pub time: Timestamp,
    /// The request that it is made for.
    pub request: &'a str,
    /// The effect that it is made for.
    pub effect: &'a str,
    /// Further trailers.
    pub trailers: Vec<(&'static str, String)>,
}

/// What a remote has of such a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BranchState {
    /// Nothing: the branch is not there, or has no such commit and may get one.
    Absent,
    /// The commit, by its id.
    Ours(String),
    /// A branch of somebody else.
    Foreign,
}

/// Looks whether the remote has the commit; changes nothing.
///
/// # Errors
/// The remote cannot be read.
pub fn find(url: &str, commit: &BranchCommit<'_>) -> Result<BranchState, PublishError> {
    let scratch = scratch()?;
    let found = bare_repository(scratch.path()).and_then(|repository| {
        let reference = format!("refs/heads/{}", commit.branch);
        let tip = remote::fetch(&repository, url, &reference, Depth::Commits(MOST_COMMITS))?;
        let Some(tip) = tip else { return Ok(BranchState::Absent) };
        let mut next = Some(repository.find_commit(tip)?);
        for _ in 0..MOST_COMMITS {
            let Some(at) = next.take() else { break };
            if is_ours(&at, commit)? {
                return Ok(BranchState::Ours(at.id().to_string()));
            }
            // A shallow clone lacks the parent of its last commit.
            next = at.parent(0).ok();
        }
        Ok(if commit.is_added { BranchState::Absent } else { BranchState::Foreign })
    });
    found.map_err(failure(url.to_owned()))
}

fn is_ours(found: &Commit<'_>, commit: &BranchCommit<'_>) -> Result<bool, git2::Error> {
    let trailers = git2::message_trailers_strs(found.message().unwrap_or_default())?;
    let has = |name: &str, value: &str| trailers.iter().any(|(n, v)| n == name && v == value);
    Ok(has(REQUEST_TRAILER, commit.request) && has(EFFECT_TRAILER, commit.effect))
}

/// Makes the commit and pushes it; returns its id. A commit that would change nothing is not made: the id is that of the
/// branch then.
///
/// # Errors
/// The branch is there and may not be, has moved meanwhile, or the remote refuses.
pub fn push(url: &str, commit: &BranchCommit<'_>) -> Result<String, PublishError> {
    let scratch = scratch()?;
    let failed = failure(url.to_owned());
    let repository = bare_repository(scratch.path()).map_err(&failed)?;
    let reference = format!("refs/heads/{}", commit.branch);
    let tip = remote::fetch(&repository, url, &reference, Depth::One).map_err(&failed)?;
    if tip.is_some() && !commit.is_added {
        return Err(PublishError::Exists(format!("{url} ({})", commit.branch)));
    }
    let parent = match tip {
        Some(tip) => Some(tip),
        None => base(&repository, url, commit.base).map_err(&failed)?,
    };
    let (made, is_changed) = write(&repository, commit, parent).map_err(&failed)?;
    match tip {
        Some(tip) if !is_changed => return Ok(tip.to_string()),
        None if !is_changed && !commit.is_added => {
            return Err(PublishError::Unchanged(url.to_owned()));
        }
        _ => {}
    }
    match remote::compare_and_swap(&repository, url, &reference, tip, made).map_err(&failed)? {
        true => Ok(made.to_string()),
        false => Err(PublishError::Moved(commit.branch.to_owned())),
    }
}

/// The name of the default branch of a remote; `None` when it has no commit.
///
/// # Errors
/// The remote cannot be read.
pub fn default_branch(url: &str) -> Result<Option<String>, PublishError> {
    let scratch = scratch()?;
    let name = bare_repository(scratch.path())
        .and_then(|repository| remote::default_branch(&repository, url))
        .map_err(failure(url.to_owned()))?;
    Ok(name.map(|name| name.trim_start_matches("refs/heads/").to_owned()))
}

/// The tip of the branch that a new one starts from; `None` for a remote without commits.
fn base(
    repository: &Repository,
    url: &str,
    base: Option<&str>,
) -> Result<Option<Oid>, git2::Error> {
    let reference = match base {
        Some(base) => Some(format!("refs/heads/{base}")),
        None => remote::default_branch(repository, url)?,
    };
    let Some(reference) = reference else { return Ok(None) };
    let tip = remote::fetch(repository, url, &reference, Depth::One)?;
    match (tip, base) {
        (None, Some(base)) => {
            Err(git2::Error::from_str(&format!("the remote has no branch `{base}`")))
        }
        (tip, _) => Ok(tip),
    }
}

/// Writes the commit; false when its files are those of its parent.
fn write(
    repository: &Repository,
    commit: &BranchCommit<'_>,
    parent: Option<Oid>,
) -> Result<(Oid, bool), git2::Error> {
    let parent = parent.map(|parent| repository.find_commit(parent)).transpose()?;
    let mut index = Index::new()?;
    if let Some(parent) = &parent {
        index.read_tree(&parent.tree()?)?;
    }
    let files = commit.files.iter().map(|(path, bytes, mode)| (path.as_str(), *bytes, *mode));
    add_files(repository, &mut index, files)?;
    for path in &commit.removed {
        index.remove_path(Path::new(path))?;
    }
    let tree = index.write_tree_to(repository)?;
    let is_changed = parent.as_ref().is_none_or(|parent| parent.tree_id() != tree);
    let time = git2::Time::new(commit.time.as_second(), 0);
    let by = Signature::new(&commit.author.name, &commit.author.email, &time)?;
    let mut trailers = vec![(EFFECT_TRAILER, commit.effect.to_owned())];
    trailers.extend(commit.trailers.clone());
    let message = message_of(commit.message, commit.request, &trailers);
    let tree = repository.find_tree(tree)?;
    let parents: Vec<_> = parent.iter().collect();
    Ok((make_commit(repository, (&by, &by), &message, &tree, &parents)?, is_changed))
}

#[cfg(test)]
mod tests {
    use callboard_testing::GitServer;

    use super::*;

    fn commit<'a>(author: &'a Author, branch: &'a str, is_added: bool) -> BranchCommit<'a> {
        BranchCommit {
            files: vec![("deploy/run.sh".to_owned(), b"#!/bin/sh\n", Mode::Executable)],
            removed: Vec::new(),
            branch,
            base: None,
            is_added,
            message: "Add a script",
            author,
            time: Timestamp::UNIX_EPOCH,
            request: "one",
            effect: "push/1",
            trailers: Vec::new(),
        }
    }

    #[test]
    fn a_new_branch_is_made_once_and_one_of_somebody_else_is_left() {
        let server = GitServer::new(&[("a.txt", "1"), ("deploy/old", "2")]);
        let author = Author { name: "A".into(), email: "a@example.com".into() };
        let (url, ask) = (server.url(""), commit(&author, "ask", false));
        assert_eq!(find(&url, &ask).expect("readable"), BranchState::Absent);
        let made = push(&url, &ask).expect("pushed");
        assert_eq!(find(&url, &ask).expect("readable"), BranchState::Ours(made));
        let files =
            callboard_testing::git(&server.bare(), &["ls-tree", "-r", "--name-only", "ask"]);
        assert_eq!(files, "a.txt\ndeploy/old\ndeploy/run.sh\n");
        assert!(matches!(push(&url, &ask), Err(PublishError::Exists(_))));
        let main = commit(&author, "main", false);
        assert_eq!(find(&url, &main).expect("readable"), BranchState::Foreign);
    }

    #[test]
    fn a_commit_can_remove_files() {
        let server = GitServer::new(&[("a.txt", "1"), ("deploy/old", "2")]);
        let author = Author { name: "A".into(), email: "a@example.com".into() };
        let removal = BranchCommit {
            files: Vec::new(),
            removed: vec!["deploy/old".to_owned()],
            ..commit(&author, "less", false)
        };
        push(&server.url(""), &removal).expect("pushed");
        let files =
            callboard_testing::git(&server.bare(), &["ls-tree", "-r", "--name-only", "less"]);
        assert_eq!(files, "a.txt\n");
        let main = default_branch(&server.url("")).expect("readable");
        assert_eq!(main.as_deref(), Some("main"));
    }

    #[test]
    fn a_commit_is_added_once_and_found_below_others() {
        let server = GitServer::new(&[("a.txt", "1")]);
        let author = Author { name: "A".into(), email: "a@example.com".into() };
        let (url, added) = (server.url(""), commit(&author, "main", true));
        assert_eq!(find(&url, &added).expect("readable"), BranchState::Absent);
        let made = push(&url, &added).expect("pushed");
        server.change("another", &[("b.txt", "x")]);
        assert_eq!(find(&url, &added).expect("readable"), BranchState::Ours(made));
        let second = BranchCommit { effect: "push/2", ..commit(&author, "main", true) };
        assert_eq!(find(&url, &second).expect("readable"), BranchState::Absent);
        push(&url, &second).expect("nothing to change");
        assert_eq!(server.commits(), ["another", "Add a script", "first"]);
        let unchanged = BranchCommit { base: Some("main"), ..commit(&author, "same", false) };
        assert!(matches!(push(&url, &unchanged), Err(PublishError::Unchanged(_))));
    }
}
