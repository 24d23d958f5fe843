//! Callboard.

pub mod cli;
