//! Text files that are only read: those of a directory, or those that were read before from elsewhere.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    fs::{self, FileError},
    yaml::{self, YamlError},
};

/// Files by their path, relative to some root.
pub trait Files: Sync {
    /// The paths of all files below a folder, relative to the root, sorted.
    fn below(&self, folder: &str) -> Result<Vec<String>, FileError>;
    /// The text of a file; `None` when it is not there.
    fn text(&self, path: &str) -> Result<Option<String>, FileError>;
    /// The bytes of a file; `None` when it is not there.
    fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        Ok(self.text(path)?.map(String::into_bytes))
    }
    /// The documents of a text of one of the files, as [`yaml::parse_documents`] reads them.
    fn documents(&self, text: &str) -> Vec<Result<Value, YamlError>> {
        yaml::parse_documents(text)
    }
}

/// The files of a directory, which cannot lead out of it ([`fs::Root`]).
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

    /// Checks that links do not lead out of the directory on the way to some files and folders, which
    /// need not exist.
    pub fn check(&self, paths: &[&str]) -> Result<(), FileError> {
        paths.iter().try_for_each(|path| self.0.place(path).map(drop))
    }

    /// The place of a file or folder that is about to be written; see [`fs::Root::place`].
    pub fn place(&self, path: impl AsRef<Path>) -> Result<PathBuf, FileError> {
        self.0.place(path)
    }
}

impl Files for Directory {
    fn below(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let whole = self.0.path().join(folder);
        match fs::resolve_inside(self.0.path(), &whole) {
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            resolved => resolved?,
        };
        let files = fs::walk_files(&whole)?;
        Ok(files.into_iter().map(|file| format!("{folder}/{file}")).collect())
    }

    fn text(&self, path: &str) -> Result<Option<String>, FileError> {
        let Some(bytes) = self.bytes(path)? else { return Ok(None) };
        String::from_utf8(bytes).map(Some).map_err(|_| self.0.not_text(path))
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
    fn below(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let start = format!("{folder}/");
        let files = self.range(start.clone()..).map(|(path, _)| path);
        Ok(files.take_while(|path| path.starts_with(&start)).cloned().collect())
    }

    fn text(&self, path: &str) -> Result<Option<String>, FileError> {
        Ok(self.get(path).cloned())
    }
}
