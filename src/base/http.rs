//! HTTP: the one client that reads from outside.
//!
//! Every request has a time-out, a cap on what it may bring and a number of retries. Redirects stay
//! on the host they came from, because the headers that go along are secrets. No query value, header
//! or user info is ever part of an error.

use std::{error::Error, fmt::Write, sync::Arc, time::Duration};

pub use reqwest::header::HeaderMap;
use reqwest::{
    StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue, LINK, LOCATION, RETRY_AFTER},
};
use serde::de::DeserializeOwned;
pub use url::Url;

use super::{clock, diagnostics::Position, environment::Redactor};

const REDIRECTS: usize = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A server that asks for a longer pause than this is taken as "not today".
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);
const USER_AGENT: &str = concat!("callboard/", env!("CARGO_PKG_VERSION"));

/// Turns the pause that a retry wants into the pause that is made.
pub type Pauses = Arc<dyn Fn(Duration) -> Duration + Send + Sync>;

/// A client; cheap to clone, keeps its connections.
#[derive(Clone)]
pub struct Client {
    inner: reqwest::Client,
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

/// A successful answer.
#[derive(Debug)]
pub struct Response {
    /// Where it came from, after redirects.
    pub url: Url,
    /// Its body, decompressed.
    pub body: Vec<u8>,
    headers: HeaderMap,
    redactor: Redactor,
    attempts: u32,
}

/// A read that failed.
#[derive(Debug, thiserror::Error)]
#[error("GET {url}: {reason}{}", after(*.attempts))]
pub struct HttpError {
    /// Where, without what may be secret.
    pub url: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed.
    pub reason: Reason,
}

/// Why a read failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// No client could be made.
    #[error("cannot start: {0}")]
    Client(String),
    /// No connection, or it broke before the answer began.
    #[error("no answer: {0}")]
    Connection(String),
    /// The attempt took too long.
    #[error("no complete answer within {0:?}")]
    TimedOut(Duration),
    /// The body broke off.
    #[error("the answer broke off: {0}")]
    Interrupted(String),
    /// The server answered with an error.
    #[error("answered {status}{}", quoted(.excerpt))]
    Status {
        /// Code and its phrase.
        status: StatusCode,
        /// The pause that the server asked for.
        retry_after: Option<Duration>,
        /// The beginning of its answer, when that is text.
        excerpt: String,
    },
    /// A redirect to another host.
    #[error("refused to follow a redirect to `{0}`")]
    ForeignRedirect(String),
    /// A redirect without end, or without a target.
    #[error("redirects lead nowhere")]
    RedirectLoop,
    /// More bytes than allowed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// A web page instead of data.
    #[error("answered an HTML page")]
    HtmlPage,
    /// Something else than JSON.
    #[error("answered `{0}` instead of JSON")]
    NotJson(String),
    /// JSON that cannot be read.
    #[error("{}:{}: invalid JSON: {message}", position.line, position.column)]
    InvalidJson {
        /// What the parser says.
        message: String,
        /// Where in the body.
        position: Position,
    },
    /// JSON that ends too early.
    #[error("the JSON is cut short after {0} bytes")]
    Truncated(usize),
}

fn after(attempts: u32) -> String {
    match attempts {
        0 | 1 => String::new(),
        _ => format!(" (tried {attempts} times)"),
    }
}

fn quoted(excerpt: &str) -> String {
    match excerpt {
        "" => String::new(),
        _ => format!(": `{excerpt}`"),
    }
}

impl HttpError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match &self.reason {
            Reason::HtmlPage => "is the URL right, or is there a login page in front?",
            Reason::Status { status, .. } => match status.as_u16() {
                401 | 403 => "is the key or token set, valid and allowed to read this?",
                404 => "is the URL right?",
                _ => return None,
            },
            Reason::ForeignRedirect(_) => "write the final URL into the source",
            Reason::TooLarge(_) => "raise `max_bytes`, or ask for smaller pages",
            Reason::TimedOut(_) => "raise `timeout`, or ask for smaller pages",
            Reason::NotJson(_) => "does the URL need an `Accept` header or a format parameter?",
            _ => return None,
        })
    }
}

impl Reason {
    /// Returns how long to wait before attempt number `next` (from 2), when another one makes sense.
    fn pause(&self, next: u32) -> Option<Duration> {
        let backoff = FIRST_PAUSE
            .saturating_mul(1 << (next - 2).min(10))
            .min(LONGEST_PAUSE);
        match self {
            Self::Connection(_) | Self::TimedOut(_) | Self::Interrupted(_) => Some(backoff),
            Self::Status {
                status,
                retry_after,
                ..
            } => {
                let again = matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504);
                let pause = retry_after.unwrap_or(backoff);
                (again && pause <= LONGEST_RETRY_AFTER).then_some(pause)
            }
            _ => None,
        }
    }
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

/// Makes the client that git's requests go through: no redirects, and ten minutes for each, because a
/// push sends everything in one.
pub fn git_client() -> Result<reqwest::blocking::Client, HttpError> {
    install_tls();
    reqwest::blocking::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_mins(10))
        .build()
        .map_err(unusable)
}

/// Makes ring the process's TLS, once.
fn install_tls() {
    // An error means that it was installed already.
    drop(rustls::crypto::ring::default_provider().install_default());
}

