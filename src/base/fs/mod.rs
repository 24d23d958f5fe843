//! File system access. Other modules do not call `std::fs` (clippy checks it).
//!
//! Errors name the file; writes replace a file atomically; walks are sorted and do not follow symbolic
//! links. Generated trees are written to a [`Sink`].
#![expect(clippy::disallowed_methods, reason = "only this module reads and writes files")]

mod blob_cache;
mod folder;
mod lock;
mod root;
mod tree;
mod watch;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
};

pub use blob_cache::{BlobCache, BlobCacheWriter};
pub use folder::{is_executable, make_executable, read_tree, write_link, write_tree};
pub use lock::Lock;
pub use root::{Root, resolve_inside};
pub use tree::{exchange, link, link_tree, tree_matches};
pub use watch::{Watch, WatchError};

pub use callboard_core::base::files::FileError;

use super::{
    path::{PathError, RelativePath},
    text::utf8,
};

/// The folder of a portal that has what can be made again.
const CACHE: &str = ".callboard";

/// Makes the folder of a portal for what can be made again, with a `.gitignore`, and returns its path.
pub fn cache_folder(portal: &Path) -> Result<PathBuf, FileError> {
    let folder = portal.join(CACHE);
    let ignore = folder.join(".gitignore");
    if !ignore.exists() {
        write_atomic(&ignore, b"*\n")?;
    }
    Ok(folder)
}

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(|e| FileError::new("read", path, e))
}

/// Reads a whole file as UTF-8.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    let wrong = |e| FileError::new("read", path, io::Error::new(io::ErrorKind::InvalidData, e));
    utf8(read(path)?).map_err(wrong)
}

/// Reads a file that may be missing.
pub fn read_text_if_exists(path: &Path) -> Result<Option<String>, FileError> {
    match read_text(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Bytes of the buffer of [`read_into`].
const PIECE: usize = 1 << 18;

/// Copies a file into a writer, such as a hash, without holding the whole file in memory.
pub fn read_into(path: &Path, to: &mut impl io::Write) -> Result<(), FileError> {
    let copied = fs::File::open(path)
        .and_then(|file| io::copy(&mut io::BufReader::with_capacity(PIECE, file), to));
    copied.map(drop).map_err(|e| FileError::new("read", path, e))
}

/// Creates a directory and its parents.
pub fn create_dir_all(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|e| FileError::new("create", path, e))
}

/// Writes a file atomically: a reader sees the old content or the new content, never a part.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut file = temporary_beside(path)?;
    io::Write::write_all(&mut file, bytes).map_err(|e| FileError::new("write", path, e))?;
    file.persist(path).map_err(|e| FileError::new("replace", path, e.error))?;
    Ok(())
}

/// Writes a file of a portal's working tree atomically. When the process is killed, its temporary file is left in
/// [`cache_folder`], which git ignores, and not beside the file.
pub fn write_in_portal(
    portal: &Path,
    path: &Path,
    bytes: &[u8],
    is_executable: bool,
) -> Result<(), FileError> {
    create_dir_all(path.parent().unwrap_or(portal))?;
    let mut file = temporary_in(&cache_folder(portal)?, path)?;
    io::Write::write_all(&mut file, bytes).map_err(|e| FileError::new("write", path, e))?;
    if is_executable {
        make_executable(file.path())?;
    }
    match file.persist(path) {
        // The cache folder may be a mounted one.
        Err(error) if error.error.kind() == io::ErrorKind::CrossesDevices => {
            write_atomic(path, bytes)?;
            if is_executable { make_executable(path) } else { Ok(()) }
        }
        persisted => persisted.map(drop).map_err(|e| FileError::new("replace", path, e.error)),
    }
}

/// Creates a temporary file in the folder of another file, so that it can be renamed to it.
pub fn temporary_beside(path: &Path) -> Result<tempfile::NamedTempFile, FileError> {
    let parent = path.parent().unwrap_or(Path::new("."));
    create_dir_all(parent)?;
    temporary_in(parent, path)
}

/// Creates a temporary file in a folder, for the content of the file `path`.
fn temporary_in(parent: &Path, path: &Path) -> Result<tempfile::NamedTempFile, FileError> {
    let made = tempfile::Builder::new().prefix(".callboard-").tempfile_in(parent);
    let made = made.and_then(|file| set_default_mode(file.path()).map(|()| file));
    made.map_err(|e| FileError::new("write", path, e))
}

/// Creates a temporary folder beside a path, so that it can be renamed to it.
pub fn temporary_folder_beside(path: &Path) -> Result<tempfile::TempDir, FileError> {
    let parent = path.parent().unwrap_or(Path::new("."));
    create_dir_all(parent)?;
    let made = tempfile::Builder::new().prefix(".callboard-").tempdir_in(parent);
    made.map_err(|e| FileError::new("write", path, e))
}

/// Gives a temporary file (mode 0600) the mode of a new file under the usual umask (0644).
fn set_default_mode(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Removes a file. A missing file is no error.
pub fn remove_file(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(FileError::new("remove", path, e)),
        _ => Ok(()),
    }
}

/// Removes a directory with its content. A missing directory is no error.
pub fn remove_dir_all(path: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(FileError::new("remove", path, e)),
        _ => Ok(()),
    }
}

/// Renames a file or directory.
pub fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::rename(from, to).map_err(|e| FileError::new("rename", from, e))
}

/// Removes the empty parents of `from`, up to `stop`, which is kept.
pub fn remove_empty_parents(from: &Path, stop: &Path) {
    for directory in from.ancestors().skip(1).take_while(|d| *d != stop && d.starts_with(stop)) {
        if fs::remove_dir(directory).is_err() {
            break;
        }
    }
}

