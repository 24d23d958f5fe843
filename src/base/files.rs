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

/// The files of a directory.
#[derive(Debug, Clone)]
pub struct Directory(PathBuf);

impl Directory {
    /// The files below `root`.
    pub fn new(root: &Path) -> Self {
        Self(root.to_owned())
    }
}

impl Files for Directory {
    fn below(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let files = fs::walk_files(&self.0.join(folder))?;
        Ok(files.into_iter().map(|file| format!("{folder}/{file}")).collect())
    }

    fn text(&self, path: &str) -> Result<Option<String>, FileError> {
        fs::read_text_if_exists(&self.0.join(path))
    }

    fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        match fs::read(&self.0.join(path)) {
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
