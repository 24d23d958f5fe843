//! The credentials of a request: none, a fixed `Authorization` header, or a token that is fetched when
//! it is needed.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::{
    Client, HttpError, Request,
    oauth::{ClientCredentials, ClientGrant},
    token::TokenSource,
};
use crate::base::environment::{Redactor, Secret};

/// How a request authenticates. Cheap to clone; clones share a fetched token.
#[derive(Clone, Default)]
pub struct Authorization(Kind);

#[derive(Clone, Default)]
enum Kind {
    #[default]
    None,
    Fixed(Credentials),
    Fetched(TokenSource),
}

/// The header that one attempt sends, and the redactor for what a response may quote of it.
#[derive(Clone, Default)]
pub(super) struct Credentials {
    pub(super) header: Option<(HeaderName, HeaderValue)>,
    pub(super) redactor: Redactor,
}

/// Why a user name or a token cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// A user name with a colon, which would end it (RFC 7617, 2).
    #[error("a user name cannot have a colon")]
    Colon,
    /// A character that a header cannot have. The text is the rest of a sentence whose subject is the
    /// token.
    #[error("has a character that HTTP refuses, such as a line break")]
    Character,
}

impl Authorization {
    /// A user and a password (RFC 7617).
    ///
    /// # Errors
    /// When the user name has a colon, which ends it.
    pub fn basic(username: &str, password: &Secret) -> Result<Self, AuthorizationError> {
        if username.contains(':') {
            return Err(AuthorizationError::Colon);
        }
        let pair = BASE64_STANDARD.encode(format!("{username}:{}", password.reveal()));
        let credentials =
            Credentials::new(AUTHORIZATION, &format!("Basic {pair}"), [password.reveal()])?;
        Ok(Self(Kind::Fixed(credentials)))
    }

    /// A token (RFC 6750).
    ///
    /// # Errors
    /// When HTTP refuses a character of it.
    pub fn bearer(token: &Secret) -> Result<Self, AuthorizationError> {
        Ok(Self(Kind::Fixed(Credentials::bearer(token.reveal())?)))
    }

    /// A token as the value of a header of its own.
    ///
    /// # Errors
    /// When HTTP refuses a character of it.
    pub fn header(name: &'static str, token: &Secret) -> Result<Self, AuthorizationError> {
        let name = HeaderName::from_static(name);
        Ok(Self(Kind::Fixed(Credentials::new(name, token.reveal(), [token.reveal()])?)))
    }

    /// A token that is fetched with a client's id and secret, renewed before it expires, and once when
    /// a request is answered 401.
    pub fn oauth2(credentials: ClientCredentials) -> Self {
        Self::fetched(TokenSource::new(ClientGrant::new(credentials)))
    }

    /// A token that is fetched, renewed before its end, and once when a request is answered 401.
    pub fn fetched(source: TokenSource) -> Self {
        Self(Kind::Fetched(source))
    }

    /// True when the request sends no credentials.
    pub fn is_none(&self) -> bool {
        matches!(self.0, Kind::None)
    }

    /// Returns what the next attempt of a request sends, fetching a token when there is none.
    pub(super) async fn credentials(
        &self,
        client: &Client,
        request: &Request,
    ) -> Result<Credentials, HttpError> {
        match &self.0 {
            Kind::None => Ok(Credentials::default()),
            Kind::Fixed(credentials) => Ok(credentials.clone()),
            Kind::Fetched(source) => source.credentials(client, request).await,
        }
    }

    /// Forgets credentials that the server refused; true when others can be fetched.
    pub(super) async fn refused(&self, credentials: &Credentials) -> bool {
        match &self.0 {
            Kind::Fetched(source) => {
                source.refused(credentials).await;
                true
            }
            _ => false,
        }
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::None => "Authorization(none)",
            Kind::Fixed(_) => "Authorization(fixed)",
            Kind::Fetched(_) => "Authorization(fetched)",
        })
    }
}

impl Credentials {
    pub(super) fn bearer(token: &str) -> Result<Self, AuthorizationError> {
        Self::new(AUTHORIZATION, &format!("Bearer {token}"), [token])
    }

    fn new<'a>(
        name: HeaderName,
        value: &str,
        secrets: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, AuthorizationError> {
        let mut header = HeaderValue::try_from(value).map_err(|_| AuthorizationError::Character)?;
        header.set_sensitive(true);
        let redactor = Redactor::new(secrets.into_iter().map(Secret::new));
        Ok(Self { header: Some((name, header)), redactor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_made_and_never_shown() {
        let password = Secret::new("hunter2");
        let authorization = Authorization::basic("me", &password).expect("valid");
        let Kind::Fixed(credentials) = &authorization.0 else { panic!("a fixed header") };
        let (name, header) = credentials.header.as_ref().expect("a header");
        assert_eq!(name, AUTHORIZATION);
        assert_eq!(header, "Basic bWU6aHVudGVyMg==");
        assert!(header.is_sensitive());
        assert_eq!(credentials.redactor.redact("bWU6aHVudGVyMg== hunter2"), "*** ***");
        assert_eq!(format!("{authorization:?}"), "Authorization(fixed)");
        let job = Authorization::header("job-token", &password).expect("valid");
        let Kind::Fixed(credentials) = &job.0 else { panic!("a fixed header") };
        let (name, header) = credentials.header.as_ref().expect("a header");
        assert_eq!((name.as_str(), header.as_bytes()), ("job-token", &b"hunter2"[..]));
        assert!(header.is_sensitive());
        assert!(Authorization::basic("m:e", &password).is_err());
        assert!(Authorization::bearer(&Secret::new("line\nbreak")).is_err());
    }
}
