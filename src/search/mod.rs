//! Search for the rest of the program: the index writer and searcher, and the browser's files.
//!
//! Schema, query language and index files are the crate `callboard-search`, which also is the engine
//! in the browser. This module must not know the catalog: who builds a site makes the documents.

pub use callboard_search::{
    Answer, ChunkSource, Document, Error, FacetValue, Hit, ListQuestion, Listing, MANIFEST_NAME,
    Marks, PackedIndex, Place, Searcher, Shown, build_index,
};

/// The files that a site needs beside its index, as name and content: all into one folder.
///
/// `client.js` is the one that a page imports; the others are found beside it.
pub static ENGINE_FILES: [(&str, &[u8]); 4] = [
    ("client.js", include_bytes!("../../site-templates/search/client.js")),
    ("engine.js", include_bytes!("../../site-templates/search/engine.js")),
    ("engine.wasm", include_bytes!("../../site-templates/search/engine.wasm")),
    ("worker.js", include_bytes!("../../site-templates/search/worker.js")),
];
