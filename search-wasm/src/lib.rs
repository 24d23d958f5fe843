//! Callboard's search: what is indexed, how a question is understood, and how the index lies in files.
//!
//! One crate, compiled natively to write the index (feature `build`) and to search it from the
//! terminal, and to wasm to search it in the browser. It knows documents and hits only: not the
//! catalog, not the site, not the disk and not the network. Reading order:
//! [`Document`] → `schema` and `words` (how text becomes terms) → `index`, `cut` and `packing` (writing) →
//! `rows` and `directory` (reading) → `filter`, `facets`, `phrase` and `query` (understanding) →
//! `spelling`, `typos`, `stems` and `meaning` (which terms) → `score`, `marks`, `list` and [`Searcher`]
//! (asking) → `wasm` (the browser's door).

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
pub use document::{Document, Shown};
pub use error::Error;
#[cfg(feature = "build")]
pub use index::{build_index, build_index_beside};
pub use list::{FacetValue, ListQuestion, Listing};
pub use pack::{FORMAT, HEAD_NAME, Head, PARTS};
#[cfg(feature = "build")]
pub use packing::PackedIndex;
pub use searcher::Searcher;
pub use words::fold;
