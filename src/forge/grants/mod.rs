//! Tokens that are fetched: those of an app's installation on GitHub, and those for which a job's own identity is
//! exchanged.

mod app;
mod workload;

pub use app::{AppGrant, Installation};
pub use workload::{IdToken, WorkloadGrant};
