//! The HTTP clients of reqwest: their common settings, and which requests go through a proxy.

use std::time::Duration;

use reqwest::{ClientBuilder, redirect::Policy};
use url::Url;

use super::{HttpError, Tls, is_loopback, tls};

const USER_AGENT: &str = concat!("callboard/", env!("CARGO_PKG_VERSION"));
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long git keeps a connection that it does not use.
const IDLE: Duration = Duration::from_secs(2);

/// The connections of a client; cheap to clone.
#[derive(Clone)]
pub(super) struct Connections {
    /// For requests through the proxy that the environment sets.
    proxied: reqwest::Client,
    /// For requests to this machine, which a proxy cannot reach.
    direct: reqwest::Client,
}

impl Connections {
    pub(super) fn new(prepare: impl Fn(ClientBuilder) -> ClientBuilder) -> reqwest::Result<Self> {
        tls::install();
        let make = |builder: ClientBuilder| {
            prepare(builder)
                .user_agent(USER_AGENT)
                .redirect(Policy::none())
                .connect_timeout(CONNECT_TIMEOUT)
                .build()
        };
        let direct = make(reqwest::Client::builder().no_proxy())?;
        Ok(Self { proxied: make(reqwest::Client::builder())?, direct })
    }

    /// Returns the client for a URL.
    pub(super) fn to(&self, url: &Url) -> &reqwest::Client {
        if is_loopback(url) { &self.direct } else { &self.proxied }
    }
}

/// Makes the client for git's requests: it follows no redirects, and has a time-out of ten minutes,
/// because a push sends everything in one request. Requests to this machine use no proxy. The authorities of `tls` are
/// trusted in addition.
pub fn git_client(url: &Url, tls: Option<&Tls>) -> Result<reqwest::blocking::Client, HttpError> {
    tls::install();
    let builder = reqwest::blocking::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(Duration::from_mins(10))
        // A connection that is older may have been closed by the server, and a push is not sent again.
        .pool_idle_timeout(IDLE);
    let builder = if is_loopback(url) { builder.no_proxy() } else { builder };
    let builder = match tls {
        Some(tls) => {
            let checked = tls.check().map_err(|error| HttpError::cannot_start(&error))?;
            checked.trust_blocking(builder)
        }
        None => builder,
    };
    builder.build().map_err(|e| HttpError::unusable(&e))
}
