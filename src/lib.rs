//! Callboard: a developer portal without a server.
//!
//! Four layers, one direction (see `ARCHITECTURE.md`): [`base`], then [`catalog`] and [`git`], then
//! the jobs, then [`cli`].

pub mod base;
pub mod catalog;
pub mod cli;
pub mod git;
pub mod scaffold;
pub mod snapshot;
