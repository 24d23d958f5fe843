//! `publish:*`: a repository is created from the workspace.

mod forges;
mod git;

pub use forges::MAPPED;
pub(super) use git::PublishGit;

pub(super) use forges::{AZURE, BITBUCKET_CLOUD, BITBUCKET_SERVER, GITEA, GITHUB, GITLAB};
