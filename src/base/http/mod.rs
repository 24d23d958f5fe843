//! The HTTP client. Other modules do not use reqwest.
//!
//! Every request has a time-out, a limit on the size of the response and a number of retries. Headers
//! and credentials are sent only to the host that they are for. Errors never contain query values,
//! headers, tokens or user info.

mod authorization;
mod cause;
mod connections;
mod error;
mod jwt;
mod oauth;
mod pace;
mod request;
mod response;
mod send;
#[cfg(test)]
mod tests;
mod tls;
mod token;

use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

pub use authorization::{Authorization, AuthorizationError};
pub use connections::git_client;
pub use error::{HttpError, Reason};
pub use jwt::{KeyError, sign_jwt};
pub use oauth::{ClientAssertion, ClientCredentials};
pub use pace::Pace;
pub use request::{HeaderError, Request, header, is_loopback, shown};
pub use reqwest::header::HeaderMap;
use reqwest::{
    RequestBuilder,
    header::{ACCEPT, CONTENT_TYPE, LOCATION},
};
pub use response::Response;
pub use send::{Method, SendError};
pub use tls::{Tls, TlsError};
pub use token::{Fetching, Grant, Limits, Token, TokenSource};
pub use url::Url;

use super::environment::Redactor;
use cause::failed;
use connections::Connections;
use error::Redaction;
use response::receive;

/// Most redirects that one request follows.
const REDIRECTS: usize = 5;

/// Maps a pause before a retry or for the rate limit to the pause that is made.
pub type Pauses = Arc<dyn Fn(Duration) -> Duration + Send + Sync>;

/// A monotonic clock: the time since some moment in the past.
pub type Ticks = Arc<dyn Fn() -> Duration + Send + Sync>;

/// An HTTP client. It keeps its connections, and clones share them.
#[derive(Clone)]
pub struct Client {
    connections: Connections,
    /// Connections without a client certificate.
    anonymous: Connections,
    pauses: Pauses,
    ticks: Ticks,
    pace: Option<Pace>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// Makes a client that makes the full pauses.
    pub fn new() -> Result<Self, HttpError> {
        Self::with_pauses(Arc::new(|pause| pause))
    }

