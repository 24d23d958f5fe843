//! Layer 0: the only doors to the outside, and what every layer speaks in.
//!
//! Files, HTTP, the clock, the environment and YAML are reached through here and nowhere else. Nothing in
//! this module knows what an entity, a source, a site or a template is.

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
