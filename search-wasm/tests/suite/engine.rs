//! The committed engine.
