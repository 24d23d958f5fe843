//! The history of `HEAD`: its commits, with the texts of the files that each changed.

use std::{collections::BTreeMap, path::Path};

use git2::{Commit, Delta, DiffOptions, ErrorCode, Oid, Repository};
use jiff::Timestamp;

use super::{GitError, commit::prefix_of};

/// Limits of the history that is read.
#[derive(Debug, Clone, Copy)]
pub struct LogLimits {
    /// Most commits.
    pub commits: usize,
    /// Days before the newest commit.
    pub days: i64,
    /// Most changed files of one folder in a commit whose texts are read; more are only counted.
    pub files: usize,
}

/// The first-parent history, newest first.
#[derive(Debug, Default)]
pub struct Log {
    /// The commits.
    pub commits: Vec<LogEntry>,
    /// Whether the history is complete: not cut by limits or a shallow clone.
    pub is_whole: bool,
}

/// A commit.
#[derive(Debug)]
pub struct LogEntry {
    /// The full id.
    pub id: String,
    /// Its time.
    pub time: Timestamp,
    /// Name of the author.
    pub author: Option<String>,
    /// Its changes by folder; `None` when `is_known` is true for the commit.
    pub folders: Option<Vec<FolderChange>>,
}

/// The changes of a commit in one folder.
#[derive(Debug, PartialEq, Eq)]
pub struct FolderChange {
    /// The folder, relative to `root`.
    pub folder: String,
    /// Number of changed files.
    pub files: usize,
    /// Whether the folder did not exist before.
    pub is_new: bool,
    /// Texts before the commit, by path relative to `root`; empty when there are more than the limit.
    pub before: BTreeMap<String, String>,
    /// Texts after the commit.
    pub after: BTreeMap<String, String>,
}

/// Reads the first-parent history of `HEAD`. `folder_of` returns the folder that a changed path below
/// `below` is counted in, if any; commits for which `is_known` is true are not compared. The history is
/// empty outside a repository, and in a repository without commits.
pub fn log(
    root: &Path,
    below: &[&str],
    limits: LogLimits,
    folder_of: &dyn Fn(&str) -> Option<String>,
    is_known: &dyn Fn(&str) -> bool,
) -> Result<Log, GitError> {
    let Ok(repository) = Repository::discover(root) else { return Ok(Log::default()) };
    let reader = Reader { repository: &repository, root, below, limits, folder_of };
    reader.read(is_known).map_err(GitError::because("read the history", root))
}

struct Reader<'r> {
    repository: &'r Repository,
    root: &'r Path,
    below: &'r [&'r str],
    limits: LogLimits,
    folder_of: &'r dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    fn read(&self, is_known: &dyn Fn(&str) -> bool) -> Result<Log, git2::Error> {
        let prefix = prefix_of(self.repository, self.root)?;
        let head = match self.repository.head() {
            Ok(head) => head.peel_to_commit()?,
            Err(e) if matches!(e.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                return Ok(Log::default());
            }
            Err(e) => return Err(e),
        };
        let oldest = head.time().seconds() - self.limits.days * 24 * 60 * 60;
        let (mut log, mut next) = (Log { is_whole: true, ..Log::default() }, Some(head));
        let is_shallow = self.repository.is_shallow();
        while let Some(commit) = next.take() {
            if log.commits.len() == self.limits.commits || commit.time().seconds() < oldest {
                log.is_whole = false;
                break;
            }
            let id = commit.id().to_string();
            // The oldest commit of a shallow clone has no parent and would seem to add everything.
            if commit.parent_count() == 0 && is_shallow {
                log.is_whole = false;
                break;
            }
            let folders = match is_known(&id) {
                true => None,
                false => match self.changes(&commit, &prefix) {
                    Ok(folders) => Some(folders),
                    // A partial clone may lack folders, so that the state before is not known.
                    Err(e) if e.code() == ErrorCode::NotFound => {
                        log.is_whole = false;
                        break;
                    }
                    Err(e) => return Err(e),
                },
            };
            let time = Timestamp::from_second(commit.time().seconds()).unwrap_or_default();
            let author = commit.author().name().ok().map(str::to_owned);
            log.commits.push(LogEntry { id, time, author, folders });
            next = match commit.parent(0) {
                Ok(parent) => Some(parent),
                Err(e) if e.code() == ErrorCode::NotFound && is_shallow => {
                    log.is_whole = false;
                    None
                }
                Err(_) => None,
            };
        }
        Ok(log)
    }

    /// The changes of a commit against its first parent, by folder.
    fn changes(&self, commit: &Commit<'_>, prefix: &str) -> Result<Vec<FolderChange>, git2::Error> {
        let (tree, parent) = (commit.tree()?, commit.parent(0).ok());
        let before = parent.as_ref().map(Commit::tree).transpose()?;
        let mut options = DiffOptions::new();
        options.skip_binary_check(true).disable_pathspec_match(true);
        for path in self.below {
            options.pathspec(format!("{prefix}{path}"));
        }
        let diff =
            self.repository.diff_tree_to_tree(before.as_ref(), Some(&tree), Some(&mut options))?;
        let mut folders: BTreeMap<String, Vec<(String, Oid, Oid)>> = BTreeMap::new();
        for delta in diff.deltas() {
            let (old, new) = (delta.old_file(), delta.new_file());
            let path = new.path().or_else(|| old.path()).and_then(Path::to_str);
            let Some(path) = path.and_then(|path| path.strip_prefix(prefix)) else { continue };
            let is_file = |id: Oid, wanted| if wanted { id } else { Oid::ZERO_SHA1 };
            let (from, to) = (
                is_file(old.id(), delta.status() != Delta::Added),
                is_file(new.id(), delta.status() != Delta::Deleted),
            );
            if let Some(folder) = (self.folder_of)(path) {
                folders.entry(folder).or_default().push((path.to_owned(), from, to));
            }
        }
        let had = |folder: &str| {
            let path = format!("{prefix}{folder}");
            before.as_ref().is_some_and(|tree| tree.get_path(Path::new(&path)).is_ok())
        };
        let folders = folders.into_iter();
        folders.map(|(folder, files)| self.texts(had(&folder), folder, files)).collect()
    }

    fn texts(
        &self,
        had: bool,
        folder: String,
        files: Vec<(String, Oid, Oid)>,
    ) -> Result<FolderChange, git2::Error> {
        let count = files.len();
        let mut change = FolderChange {
            folder,
            files: count,
            is_new: !had,
            before: BTreeMap::new(),
            after: BTreeMap::new(),
        };
        if count > self.limits.files {
            return Ok(change);
        }
        for (path, from, to) in files {
            if let Some(text) = self.text(from)? {
                change.before.insert(path.clone(), text);
            }
            if let Some(text) = self.text(to)? {
                change.after.insert(path, text);
            }
        }
        Ok(change)
    }

    fn text(&self, id: Oid) -> Result<Option<String>, git2::Error> {
        if id.is_zero() {
            return Ok(None);
        }
        match self.repository.find_blob(id) {
            Ok(blob) => Ok(Some(String::from_utf8_lossy(blob.content()).into_owned())),
            // A submodule, or an object that a partial clone lacks.
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }
}

#[cfg(test)]
mod tests;
