//! HTTP: the one client that reads from outside.
//!
//! Every request has a time-out, a cap on what it may bring and a number of retries. Redirects stay
//! on the host they came from, because the headers that go along are secrets. No query value, header
//! or user info is ever part of an error.

mod error;
mod response;

use std::{fmt::Write, sync::Arc, time::Duration};

pub use error::{HttpError, Reason};
pub use reqwest::header::HeaderMap;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
pub use response::Response;
use url::Host;
pub use url::Url;

use super::environment::Redactor;
use error::{cause, pause_asked};
use response::is_html;

const REDIRECTS: usize = 5;
const USER_AGENT: &str = concat!("callboard/", env!("CARGO_PKG_VERSION"));

/// Turns the pause that a retry wants into the pause that is made.
pub type Pauses = Arc<dyn Fn(Duration) -> Duration + Send + Sync>;

/// A client; cheap to clone, keeps its connections.
#[derive(Clone)]
pub struct Client {
    /// Goes through the proxy that the environment names.
    proxied: reqwest::Client,
    /// Goes to this machine itself, where no proxy can reach.
    direct: reqwest::Client,
    pauses: Pauses,
}

/// What to read, and within which bounds.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where.
    pub url: Url,
    /// Headers, made by [`header`].
    pub headers: HeaderMap,
    /// How long one attempt may take, its body included.
    pub timeout: Duration,
    /// How often a failed attempt is repeated.
    pub retries: u32,
    /// How many bytes the body may have, after decompression.
    pub max_bytes: u64,
    /// Knows what must not be quoted from an answer.
    pub redactor: Redactor,
}

/// Makes the client that git's requests go through: no redirects, and ten minutes for each, because a
/// push sends everything in one. No proxy stands before this machine's own addresses.
pub fn git_client(url: &Url) -> Result<reqwest::blocking::Client, HttpError> {
    install_tls();
    let builder = reqwest::blocking::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_mins(10));
    let builder = if is_loopback(url) { builder.no_proxy() } else { builder };
    builder.build().map_err(|e| unusable(&e))
}

/// Makes ring the process's TLS, once.
fn install_tls() {
    // An error means that it was installed already.
    drop(rustls::crypto::ring::default_provider().install_default());
}

fn unusable(error: &reqwest::Error) -> HttpError {
    HttpError { url: String::new(), attempts: 0, reason: Reason::Client(cause(error)) }
}

