//! Callboard's search: what is indexed, how a question is understood, and how the index lies in files.
//!
//! One crate, compiled natively to write the index (feature `build`) and to search it from the
//! terminal, and to wasm to search it in the browser. It knows documents and hits only: not the
//! catalog, not the site, not the disk and not the network. Reading order:
//! [`Document`] → `schema` and `words` (how text becomes terms) → `index` and `pack` (writing) →
//! `directory` (reading) → `filter`, `facets`, `query`, `spelling`, `meaning`, `marks`, `list` and [`Searcher`] (asking) → `wasm` (the browser's door).

mod answer;
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
mod query;
mod schema;
mod searcher;
mod spelling;
#[cfg(target_arch = "wasm32")]
mod wasm;
mod words;

pub use answer::{Answer, Hit, Marks, Place};
pub use directory::ChunkSource;
pub use document::{Document, Shown};
pub use error::Error;
#[cfg(feature = "build")]
pub use index::build_index;
pub use list::{FacetValue, ListQuestion, Listing};
#[cfg(feature = "build")]
pub use pack::PackedIndex;
pub use pack::{FORMAT, MANIFEST_NAME};
pub use searcher::Searcher;
