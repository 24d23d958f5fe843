//! What all tests share: a portal in a temporary directory, its git repository, servers on loopback, and the
//! comparison with expected texts and files.
//!
//! Nothing here depends on the machine: git ignores its configuration, ports are free ones, and the dates of
//! commits are fixed. Entities of the catalog's own type come from `core/src/catalog/testing.rs`.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read and write files and start git themselves"
)]

mod app;
mod azure;
mod azure_reviews;
mod bitbucket;
mod description;
mod entities;
mod expected;
mod forge;
mod forge_git;
mod git;
mod git_server;
mod gitea;
mod github;
mod gitlab;
mod gitlab_reviews;
mod hold;
mod mail;
mod portal;
mod reviews;
mod server;
mod servers;

pub use app::{APP_ID, APP_KEY, App};
pub use azure::azure;
pub use bitbucket::{bitbucket_cloud, bitbucket_server};
pub use entities::{component, group};
pub use expected::{Data, assert_text, expected_file, file, is_overwriting, str};
pub use forge::{ApiRequest, FakeForge, ForgeFault, Handler, Store};
pub use git::{commit_all_files, commit_changes, git};
pub use git_server::GitServer;
pub use gitea::gitea;
pub use github::github;
pub use gitlab::gitlab;
pub use hold::HoldHandle;
pub use mail::{FakeMail, ReceivedMail};
pub use portal::Portal;
pub use server::{
    JSON, Server, answer, json, loopback, resetting, say, serve, serve_bytes, serve_cut_off,
    serve_with_address, serve_with_tls,
};
pub use servers::{argo_cd, company_api, kubernetes};
