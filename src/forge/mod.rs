//! Layer 1: the APIs of forges, and of other servers that effects change.
//!
//! A client knows how its server wants credentials, and how it writes pages, limits and refusals. What is asked of the
//! server is the caller's.

mod access;
mod argo_cd;
mod azure;
mod bitbucket;
mod client;
mod error;
mod gitea;
mod github;
mod gitlab;
pub mod grants;
mod kubernetes;
mod permission;
mod plain;
pub mod reviews;

use std::time::Duration;

pub use access::{Connections, Credential};
use callboard_planner::effect::Api;
pub use client::{Answer, Client};
pub use error::{ApiError, Refused};
use permission::Question;
pub use permission::{Account, May, Permission, Rights};
use serde_json::Value;

use crate::base::{
    environment::Secret,
    http::{self, Authorization, AuthorizationError, Response, Url},
};

/// What differs between the APIs of servers.
trait Dialect: Sync {
    /// Headers that all requests have.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// How a token is sent, or the password of a user.
    ///
    /// # Errors
    /// HTTP cannot send it.
    fn authorization(
        &self,
        user: Option<&str>,
        token: &Secret,
    ) -> Result<Authorization, AuthorizationError> {
        match user {
            Some(user) => Authorization::basic(user, token),
            None => Authorization::bearer(token),
        }
    }

    /// The type of a body, where it is not JSON's.
    fn content_type(&self, _method: http::Method) -> Option<&'static str> {
        None
    }

    /// The address of the next page of a list.
    fn next_page(&self, response: &Response, _asked: &Url) -> Option<Url> {
        response.next_link()
    }

    /// The status that a response means: some servers answer a wrong credential with a page for signing in.
    fn status(&self, response: &Response) -> u16 {
        response.status
    }

    /// Whether a wrong credential is taken for none, so that what is private looks as if it were not there.
    fn takes_wrong_for_none(&self) -> bool {
        false
    }

    /// Whether a refusal with this message is a limit of requests, which passes.
    fn is_limit(&self, status: u16, _message: &str) -> bool {
        status == 429
    }

    /// The path at which the server says whose a credential is, and the JSON Pointer of the name in its answer. A server
    /// without such a path says something else that only a valid credential may read.
    fn account(&self) -> (&'static str, &'static str);

    /// The path at which the server says of a token which `scopes` it has and when it ends.
    fn token(&self) -> Option<&'static str> {
        None
    }

    /// The permission that a call needs.
    fn permission(&self, method: http::Method, path: &str) -> &'static Permission;

    /// The permission that a push of files with these paths needs; a server without repositories has none.
    fn push_permission(&self, _paths: &[&str]) -> &'static Permission {
        self.permission(http::Method::Post, "")
    }

    /// The scopes of a token that a permission needs.
    fn wanted_scopes(&self, permission: &Permission) -> &'static [&'static str] {
        permission.grants
    }

    /// Whether a scope is or includes another one.
    fn includes(&self, scope: &str, wanted: &str) -> bool {
        scope == wanted
    }

    /// What can be asked about the right to make a call, where the server does not list what a credential may do.
    fn questions(&self, _: http::Method, _path: &str, _: &Permission) -> Vec<Question> {
        Vec::new()
    }

    /// Name and path of what a thing at a path is in, where that may be deleted with all that is in it.
    fn place(&self, _path: &str) -> Option<(String, String)> {
        None
    }

    /// Whether a thing is being deleted.
    fn is_ending(&self, _thing: &Value) -> bool {
        false
    }

    /// Where a missing permission is given.
    fn where_given(&self) -> &'static str;
}

fn dialect(api: Api) -> &'static dyn Dialect {
    match api {
        Api::GitHub => &github::GitHub,
        Api::GitLab => &gitlab::GitLab,
        Api::Gitea => &gitea::Gitea,
        Api::Bitbucket => &bitbucket::Bitbucket,
        Api::AzureDevOps => &azure::AzureDevOps,
        Api::Kubernetes => &kubernetes::Kubernetes,
        Api::ArgoCd => &argo_cd::ArgoCd,
    }
}

/// How long one request may take. Some forges create a repository within half a minute.
const TIMEOUT: Duration = Duration::from_mins(1);
