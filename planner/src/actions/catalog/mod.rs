//! `catalog:*`: entities are read, written to the workspace, and added to the catalog.

mod descriptor;
mod fetch;
mod includes;
mod register;
mod write;

pub(super) use fetch::Fetch;
pub(super) use register::Register;
pub(super) use write::Write;
