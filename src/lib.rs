//! Callboard: a developer portal without a server.
//!
//! Four layers, one direction (see `ARCHITECTURE.md`): [`base`]; then [`catalog`] (of `callboard-core`), [`forge`], [`git`]
//! and [`search`]; then the three jobs [`snapshot`], [`site`] and [`scaffold`]; then [`cli`].

pub mod base;
pub mod cli;
pub mod forge;
#[doc(hidden)]
pub mod fuzzing;
pub mod git;
pub mod scaffold;
pub mod search;
pub mod site;
pub mod snapshot;

pub use callboard_core::catalog;
