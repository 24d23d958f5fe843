//! Tests of the engine as a whole.

mod cases;
mod conformance;
mod robustness;
mod workflow;
