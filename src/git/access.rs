//! Which credential and which authorities git has for the server of an address. libgit2 passes nothing to a transport, so
//! that they belong to the process.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use super::clients;
use crate::base::{
    environment::Secret,
    http::{Tls, TokenSource, Url},
    origin::{self, Origin},
};

/// The user name that is sent with a token: GitHub, GitLab and Gitea accept it, Azure DevOps accepts any.
const TOKEN_USER: &str = "x-access-token";

/// The credential of a fetch or push.
#[derive(Debug, Clone)]
pub struct Credential {
    pub(super) username: String,
    password: Password,
}

#[derive(Debug, Clone)]
enum Password {
    Fixed(Secret),
    Fetched(TokenSource),
}

impl Credential {
    /// Makes the credential of a user and a password or token.
    pub fn of_user(username: impl Into<String>, password: Secret) -> Self {
        Self { username: username.into(), password: Password::Fixed(password) }
    }

    /// Makes the credential of a token, as code hosts accept it.
    pub fn token(token: Secret) -> Self {
        Self::of_user(TOKEN_USER, token)
    }

    /// Makes the credential of tokens that are fetched when they are needed.
    pub fn fetched(source: TokenSource) -> Self {
        Self { username: TOKEN_USER.to_owned(), password: Password::Fetched(source) }
    }

    /// The password for a request to a URL.
    pub(super) fn password(&self, url: &Url) -> io::Result<Secret> {
        let source = match &self.password {
            Password::Fixed(password) => return Ok(password.clone()),
            Password::Fetched(source) => source,
        };
        let client = clients::for_tokens(url).map_err(io::Error::other)?;
        Ok(source.token(&client).map_err(io::Error::other)?.secret)
    }

    /// Forgets a password that was refused; true when another one can be fetched.
    pub(super) fn refused(&self, password: &Secret) -> bool {
        match &self.password {
            Password::Fixed(_) => false,
            Password::Fetched(source) => {
                source.forget(password);
                true
            }
        }
    }
}

/// Servers that the process's token is sent to.
static TRUSTED: Mutex<Vec<url::Origin>> = Mutex::new(Vec::new());

/// Adds the server of a URL to those that the process's token is sent to. A URL without a server, such
/// as a path, is ignored.
pub fn trust(url: &str) {
    let origin = Url::parse(url).map(|url| url.origin());
    if let Ok(origin @ url::Origin::Tuple(..)) = origin {
        let mut trusted = TRUSTED.lock().unwrap_or_else(PoisonError::into_inner);
        if !trusted.contains(&origin) {
            trusted.push(origin);
        }
    }
}

/// Credentials of origins.
static CREDENTIALS: Mutex<Vec<(Origin, Credential)>> = Mutex::new(Vec::new());

/// Adds the credential of an origin. There it is used instead of the process's token.
pub fn add_credential(origin: Origin, credential: Credential) {
    let mut all = CREDENTIALS.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|(other, _)| *other != origin);
    all.push((origin, credential));
}

/// The credential of the nearest origin of a URL.
pub(super) fn credential_of(url: &Url) -> Option<Credential> {
    let all = CREDENTIALS.lock().unwrap_or_else(PoisonError::into_inner);
    origin::nearest(all.iter().map(|(origin, credential)| (origin, credential)), url.as_str())
        .cloned()
}

/// Authorities that are trusted at the servers of origins.
static AUTHORITIES: Mutex<Vec<(Origin, Tls)>> = Mutex::new(Vec::new());

/// Trusts authorities at the server of an origin, in addition to those of the machine.
pub fn add_authorities(origin: Origin, tls: Tls) {
    let mut all = AUTHORITIES.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|(other, _)| *other != origin);
    all.push((origin, tls));
    drop(all);
    clients::forget();
}

/// The authorities that are trusted at the server of a URL.
pub(super) fn authorities_of(url: &Url) -> Option<Tls> {
    let all = AUTHORITIES.lock().unwrap_or_else(PoisonError::into_inner);
    all.iter().find(|(origin, _)| origin.is_on(url.as_str())).map(|(_, tls)| tls.clone())
}

pub(super) fn is_trusted(url: &Url) -> bool {
    TRUSTED.lock().unwrap_or_else(PoisonError::into_inner).contains(&url.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_for_trusted_servers_only() {
        let is_trusted = |url| is_trusted(&Url::parse(url).expect("a URL"));
        assert!(!is_trusted("https://trusted.example/a.git"));
        trust("https://trusted.example/{owner}/{repo}");
        trust("/srv/git/x");
        assert!(is_trusted("https://trusted.example/a.git"));
        for other in [
            "https://trusted.example:8443/a.git",
            "http://trusted.example/a.git",
            "https://trusted.example.evil.example/a.git",
            "https://trusted.example@evil.example/a.git",
        ] {
            assert!(!is_trusted(other), "{other}");
        }
    }

    #[test]
    fn the_credential_of_an_origin_replaces_an_older_one_and_goes_nowhere_else() {
        let origin = || Origin::parse("https://forge.example/acme").expect("an origin");
        add_credential(origin(), Credential::token(Secret::new("old")));
        add_credential(origin(), Credential::token(Secret::new("new")));
        let of = |url: &str| {
            let found = credential_of(&Url::parse(url).expect("a URL"));
            let url = Url::parse(url).expect("a URL");
            found.map(|found| found.password(&url).expect("fixed").reveal().to_owned())
        };
        assert_eq!(of("https://forge.example/acme/x.git").as_deref(), Some("new"));
        assert_eq!(of("https://forge.example/other/x.git"), None);
    }
}
