//! The files that a pull request changes, read from git objects without a checkout.

use std::path::Path;

use git2::{Delta, DiffFindOptions, DiffOptions, Repository};

use super::{GitError, commit::prefix_of};

/// A file that differs between two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Path below the directory whose repository it is, for a removed file the old one. What lies outside of the directory
    /// begins with `/`, and is the path in the repository.
    pub path: String,
    /// The kind of change.
    pub kind: ChangeKind,
    /// Its new content; `None` when it was removed, or is not a regular file.
    pub content: Option<Vec<u8>>,
}

/// Kinds of changes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was added.
    Added,
    /// It was modified.
    Modified,
    /// It was removed.
    Removed,
}

/// Lists what `head` changes since it left `base` (their merge base), sorted by path. A rename is a
/// removal and an addition.
///
/// # Errors
/// When one of the revisions does not exist in the repository that contains `directory`, or the two
/// have no common history (a shallow clone lacks it: fetch more).
pub fn changes_since(
    directory: &Path,
    base: &str,
    head: &str,
) -> Result<Vec<FileChange>, GitError> {
    compare(directory, base, head).map_err(GitError::because("compare commits", directory))
}

fn compare(directory: &Path, base: &str, head: &str) -> Result<Vec<FileChange>, git2::Error> {
    let repository = Repository::discover(directory)?;
    let prefix = prefix_of(&repository, directory)?;
    let commit = |revision: &str| repository.revparse_single(revision)?.peel_to_commit();
    let (base, head) = (commit(base)?, commit(head)?);
    let fork = repository.find_commit(repository.merge_base(base.id(), head.id())?)?;
    let mut options = DiffOptions::new();
    let mut diff = repository.diff_tree_to_tree(
        Some(&fork.tree()?),
        Some(&head.tree()?),
        Some(options.include_typechange(true)),
    )?;
    diff.find_similar(Some(DiffFindOptions::new().renames(false)))?;
    let mut changes = Vec::new();
    for delta in diff.deltas() {
        let (file, kind) = match delta.status() {
            Delta::Added => (delta.new_file(), ChangeKind::Added),
            Delta::Deleted => (delta.old_file(), ChangeKind::Removed),
            _ => (delta.new_file(), ChangeKind::Modified),
        };
        let path = String::from_utf8_lossy(file.path_bytes().unwrap_or_default());
        let path = match path.strip_prefix(&prefix) {
            Some(below) => below.to_owned(),
            None => format!("/{path}"),
        };
        let is_regular =
            matches!(file.mode(), git2::FileMode::Blob | git2::FileMode::BlobExecutable);
        let content = match kind {
            ChangeKind::Removed => None,
            _ if !is_regular => None,
            _ => Some(repository.find_blob(file.id())?.content().to_vec()),
        };
        changes.push(FileChange { path, kind, content });
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(changes)
}
