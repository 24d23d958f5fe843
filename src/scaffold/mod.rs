//! The scaffold job: requests, plans and runs.
//!
//! A *request* is a file; the package `callboard-planner` computes its plan, a value that has everything the request
//! would do; [`apply`] carries it out, once. The record of a run and new repositories go through the git layer.

pub mod apply;
pub mod content;
pub mod effects;
pub mod notification;
mod requests;
pub mod run;

#[cfg(test)]
mod tests;

pub use apply::{ApplyError, Approval, Cancellation, Event, Observer, Outcome, PlanSource, apply};
pub use callboard_planner::{
    Claim, CredentialForm, CredentialNames, Effect, Expressions, HOST, MailSettings, Plan,
    Repositories, RepositoryHome, Request, Server, ServerKind, Settings, TemplateSecret, Webhook,
    actions, addresses, addresses_of, answers, check_templates, check_templates_with, claims,
    engine, example_plans, is_writable_folder, plan, policy, refuse_conflicts, request, template,
    workspace,
};
pub use effects::{PortalRepository, World};
pub use requests::{RequestError, load_request};
pub use run::Run;
