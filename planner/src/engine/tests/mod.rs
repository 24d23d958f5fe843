//! Tests of the engine as a whole.

mod budget;
mod cases;
mod conformance;
mod lenient;
mod modes;
mod robustness;
mod unknown;
mod workflow;
