//! Layer 0: access to files, HTTP, the clock, the environment and other programs, and general types such as diagnostics
//! and paths, which are in the package `callboard-core`.
//!
//! The other layers reach the outside only through these modules. Nothing in them knows entities, sources,
//! sites or templates.

pub mod clock;
pub mod environment;
pub mod files;
pub mod fs;
pub mod http;
pub mod mail;
pub mod memory;
pub mod process;
pub mod refusal;

pub use callboard_core::base::{
    author, content, diagnostics, drawing, duration, forges, hash, json, leaks, origin, path,
    percent, schema, text, yaml,
};
