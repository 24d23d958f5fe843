//! The pages of a site: one module for each template in `site-templates/pages`.

pub(super) mod changes;
pub(super) mod docs;
pub(super) mod entities;
pub(super) mod entity;
pub(super) mod form;
pub(super) mod health;
pub(super) mod home;
pub(super) mod list;
pub(super) mod me;
pub(super) mod person;
pub(super) mod run;
pub(super) mod system;
pub(super) mod team;
pub(super) mod template;
pub(super) mod tree;

#[cfg(test)]
mod entity_tests;
