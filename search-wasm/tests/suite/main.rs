//! The crate from outside: relevance, index files, and the committed engine beside the native one.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod engine;
mod fixture;
mod index_files;
mod relevance;
mod sources;
