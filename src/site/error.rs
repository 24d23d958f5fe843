//! Why a site could not be built.

use crate::base::{fs::FileError, path::PathError};

/// Why a site could not be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the theme could not be read, or a file of the site not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A site template has a mistake; the text says in which file and line.
    #[error("{0}")]
    Template(String),
    /// A file of the theme has a name that cannot be a path of the site.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A setting that no style sheet can hold.
    #[error("`{0}` is not a CSS colour")]
    Accent(String),
    /// The search index could not be written.
    #[error("cannot build the search index")]
    Search(#[from] crate::search::Error),
}

impl From<tera::Error> for Error {
    fn from(error: tera::Error) -> Self {
        Self::Template(error.to_string())
    }
}
