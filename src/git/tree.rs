//! The files of a commit, read from git objects without a checkout. Links, submodules and attributes
//! are not followed.

use std::path::Path;

use git2::{ErrorCode, ObjectType, Oid, Repository, TreeWalkMode, TreeWalkResult};

use crate::base::{
    files::{MOST_BYTES, MOST_FILES, Mode, TreeFile},
    path::{PathError, RelativePath},
};

/// Types of entries of a tree, except for folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A submodule.
    Submodule,
}

/// The entry at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryContent {
    /// The content of a regular file.
    File(Vec<u8>),
    /// The size of a regular file that is larger than the limit.
    TooLarge(u64),
    /// A folder.
    Folder,
    /// A symbolic link, or a path below one.
    Link,
    /// A submodule.
    Submodule,
    /// There is no such path.
    Missing,
}

const LINK: &str = "is a symbolic link, which is not followed";
const SUBMODULE: &str = "is a submodule, whose files are in another repository";

/// What a path of a commit has, with all that is below a folder.
#[derive(Debug)]
pub enum PathContent {
    /// The content of a file, or the target of a link.
    File(Vec<u8>),
    /// The files and links of a folder, sorted by path.
    Folder(Vec<TreeFile>),
}

/// Why the content of a path of a commit cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PathContentError {
    /// There is no such path.
    #[error("there is no `{0}` in this commit")]
    Missing(String),
    /// It is a link or a submodule, or its name cannot be read.
    #[error("`{0}` {1}")]
    Unusable(String, &'static str),
    /// There are too many files or bytes.
    #[error("it has more than {MOST_FILES} files or {MOST_BYTES} bytes")]
    TooLarge,
    /// A path is no UTF-8, or leads out.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Git cannot read an object.
    #[error("{}", .0.message())]
    Git(#[from] git2::Error),
}

/// The tree of a commit, and the branch or tag that it was found by.
pub struct CommitTree {
    repository: Repository,
    tree: Oid,
    /// The full id of the commit.
    pub commit: String,
    /// Name of the branch or tag, without `refs/heads/` or `refs/tags/`.
    pub reference: String,
    /// Whether `reference` is a tag.
    pub is_tag: bool,
}

impl std::fmt::Debug for CommitTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CommitTree({} at {})", self.reference, self.commit)
    }
}

impl CommitTree {
    /// Opens the commit of a full reference name; a tag is peeled.
    pub(super) fn open(
        repository: Repository,
        tip: Oid,
        reference: &str,
    ) -> Result<Self, git2::Error> {
        let (tree, commit) = {
            let commit = repository.find_object(tip, None)?.peel_to_commit()?;
            (commit.tree_id(), commit.id().to_string())
        };
        let tag = reference.strip_prefix("refs/tags/");
        let name = tag.or_else(|| reference.strip_prefix("refs/heads/")).unwrap_or(reference);
        let (reference, is_tag) = (name.to_owned(), tag.is_some());
        Ok(Self { repository, tree, commit, reference, is_tag })
    }

    /// Lists all entries below a folder but folders, by their path in it and in the order of git; an empty path is the
    /// whole, and a missing folder has none. Names that are not Unicode are left out.
    pub fn list(&self, folder: &str) -> Result<Vec<(String, EntryKind)>, git2::Error> {
        let mut found = Vec::new();
        let mut tree = self.repository.find_tree(self.tree)?;
        if !folder.is_empty() {
            let entry = match tree.get_path(Path::new(folder)) {
                Err(error) if error.code() == ErrorCode::NotFound => return Ok(found),
                entry => entry?,
            };
            if entry.kind() != Some(ObjectType::Tree) {
                return Ok(found);
            }
            tree = self.repository.find_tree(entry.id())?;
        }
        tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            if let (Some(kind), Ok(name)) = (kind(entry.filemode()), entry.name()) {
                found.push((format!("{folder}{name}"), kind));
            }
            TreeWalkResult::Ok
        })?;
        Ok(found)
    }

    /// Whether the file at a path may be executed.
    pub fn is_executable(&self, path: &str) -> Result<bool, git2::Error> {
        let tree = self.repository.find_tree(self.tree)?;
        Ok(tree.get_path(Path::new(path))?.filemode() == 0o100_755)
    }

    /// Reads the entry at a path: of a regular file the content, when it has at most `most` bytes.
    pub fn read(&self, path: &str, most: u64) -> Result<EntryContent, git2::Error> {
        let tree = self.repository.find_tree(self.tree)?;
        let entry = match tree.get_path(Path::new(path)) {
            Ok(entry) => entry,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(EntryContent::Missing),
            Err(error) => return Err(error),
        };
        match kind(entry.filemode()) {
            Some(EntryKind::Link) => return Ok(EntryContent::Link),
            Some(EntryKind::Submodule) => return Ok(EntryContent::Submodule),
            Some(EntryKind::File) => {}
            None => return Ok(EntryContent::Folder),
        }
        let (size, kind) = self.repository.odb()?.read_header(entry.id())?;
        if kind != ObjectType::Blob {
            return Ok(EntryContent::Missing);
        }
        if size as u64 > most {
            return Ok(EntryContent::TooLarge(size as u64));
        }
        Ok(EntryContent::File(self.repository.find_blob(entry.id())?.content().to_vec()))
    }
}

