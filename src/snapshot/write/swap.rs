//! Puts new files in the place of a source's old ones, all at once.
//!
//! A crash at any moment leaves the old files or the new ones. The whole new folder is built aside,
//! out of new files and of links to those that stay, and exchanged with the old one in one step.
//! Where the file system has no such step, the new folder is the journal: from the moment it is
//! called [`READY`] the files are brought to it one by one, and the next snapshot goes on with that
//! after a crash.
//!
//! Nothing is flushed to the disk. After a loss of power, not only of the process, a file system may
//! show the last files empty; the next snapshot compares their bytes and writes them again, and git
//! has the ones before. All work is done on one thread, so that it ends at one place.

use std::{collections::BTreeSet, path::Path};

use super::Files;
use crate::{
    base::{
        files::Directory,
        fs::{self, DirectorySink, FileError, Sink},
        path::RelativePath,
    },
    catalog::{docs::DOCS, load::ENTITIES},
};

/// Folder of what is known of the files that said entities: `<source>/files.yaml`.
pub const ORIGINS: &str = "catalog-data/origins";

/// A folder of the portal with a folder for each source.
pub(in crate::snapshot) struct SnapshotFolder {
    /// The folder.
    pub(in crate::snapshot) folder: &'static str,
    /// Where new files wait: a folder for each source.
    staging: &'static str,
}

impl SnapshotFolder {
    const ENTITIES: Self = Self { folder: ENTITIES, staging: ".callboard/snapshot" };
    pub(in crate::snapshot) const DOCS: Self =
        Self { folder: DOCS, staging: ".callboard/snapshot-docs" };
    pub(in crate::snapshot) const ORIGINS: Self =
        Self { folder: ORIGINS, staging: ".callboard/snapshot-origins" };
    /// All of them, in the order in which they are written.
    pub(in crate::snapshot) const ALL: [Self; 3] = [Self::ENTITIES, Self::DOCS, Self::ORIGINS];
}

/// The folder being built; after the exchange, the old one. Always rubbish after a crash.
const NEW: &str = "new";
/// The folder that the files of the source must become.
const READY: &str = "ready";

/// Does what was planned.
pub(in crate::snapshot) fn apply(
    root: &Path,
    target: &SnapshotFolder,
    source: &str,
    files: &Files,
) -> Result<(), FileError> {
    if files.writes.is_empty() && files.removals.is_empty() {
        return Ok(());
    }
    let portal = Directory::new(root);
    let staging = portal.writable_path(Path::new(target.staging).join(source))?;
    portal.writable_path(Path::new(target.folder).join(source))?;
    let done = put(&root.join(target.folder), source, files, &staging.join(NEW));
    // A journal stays for the next run; anything else is in the way of nobody but the disk's space.
    if done.is_ok() || !staging.join(READY).exists() {
        fs::remove_dir_all(&staging)?;
        fs::remove_empty_parents(&staging, root);
    }
    done
}

fn put(top: &Path, source: &str, plan: &Files, new: &Path) -> Result<(), FileError> {
    let folder = top.join(source);
    fs::remove_dir_all(new)?;
    let sink = DirectorySink::new(new)?;
    for (path, bytes) in &plan.writes {
        sink.write(path, bytes)?;
    }
    match (plan.writes.as_slice(), plan.removals.as_slice()) {
        ([(path, _)], []) => {
            let target = path.below(&folder);
            fs::create_dir_all(target.parent().unwrap_or(&folder))?;
            return fs::rename(&path.below(new), &target);
        }
        ([], [path]) => {
            fs::remove_file(&path.below(&folder))?;
            fs::remove_empty_parents(&path.below(&folder), top);
            return Ok(());
        }
        _ => {}
    }
    let written = plan.writes.iter().map(|(path, _)| path);
    let touched: BTreeSet<&RelativePath> = written.chain(&plan.removals).collect();
    fs::link_tree(&folder, new, &touched)?;
    if !folder.exists() {
        fs::create_dir_all(top)?;
        return fs::rename(new, &folder);
    }
    if !fs::exchange(new, &folder)? {
        fs::rename(new, &new.with_file_name(READY))?;
        follow(new, &folder)?;
    }
    fs::remove_empty_parents(&folder.join(NEW), top);
    Ok(())
}

/// Finishes what a crash interrupted, and clears up behind it.
pub(in crate::snapshot) fn recover(root: &Path) -> Result<(), FileError> {
    for target in SnapshotFolder::ALL {
        let staging = root.join(target.staging);
        for source in fs::directories(&staging)? {
            follow(&staging.join(&source).join(NEW), &root.join(target.folder).join(&source))?;
        }
        fs::remove_dir_all(&staging)?;
    }
    Ok(())
}

/// True when a snapshot ended before it was done.
pub(in crate::snapshot) fn is_interrupted(root: &Path) -> bool {
    SnapshotFolder::ALL.iter().any(|target| root.join(target.staging).exists())
}

/// Brings a folder to what [`READY`] holds, file by file; does nothing without it. Removals come
/// first, so that a name that only changed its case survives on file systems that ignore case.
fn follow(new: &Path, folder: &Path) -> Result<(), FileError> {
    let ready = new.with_file_name(READY);
    if !ready.exists() {
        return Ok(());
    }
    let wanted: BTreeSet<_> = fs::walk_files(&ready)?.into_iter().collect();
    for path in fs::walk_files(folder)? {
        if !wanted.contains(&path) {
            fs::remove_file(&path.below(folder))?;
            fs::remove_empty_parents(&path.below(folder), folder);
        }
    }
    for path in &wanted {
        let bytes = fs::read(&path.below(&ready))?;
        let target = path.below(folder);
        if !fs::read(&target).is_ok_and(|old| old == bytes) {
            fs::write_atomic(&target, &bytes)?;
        }
    }
    // What is half removed must not be followed again.
    fs::remove_dir_all(new)?;
    fs::rename(&ready, new)
}
