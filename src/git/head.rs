//! The commit that a working tree stands on.

use std::path::Path;

use git2::{ErrorCode, Repository};
use jiff::Timestamp;

use super::GitError;

/// A commit, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The whole id, 40 hexadecimal digits.
    pub id: String,
    /// When it was made.
    pub time: Timestamp,
}

impl Head {
    /// The first ten digits of its id.
    pub fn short(&self) -> &str {
        &self.id[..10]
    }
}

/// Returns the commit that `HEAD` names; `None` outside a repository, and in one without commits.
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

/// Makes a repository with the branch `main` in a directory, unless there is one already.
pub fn init(root: &Path) -> Result<(), GitError> {
    let failed = GitError::because("make a repository", root);
    if root.join(".git").exists() {
        return Ok(());
    }
    let mut options = git2::RepositoryInitOptions::new();
    Repository::init_opts(root, options.initial_head("main")).map(drop).map_err(failed)
}
