//! The files of a directory; the trait by which the catalog reads them is in `callboard-core`.

use std::path::{Path, PathBuf};

pub use callboard_core::base::files::{
    Files, Listing, MOST_BYTES, MOST_FILES, Mode, TreeError, TreeFile,
};

use super::{
    fs::{self, FileError, Walk},
    text::utf8,
};

/// The files of a directory. Symbolic links that lead out of it are refused ([`fs::Root`]).
#[derive(Debug, Clone)]
pub struct Directory(fs::Root);

impl Directory {
    /// The files below `root`.
    pub fn new(root: &Path) -> Self {
        Self(fs::Root::new(root))
    }

    /// Reads a whole file.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.0.read(path)
    }

    /// Checks that no symbolic link on the way to these paths leads out of the directory. The paths
    /// need not exist.
    pub fn check(&self, paths: &[&str]) -> Result<(), FileError> {
        paths.iter().try_for_each(|path| self.0.writable_path(path).map(drop))
    }

    /// The path of a file or folder that is to be written; see [`fs::Root::writable_path`].
    pub fn writable_path(&self, path: impl AsRef<Path>) -> Result<PathBuf, FileError> {
        self.0.writable_path(path)
    }

    /// Writes a file of this directory, which is a portal; see [`fs::write_in_portal`].
    pub fn write(&self, path: &str, bytes: &[u8], is_executable: bool) -> Result<(), FileError> {
        let target = self.writable_path(path)?;
        fs::write_in_portal(self.0.path(), &target, bytes, is_executable)
    }
}

impl Files for Directory {
    fn walk(&self, folder: &str) -> Result<Listing, FileError> {
        let whole = self.0.path().join(folder);
        match fs::resolve_inside(self.0.path(), &whole) {
            Err(error) if error.is_not_found() => return Ok(Listing::default()),
            resolved => resolved?,
        };
        let Walk { files, unusable } = fs::walk(&whole)?;
        let inside = |file: &dyn std::fmt::Display| format!("{folder}/{file}");
        let files = files.iter().map(|file| inside(file)).collect();
        let unusable = unusable.into_iter();
        let unusable = unusable.map(|e| (inside(&e.path), e.to_string())).collect();
        Ok(Listing { files, unusable })
    }

    fn tree(&self, folder: &str) -> Result<Vec<TreeFile>, TreeError> {
        let whole = self.0.path().join(folder);
        match fs::resolve_inside(self.0.path(), &whole) {
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            resolved => resolved?,
        };
        fs::read_tree(&whole)
    }

    fn text(&self, path: &str) -> Result<Option<String>, FileError> {
        let Some(bytes) = self.bytes(path)? else { return Ok(None) };
        utf8(bytes).map(Some).map_err(|wrong| self.0.not_text(path, wrong))
    }

    fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        match self.0.read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
