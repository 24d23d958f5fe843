//! Layer 1: search. The index writer and searcher of the crate `callboard-search`, and the files of the
//! engine for the browser.
//!
//! The crate defines the schema, the query language and the index files, and is compiled to the
//! browser's engine, too. This module does not know the catalog: the site makes the documents.

use std::sync::LazyLock;

use xxhash_rust::xxh3::Xxh3;

pub use callboard_search::{
    Answer, ChunkSource, Document, Error, FacetValue, HEAD_NAME, Hit, How, ListQuestion, Listing,
    Marks, PARTS, PackedIndex, Place, Reason, Searcher, Summary, build_index, build_index_beside,
    fold,
};

/// The files of the engine, as name and content, which a site has in [`engine_folder`].
///
/// Pages import `client.js`, which loads the others from its folder. The engine is compressed with gzip.
pub static ENGINE_FILES: [(&str, &[u8]); 4] = [
    ("client.js", include_bytes!("../../site-templates/search/client.js")),
    ("engine.bin", include_bytes!("../../site-templates/search/engine.bin")),
    ("engine.js", include_bytes!("../../site-templates/search/engine.js")),
    ("worker.js", include_bytes!("../../site-templates/search/worker.js")),
];

/// Name of the engine's folder: a hash of its files, so that browsers may cache them without limit.
pub fn engine_folder() -> &'static str {
    static FOLDER: LazyLock<String> = LazyLock::new(|| {
        let mut hash = Xxh3::new();
        ENGINE_FILES.iter().for_each(|(_, bytes)| hash.update(bytes));
        format!("{:010x}", hash.digest() >> 24)
    });
    &FOLDER
}
