//! Layer 0, the half of it that only computes: general types such as diagnostics and paths, and the formats YAML,
//! JSON, SVG and Markdown.
//!
//! Nothing here knows entities, sources, sites or templates.

pub mod author;
pub mod content;
pub mod diagnostics;
pub mod drawing;
pub mod duration;
pub mod files;
pub mod forges;
pub mod glob;
pub mod hash;
pub mod json;
pub mod leaks;
pub mod origin;
pub mod path;
pub mod percent;
pub mod schema;
pub mod text;
pub mod yaml;
