//! Layer 0: access to files, HTTP, the clock and the environment, and general types such as diagnostics
//! and paths.
//!
//! The other layers reach the outside only through these modules. Nothing in them knows entities, sources,
//! sites or templates.

pub mod clock;
pub mod diagnostics;
pub mod drawing;
pub mod environment;
pub mod files;
pub mod forges;
pub mod fs;
pub mod hash;
pub mod http;
pub mod json;
pub mod leaks;
pub mod memory;
pub mod path;
pub mod percent;
pub mod schema;
pub mod text;
pub mod yaml;
