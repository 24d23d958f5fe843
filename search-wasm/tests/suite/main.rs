//! The crate from outside: relevance, index files, and the committed engine beside the native one.

mod engine;
mod fixture;
mod index_files;
mod relevance;
mod sources;
