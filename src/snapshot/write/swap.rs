//! Replaces the files of a source atomically.
//!
//! After a crash at any moment there are the old files or the new ones. The new folder is built aside,
//! of new files and of hard links to unchanged ones, and exchanged with the old folder in one step.
//! Where the file system does not support that, the new folder is used as a journal: once it is renamed
//! to [`READY`], its files are copied one by one, and after a crash the next snapshot goes on with
//! that.
//!
//! Files are not flushed to disk. After a power failure a file system may show the last files empty;
//! the next snapshot finds the difference and writes them again. All work is done on one thread, so
//! that a crash leaves a defined state.

use std::{collections::BTreeSet, path::Path};

use super::Files;
use crate::{
    base::{
        files::Directory,
        fs::{self, DirectorySink, FileError, Sink},
        path::RelativePath,
    },
    catalog::{docs::DOCS, load::ENTITIES, template_files::TEMPLATES},
};

/// Folder of the indices of documents: `<source>/files.yaml`.
pub const ORIGINS: &str = "catalog-data/origins";

/// A folder of the portal that has a folder for each source.
pub(in crate::snapshot) struct SnapshotFolder {
    /// The folder.
    pub(in crate::snapshot) folder: &'static str,
    /// The folder where new files are built; it has a folder for each source.
    staging: &'static str,
}

impl SnapshotFolder {
    const ENTITIES: Self = Self { folder: ENTITIES, staging: ".callboard/snapshot" };
    pub(in crate::snapshot) const DOCS: Self =
        Self { folder: DOCS, staging: ".callboard/snapshot-docs" };
    pub(in crate::snapshot) const TEMPLATES: Self =
        Self { folder: TEMPLATES, staging: ".callboard/snapshot-templates" };
    pub(in crate::snapshot) const ORIGINS: Self =
        Self { folder: ORIGINS, staging: ".callboard/snapshot-origins" };
    /// All of them, in the order in which they are written.
    pub(in crate::snapshot) const ALL: [Self; 4] =
        [Self::ENTITIES, Self::DOCS, Self::TEMPLATES, Self::ORIGINS];
}

/// The folder that is being built; after the exchange, the old folder. After a crash it can be deleted.
const NEW: &str = "new";
/// The complete folder whose files must be copied to the folder of the source.
const READY: &str = "ready";

/// Writes and removes the planned files.
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
    // A journal is kept for the next run; anything else is deleted.
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

/// Completes the writes that a crash interrupted, and deletes temporary folders.
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

/// True when a snapshot was interrupted while it was writing.
pub(in crate::snapshot) fn is_interrupted(root: &Path) -> bool {
    SnapshotFolder::ALL.iter().any(|target| root.join(target.staging).exists())
}

/// Makes a folder equal to [`READY`], file by file; does nothing when that does not exist. Files are
/// removed first, so that a name of which only the case changed is not lost on file systems that ignore
/// case.
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
    // The folder is renamed before it is deleted, so that a partly deleted one is not used.
    fs::remove_dir_all(new)?;
    fs::rename(&ready, new)
}
