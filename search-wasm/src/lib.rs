//! Callboard's search: the schema of the index, the query language, and the format of the index files.
//!
//! One crate, compiled natively to write the index (feature `build`) and to search it from the
//! terminal, and to WebAssembly to search it in the browser. It knows documents and hits only, but neither the
//! catalog, the site, the disk nor the network. Reading order:
//! [`Document`] → `schema` and `words` (how text becomes terms) → `index`, `cut` and `packing` (writing) →
//! `rows` and `directory` (reading) → `filter`, `facets`, `phrase` and `query` (parsing questions) →
//! `spelling`, `typos`, `stems` and `meaning` (terms of a question) → `score`, `marks`, `list` and [`Searcher`]
//! (searching) → `wasm` (interface to the browser).

mod answer;
#[cfg(feature = "build")]
mod cut;
mod directory;
mod document;
mod error;
mod facets;
mod filter;
#[cfg(feature = "build")]
mod index;
mod list;
mod marks;
mod meaning;
mod pack;
#[cfg(feature = "build")]
mod packing;
mod phrase;
mod query;
mod rows;
mod schema;
mod score;
mod searcher;
mod spelling;
mod stems;
mod typos;
#[cfg(target_arch = "wasm32")]
mod wasm;
mod words;

pub use answer::{Answer, Hit, How, Marks, Place, Reason};
pub use directory::ChunkSource;
pub use document::{Document, Summary};
pub use error::Error;
#[cfg(feature = "build")]
pub use index::{build_index, build_index_beside};
pub use list::{FacetValue, ListQuestion, Listing};
pub use pack::{FORMAT, HEAD_NAME, Head, PARTS};
#[cfg(feature = "build")]
pub use packing::PackedIndex;
pub use searcher::Searcher;
pub use words::fold;
