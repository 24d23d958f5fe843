//! Read access to files by their path: the trait, and the files in a map, such as those of another git revision.

use std::{collections::BTreeMap, io, path::Path};

use serde_json::Value;

use super::{
    path::{PathError, RelativePath, shown},
    text::NotUtf8,
    yaml::{self, YamlError},
};

/// A file operation that failed, with its file.
#[derive(Debug, thiserror::Error)]
#[error("cannot {verb} `{path}`")]
pub struct FileError {
    verb: &'static str,
    path: String,
    #[source]
    source: io::Error,
}

impl FileError {
    /// The failure of an operation, named by a verb such as `read`, on a file.
    pub fn new(verb: &'static str, path: &Path, source: io::Error) -> Self {
        Self { verb, path: shown(path), source }
    }

    /// The error with its cause in one line.
    pub fn explained(&self) -> String {
        format!("{self}: {}", self.source)
    }

    /// The position of the first invalid byte, when the file is not UTF-8.
    pub fn not_utf8(&self) -> Option<NotUtf8> {
        self.source.get_ref()?.downcast_ref().copied()
    }

    /// True when the file does not exist.
    pub fn is_not_found(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }
}

/// The files below a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Their paths relative to the root, sorted.
    pub files: Vec<String>,
    /// Paths that are not valid (see [`PathError`](super::path::PathError)), each with the reason.
    pub unusable: Vec<(String, String)>,
}

/// What git keeps of a file beside its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A plain file.
    File,
    /// A plain file that may be executed.
    Executable,
    /// A symbolic link; its bytes are its target.
    Link,
}

/// One file of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// Its path in the folder.
    pub path: RelativePath,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its mode.
    pub mode: Mode,
}

/// Why the files of a folder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The file system failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// Something that is neither a file, a folder nor a link, by its path in the folder.
    #[error("`{0}` is neither a plain file nor a folder")]
    NotAFile(String),
    /// A path is not UTF-8, or leads out of the folder.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The folder is larger than the reader takes.
    #[error("more than {MOST_FILES} files or {MOST_BYTES} bytes")]
    TooLarge,
}

/// Most files that [`Files::tree`] reads.
pub const MOST_FILES: usize = 10_000;
/// Most bytes that [`Files::tree`] reads.
pub const MOST_BYTES: usize = 256 * 1024 * 1024;

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
    /// Reads all files below a folder with their modes, sorted by path; a missing folder has none. Links are not
    /// followed.
    fn tree(&self, folder: &str) -> Result<Vec<TreeFile>, TreeError> {
        let mut files = Vec::new();
        for path in self.below(folder)? {
            let inside = path.strip_prefix(folder).unwrap_or(&path).trim_start_matches('/');
            let bytes = self.bytes(&path)?.unwrap_or_default();
            files.push(TreeFile { path: RelativePath::new(inside)?, bytes, mode: Mode::File });
        }
        Ok(files)
    }
    /// Parses the text of a file as [`yaml::parse_documents`] does. Implementations may cache the result.
    fn documents(&self, text: &str) -> Vec<Result<Value, YamlError>> {
        yaml::parse_documents(text)
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
