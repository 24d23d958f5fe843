//! Which credential each origin gets, which authorities its server is trusted by, and the connections to servers.

use std::sync::OnceLock;

use callboard_planner::{CredentialForm, CredentialNames};

use super::Dialect;
use crate::base::{
    environment::{Environment, Secret},
    http::{self, Authorization, AuthorizationError, HttpError, Tls, TlsError, TokenSource, Url},
    origin::{self, Origin},
};

/// What proves who asks.
#[derive(Debug, Clone)]
pub struct Credential(Proof);

#[derive(Debug, Clone)]
enum Proof {
    /// A user name and a password, or a token.
    Fixed { user: Option<String>, token: Secret, form: Option<CredentialForm> },
    /// A token that is fetched when it is needed.
    Fetched(TokenSource),
}

impl Credential {
    /// Reads the variables that the settings name; `None` when there is no token in them.
    pub fn read(names: &CredentialNames, environment: &Environment) -> Option<Self> {
        let token = environment.secret(&names.token)?;
        let user = names.user.as_ref().and_then(|name| environment.get(name));
        Some(Self(Proof::Fixed { user: user.map(str::to_owned), token, form: names.form }))
    }

    /// The credential of a token, as the forge wants it.
    pub fn token(token: Secret) -> Self {
        Self(Proof::Fixed { user: None, token, form: None })
    }

    /// The credential of tokens that are fetched.
    pub fn fetched(source: TokenSource) -> Self {
        Self(Proof::Fetched(source))
    }

    /// The source of its tokens, when they are fetched.
    pub fn source(&self) -> Option<&TokenSource> {
        match &self.0 {
            Proof::Fetched(source) => Some(source),
            Proof::Fixed { .. } => None,
        }
    }

    /// How it is sent to a server.
    pub(super) fn authorization(
        &self,
        dialect: &dyn Dialect,
    ) -> Result<Authorization, AuthorizationError> {
        let (user, token, form) = match &self.0 {
            Proof::Fetched(source) => return Ok(Authorization::fetched(source.clone())),
            Proof::Fixed { user, token, form } => (user.as_deref(), token, form),
        };
        match form {
            None => dialect.authorization(user, token),
            Some(CredentialForm::Bearer) => Authorization::bearer(token),
            Some(CredentialForm::Basic) => Authorization::basic(user.unwrap_or_default(), token),
            Some(CredentialForm::PrivateToken) => Authorization::header("private-token", token),
            Some(CredentialForm::JobToken) => Authorization::header("job-token", token),
        }
    }
}

/// The connections to servers, which are made when the first one is needed, and what the settings say about servers.
#[derive(Default)]
pub struct Connections {
    credentials: Vec<(Origin, Credential)>,
    trusted: Vec<(Origin, http::Client)>,
    others: OnceLock<http::Client>,
    runtime: OnceLock<tokio::runtime::Runtime>,
}

/// A client, and the runtime that it runs in.
pub(super) struct Connection<'a> {
    pub(super) http: &'a http::Client,
    pub(super) runtime: &'a tokio::runtime::Runtime,
}

impl Connections {
    /// Connections that have a credential for each origin.
    pub fn new(credentials: Vec<(Origin, Credential)>) -> Self {
        Self { credentials, ..Self::default() }
    }

    /// Trusts authorities at the server of an origin, in addition to those of the machine.
    ///
    /// # Errors
    /// A certificate cannot be used.
    pub fn trust(&mut self, origin: Origin, tls: &Tls) -> Result<(), TlsError> {
        let http = http::Client::new().map_err(|error| TlsError {
            setting: "ca",
            problem: format!("cannot be used: {error}"),
        })?;
        self.trusted.push((origin, http.with_tls(tls)?));
        Ok(())
    }

    /// The credential of the nearest origin of a URL.
    pub fn credential_of(&self, url: &str) -> Option<&Credential> {
        origin::nearest(self.credentials.iter().map(|(origin, found)| (origin, found)), url)
    }

    /// A valid token of a source that the server of a URL gives.
    ///
    /// # Errors
    /// There is none, and none can be fetched.
    pub fn fetch(&self, source: &TokenSource, url: &Url) -> Result<http::Token, HttpError> {
        source.token(self.get(url)?.http)
    }

    pub(super) fn get(&self, url: &Url) -> Result<Connection<'_>, HttpError> {
        let trusted = self.trusted.iter().find(|(origin, _)| origin.is_on(url.as_str()));
        let http = match trusted {
            Some((_, http)) => http,
            None => kept(&self.others, http::Client::new)?,
        };
        let make = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(|error| HttpError::cannot_start(&error))
        };
        Ok(Connection { http, runtime: kept(&self.runtime, make)? })
    }
}

/// The value of a cell, which is made when there is none.
fn kept<T>(
    cell: &OnceLock<T>,
    make: impl FnOnce() -> Result<T, HttpError>,
) -> Result<&T, HttpError> {
    if let Some(value) = cell.get() {
        return Ok(value);
    }
    let value = make()?;
    Ok(cell.get_or_init(|| value))
}
