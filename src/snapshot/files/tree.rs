//! Trees of files, as the reader of entities sees them: a folder of the portal, or a commit of another
//! repository.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

pub(super) use crate::git::tree::{EntryContent, EntryKind};
use crate::{
    base::{
        fs::{self, FileError},
        path::RelativePath,
    },
    git::tree::CommitTree,
};

/// A tree of files that cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum TreeError {
    /// Git cannot read an object.
    #[error("{}", .0.message())]
    Git(#[from] git2::Error),
    /// The files of a folder cannot be listed.
    #[error("cannot list the files: {0}")]
    List(#[from] walkdir::Error),
    /// A path cannot be looked at.
    #[error("cannot read `{path}`: {source}")]
    Metadata {
        /// The path.
        path: RelativePath,
        /// What the system reports.
        source: io::Error,
    },
    /// The content of a file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A socket, a device or a FIFO.
    #[error("`{0}` is not a regular file")]
    Irregular(RelativePath),
    /// The folder of a source is a file.
    #[error("`{0}` is a file and not a folder")]
    NotAFolder(RelativePath),
    /// A symbolic link leads to the folder of a source.
    #[error("`{0}` is, or is below, a symbolic link")]
    Link(RelativePath),
    /// The folder of a source does not exist.
    #[error("there is no folder `{0}` in the portal")]
    Missing(RelativePath),
}

/// A tree of files whose paths and links cannot lead out of it.
pub(super) trait Tree {
    /// Lists everything but folders. Names that are no valid [`RelativePath`] are left out.
    fn list(&self) -> Result<BTreeMap<RelativePath, EntryKind>, TreeError>;
    /// Reads what is at a path: of a file the content, when it has at most `most` bytes.
    fn read(&self, path: &RelativePath, most: u64) -> Result<EntryContent, TreeError>;
    /// Whether a file of the list may be executed.
    fn is_executable(&self, path: &RelativePath) -> Result<bool, TreeError>;
}

impl Tree for CommitTree {
    fn list(&self) -> Result<BTreeMap<RelativePath, EntryKind>, TreeError> {
        let found = CommitTree::list(self, "")?.into_iter();
        Ok(found.filter_map(|(path, kind)| Some((RelativePath::new(path).ok()?, kind))).collect())
    }

    fn read(&self, path: &RelativePath, most: u64) -> Result<EntryContent, TreeError> {
        Ok(CommitTree::read(self, path.as_str(), most)?)
    }

    fn is_executable(&self, path: &RelativePath) -> Result<bool, TreeError> {
        Ok(CommitTree::is_executable(self, path.as_str())?)
    }
}

/// A folder of the portal, as a tree.
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder of this path.
    pub(super) fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Opens a folder below the portal, or the portal itself.
    ///
    /// # Errors
    /// When it does not exist, or a symbolic link is on the way.
    pub(super) fn open(portal: &Path, below: Option<&RelativePath>) -> Result<Self, TreeError> {
        let Some(below) = below else { return Ok(Self { root: portal.to_owned() }) };
        let folder = Self { root: portal.to_owned() };
        match folder.path_kind(below)? {
            PathKind::Folder => Ok(Self { root: below.below(portal) }),
            PathKind::File(_) => Err(TreeError::NotAFolder(below.clone())),
            PathKind::Link => Err(TreeError::Link(below.clone())),
            PathKind::Missing => Err(TreeError::Missing(below.clone())),
        }
    }

    /// Returns what is at a path. Checks each folder on the way, so that no link is followed.
    fn path_kind(&self, path: &RelativePath) -> Result<PathKind, TreeError> {
        let mut at = self.root.clone();
        let mut seen = PathKind::Folder;
        for part in path.as_str().split('/') {
            at.push(part);
            let data = match at.symlink_metadata() {
                Ok(data) => data,
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(PathKind::Missing),
                Err(e) if e.kind() == io::ErrorKind::NotADirectory => {
                    return Ok(PathKind::Missing);
                }
                Err(source) => return Err(TreeError::Metadata { path: path.clone(), source }),
            };
            seen = match data.file_type() {
                kind if kind.is_dir() => PathKind::Folder,
                kind if kind.is_file() => PathKind::File(data.len()),
                kind if kind.is_symlink() => return Ok(PathKind::Link),
                _ => return Err(TreeError::Irregular(path.clone())),
            };
        }
        Ok(seen)
    }
}

/// What is at a path of a folder.
enum PathKind {
    Folder,
    /// A regular file: its size in bytes.
    File(u64),
    Link,
    Missing,
}

impl Folder {
    /// Lists everything but folders, as [`Tree::list`] does, without what is below folders of which `is_left_out` is true.
    pub(super) fn list_but(
        &self,
        is_left_out: &dyn Fn(&str) -> bool,
    ) -> Result<BTreeMap<RelativePath, EntryKind>, TreeError> {
        let is_wanted = |entry: &walkdir::DirEntry| {
            entry.depth() == 0
                || !entry.file_type().is_dir()
                || entry
                    .file_name()
                    .to_str()
                    .is_none_or(|name| name != ".git" && !is_left_out(name))
        };
        let mut found = BTreeMap::new();
        let walk = walkdir::WalkDir::new(&self.root).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(is_wanted) {
            let entry = entry?;
            let kind = match entry.file_type() {
                kind if kind.is_file() => EntryKind::File,
                kind if kind.is_symlink() => EntryKind::Link,
                _ => continue,
            };
            let below = entry.path().strip_prefix(&self.root).unwrap_or(entry.path());
            if let Ok(path) = RelativePath::from_path(below) {
                found.insert(path, kind);
            }
        }
        Ok(found)
    }
}

impl Tree for Folder {
    fn list(&self) -> Result<BTreeMap<RelativePath, EntryKind>, TreeError> {
        self.list_but(&|_| false)
    }

    fn read(&self, path: &RelativePath, most: u64) -> Result<EntryContent, TreeError> {
        match self.path_kind(path)? {
            PathKind::Folder => Ok(EntryContent::Folder),
            PathKind::Link => Ok(EntryContent::Link),
            PathKind::Missing => Ok(EntryContent::Missing),
            PathKind::File(size) if size > most => Ok(EntryContent::TooLarge(size)),
            PathKind::File(_) => Ok(EntryContent::File(fs::read(&path.below(&self.root))?)),
        }
    }

    fn is_executable(&self, path: &RelativePath) -> Result<bool, TreeError> {
        let data = path.below(&self.root).symlink_metadata();
        let data = data.map_err(|source| TreeError::Metadata { path: path.clone(), source })?;
        Ok(fs::is_executable(&data))
    }
}
