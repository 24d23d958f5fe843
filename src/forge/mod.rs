//! Layer 1: the APIs of forges, and of other servers that effects change.
//!
//! A client knows how its server wants credentials, and how it writes pages, limits and refusals. What is asked of the
//! server is the caller's.

mod argo_cd;
mod azure;
mod client;
mod error;
mod gitea;
mod github;
mod gitlab;
mod kubernetes;
pub mod reviews;

use std::{sync::OnceLock, time::Duration};

use callboard_planner::effect::Api;
pub use client::{Answer, Client};
pub use error::{ApiError, Refused};

use crate::base::{
    environment::Secret,
    http::{self, Authorization, AuthorizationError, HttpError, Response, Url},
};

/// A user name and a password or token.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The user, where a password belongs to one.
    pub user: Option<String>,
    /// The password or token.
    pub token: Secret,
}

/// What differs between the APIs of servers.
trait Dialect: Sync {
    /// Headers that all requests have.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// How a credential is sent.
    ///
    /// # Errors
    /// HTTP cannot send it.
    fn authorization(&self, credential: &Credential) -> Result<Authorization, AuthorizationError> {
        match &credential.user {
            Some(user) => Authorization::basic(user, &credential.token),
            None => Authorization::bearer(&credential.token),
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

    /// Whether a refusal with this message is a limit of requests, which passes.
    fn is_limit(&self, status: u16, _message: &str) -> bool {
        status == 429
    }

    /// The permission that a call needs, as the server's settings name it.
    fn permission(&self, method: http::Method, path: &str) -> &'static str;
}

fn dialect(api: Api) -> &'static dyn Dialect {
    match api {
        Api::GitHub => &github::GitHub,
        Api::GitLab => &gitlab::GitLab,
        Api::Gitea => &gitea::Gitea,
        Api::AzureDevOps => &azure::AzureDevOps,
        Api::Kubernetes => &kubernetes::Kubernetes,
        Api::ArgoCd => &argo_cd::ArgoCd,
    }
}

/// The connections to servers, which are made when the first one is needed.
#[derive(Default)]
pub struct Connections(OnceLock<Connection>);

struct Connection {
    http: http::Client,
    runtime: tokio::runtime::Runtime,
}

impl Connections {
    fn get(&self) -> Result<&Connection, HttpError> {
        if let Some(connection) = self.0.get() {
            return Ok(connection);
        }
        let http = http::Client::new()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| HttpError::cannot_start(&error))?;
        Ok(self.0.get_or_init(|| Connection { http, runtime }))
    }
}

/// How long one request may take. Some forges create a repository within half a minute.
const TIMEOUT: Duration = Duration::from_mins(1);
