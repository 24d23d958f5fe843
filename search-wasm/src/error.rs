//! Errors of search, by what a caller can do about them.

/// An error while an index is written, opened or searched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The manifest is invalid, inconsistent or of another format.
    #[error("the search index is damaged or of another version: {0}")]
    Manifest(String),
    /// An error of tantivy, or a part of the index could not be read.
    #[error("search failed: {0}")]
    Engine(#[from] tantivy::TantivyError),
    /// A part of the index could not be read.
    #[error("search could not read its index: {0}")]
    Read(#[from] std::io::Error),
    /// The JSON of a stored document or of an answer is invalid.
    #[error("the search index holds a damaged document: {0}")]
    Document(#[from] serde_json::Error),
}
