//! Layer 1: git, by libgit2 and without a git executable.
//!
//! It knows repositories, trees and commits, and not what files contain or what commits are used for.

mod access;
pub mod branch;
pub mod changes;
pub mod checkout;
mod clients;
pub mod clone;
pub mod commit;
pub mod commit_choice;
pub mod commit_files;
pub mod head;
pub mod journal;
pub mod log;
pub mod merges;
pub mod publish;
pub mod push;
mod remote;
pub mod revision;
mod server_time;
pub mod text_merge;
pub mod transport;
pub mod tree;

use std::path::Path;

use crate::base::path::shown;

/// An operation of git that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {verb} in the repository of `{root}`")]
pub struct GitError {
    verb: &'static str,
    root: String,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl GitError {
    fn new(
        verb: &'static str,
        root: &Path,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { verb, root: shown(root), source: source.into() }
    }

    /// A hint, when the repository is locked by another git or by one that was killed.
    pub fn hint(&self) -> Option<&'static str> {
        let error = self.source.downcast_ref::<git2::Error>()?;
        (error.code() == git2::ErrorCode::Locked).then_some(
            "another git is at work here, or one was killed; when there is none, remove the lock file",
        )
    }

    /// Makes a function that wraps an error of libgit2 with the operation and the repository.
    fn because(verb: &'static str, root: &Path) -> impl Fn(git2::Error) -> Self + use<> {
        let root = root.to_owned();
        move |source| Self::new(verb, &root, source)
    }
}

/// The path in its repository of a file below `root`.
///
/// # Errors
/// `root` is in no repository with a working tree.
pub fn path_in_repository(root: &Path, file: &str) -> Result<String, GitError> {
    let prefix = git2::Repository::discover(root)
        .and_then(|repository| commit::prefix_of(&repository, root));
    Ok(prefix.map_err(GitError::because("find the working tree", root))? + file)
}

/// The names of all branches of the remote `origin`; the server is asked.
///
/// # Errors
/// There is no such remote, or it cannot be read.
pub fn remote_branches(root: &Path) -> Result<Vec<String>, GitError> {
    let branches = git2::Repository::discover(root).and_then(|repository| {
        let url = repository.find_remote(push::ORIGIN)?.url()?.to_owned();
        remote::branches(&repository, &url)
    });
    let branches = branches.map_err(GitError::because("list the branches of the remote", root))?;
    Ok(branches.into_iter().map(|(name, _)| name.replacen("refs/heads/", "", 1)).collect())
}

/// Whether a directory is the root of a repository's working tree.
pub fn is_root(directory: &Path) -> bool {
    directory.join(".git").exists()
}

/// The address of the remote `origin` of the repository that contains `root`, when there is one.
pub fn remote_of(root: &Path) -> Option<String> {
    let repository = git2::Repository::discover(root).ok()?;
    let origin = repository.find_remote(push::ORIGIN).ok()?;
    origin.url().ok().map(str::to_owned)
}

/// The addresses of all remotes of the repository that contains `root`, `origin` first.
pub fn remotes_of(root: &Path) -> Vec<String> {
    let Ok(repository) = git2::Repository::discover(root) else { return Vec::new() };
    let names = repository.remotes();
    let mut names: Vec<_> = names.iter().flatten().flatten().flatten().collect();
    names.sort_by_key(|name| *name != push::ORIGIN);
    let address = |name: &str| repository.find_remote(name).ok()?.url().ok().map(str::to_owned);
    names.into_iter().filter_map(address).collect()
}

/// The default branch of `origin`, as far as the clone knows it, else the branch of `HEAD`.
pub fn default_branch_of(root: &Path) -> Option<String> {
    let repository = git2::Repository::discover(root).ok()?;
    let origin = repository.find_reference("refs/remotes/origin/HEAD").ok();
    let target = origin.as_ref().and_then(|origin| origin.symbolic_target().ok().flatten());
    let branch = target.and_then(|target| target.strip_prefix("refs/remotes/origin/"));
    match branch {
        Some(branch) => Some(branch.to_owned()),
        None => repository.head().ok()?.shorthand().ok().map(str::to_owned),
    }
}
