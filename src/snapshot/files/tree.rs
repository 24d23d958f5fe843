//! What a reader of files sees: names, and the content of regular files.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub(super) use crate::git::tree::{EntryContent, EntryKind};
use crate::{
    base::{fs, path::RelativePath},
    git::tree::CommitTree,
};

/// A tree of files that cannot be left. Errors are texts: nobody tells them apart.
pub(super) trait Tree {
    /// Everything that is no folder. Names that no [`RelativePath`] can hold are left out.
    fn list(&self) -> Result<BTreeMap<RelativePath, EntryKind>, String>;
    /// What is at a path, when it is not larger than `most`.
    fn read(&self, path: &RelativePath, most: u64) -> Result<EntryContent, String>;
}

impl Tree for CommitTree {
    fn list(&self) -> Result<BTreeMap<RelativePath, EntryKind>, String> {
        let found = CommitTree::list(self).map_err(|e| e.message().to_owned())?.into_iter();
        Ok(found.filter_map(|(path, kind)| Some((RelativePath::new(path).ok()?, kind))).collect())
    }

    fn read(&self, path: &RelativePath, most: u64) -> Result<EntryContent, String> {
        CommitTree::read(self, path.as_str(), most).map_err(|e| e.message().to_owned())
    }
}

/// A folder of the portal.
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens a folder below the portal, or the portal itself.
    ///
    /// # Errors
    /// When it is not there, or a link leads to it.
    pub(super) fn open(portal: &Path, below: Option<&RelativePath>) -> Result<Self, String> {
        let Some(below) = below else { return Ok(Self { root: portal.to_owned() }) };
        let folder = Self { root: portal.to_owned() };
        match folder.path_kind(below)? {
            PathKind::Folder => Ok(Self { root: below.below(portal) }),
            PathKind::File(_) => Err(format!("`{below}` is a file and not a folder")),
            PathKind::Link => Err(format!("`{below}` is, or is below, a symbolic link")),
            PathKind::Missing => Err(format!("there is no folder `{below}` in the portal")),
        }
    }

    /// Looks at a path, from the top down, so that a link on the way is seen.
    fn path_kind(&self, path: &RelativePath) -> Result<PathKind, String> {
        let mut at = self.root.clone();
        let mut seen = PathKind::Folder;
        for part in path.as_str().split('/') {
            at.push(part);
            let data = match at.symlink_metadata() {
                Ok(data) => data,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(PathKind::Missing),
                Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => {
                    return Ok(PathKind::Missing);
                }
                Err(e) => return Err(format!("cannot read `{path}`: {e}")),
            };
            seen = match data.file_type() {
                kind if kind.is_dir() => PathKind::Folder,
                kind if kind.is_file() => PathKind::File(data.len()),
                kind if kind.is_symlink() => return Ok(PathKind::Link),
                _ => return Err(format!("`{path}` is no regular file")),
            };
        }
        Ok(seen)
    }
}

enum PathKind {
    Folder,
    File(u64),
    Link,
    Missing,
}

impl Tree for Folder {
    fn list(&self) -> Result<BTreeMap<RelativePath, EntryKind>, String> {
        let is_wanted = |entry: &walkdir::DirEntry| {
            !(entry.file_type().is_dir() && matches!(entry.file_name().to_str(), Some(".git")))
        };
        let mut found = BTreeMap::new();
        let walk = walkdir::WalkDir::new(&self.root).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(is_wanted) {
            let entry = entry.map_err(|e| format!("cannot list the files: {e}"))?;
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

    fn read(&self, path: &RelativePath, most: u64) -> Result<EntryContent, String> {
        match self.path_kind(path)? {
            PathKind::Folder => Ok(EntryContent::Folder),
            PathKind::Link => Ok(EntryContent::Link),
            PathKind::Missing => Ok(EntryContent::Missing),
            PathKind::File(size) if size > most => Ok(EntryContent::TooLarge(size)),
            PathKind::File(_) => {
                let read = fs::read(&path.below(&self.root));
                read.map(EntryContent::File).map_err(|e| e.to_string())
            }
        }
    }
}
