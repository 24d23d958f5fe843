//! Relative paths that cannot lead out of the directory that they are joined to.

mod portable;

use std::{fmt, path::Path, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::text::visible_name;

/// A relative path with `/` between its parts, without `.`, `..`, empty parts, `\` or control
/// characters. A directory joined with it stays inside the directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelativePath(String);

/// Why a text is not a [`RelativePath`].
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("`{}` cannot be the path of a file: {reason}", visible_name(path))]
pub struct PathError {
    /// The path; bytes that are not Unicode are replaced.
    pub path: String,
    reason: &'static str,
}

impl RelativePath {
    /// Checks a path.
    pub fn new(path: impl Into<String>) -> Result<Self, PathError> {
        let path = path.into();
        let reason = if path.is_empty() {
            Some("it is empty")
        } else if path.starts_with('/') {
            Some("it is absolute")
        } else if path.contains('\\') || path.chars().any(char::is_control) {
            Some("it has a backslash or a control character")
        } else if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            Some("it has an empty part, `.` or `..`")
        } else if cfg!(windows) && path.contains(':') {
            Some("it has a colon, which begins a drive or a stream on Windows")
        } else {
            None
        };
        match reason {
            Some(reason) => Err(PathError { path, reason }),
            None => Ok(Self(path)),
        }
    }

    /// Checks a path of the operating system that is relative, such as one of a walk below a directory.
    pub fn from_path(path: &Path) -> Result<Self, PathError> {
        let text = path.to_str().ok_or_else(|| PathError {
            path: path.to_string_lossy().into_owned(),
            reason: "it is not Unicode",
        })?;
        Self::new(text.replace(std::path::MAIN_SEPARATOR, "/"))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Appends a path.
    pub fn join(&self, below: &Self) -> Self {
        Self(format!("{}/{}", self.0, below.0))
    }

    /// The last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The path below a directory of the file system.
    pub fn below(&self, directory: &Path) -> PathBuf {
        directory.join(&self.0)
    }
}

/// A path of the operating system for messages and files: with `/` between its parts on every system, so that both are the
/// same everywhere.
pub fn shown(path: &Path) -> String {
    #[expect(clippy::disallowed_methods, reason = "this is the function that others use instead")]
    let text = path.display().to_string();
    text.replace(std::path::MAIN_SEPARATOR, "/")
}

/// Whether a path is a folder's own, or below it; both have `/` between their parts, and an empty folder has all paths.
pub fn is_inside(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RelativePath {
    type Error = PathError;
    fn try_from(path: String) -> Result<Self, PathError> {
        Self::new(path)
    }
}

impl From<RelativePath> for String {
    fn from(path: RelativePath) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leaves_its_directory_is_refused() {
        for bad in ["", "/etc", "a/../b", "..", "a//b", "./a", "a/", "a\\b", "a\nb"] {
            assert!(RelativePath::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(RelativePath::new("a/b.c").expect("valid").file_name(), "b.c");
    }

    #[test]
    fn a_shown_path_has_slashes_on_every_system() {
        let path: PathBuf = ["catalog-data", "manual", "a.yaml"].iter().collect();
        assert_eq!(shown(&path), "catalog-data/manual/a.yaml");
    }

    #[test]
    fn a_folder_has_itself_and_what_is_below_it() {
        for inside in [("a/b", "a/b"), ("a/b/c", "a/b"), ("a", ""), ("", "")] {
            assert!(is_inside(inside.0, inside.1), "{inside:?}");
        }
        for outside in [("a/bc", "a/b"), ("a", "a/b"), ("b/a", "a"), ("", "a")] {
            assert!(!is_inside(outside.0, outside.1), "{outside:?}");
        }
    }
}
