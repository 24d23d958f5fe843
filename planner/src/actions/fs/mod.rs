//! `fs:*`: files of the workspace are deleted, renamed, listed and read.

mod delete;
mod read;
mod rename;

pub(super) use delete::Delete;
pub(super) use read::{Read, ReadDirectory};
pub(super) use rename::Rename;
