//! `azure:*`: pipelines, commits and pull requests of Azure DevOps Services and Server, as in Backstage's community module.

mod clone;
mod create;
mod permit;
mod project;
mod pull_request;
mod push;
mod run;

pub(super) use clone::RepositoryClone;
pub(crate) use clone::address as cloned_address;
pub(super) use create::PipelineCreate;
pub(super) use permit::PipelinePermit;
pub(super) use project::API_VERSION;
pub(super) use pull_request::{OLDER_PULL_REQUEST, PULL_REQUEST};
pub(super) use push::RepositoryPush;
pub(super) use run::PipelineRun;
