//! A directory whose content is not trusted, such as a portal: symbolic links are followed only when
//! they stay inside it, and only regular files are read.
//!
//! A pull request may add a link to any file of the build machine, or a FIFO that would block a build
//! for ever.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
    sync::{Arc, OnceLock},
};

use super::FileError;
use crate::base::text::NotUtf8;

const OUTSIDE: &str = "a symbolic link on its way leads out of the directory";
const IRREGULAR: &str = "it is not a regular file";

/// A directory whose files are read without leaving it. The path of the directory itself may contain
/// links.
#[derive(Debug, Clone)]
pub struct Root {
    path: PathBuf,
    /// The open directory, from the first read on; `None` when it cannot be opened, or where `openat2`
    /// does not exist.
    handle: Arc<OnceLock<Option<File>>>,
}

impl Root {
    /// The directory at a path, which need not exist.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), handle: Arc::default() }
    }

    /// The path of the directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a regular file.
    ///
    /// # Errors
    /// When the file is missing or no regular file, or when a link leads out of the directory.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let whole = self.path.join(path);
        self.read_at(path, &whole).map_err(|e| FileError::new("read", &whole, e))
    }

    /// Makes the error of a file that is not UTF-8.
    pub fn not_text(&self, path: &str, wrong: NotUtf8) -> FileError {
        let error = io::Error::new(io::ErrorKind::InvalidData, wrong);
        FileError::new("read", &self.path.join(path), error)
    }

    fn read_at(&self, path: &str, whole: &Path) -> io::Result<Vec<u8>> {
        let file = match self.open_below(path) {
            Some(file) => file,
            None => File::open(resolve(&self.path, whole)?)?,
        };
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(irregular());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0) + 1);
        // `take` keeps the standard library from asking for the size again.
        file.take(u64::MAX).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Opens a path with one system call that cannot leave the directory. `None` when it fails for any
    /// reason; [`resolve`] then finds the reason.
    #[cfg(target_os = "linux")]
    fn open_below(&self, path: &str) -> Option<File> {
        use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
        let directory = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = || rustix::fs::open(&self.path, directory, Mode::empty()).ok().map(File::from);
        let root = self.handle.get_or_init(open).as_ref()?;
        // Without `NONBLOCK`, opening a FIFO waits for a writer.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        openat2(root, path, flags, Mode::empty(), within).ok().map(File::from)
    }

    #[cfg(not(target_os = "linux"))]
    fn open_below(&self, _: &str) -> Option<File> {
        self.handle.get_or_init(|| None);
        None
    }

    /// The path of a file or folder below the directory that is to be written.
    ///
    /// A path that is absolute or contains `..` is returned unchecked: it was given on purpose, for
    /// example as an argument.
    ///
    /// # Errors
    /// When a link leads out of the directory.
    pub fn writable_path(&self, path: impl AsRef<Path>) -> Result<PathBuf, FileError> {
        let whole = self.path.join(&path);
        let is_inside = path
            .as_ref()
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if is_inside {
            let above = whole.ancestors().find(|path| path.symlink_metadata().is_ok());
            let above = above.filter(|path| path.starts_with(&self.path) && *path != self.path);
            let resolved = above.map_or(Ok(()), |path| resolve(&self.path, path).map(drop));
            resolved.map_err(|e| FileError::new("reach", &whole, e))?;
        }
        Ok(whole)
    }
}

/// Resolves all links of a path below `root`.
///
/// # Errors
/// When the path does not exist, is a FIFO, a socket or a device, or leads out of `root`.
pub fn resolve_inside(root: &Path, path: &Path) -> Result<PathBuf, FileError> {
    resolve(root, path).map_err(|e| FileError::new("read", path, e))
}

fn resolve(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let resolved = path.canonicalize()?;
    if !resolved.starts_with(root.canonicalize()?) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, OUTSIDE));
    }
    let kind = fs::metadata(&resolved)?;
    if kind.is_file() || kind.is_dir() { Ok(resolved) } else { Err(irregular()) }
}

fn irregular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, IRREGULAR)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::base::fs::write_atomic;

    #[test]
    fn links_are_followed_only_inside() {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let [root, outside] = ["root", "outside"].map(|name| scratch.path().join(name));
        for file in [root.join("a/file"), outside.join("file")] {
            write_atomic(&file, b"x").expect("writable");
        }
        let links: [(&str, &Path); 9] = [
            ("near", Path::new("a/file")),
            ("a/up", Path::new("../a/file")),
            ("whole", &root.join("a/file")),
            ("folder", Path::new("a")),
            ("out", Path::new("../outside/file")),
            ("far", Path::new("/etc/passwd")),
            ("twice", Path::new("out")),
            ("outdir", Path::new("../outside")),
            ("loop", Path::new("loop")),
        ];
        for (name, target) in links {
            symlink(target, root.join(name)).expect("linkable");
        }
        let mode = rustix::fs::Mode::RUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, root.join("fifo"), mode).expect("a FIFO");
        // The directory itself may be a link.
        symlink(&root, scratch.path().join("alias")).expect("linkable");
        for root in [root.clone(), scratch.path().join("alias")] {
            let files = Root::new(&root);
            for good in ["a/file", "near", "a/up", "whole", "folder/file", "folder/up"] {
                assert_eq!(files.read(good).expect(good), b"x");
                assert!(resolve_inside(&root, &root.join(good)).is_ok(), "{good}");
            }
            for bad in ["out", "far", "twice", "outdir/file", "../outside/file", "/etc/passwd"] {
                let error = files.read(bad).expect_err(bad);
                assert!(error.explained().contains(OUTSIDE), "{error:?}");
            }
            for bad in ["fifo", "a", "loop"] {
                assert!(files.read(bad).is_err_and(|e| !e.is_not_found()), "{bad}");
            }
            assert!(files.read("missing").is_err_and(|e| e.is_not_found()));
            for good in ["a/file", "a/new/x", "new", "folder/new", "./a", "../b", "/tmp/x"] {
                assert!(files.writable_path(good).is_ok(), "{good}");
            }
            for bad in ["out", "outdir", "outdir/new/x", "twice", "loop/x", "fifo"] {
                assert!(files.writable_path(bad).is_err(), "{bad}");
            }
        }
        assert!(Root::new(&scratch.path().join("none")).read("a").is_err_and(|e| e.is_not_found()));
        assert!(Root::new(&scratch.path().join("none")).writable_path("a/b").is_ok());
    }
}
