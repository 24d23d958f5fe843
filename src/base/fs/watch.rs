//! Watches files and folders for changes, and reports them in batches.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::Duration,
};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher, event::AccessKind};

use crate::base::path::shown;

/// A batch ends when nothing has changed for this long, because editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(60);

/// A watch on some files and folders of a directory. They need not exist yet.
#[derive(Debug)]
pub struct Watch {
    root: PathBuf,
    names: &'static [&'static str],
    /// The names that are folders and watched recursively.
    watched_folders: BTreeSet<&'static str>,
    watcher: RecommendedWatcher,
    events: Receiver<notify::Result<Event>>,
}

/// The system cannot watch a path.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch `{path}`")]
pub struct WatchError {
    path: String,
    #[source]
    source: notify::Error,
}

impl Watch {
    /// Watches the entries of `root` with these names: files, and folders with everything below them.
    ///
    /// # Errors
    /// When the system cannot watch them, for example because its limit of watches is reached.
    pub fn new(root: &Path, names: &'static [&'static str]) -> Result<Self, WatchError> {
        let failed = |source| WatchError { path: shown(root), source };
        let root = root.canonicalize().map_err(|e| failed(e.into()))?;
        let (sender, events) = mpsc::channel();
        let mut watcher = notify::recommended_watcher(sender).map_err(failed)?;
        watcher.watch(&root, RecursiveMode::NonRecursive).map_err(failed)?;
        let mut watch = Self { root, names, watched_folders: BTreeSet::new(), watcher, events };
        watch.watch_folders()?;
        Ok(watch)
    }

    /// Waits for a batch of changes. Returns the changed paths relative to the directory; an empty path
    /// when events were lost, so that anything may have changed.
    ///
    /// # Errors
    /// As [`Watch::new`].
    pub fn wait(&mut self) -> Result<BTreeSet<PathBuf>, WatchError> {
        let mut changed = BTreeSet::new();
        loop {
            let event = if changed.is_empty() {
                self.events.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                self.events.recv_timeout(QUIET)
            };
            match event {
                Ok(Ok(event)) => self.take(&event, &mut changed),
                Ok(Err(_)) => drop(changed.insert(PathBuf::new())),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => {
                    let source = notify::Error::generic("the watcher ended");
                    return Err(WatchError { path: shown(&self.root), source });
                }
            }
        }
        self.watch_folders()?;
        Ok(changed)
    }

    /// Adds the paths of an event that are watched. An event that a file was read is no change.
    fn take(&self, event: &Event, changed: &mut BTreeSet<PathBuf>) {
        let is_change = match event.kind {
            EventKind::Access(AccessKind::Close(mode)) => mode == notify::event::AccessMode::Write,
            EventKind::Access(_) => false,
            _ => true,
        };
        if event.need_rescan() {
            changed.insert(PathBuf::new());
        }
        let paths = event.paths.iter().filter(|_| is_change);
        let inside = paths.filter_map(|path| path.strip_prefix(&self.root).ok());
        changed.extend(inside.filter(|path| self.is_watched(path)).map(Path::to_owned));
    }

    fn is_watched(&self, path: &Path) -> bool {
        let first = path.components().next().and_then(|part| part.as_os_str().to_str());
        first.is_some_and(|first| self.names.contains(&first))
    }

    /// Starts to watch folders that were created, and forgets those that were removed.
    fn watch_folders(&mut self) -> Result<(), WatchError> {
        for &name in self.names {
            let path = self.root.join(name);
            if !path.is_dir() {
                self.watched_folders.remove(name);
            } else if self.watched_folders.insert(name) {
                self.watcher
                    .watch(&path, RecursiveMode::Recursive)
                    .map_err(|source| WatchError { path: shown(&path), source })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fs::{create_dir_all, read, remove_dir_all, write_atomic};

    #[test]
    fn changes_of_the_named_files_and_folders_are_told_and_no_others() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let root = directory.path();
        let write = |path: &str| write_atomic(&root.join(path), b"x").expect("writable");
        write("data/a/1");
        let mut watch = Watch::new(root, &["data", "later", "file"]).expect("watched");
        let mut told = |path: &str| {
            let changed = watch.wait().expect("told");
            assert!(changed.contains(Path::new(path)), "{changed:?} has no {path}");
            assert!(!changed.iter().any(|p| p.starts_with("other")), "{changed:?}");
        };
        write("other/1");
        write("data/a/1");
        told("data/a/1");
        read(&root.join("data/a/1")).expect("readable");
        write("file");
        told("file");
        create_dir_all(&root.join("later")).expect("makeable");
        told("later");
        write("later/2");
        told("later/2");
        remove_dir_all(&root.join("later")).expect("removable");
        told("later");
        write("later/3");
        told("later");
    }
}
