//! `HEAD`: the current commit, and when folders last changed in its history.

use std::path::Path;

use git2::{ErrorCode, Repository};
use jiff::Timestamp;

use super::{GitError, push::ORIGIN};

/// The id and the time of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The full id, 40 hexadecimal digits.
    pub id: String,
    /// Its time.
    pub time: Timestamp,
}

impl Head {
    /// The first ten digits of its id.
    pub fn short(&self) -> &str {
        &self.id[..10]
    }
}

/// Returns the commit of `HEAD`; `None` outside a repository, and in a repository without commits.
pub fn head(root: &Path) -> Result<Option<Head>, GitError> {
    let failed = GitError::because("read `HEAD`", root);
    let found = Repository::discover(root).and_then(|repository| {
        let commit = repository.head()?.peel_to_commit()?;
        Ok(Head {
            id: commit.id().to_string(),
            time: Timestamp::from_second(commit.time().seconds()).unwrap_or_default(),
        })
    });
    match found {
        Ok(head) => Ok(Some(head)),
        Err(e) if matches!(e.code(), ErrorCode::NotFound | ErrorCode::UnbornBranch) => Ok(None),
        Err(e) => Err(failed(e)),
    }
}

/// Most commits that are searched for the last change of a folder.
const MOST_COMMITS: usize = 1000;

/// Returns the time of the last change of each folder, relative to `root`, in the first-parent history
/// of `HEAD`. `None` when the change is older than the searched commits, and outside a repository. A
/// shallow clone has only its own commits.
pub fn last_changes(root: &Path, folders: &[String]) -> Result<Vec<Option<Timestamp>>, GitError> {
    let Ok(repository) = Repository::discover(root) else { return Ok(vec![None; folders.len()]) };
    look_back(&repository, root, folders).map_err(GitError::because("read the history", root))
}

fn look_back(
    repository: &Repository,
    root: &Path,
    folders: &[String],
) -> Result<Vec<Option<Timestamp>>, git2::Error> {
    let mut found = vec![None; folders.len()];
    let prefix = super::commit::prefix_of(repository, root)?;
    let id = |tree: &git2::Tree<'_>, folder: &str| {
        tree.get_path(Path::new(&format!("{prefix}{folder}"))).ok().map(|entry| entry.id())
    };
    let mut next = match repository.head() {
        Ok(head) => Some(head.peel_to_commit()?),
        Err(_) => None,
    };
    for _ in 0..MOST_COMMITS {
        let Some(commit) = next.take() else { break };
        let (tree, parent) = (commit.tree()?, commit.parents().next());
        let before = parent.as_ref().map(git2::Commit::tree).transpose()?;
        for (folder, found) in folders.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
            let now = id(&tree, folder);
            if now.is_some() && now != before.as_ref().and_then(|tree| id(tree, folder)) {
                *found = Timestamp::from_second(commit.time().seconds()).ok();
            }
        }
        if found.iter().all(Option::is_some) {
            break;
        }
        next = parent;
    }
    Ok(found)
}

/// Makes a repository with this branch in a directory, unless the directory is in one already.
pub fn init(root: &Path, branch: &str) -> Result<(), GitError> {
    let failed = GitError::because("make a repository", root);
    if Repository::discover(root).is_ok() {
        return Ok(());
    }
    let mut options = git2::RepositoryInitOptions::new();
    Repository::init_opts(root, options.initial_head(branch)).map(drop).map_err(failed)
}

/// Adds the remote `origin`, unless the repository has one.
pub fn add_origin(root: &Path, address: &str) -> Result<(), GitError> {
    let failed = GitError::because("add a remote", root);
    let repository = Repository::discover(root).map_err(&failed)?;
    if repository.find_remote(ORIGIN).is_ok() {
        return Ok(());
    }
    repository.remote(ORIGIN, address).map(drop).map_err(failed)
}

/// Name and e-mail address of the person whose git configuration this is, as far as it has them.
pub fn person(root: &Path) -> (Option<String>, Option<String>) {
    let repository = Repository::discover(root).and_then(|repository| repository.config());
    let Ok(config) = repository.or_else(|_| git2::Config::open_default()) else {
        return (None, None);
    };
    let value = |key: &str| config.get_string(key).ok().filter(|value| !value.trim().is_empty());
    (value("user.name"), value("user.email"))
}
