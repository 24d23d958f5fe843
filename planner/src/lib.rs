//! The half of the scaffold job that only computes: the expression language in [`engine`].

pub mod engine;
pub(crate) use callboard_core::base;
