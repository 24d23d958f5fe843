//! The half of the scaffold job that only computes: templates, requests and plans.
//!
//! A *request* is a file; [`plan`] computes a value that has everything the request would do. Planning reads files
//! through a trait and nothing else: no network, no clock, no secrets and no processes. The compiler checks it,
//! because the package also compiles to WebAssembly.

pub mod actions;
mod addresses;
pub mod answers;
pub mod check;
pub mod claims;
pub mod effect;
pub mod engine;
mod glob;
mod jsonata;
mod parameters;
pub mod plan;
pub mod policy;
mod repository;
pub mod request;
mod schema;
pub mod settings;
pub mod template;
#[cfg(test)]
mod tests;
pub mod workspace;

pub(crate) use callboard_core::{base, catalog};

pub use addresses::{addresses, addresses_of};
pub use check::{check_templates, check_templates_with, example_plans};
pub use claims::{Claim, refuse_conflicts};
pub use effect::{Effect, EffectKind};
pub use plan::{Plan, plan};
pub use request::Request;
pub use settings::{
    CredentialForm, CredentialNames, Expressions, HOST, MailSettings, Repositories, RepositoryHome,
    Server, ServerKind, Settings, TemplateSecret, Webhook, is_writable_folder,
};
