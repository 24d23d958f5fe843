//! The HTTP clients of git servers. One is made for each server, because making one reads the certificates of the machine,
//! which takes longer than many a request, and because a connection that is kept saves a handshake.

use std::sync::{Mutex, PoisonError};

use reqwest::blocking;

use super::access::authorities_of;
use crate::base::http::{self, HttpError, Url};

/// The client of each server: for git, and for the tokens that are fetched for it.
static CLIENTS: Mutex<Vec<(url::Origin, blocking::Client)>> = Mutex::new(Vec::new());
static TOKEN_CLIENTS: Mutex<Vec<(url::Origin, http::Client)>> = Mutex::new(Vec::new());

/// The client for git's requests to the server of a URL.
///
/// # Errors
/// The authorities that are trusted there cannot be used.
pub(super) fn of(url: &Url) -> Result<blocking::Client, HttpError> {
    kept(&CLIENTS, url, || http::git_client(url, authorities_of(url).as_ref()))
}

/// The client for the tokens of the server of a URL.
///
/// # Errors
/// As for [`of`].
pub(super) fn for_tokens(url: &Url) -> Result<http::Client, HttpError> {
    kept(&TOKEN_CLIENTS, url, || {
        let client = http::Client::new()?;
        match authorities_of(url) {
            Some(tls) => client.with_tls(&tls).map_err(|error| HttpError::cannot_start(&error)),
            None => Ok(client),
        }
    })
}

/// Forgets all clients, because other authorities are trusted now.
pub(super) fn forget() {
    CLIENTS.lock().unwrap_or_else(PoisonError::into_inner).clear();
    TOKEN_CLIENTS.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

fn kept<C: Clone>(
    clients: &Mutex<Vec<(url::Origin, C)>>,
    url: &Url,
    make: impl FnOnce() -> Result<C, HttpError>,
) -> Result<C, HttpError> {
    let origin = url.origin();
    let mut all = clients.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, client)) = all.iter().find(|(other, _)| *other == origin) {
        return Ok(client.clone());
    }
    let client = make()?;
    all.push((origin, client.clone()));
    Ok(client)
}
