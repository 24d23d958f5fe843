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

use callboard_planner::{CredentialForm, CredentialNames, effect::Api};
pub use client::{Answer, Client};
pub use error::{ApiError, Refused};

use crate::base::{
    environment::{Environment, Secret},
    http::{self, Authorization, AuthorizationError, HttpError, Response, Url},
};

/// A user name and a password or token.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The user, where a password belongs to one.
    pub user: Option<String>,
    /// The password or token.
    pub token: Secret,
    /// How it is sent; as the forge wants it without this.
    pub form: Option<CredentialForm>,
}

impl Credential {
    /// Reads the variables that the settings name; `None` when there is no token in them.
    pub fn read(names: &CredentialNames, environment: &Environment) -> Option<Self> {
        let token = environment.secret(&names.token)?;
        let user = names.user.as_ref().and_then(|name| environment.get(name));
        Some(Self { user: user.map(str::to_owned), token, form: names.form })
    }

    /// The credential of a token, as the forge wants it.
    pub fn token(token: Secret) -> Self {
        Self { user: None, token, form: None }
    }

    fn authorization(&self, dialect: &dyn Dialect) -> Result<Authorization, AuthorizationError> {
        match self.form {
            None => dialect.authorization(self),
            Some(CredentialForm::Bearer) => Authorization::bearer(&self.token),
            Some(CredentialForm::Basic) => {
                Authorization::basic(self.user.as_deref().unwrap_or_default(), &self.token)
            }
            Some(CredentialForm::PrivateToken) => {
                Authorization::header("private-token", &self.token)
            }
            Some(CredentialForm::JobToken) => Authorization::header("job-token", &self.token),
        }
    }
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

    /// The path at which the server says whose a credential is, and the JSON Pointer of the name in its answer. A server
    /// without such a path says something else that only a valid credential may read.
    fn account(&self) -> (&'static str, &'static str);

    /// The permission that a call needs, as the server's settings name it.
    fn permission(&self, method: http::Method, path: &str) -> &'static str;
}

/// Whose a credential is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name, as the server says it.
    pub name: String,
    /// The scopes of the credential, where the server lists them.
    pub scopes: Option<Vec<String>>,
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
