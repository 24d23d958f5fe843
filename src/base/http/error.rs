//! Why a read failed, whether another attempt may help, and what to do about it.

use std::{error::Error, time::Duration};

use reqwest::{StatusCode, header::HeaderValue};

use crate::base::{clock, diagnostics::Position};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A server that asks for a longer pause than this is taken as "not today".
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(5);

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
    pub(super) fn pause(&self, next: u32) -> Option<Duration> {
        let backoff = FIRST_PAUSE.saturating_mul(1 << (next - 2).min(10)).min(LONGEST_PAUSE);
        match self {
            Self::Connection(_) | Self::TimedOut(_) | Self::Interrupted(_) => Some(backoff),
            Self::Status { status, retry_after, .. } => {
                let again = matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504);
                let pause = retry_after.unwrap_or(backoff);
                (again && pause <= LONGEST_RETRY_AFTER).then_some(pause)
            }
            _ => None,
        }
    }
}

/// Reads `Retry-After`: seconds, or an HTTP date (RFC 9110, 10.2.3).
pub(super) fn pause_asked(value: &HeaderValue) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let seconds = until.as_second() - clock::now(None).as_second();
    Some(Duration::from_secs(seconds.max(0).unsigned_abs()))
}

/// The innermost cause of an error: the others are the names of the layers above it.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

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
