//! The cache of content, below the portal: a file or folder for each digest.

use std::path::{Path, PathBuf};

use crate::{
    base::{
        content::{CACHE, ContentKind, ContentLock, LockEntry},
        files::{Directory, TreeFile},
        fs::{self, FileError},
        hash::sha256_hex,
    },
    git::tree::PathContent,
    scaffold::workspace::{FolderError, Workspace, read_content},
};

/// The content that was fetched for an address, with its digest.
pub(super) struct Download {
    content: PathContent,
    pub(super) kind: ContentKind,
    pub(super) digest: String,
}

impl Download {
    /// Computes the digest, and refuses paths and links that no skeleton can have.
    pub(super) fn new(content: PathContent) -> Result<Self, FolderError> {
        let (kind, digest) = match &content {
            PathContent::File(bytes) => (ContentKind::File, sha256_hex(bytes)),
            PathContent::Folder(files) => {
                let workspace = Workspace::of_tree(files.clone())?;
                (ContentKind::Folder, workspace.digest())
            }
        };
        Ok(Self { content, kind, digest })
    }

    /// Whether there is no file.
    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.content, PathContent::Folder(files) if files.is_empty())
    }

    /// Writes the content into the cache, in the place of what has its name and is damaged.
    pub(super) fn write(&self, portal: &Path) -> Result<(), FileError> {
        fs::cache_folder(portal)?;
        let target = place(portal, &self.digest)?;
        match &self.content {
            PathContent::File(bytes) => {
                remove(&target)?;
                fs::write_atomic(&target, bytes)
            }
            PathContent::Folder(files) => {
                let hidden = fs::temporary_folder_beside(&target)?;
                write_files(hidden.path(), files)?;
                remove(&target)?;
                match fs::rename(hidden.path(), &target) {
                    // Another process was faster.
                    Err(_) if target.is_dir() => Ok(()),
                    renamed => renamed,
                }
            }
        }
    }
}

/// Removes a folder or a file, where there is one.
fn remove(path: &Path) -> Result<(), FileError> {
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

fn place(portal: &Path, digest: &str) -> Result<PathBuf, FileError> {
    Directory::new(portal).writable_path(format!("{CACHE}/{digest}"))
}

/// Writes files and links below a folder.
pub(super) fn write_files(folder: &Path, files: &[TreeFile]) -> Result<(), FileError> {
    fs::write_tree(folder, files.iter().map(|file| (&file.path, &*file.bytes, file.mode)))
}

/// Whether the cache has the content of an entry, undamaged.
pub fn is_cached(portal: &Path, entry: &LockEntry) -> bool {
    let files = Directory::new(portal);
    match entry.kind {
        ContentKind::File => entry.read_file(&files).is_ok(),
        ContentKind::Folder => read_content(&files, entry).is_ok(),
    }
}

/// The entries of a lock whose content the cache does not have. Whether it is undamaged, whoever reads it sees.
pub fn missing(portal: &Path, lock: &ContentLock) -> Vec<(String, LockEntry)> {
    let is_missing = |entry: &&LockEntry| !portal.join(entry.cached()).exists();
    let entries = lock.content.iter().filter(|(_, entry)| is_missing(entry));
    entries.map(|(address, entry)| (address.clone(), entry.clone())).collect()
}
