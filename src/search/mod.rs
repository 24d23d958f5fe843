//! Search for the rest of the program: the index writer and searcher, and the browser's files.
//!
//! Schema, query language and index files are the crate `callboard-search`, which also is the engine
//! in the browser. This module must not know the catalog: who builds a site makes the documents.

use std::sync::LazyLock;

use xxhash_rust::xxh3::Xxh3;

pub use callboard_search::{
    Answer, ChunkSource, Document, Error, FacetValue, HEAD_NAME, Hit, How, ListQuestion, Listing,
    Marks, PARTS, PackedIndex, Place, Reason, Searcher, Shown, build_index, build_index_beside,
    fold,
};

/// The files that a site needs beside its index, as name and content: all into [`engine_folder`].
///
/// `client.js` is the one that a page imports; the others are found beside it. The engine is gzip.
pub static ENGINE_FILES: [(&str, &[u8]); 4] = [
    ("client.js", include_bytes!("../../site-templates/search/client.js")),
    ("engine.bin", include_bytes!("../../site-templates/search/engine.bin")),
    ("engine.js", include_bytes!("../../site-templates/search/engine.js")),
    ("worker.js", include_bytes!("../../site-templates/search/worker.js")),
];

/// Name of the engine's folder, by the hash of what is in it: a browser may keep it for ever.
pub fn engine_folder() -> &'static str {
    static FOLDER: LazyLock<String> = LazyLock::new(|| {
        let mut hash = Xxh3::new();
        ENGINE_FILES.iter().for_each(|(_, bytes)| hash.update(bytes));
        format!("{:010x}", hash.digest() >> 24)
    });
    &FOLDER
}
