//! `catalog:*`: entities are read, written to the workspace, and added to the catalog.

mod annotate;
mod descriptor;
mod fetch;
mod includes;
mod register;
mod write;

pub(super) use annotate::{ANNOTATE, SCAFFOLDED_FROM, TEMPLATE_VERSION};
pub(super) use fetch::{Fetch, missing};
pub(super) use register::Register;
pub(super) use write::Write;
