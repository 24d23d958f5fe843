//! Callboard.
pub mod scaffold;
