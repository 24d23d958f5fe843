//! What can go wrong in search, told apart as far as a caller acts on it.

/// Why an index could not be written, opened or searched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The manifest is not one, contradicts itself, or is of another format.
    #[error("the search index is damaged or of another version: {0}")]
    Manifest(String),
    /// The engine refused, or a part of the index could not be read.
    #[error("search failed: {0}")]
    Engine(#[from] tantivy::TantivyError),
    /// A part of the index could not be read.
    #[error("search could not read its index: {0}")]
    Read(#[from] std::io::Error),
    /// A stored document or an answer is not the JSON it should be.
    #[error("the search index holds a damaged document: {0}")]
    Document(#[from] serde_json::Error),
}
