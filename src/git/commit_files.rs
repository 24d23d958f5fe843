//! The files of the portal at a commit, read from git objects as those of its directory are.

use std::{
    io,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use git2::Repository;

use super::{
    GitError,
    commit::prefix_of,
    tree::{CommitTree, EntryContent, PathContent, PathContentError},
};
use crate::base::{
    files::{Files, Listing, TreeError, TreeFile},
    fs::FileError,
    text::utf8,
};

/// Most commits that are searched for versions of a folder.
const MOST_COMMITS: usize = 10_000;

/// The files of a commit. Symbolic links are listed, and not followed.
pub struct CommitFiles {
    tree: Mutex<CommitTree>,
    /// The path of the portal in the repository, with a slash at its end.
    prefix: String,
}

impl CommitFiles {
    /// Opens a commit of the repository that has the portal `root`.
    ///
    /// # Errors
    /// There is no such commit: a shallow clone lacks older ones.
    pub fn open(root: &Path, commit: &str) -> Result<Self, GitError> {
        let open = || {
            let repository = Repository::discover(root)?;
            let prefix = prefix_of(&repository, root)?;
            let tip = repository.revparse_single(commit)?.id();
            let tree = Mutex::new(CommitTree::open(repository, tip, commit)?);
            Ok(Self { tree, prefix })
        };
        open().map_err(GitError::because("read a commit", root))
    }

    fn commit(&self) -> MutexGuard<'_, CommitTree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The path in the repository of a path in the portal.
    fn inside(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }
}

impl Files for CommitFiles {
    fn walk(&self, folder: &str) -> Result<Listing, FileError> {
        let entries = self.commit().list(&self.inside(folder));
        let entries = entries.map_err(|error| failed("list", folder, error))?.into_iter();
        let mut files: Vec<_> = entries.map(|(path, _)| format!("{folder}/{path}")).collect();
        files.sort();
        Ok(Listing { files, unusable: Vec::new() })
    }

    fn text(&self, path: &str) -> Result<Option<String>, FileError> {
        let Some(bytes) = self.bytes(path)? else { return Ok(None) };
        let not_text = |wrong| {
            let source = io::Error::new(io::ErrorKind::InvalidData, wrong);
            FileError::new("read", Path::new(path), source)
        };
        utf8(bytes).map(Some).map_err(not_text)
    }

    fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        let content = self.commit().read(&self.inside(path), u64::MAX);
        match content.map_err(|error| failed("read", path, error))? {
            EntryContent::File(bytes) => Ok(Some(bytes)),
            _ => Ok(None),
        }
    }

    fn tree(&self, folder: &str) -> Result<Vec<TreeFile>, TreeError> {
        match self.commit().content(&self.inside(folder)) {
            Ok(PathContent::Folder(files)) => Ok(files),
            Ok(PathContent::File(_)) | Err(PathContentError::Missing(_)) => Ok(Vec::new()),
            Err(PathContentError::TooLarge) => Err(TreeError::TooLarge),
            Err(PathContentError::Path(error)) => Err(error.into()),
            Err(PathContentError::Unusable(path, _)) => Err(TreeError::NotAFile(path)),
            Err(PathContentError::Git(error)) => Err(failed("read", folder, error).into()),
        }
    }
}

fn failed(verb: &'static str, path: &str, error: git2::Error) -> FileError {
    FileError::new(verb, Path::new(path), io::Error::other(error))
}

/// The commits that changed a folder of the portal, in the first-parent history of `HEAD`, the newest first; at most
/// `most`. A shallow clone has only its own commits.
///
/// # Errors
/// The history cannot be read.
pub fn versions_of(root: &Path, folder: &str, most: usize) -> Result<Vec<String>, GitError> {
    let find = || {
        let repository = Repository::discover(root)?;
        let path = format!("{}{folder}", prefix_of(&repository, root)?);
        let id = |commit: &git2::Commit<'_>| {
            let entry = commit.tree()?.get_path(Path::new(&path)).ok();
            Ok::<_, git2::Error>(entry.map(|entry| entry.id()))
        };
        let mut found = Vec::new();
        let mut next = Some(repository.head()?.peel_to_commit()?);
        for _ in 0..MOST_COMMITS {
            let Some(commit) = next.take().filter(|_| found.len() < most) else { break };
            let parent = commit.parents().next();
            let before = parent.as_ref().map(&id).transpose()?.flatten();
            let now = id(&commit)?;
            if now.is_some() && now != before {
                found.push(commit.id().to_string());
            }
            next = parent;
        }
        Ok(found)
    };
    find().map_err(GitError::because("read the history", root))
}