impl CommitTree {
    /// Reads a file, or all files of a folder with their modes; an empty path is the whole. Links in a folder are read,
    /// and not followed.
    ///
    /// # Errors
    /// It is not there, too large, a link or a submodule, or has a submodule.
    pub fn content(&self, path: &str) -> Result<PathContent, PathContentError> {
        let root = self.repository.find_tree(self.tree)?;
        if path.is_empty() {
            return Ok(PathContent::Folder(self.folder(&root, true)?));
        }
        let entry = match root.get_path(Path::new(path)) {
            Err(error) if error.code() == ErrorCode::NotFound => {
                return Err(PathContentError::Missing(path.to_owned()));
            }
            entry => entry?,
        };
        let unusable = |why| PathContentError::Unusable(path.to_owned(), why);
        match kind(entry.filemode()) {
            Some(EntryKind::Link) => Err(unusable(LINK)),
            Some(EntryKind::Submodule) => Err(unusable(SUBMODULE)),
            Some(EntryKind::File) => Ok(PathContent::File(self.blob(entry.id(), &mut 0)?)),
            None => {
                let folder = self.repository.find_tree(entry.id())?;
                Ok(PathContent::Folder(self.folder(&folder, true)?))
            }
        }
    }

    /// Reads all files with their modes, as [`Self::content`] does; submodules are left out.
    ///
    /// # Errors
    /// There are too many files or bytes, or a name cannot be read.
    pub fn files(&self) -> Result<Vec<TreeFile>, PathContentError> {
        self.folder(&self.repository.find_tree(self.tree)?, false)
    }

    fn folder(
        &self,
        tree: &git2::Tree<'_>,
        refuses_submodules: bool,
    ) -> Result<Vec<TreeFile>, PathContentError> {
        let (mut found, mut refused) = (Vec::new(), None);
        tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            let path = format!("{folder}{}", String::from_utf8_lossy(entry.name_bytes()));
            match kind(entry.filemode()) {
                _ if entry.name().is_err() => {
                    refused = Some(PathContentError::Unusable(path, "has a name that is no UTF-8"));
                }
                None => {}
                Some(EntryKind::Submodule) if !refuses_submodules => {}
                Some(EntryKind::Submodule) => {
                    refused = Some(PathContentError::Unusable(path, SUBMODULE));
                }
                Some(_) => found.push((path, entry.filemode(), entry.id())),
            }
            if found.len() > MOST_FILES {
                refused = Some(PathContentError::TooLarge);
            }
            if refused.is_some() { TreeWalkResult::Abort } else { TreeWalkResult::Ok }
        })
        .or_else(|error| if error.code() == ErrorCode::User { Ok(()) } else { Err(error) })?;
        if let Some(refused) = refused {
            return Err(refused);
        }
        let mut total = 0;
        let mut files = Vec::with_capacity(found.len());
        for (path, mode, id) in found {
            let path = RelativePath::new(path)?;
            let mode = match mode {
                0o120_000 => Mode::Link,
                0o100_755 => Mode::Executable,
                _ => Mode::File,
            };
            files.push(TreeFile { path, bytes: self.blob(id, &mut total)?, mode });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Reads a blob, and adds its size to the total.
    fn blob(&self, id: Oid, total: &mut usize) -> Result<Vec<u8>, PathContentError> {
        let (size, _) = self.repository.odb()?.read_header(id)?;
        *total += size;
        if *total > MOST_BYTES {
            return Err(PathContentError::TooLarge);
        }
        Ok(self.repository.find_blob(id)?.content().to_vec())
    }
}

/// The type of an entry by its mode; `None` for a folder.
fn kind(mode: i32) -> Option<EntryKind> {
    match mode {
        0o040_000 => None,
        0o120_000 => Some(EntryKind::Link),
        0o160_000 => Some(EntryKind::Submodule),
        _ => Some(EntryKind::File),
    }
}
