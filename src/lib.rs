//! Callboard: a developer portal without a server.
//!
//! Four layers, one direction (see `ARCHITECTURE.md`): [`base`], then [`catalog`], then the three
//! jobs, then `cli`.

pub mod base;
pub mod catalog;
pub mod cli;
pub mod git;
pub mod snapshot;
