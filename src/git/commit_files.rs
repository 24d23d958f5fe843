//! The files of the portal at a commit, read from git objects as those of its directory are.

use std::{
    io,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use git2::{ErrorCode, ObjectType, Oid, Repository, TreeWalkMode, TreeWalkResult};

use super::{GitError, commit::prefix_of};
use crate::base::{
    files::{Files, Listing, MOST_BYTES, MOST_FILES, Mode, TreeError, TreeFile},
    fs::FileError,
    path::RelativePath,
    text::utf8,
};

/// Most commits that are searched for versions of a folder.
const MOST_COMMITS: usize = 10_000;

/// The files of a commit. Symbolic links are listed, and not followed.
pub struct CommitFiles {
    repository: Mutex<Repository>,
    tree: Oid,
    /// The path of the portal in the repository, with a slash at its end.
    prefix: String,
}

/// The blob of a file, and its mode.
type Entry = (Oid, Mode);

impl CommitFiles {
    /// Opens a commit of the repository that has the portal `root`.
    ///
    /// # Errors
    /// There is no such commit: a shallow clone lacks older ones.
    pub fn open(root: &Path, commit: &str) -> Result<Self, GitError> {
        let open = || {
            let repository = Repository::discover(root)?;
            let prefix = prefix_of(&repository, root)?;
            let tree = repository.revparse_single(commit)?.peel_to_commit()?.tree_id();
            Ok(Self { repository: Mutex::new(repository), tree, prefix })
        };
        open().map_err(GitError::because("read a commit", root))
    }

    fn repository(&self) -> MutexGuard<'_, Repository> {
        self.repository.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All files below a folder, sorted by their path in it. Submodules, and names that are not Unicode, are left out.
    fn entries(&self, folder: &str) -> Result<Vec<(String, Entry)>, git2::Error> {
        let repository = self.repository();
        let tree = repository.find_tree(self.tree)?;
        let entry = match tree.get_path(Path::new(&format!("{}{folder}", self.prefix))) {
            Ok(entry) => entry,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut found = Vec::new();
        if entry.kind() != Some(ObjectType::Tree) {
            return Ok(found);
        }
        repository.find_tree(entry.id())?.walk(TreeWalkMode::PreOrder, |parent, entry| {
            if let (Some(mode), Ok(name)) = (mode(entry.filemode()), entry.name()) {
                found.push((format!("{parent}{name}"), (entry.id(), mode)));
            }
            TreeWalkResult::Ok
        })?;
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(found)
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, git2::Error> {
        let repository = self.repository();
        let tree = repository.find_tree(self.tree)?;
        let entry = match tree.get_path(Path::new(&format!("{}{path}", self.prefix))) {
            Ok(entry) => entry,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match mode(entry.filemode()) {
            Some(Mode::File | Mode::Executable) => {
                Ok(Some(repository.find_blob(entry.id())?.content().to_vec()))
            }
            Some(Mode::Link) | None => Ok(None),
        }
    }
}

impl Files for CommitFiles {
    fn walk(&self, folder: &str) -> Result<Listing, FileError> {
        let entries = self.entries(folder).map_err(failed("list", folder))?;
        let files = entries.into_iter().map(|(path, _)| format!("{folder}/{path}")).collect();
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
        self.read(path).map_err(failed("read", path))
    }

    fn tree(&self, folder: &str) -> Result<Vec<TreeFile>, TreeError> {
        let entries = self.entries(folder).map_err(failed("list", folder))?;
        if entries.len() > MOST_FILES {
            return Err(TreeError::TooLarge);
        }
        let repository = self.repository();
        let (mut files, mut total) = (Vec::new(), 0);
        for (path, (id, mode)) in entries {
            let blob = repository.find_blob(id).map_err(failed("read", &path))?;
            total += blob.size();
            if total > MOST_BYTES {
                return Err(TreeError::TooLarge);
            }
            let path = RelativePath::new(path)?;
            files.push(TreeFile { path, bytes: blob.content().to_vec(), mode });
        }
        Ok(files)
    }
}

fn failed(verb: &'static str, path: &str) -> impl Fn(git2::Error) -> FileError {
    move |error| FileError::new(verb, Path::new(path), io::Error::other(error))
}

/// The mode of a file; `None` for a folder and a submodule.
fn mode(mode: i32) -> Option<Mode> {
    match mode {
        0o120_000 => Some(Mode::Link),
        0o100_755 => Some(Mode::Executable),
        0o040_000 | 0o160_000 => None,
        _ => Some(Mode::File),
    }
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
