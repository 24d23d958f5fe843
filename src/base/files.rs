//! Read access to files by their path: those of a directory, or those in a map, such as the files of
//! another git revision.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    fs::{self, FileError, Walk},
    text::utf8,
    yaml::{self, YamlError},
};

/// The files below a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Their paths relative to the root, sorted.
    pub files: Vec<String>,
    /// Paths that are not valid (see [`PathError`](super::path::PathError)), each with the reason.
    pub unusable: Vec<(String, String)>,
}

/// Files by their path relative to a root.
pub trait Files: Sync {
    /// Lists the files below a folder; a missing folder has none.
    fn walk(&self, folder: &str) -> Result<Listing, FileError>;
    /// Lists the valid paths of the files below a folder, relative to the root and sorted.
    fn below(&self, folder: &str) -> Result<Vec<String>, FileError> {
        Ok(self.walk(folder)?.files)
    }
    /// Reads a file as UTF-8; `None` when it does not exist.
    fn text(&self, path: &str) -> Result<Option<String>, FileError>;
    /// Reads a file; `None` when it does not exist.
    fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        Ok(self.text(path)?.map(String::into_bytes))
    }
    /// Parses the text of a file as [`yaml::parse_documents`] does. Implementations may cache the result.
    fn documents(&self, text: &str) -> Vec<Result<Value, YamlError>> {
        yaml::parse_documents(text)
    }
}

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

impl Files for BTreeMap<String, String> {
    fn walk(&self, folder: &str) -> Result<Listing, FileError> {
        let start = format!("{folder}/");
        let files = self.range(start.clone()..).map(|(path, _)| path);
        let files = files.take_while(|path| path.starts_with(&start)).cloned().collect();
        Ok(Listing { files, unusable: Vec::new() })
    }

    fn text(&self, path: &str) -> Result<Option<String>, FileError> {
        Ok(self.get(path).cloned())
    }
}
