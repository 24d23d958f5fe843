//! Runs case files against the engine.