/// Lists the names of the directories in a directory, sorted. A missing directory has none.
pub fn directories(path: &Path) -> Result<Vec<String>, FileError> {
    let failed = |e| FileError::new("list", path, e);
    let entries = match fs::read_dir(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            names.extend(entry.file_name().into_string());
        }
    }
    names.sort();
    Ok(names)
}

/// Lists the regular files below a directory as [`walk`] does; a path that is not a [`RelativePath`] is an
/// error.
pub fn walk_files(directory: &Path) -> Result<Vec<RelativePath>, FileError> {
    let Walk { files, unusable } = walk(directory)?;
    match unusable.into_iter().next() {
        None => Ok(files),
        Some(error) => {
            let path = directory.join(&error.path);
            Err(FileError::new("walk", &path, io::Error::new(io::ErrorKind::InvalidData, error)))
        }
    }
}

/// The files below a directory.
#[derive(Debug, Default)]
pub struct Walk {
    /// Their paths, sorted.
    pub files: Vec<RelativePath>,
    /// Paths that are not valid Unicode, or have characters that a [`RelativePath`] refuses.
    pub unusable: Vec<PathError>,
}

/// Lists the regular files below a directory, as paths relative to it. Symbolic links are not followed and
/// not listed; a missing directory has no files.
pub fn walk(directory: &Path) -> Result<Walk, FileError> {
    let mut walk = Walk::default();
    for entry in walkdir::WalkDir::new(directory).sort_by_file_name() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(e) if e.depth() == 0 && is_missing(&e) => return Ok(walk),
            Err(e) => return Err(FileError::new("walk", directory, e.into())),
        };
        if entry.file_type().is_file() {
            let relative = entry.path().strip_prefix(directory).unwrap_or(entry.path());
            match RelativePath::from_path(relative) {
                Ok(path) => walk.files.push(path),
                Err(error) => walk.unusable.push(error),
            }
        }
    }
    Ok(walk)
}

fn is_missing(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(|e| e.kind() == io::ErrorKind::NotFound)
}

/// The destination of a generated tree of files. Each path is written at most once, from any thread.
pub trait Sink: Sync {
    /// Writes one file.
    fn write(&self, path: &RelativePath, bytes: &[u8]) -> Result<(), FileError>;

    /// The bytes that were written to a path, if the sink can read them back.
    fn written(&self, path: &str) -> Option<Vec<u8>>;

    /// The bytes of a path in the tree that this one replaces, if there is one.
    fn before(&self, _path: &str) -> Option<Vec<u8>> {
        None
    }
}

/// A sink in memory, for tests and plans.
#[derive(Debug, Default)]
pub struct MemorySink(Mutex<BTreeMap<RelativePath, Vec<u8>>>);

impl MemorySink {
    /// Returns the written files, sorted by path.
    pub fn into_files(self) -> BTreeMap<RelativePath, Vec<u8>> {
        self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Sink for MemorySink {
    fn write(&self, path: &RelativePath, bytes: &[u8]) -> Result<(), FileError> {
        let mut files = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        files.insert(path.clone(), bytes.to_vec());
        Ok(())
    }

    fn written(&self, path: &str) -> Option<Vec<u8>> {
        let files = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        files.get(&RelativePath::new(path).ok()?).cloned()
    }
}

/// A sink that writes below a directory.
#[derive(Debug)]
pub struct DirectorySink {
    root: PathBuf,
    /// The tree that this one replaces. Both may share files as hard links.
    earlier: Option<PathBuf>,
    /// Directories that exist.
    created: Mutex<BTreeSet<PathBuf>>,
}

impl DirectorySink {
    /// Makes a sink that writes below `root`, which is created when it is missing.
    pub fn new(root: impl Into<PathBuf>) -> Result<Self, FileError> {
        let root = root.into();
        create_dir_all(&root)?;
        Ok(Self { root, earlier: None, created: Mutex::default() })
    }

    /// Makes a sink that replaces files below `root` instead of writing into them, because the tree
    /// `earlier` may share them as hard links.
    pub fn after(earlier: &Path, root: impl Into<PathBuf>) -> Result<Self, FileError> {
        Ok(Self { earlier: Some(earlier.to_owned()), ..Self::new(root)? })
    }

    fn make_parent(&self, file: &Path) -> Result<(), FileError> {
        let Some(parent) = file.parent() else {
            return Ok(());
        };
        let created = || self.created.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if created().contains(parent) {
            return Ok(());
        }
        create_dir_all(parent)?;
        created().insert(parent.to_owned());
        Ok(())
    }
}

impl Sink for DirectorySink {
    fn write(&self, path: &RelativePath, bytes: &[u8]) -> Result<(), FileError> {
        let file = path.below(&self.root);
        self.make_parent(&file)?;
        if self.earlier.is_some() {
            remove_file(&file)?;
        }
        fs::write(&file, bytes).map_err(|e| FileError::new("write", &file, e))
    }

    fn written(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.root.join(path)).ok()
    }

    fn before(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.earlier.as_ref()?.join(path)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_are_sorted_and_ignore_links() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        for file in ["b/2", "a/1", "c"] {
            write_atomic(&directory.path().join(file), b"x").expect("writable");
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", directory.path().join("link")).expect("linkable");
        let files = walk_files(directory.path()).expect("readable");
        assert_eq!(files.iter().map(RelativePath::as_str).collect::<Vec<_>>(), ["a/1", "b/2", "c"]);
        assert_eq!(walk_files(&directory.path().join("missing")).expect("none"), []);
    }
}