/// Makes a header whose value no log shows.
///
/// # Errors
/// Says which header has a name or a value that HTTP does not allow, without the value.
pub fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let name = HeaderName::try_from(name).map_err(|_| format!("`{name}` is not a header name"))?;
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| format!("the value of header `{name}` has characters that HTTP refuses"))?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// Shows a URL without user info, query values and fragment.
pub fn shown(url: &Url) -> String {
    let mut text = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        let _ = write!(text, ":{port}");
    }
    text.push_str(url.path());
    for (at, (key, _)) in url.query_pairs().enumerate() {
        let _ = write!(text, "{}{key}=…", if at == 0 { '?' } else { '&' });
    }
    text
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// Makes a client that waits as long as retries want.
    pub fn new() -> Result<Self, HttpError> {
        Self::with_pauses(Arc::new(|pause| pause))
    }

    /// Makes a client that waits as long as `pauses` says, which tests cut to nothing.
    pub fn with_pauses(pauses: Pauses) -> Result<Self, HttpError> {
        install_tls();
        let build = |builder: reqwest::ClientBuilder| {
            builder
                .user_agent(USER_AGENT)
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(Duration::from_secs(10))
                .build()
                .map_err(|e| unusable(&e))
        };
        Ok(Self {
            proxied: build(reqwest::Client::builder())?,
            direct: build(reqwest::Client::builder().no_proxy())?,
            pauses,
        })
    }

    /// Reads, and repeats what may go better the next time.
    pub async fn get(&self, request: &Request) -> Result<Response, HttpError> {
        let mut attempts = 1;
        loop {
            let reason = match self.attempt(request).await {
                Ok((url, headers, body)) => {
                    return Ok(Response {
                        url,
                        body,
                        headers,
                        redactor: request.redactor.clone(),
                        attempts,
                    });
                }
                Err(reason) => reason,
            };
            match reason.pause(attempts + 1).filter(|_| attempts <= request.retries) {
                Some(pause) => tokio::time::sleep((self.pauses)(pause)).await,
                None => {
                    return Err(HttpError {
                        url: request.redactor.redact(&shown(&request.url)),
                        attempts,
                        reason,
                    });
                }
            }
            attempts += 1;
        }
    }

    async fn attempt(&self, request: &Request) -> Result<(Url, HeaderMap, Vec<u8>), Reason> {
        let mut url = request.url.clone();
        for _ in 0..=REDIRECTS {
            let failed = |e: reqwest::Error| {
                if e.is_timeout() {
                    return Reason::TimedOut(request.timeout);
                }
                Reason::Connection(request.redactor.redact(&cause(&e)))
            };
            let client = if is_loopback(&url) { &self.direct } else { &self.proxied };
            let response = client
                .get(url.clone())
                .header(ACCEPT, "application/json, */*;q=0.1")
                .headers(request.headers.clone())
                .timeout(request.timeout)
                .send()
                .await
                .map_err(failed)?;
            let status = response.status();
            if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                url = redirected(&url, response.headers(), &request.redactor)?;
            } else if status.is_success() {
                let headers = response.headers().clone();
                return Ok((url, headers, read_body(response, request).await?));
            } else {
                return Err(refused(response, request).await);
            }
        }
        Err(Reason::RedirectLoop)
    }
}

/// True for an address of this machine itself.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Follows a redirect on the same host and port; only from `http` to `https` may the port change.
fn redirected(from: &Url, headers: &HeaderMap, redactor: &Redactor) -> Result<Url, Reason> {
    let target = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let to = target.and_then(|target| from.join(target).ok()).ok_or(Reason::RedirectLoop)?;
    let upgraded = (from.scheme(), to.scheme()) == ("http", "https") && to.port().is_none();
    let same_port =
        from.scheme() == to.scheme() && from.port_or_known_default() == to.port_or_known_default();
    if from.host() == to.host() && (same_port || upgraded) {
        return Ok(to);
    }
    Err(Reason::ForeignRedirect(redactor.redact(&shown(&to))))
}

async fn read_body(mut response: reqwest::Response, request: &Request) -> Result<Vec<u8>, Reason> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(body),
            Ok(Some(chunk)) if (body.len() + chunk.len()) as u64 > request.max_bytes => {
                return Err(Reason::TooLarge(request.max_bytes));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Err(e) if e.is_timeout() => return Err(Reason::TimedOut(request.timeout)),
            Err(e) => return Err(Reason::Interrupted(request.redactor.redact(&cause(&e)))),
        }
    }
}

/// Describes an answer that is an error, with the beginning of its text.
async fn refused(mut response: reqwest::Response, request: &Request) -> Reason {
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(pause_asked);
    let is_html = response.headers().get(CONTENT_TYPE).is_some_and(is_html);
    let excerpt = match response.chunk().await {
        Ok(Some(bytes)) if !is_html => excerpt(&String::from_utf8_lossy(&bytes), &request.redactor),
        _ => String::new(),
    };
    Reason::Status { status, retry_after, excerpt }
}

fn excerpt(text: &str, redactor: &Redactor) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    redactor.redact(&line).chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_url_has_no_secrets() {
        let url = Url::parse("https://me:pw@h.example:81/p?key=hunter2&page=3#x").expect("a URL");
        assert_eq!(shown(&url), "https://h.example:81/p?key=…&page=…");
    }
}
