//! The sample company: its two APIs, and its portal.

pub mod company;
pub(super) mod portal;
pub(super) mod sample_apis;
