//! The scaffold job: templates, requests, plans and runs.

pub mod engine;
