//! Locks between processes, by files.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::Path,
};

use super::{FileError, create_dir_all};

/// An advisory lock on a file, exclusive or shared. It is released when it is dropped, and when the
/// process ends in any way.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the open file holds the lock")] File);

impl Lock {
    /// Takes the exclusive lock of a file, which is created when it is missing. Calls `waiting` and
    /// waits while another process has a lock on it.
    ///
    /// On a file system without locks (some network ones) the returned lock excludes nobody.
    pub fn take(path: &Path, waiting: impl FnOnce()) -> Result<Self, FileError> {
        if let Some(parent) = path.parent() {
            create_dir_all(parent)?;
        }
        let failed = |error| FileError::new("lock", path, error);
        let mut options = OpenOptions::new();
        // Network file systems lock only files that are open for writing.
        let file = options.write(true).create(true).truncate(false).open(path).map_err(failed)?;
        take(file.try_lock(), waiting, || file.lock()).map_err(failed)?;
        Ok(Self(file))
    }

    /// Takes a shared lock of a file: waits until no process has the exclusive lock. `None` when the
    /// file does not exist, because nobody has ever taken the exclusive lock.
    pub fn share(path: &Path, waiting: impl FnOnce()) -> Result<Option<Self>, FileError> {
        let failed = |error| FileError::new("lock", path, error);
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(failed)?,
        };
        take(file.try_lock_shared(), waiting, || file.lock_shared()).map_err(failed)?;
        Ok(Some(Self(file)))
    }
}

fn take(
    tried: Result<(), TryLockError>,
    waiting: impl FnOnce(),
    wait: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    match tried {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            waiting();
            wait()
        }
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{atomic::Ordering::SeqCst, mpsc};

    #[test]
    fn those_who_share_do_not_wait_for_each_other() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let path = directory.path().join("lock");
        assert!(Lock::share(&path, || ()).expect("nothing to open").is_none());
        drop(Lock::take(&path, || panic!("nobody holds it")).expect("free"));
        let shared = [(); 2].map(|()| {
            Lock::share(&path, || panic!("nobody has it")).expect("free").expect("a lock")
        });
        let waits = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| Lock::take(&path, || waits.store(true, SeqCst)).map(drop));
            while !waits.load(SeqCst) {
                std::thread::yield_now();
            }
            drop(shared);
        });
    }

    #[test]
    fn a_second_holder_waits_for_the_first() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let path = directory.path().join("a/lock");
        let first = Lock::take(&path, || panic!("nobody holds it")).expect("free");
        let (sender, receiver) = mpsc::channel();
        let second = std::thread::spawn(move || {
            let waits = sender.clone();
            let lock = Lock::take(&path, move || waits.send("waits").expect("heard"));
            sender.send("has it").expect("heard");
            lock.map(drop)
        });
        assert_eq!(receiver.recv(), Ok("waits"));
        assert_eq!(receiver.try_recv(), Err(mpsc::TryRecvError::Empty));
        drop(first);
        assert_eq!(receiver.recv(), Ok("has it"));
        second.join().expect("no panic").expect("freed");
    }
}