    /// Makes a client whose pauses are mapped by `pauses`; tests make them zero.
    pub fn with_pauses(pauses: Pauses) -> Result<Self, HttpError> {
        // All clients have one clock, because they share tokens with an end.
        static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);
        let started = *STARTED;
        Self::with_time(pauses, Arc::new(move || started.elapsed()))
    }

    /// Makes a client with these pauses and this clock.
    pub fn with_time(pauses: Pauses, ticks: Ticks) -> Result<Self, HttpError> {
        let connections =
            Connections::new(|builder| builder).map_err(|error| HttpError::unusable(&error))?;
        let anonymous = connections.clone();
        Ok(Self { connections, anonymous, pauses, ticks, pace: None })
    }

    /// Makes a client with its own connections, which use these certificates.
    ///
    /// # Errors
    /// When a certificate or key cannot be used.
    pub fn with_tls(&self, tls: &Tls) -> Result<Self, TlsError> {
        let checked = tls.check()?;
        let trusting = |builder| checked.trust(builder);
        let anonymous = Connections::new(trusting).map_err(|error| tls.refused(&error))?;
        let connections = Connections::new(|builder| checked.identify(trusting(builder)))
            .map_err(|error| tls.refused(&error))?;
        Ok(Self { connections, anonymous, ..self.clone() })
    }

    /// Makes a client that shares these connections and has a rate limit. Retries and redirects count,
    /// requests for a token do not.
    pub fn with_pace(&self, pace: Pace) -> Self {
        Self { pace: Some(pace), ..self.clone() }
    }

    /// Sends a request, and repeats it after failures that may be temporary.
    pub async fn get(&self, request: &Request) -> Result<Response, HttpError> {
        let method = if request.body.is_some() { "POST" } else { "GET" };
        let mut attempts = Attempts { client: self, method, request, made: 1 };
        let mut may_renew = true;
        loop {
            let credentials = request.authorization.credentials(self, request).await?;
            let redaction = Redaction::new(&request.redactor, &credentials.redactor);
            let mut hop = request.clone();
            if let Some((name, header)) = &credentials.header {
                hop.headers.insert(name, header.clone());
            }
            let reason = match self.read(hop, &redaction).await {
                Ok(response) => return Ok(attempts.done(response)),
                Err(reason) => reason,
            };
            if may_renew
                && reason.is_unauthorized()
                && request.authorization.refused(&credentials).await
            {
                may_renew = false;
                attempts.made += 1;
            } else {
                attempts.again(reason).await?;
            }
        }
    }

    /// Sends a request for something that may not exist: `None` for the status 404 and 410.
    pub async fn get_optional(&self, request: &Request) -> Result<Option<Response>, HttpError> {
        match self.get(request).await {
            Err(error) if error.reason.is_not_found() => Ok(None),
            other => other.map(Some),
        }
    }

    /// Sends a form by `POST`. Follows no redirect.
    async fn post(&self, request: &Request, form: String) -> Result<Response, HttpError> {
        let mut attempts = Attempts { client: self, method: "POST", request, made: 1 };
        let redaction = Redaction::new(&request.redactor, &Redactor::default());
        loop {
            let builder = self.client_for(request).post(request.url.clone()).body(form.clone());
            let received = match self.exchange(builder, request, &redaction).await {
                Ok(answer) => receive(answer, request, &redaction).await,
                Err(reason) => Err(reason),
            };
            match received {
                Ok(response) => return Ok(attempts.done(response)),
                Err(reason) => attempts.again(reason).await?,
            }
        }
    }

    /// Makes one attempt, following redirects.
    async fn read(&self, mut hop: Request, redaction: &Redaction) -> Result<Response, Reason> {
        for _ in 0..=REDIRECTS {
            if let Some(pace) = &self.pace {
                self.pause(pace.take(self.now())).await;
            }
            let client = self.client_for(&hop);
            let builder = match &hop.body {
                Some(body) => client
                    .post(hop.url.clone())
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.clone()),
                None => client.get(hop.url.clone()),
            };
            let answer = self.exchange(builder, &hop, redaction).await?;
            if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return receive(answer, &hop, redaction).await;
            }
            if hop.body.is_some() {
                return Err(Reason::RedirectLoop);
            }
            let target = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let to = target.and_then(|target| hop.url.join(target).ok());
            let next = hop.follow(to.ok_or(Reason::RedirectLoop)?);
            hop = next.map_err(|reason| reason.redacted(redaction))?;
        }
        Err(Reason::RedirectLoop)
    }

    /// Sends one request and reads the head of the response.
    async fn exchange(
        &self,
        builder: RequestBuilder,
        request: &Request,
        redaction: &Redaction,
    ) -> Result<reqwest::Response, Reason> {
        let builder = builder
            .header(ACCEPT, "application/json, */*;q=0.1")
            .headers(request.headers.clone())
            .timeout(request.timeout);
        builder.send().await.map_err(|error| failed(&error, request, redaction))
    }

    fn client_for(&self, request: &Request) -> &reqwest::Client {
        let connections = if request.anonymous { &self.anonymous } else { &self.connections };
        connections.to(&request.url)
    }

    /// The time on the client's clock.
    fn now(&self) -> Duration {
        (self.ticks)()
    }

    async fn pause(&self, pause: Duration) {
        if !pause.is_zero() {
            tokio::time::sleep((self.pauses)(pause)).await;
        }
    }
}

/// The attempts of a request, and the pauses between them.
struct Attempts<'a> {
    client: &'a Client,
    method: &'static str,
    request: &'a Request,
    made: u32,
}

impl Attempts<'_> {
    fn done(&self, response: Response) -> Response {
        Response { method: self.method, attempts: self.made, ..response }
    }

    /// Waits until the next attempt; an error when there is to be none.
    async fn again(&mut self, reason: Reason) -> Result<(), HttpError> {
        let pause = reason.pause(self.made + 1).filter(|_| self.made <= self.request.retries);
        let Some(pause) = pause else {
            let url = self.request.redactor.redact(&shown(&self.request.url));
            return Err(HttpError { method: self.method, url, attempts: self.made, reason });
        };
        self.client.pause(pause).await;
        self.made += 1;
        Ok(())
    }
}
