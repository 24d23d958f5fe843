//! Commits what changed below given paths, and nothing else.
//!
//! The new tree is the one of `HEAD` with only these paths replaced, so that what a person has
//! changed or staged elsewhere stays as it is.

use std::path::Path;

pub use git2::Oid;
use git2::{
    Commit, Delta, DiffOptions, ErrorCode, Index, IndexEntry, IndexTime, Repository, Signature,
};
use jiff::Timestamp;

use super::GitError;
use crate::base::path::RelativePath;

/// Who a commit is by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Name of a person or of the portal.
    pub name: String,
    /// E-mail address.
    pub email: String,
}

/// One file that differs from `HEAD`.
struct Change {
    path: String,
    /// `None` when the file is gone.
    mode: Option<u32>,
}

/// Commits all differences between `HEAD` and the files below `paths`, which are relative to `root`.
///
/// `root` may be a folder inside the repository. Ignored files are left out. Returns `None` when
/// there is no difference.
///
/// # Errors
/// When `root` is not in a repository with a working tree, or git cannot read or write.
pub fn commit_paths(
    root: &Path,
    paths: &[RelativePath],
    message: &str,
    author: &Author,
    time: Timestamp,
) -> Result<Option<Oid>, GitError> {
    let failed = |verb| GitError::because(verb, root);
    let repository = Repository::discover(root).map_err(failed("open git"))?;
    let prefix = prefix_of(&repository, root).map_err(failed("find the working tree"))?;
    let head = head_commit(&repository).map_err(failed("read `HEAD`"))?;
    let changes =
        changes(&repository, head.as_ref(), &prefix, paths).map_err(failed("compare files"))?;
    if changes.is_empty() {
        return Ok(None);
    }
    commit(&repository, head.as_ref(), &changes, message, author, time)
        .map(Some)
        .map_err(failed("commit"))
}

/// The folder of `root` below the working tree: empty, or ending with `/`.
fn prefix_of(repository: &Repository, root: &Path) -> Result<String, git2::Error> {
    let outside = |text: String| git2::Error::from_str(&text);
    let workdir = repository
        .workdir()
        .ok_or_else(|| outside("the repository is bare".into()))?;
    let canonical = |path: &Path| path.canonicalize().map_err(|e| outside(e.to_string()));
    let (workdir, root) = (canonical(workdir)?, canonical(root)?);
    let below = root
        .strip_prefix(&workdir)
        .map_err(|e| outside(e.to_string()))?;
    let text = below.to_string_lossy().replace('\\', "/");
    Ok(if text.is_empty() { text } else { text + "/" })
}

/// The commit of `HEAD`; `None` in a repository without commits.
fn head_commit(repository: &Repository) -> Result<Option<Commit<'_>>, git2::Error> {
    match repository.head() {
        Ok(head) => head.peel_to_commit().map(Some),
        Err(e) if e.code() == ErrorCode::UnbornBranch => Ok(None),
        Err(e) => Err(e),
    }
}

fn changes(
    repository: &Repository,
    head: Option<&Commit<'_>>,
    prefix: &str,
    paths: &[RelativePath],
) -> Result<Vec<Change>, git2::Error> {
    let mut options = DiffOptions::new();
    options
        .include_untracked(true)
        .recurse_untracked_dirs(true)
        .disable_pathspec_match(true);
    for path in paths {
        options.pathspec(format!("{prefix}{path}"));
    }
    let tree = head.map(Commit::tree).transpose()?;
    let diff = repository.diff_tree_to_workdir_with_index(tree.as_ref(), Some(&mut options))?;
    let changes = diff.deltas().filter_map(|delta| {
        let file = delta.new_file();
        let mode = match delta.status() {
            Delta::Deleted => None,
            _ => Some(u32::from(file.mode())),
        };
        let path = file.path().or_else(|| delta.old_file().path())?;
        let path = path.to_str()?.to_owned();
        Some(Change { path, mode })
    });
    Ok(changes.collect())
}

fn commit(
    repository: &Repository,
    head: Option<&Commit<'_>>,
    changes: &[Change],
    message: &str,
    author: &Author,
    time: Timestamp,
) -> Result<Oid, git2::Error> {
    let mut wanted = Index::new()?;
    if let Some(head) = head {
        wanted.read_tree(&head.tree()?)?;
    }
    let mut staged = repository.index()?;
    for change in changes {
        match change.mode {
            None => {
                wanted.remove_path(Path::new(&change.path))?;
                staged.remove_path(Path::new(&change.path))?;
            }
            Some(mode) => {
                let entry = entry(repository, &change.path, mode)?;
                wanted.add(&entry)?;
                staged.add(&entry)?;
            }
        }
    }
    let tree = repository.find_tree(wanted.write_tree_to(repository)?)?;
    let when = git2::Time::new(time.as_second(), 0);
    let signature = Signature::new(&author.name, &author.email, &when)?;
    let parents: Vec<_> = head.into_iter().collect();
    let made = repository.commit(
        Some("HEAD"),
        &signature,
        &signature,
        message,
        &tree,
        &parents,
    )?;
    staged.write()?;
    Ok(made)
}

/// Stores a file and describes it for an index.
fn entry(repository: &Repository, path: &str, mode: u32) -> Result<IndexEntry, git2::Error> {
    let workdir = repository.workdir().unwrap_or(Path::new(""));
    Ok(IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id: repository.blob_path(&workdir.join(path))?,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    })
}