fn unusable(error: reqwest::Error) -> HttpError {
    HttpError {
        url: String::new(),
        attempts: 0,
        reason: Reason::Client(chain(error)),
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
        let inner = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .build()
            .map_err(unusable)?;
        Ok(Self { inner, pauses })
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
            match reason
                .pause(attempts + 1)
                .filter(|_| attempts <= request.retries)
            {
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
            let failed = |e: reqwest::Error| match e.is_timeout() {
                true => Reason::TimedOut(request.timeout),
                false => Reason::Connection(request.redactor.redact(&chain(e))),
            };
            let response = self
                .inner
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

/// Follows a redirect on the same host and port; only from `http` to `https` may the port change.
fn redirected(from: &Url, headers: &HeaderMap, redactor: &Redactor) -> Result<Url, Reason> {
    let target = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let to = target
        .and_then(|target| from.join(target).ok())
        .ok_or(Reason::RedirectLoop)?;
    let upgraded = (from.scheme(), to.scheme()) == ("http", "https") && to.port().is_none();
    let same_port =
        from.scheme() == to.scheme() && from.port_or_known_default() == to.port_or_known_default();
    match from.host() == to.host() && (same_port || upgraded) {
        true => Ok(to),
        false => Err(Reason::ForeignRedirect(redactor.redact(&shown(&to)))),
    }
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
            Err(e) => return Err(Reason::Interrupted(request.redactor.redact(&chain(e)))),
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
    Reason::Status {
        status,
        retry_after,
        excerpt,
    }
}

/// Reads `Retry-After`: seconds, or an HTTP date (RFC 9110, 10.2.3).
fn pause_asked(value: &HeaderValue) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let seconds = until.as_second() - clock::now(None).as_second();
    Some(Duration::from_secs(seconds.max(0).unsigned_abs()))
}

fn is_html(content_type: &HeaderValue) -> bool {
    content_type
        .to_str()
        .is_ok_and(|text| text.to_ascii_lowercase().contains("html"))
}

fn excerpt(text: &str, redactor: &Redactor) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    redactor.redact(&line).chars().take(200).collect()
}

/// An error with its causes, without its URL.
fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut texts = Vec::new();
    let mut next: Option<&dyn Error> = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        next = cause.source();
    }
    match texts.is_empty() {
        true => error.to_string(),
        false => texts.join(": "),
    }
}

impl Response {
    /// Reads the body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        let content_type = self.headers.get(CONTENT_TYPE);
        if content_type.is_some_and(is_html) || starts_like_html(&self.body) {
            return Err(self.error(Reason::HtmlPage));
        }
        if let Some(other) = content_type
            .and_then(|value| value.to_str().ok())
            .filter(|text| !text.to_ascii_lowercase().contains("json"))
        {
            return Err(self.error(Reason::NotJson(other.to_owned())));
        }
        serde_json::from_slice(&self.body).map_err(|e| {
            self.error(match e.is_eof() {
                true => Reason::Truncated(self.body.len()),
                false => {
                    let position = Position {
                        line: e.line(),
                        column: e.column(),
                    };
                    let at = format!(" at line {} column {}", e.line(), e.column());
                    let message = self.redactor.redact(&e.to_string().replace(&at, ""));
                    Reason::InvalidJson { message, position }
                }
            })
        })
    }

    /// Returns the target of the `Link` header with `rel="next"` (RFC 8288), made absolute.
    pub fn next_link(&self) -> Option<Url> {
        self.headers
            .get_all(LINK)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(next_target)
            .and_then(|target| self.url.join(target).ok())
    }

    fn error(&self, reason: Reason) -> HttpError {
        HttpError {
            url: self.redactor.redact(&shown(&self.url)),
            attempts: self.attempts,
            reason,
        }
    }
}

fn starts_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// Finds `<target>; rel="next"` in the value of a `Link` header. Targets may hold commas.
fn next_target(value: &str) -> Option<&str> {
    let mut rest = value;
    while let Some((_, link)) = rest.split_once('<') {
        let (target, tail) = link.split_once('>')?;
        let parameters = tail.split('<').next().unwrap_or_default();
        let is_next = |parameter: &str| {
            parameter.split_once('=').is_some_and(|(key, value)| {
                let value = value.trim().trim_matches('"');
                key.trim().eq_ignore_ascii_case("rel")
                    && value.split(' ').any(|rel| rel.eq_ignore_ascii_case("next"))
            })
        };
        if parameters
            .trim_end_matches([',', ' '])
            .split(';')
            .any(is_next)
        {
            return Some(target);
        }
        rest = tail;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        let links = r#"</a?x=1,2>; rel="prev", </b?x=1,2>; title="t"; rel="last next""#;
        assert_eq!(next_target(links), Some("/b?x=1,2"));
        assert_eq!(next_target("<c>;rel=next,<d>;rel=last"), Some("c"));
        assert_eq!(next_target("<c>; rel=nextish"), None);
    }

    #[test]
    fn a_shown_url_has_no_secrets() {
        let url = Url::parse("https://me:pw@h.example:81/p?key=hunter2&page=3#x").expect("a URL");
        assert_eq!(shown(&url), "https://h.example:81/p?key=…&page=…");
    }

    #[test]
    fn pauses_grow_and_the_server_may_set_them() {
        let broken = Reason::Connection(String::new());
        assert_eq!(broken.pause(2), Some(Duration::from_millis(500)));
        assert_eq!(broken.pause(4), Some(Duration::from_secs(2)));
        assert_eq!(broken.pause(99), Some(LONGEST_PAUSE));
        let asked = |seconds| Reason::Status {
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_after: Some(Duration::from_secs(seconds)),
            excerpt: String::new(),
        };
        assert_eq!(asked(7).pause(2), Some(Duration::from_secs(7)));
        assert_eq!(asked(3600).pause(2), None);
        let date = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(pause_asked(&date), Some(Duration::ZERO));
    }
}
