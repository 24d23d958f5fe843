//! `publish:*`: a repository is created from the workspace.

mod azure;
mod bitbucket;
pub(super) mod branch_commit;
pub(super) mod first_commit;
pub(super) mod forge_repository;
mod forges;
mod git;
mod gitea;
pub(super) mod github;
mod gitlab;

pub(super) use forge_repository::{
    api_effect, credential_warning, host as forge_host, marked_description,
};
pub use forges::MAPPED;
pub(super) use git::PublishGit;

pub(super) use forges::{AZURE, BITBUCKET_CLOUD, BITBUCKET_SERVER, GITEA, GITHUB, GITLAB};
pub(super) use gitea::path as gitea_path;
pub(super) use github::path as github_path;
