//! The crate from outside: relevance, index files, and the committed engine beside the native one.
#![expect(clippy::disallowed_methods, reason = "a test looks from outside")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod engine;
mod fixture;
mod index_files;
mod list;
mod relevance;
mod sources;
