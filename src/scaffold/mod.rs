//! The scaffold job: templates, requests, plans and runs.
//!
//! A *request* is a file; [`plan`] computes a value that has everything the request would do; [`apply`] carries it
//! out, once. Planning reads the files of the portal and nothing else. The record of a run and new repositories go
//! through the git layer.

mod actions;
pub mod apply;
pub mod check;
mod claims;
mod effects;
pub use callboard_planner::engine;
mod parameters;
pub mod plan;
mod repository;
pub mod request;
pub mod run;
mod schema;
mod steps;
pub mod template;
pub mod workspace;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    base::{forges::Forge, leaks::Exceptions},
    git::commit::Author,
};
pub use apply::{
    ApplyError, Approval, Cancellation, Event, Observer, Outcome, PortalRepository, World, apply,
};
pub use check::check_templates;
pub use claims::{Claim, refuse_conflicts};
pub use plan::{Effect, Plan, plan};
pub use request::{Request, RequestError};
pub use run::Run;

/// What the portal's settings say about scaffolding.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The author of commits, unless a template sets another.
    pub author: Author,
    /// Where `publish:git` makes repositories.
    pub repositories: Repositories,
    /// Hosts of repositories, beside the public ones.
    pub hosts: BTreeMap<String, Forge>,
    /// Exceptions for values of requests that look like credentials and are not.
    pub exceptions: Exceptions,
}

/// The placeholder for the host of a `repoUrl` in [`RepositoryHome::Remote`] and [`Repositories::url`].
pub const HOST: &str = "{host}";

/// Where new repositories are made, and their addresses for people.
#[derive(Debug, Clone, Default)]
pub struct Repositories {
    /// Where they are made; without it `publish:git` cannot be planned.
    pub home: Option<RepositoryHome>,
    /// URL at which people reach them, with `{host}`, `{organization}`, `{owner}` (or `{project}`)
    /// and `{repo}`.
    pub url: Option<String>,
    /// Hosts that may stand for `{host}`: a request chooses among them.
    pub hosts: Vec<String>,
}

/// Where new repositories are made.
#[derive(Debug, Clone)]
pub enum RepositoryHome {
    /// Bare repositories `<owner>/<repo>.git` below a directory, relative to the portal.
    Directory(PathBuf),
    /// A remote that makes them on the first push, or has them empty; placeholders as in
    /// [`Repositories::url`].
    Remote(String),
}
