//! Callboard: a developer portal without a server.
//!
//! Four layers, one direction (see `ARCHITECTURE.md`): [`base`]; then [`catalog`], [`git`] and
//! [`search`]; then the three jobs [`snapshot`], [`site`] and [`scaffold`]; then [`cli`].

pub mod base;
pub mod catalog;
pub mod cli;
#[doc(hidden)]
pub mod fuzzing;
pub mod git;
pub mod scaffold;
pub mod search;
pub mod site;
pub mod snapshot;
