//! The files that a pull request changes, read from git objects without a checkout, and the files whose changes no commit
//! has yet.

use std::path::Path;

use git2::{Delta, DiffFindOptions, DiffOptions, ErrorCode, Repository, Status, StatusOptions};

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

/// Lists the files among these files and folders below `root` that are new, changed or removed since the last commit,
/// sorted. Files that git ignores are left out. There are none outside of a repository.
///
/// # Errors
/// When git cannot compare the files.
pub fn uncommitted(root: &Path, paths: &[&str]) -> Result<Vec<String>, GitError> {
    let found = Repository::discover(root).and_then(|repository| {
        let prefix = prefix_of(&repository, root)?;
        let mut options = StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).disable_pathspec_match(true);
        for path in paths {
            options.pathspec(format!("{prefix}{path}"));
        }
        let mut files = Vec::new();
        for entry in repository.statuses(Some(&mut options))?.iter() {
            let is_changed = !entry.status().intersects(Status::IGNORED | Status::CURRENT);
            if let Some(path) = entry.path().ok().filter(|_| is_changed) {
                files.extend(path.strip_prefix(&prefix).map(str::to_owned));
            }
        }
        files.sort();
        Ok(files)
    });
    match found {
        Err(error) if error.code() == ErrorCode::NotFound => Ok(Vec::new()),
        other => other.map_err(GitError::because("compare files", root)),
    }
}
