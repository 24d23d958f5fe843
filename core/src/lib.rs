//! What the jobs of Callboard stand on and what does nothing but compute: texts, YAML and diagnostics in [`base`],
//! Backstage's entity model in [`catalog`].
//!
//! Nothing here opens a file, reads the clock or sends a request, so that the same code can run in a browser.

pub mod base;
pub mod catalog;
