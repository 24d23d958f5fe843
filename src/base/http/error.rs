//! Why a read failed, whether another attempt may help, and what to do about it.

use std::time::Duration;

use reqwest::StatusCode;

use super::{authorization::AuthorizationError, cause::innermost, pace::too_long};
use crate::base::{diagnostics::Position, environment::Redactor};

/// A read that failed.
#[derive(Debug, thiserror::Error)]
#[error("{}{reason}{}", before(.method, .url), after(*.attempts))]
pub struct HttpError {
    /// What was tried: `GET`, or `POST` for a token.
    pub method: &'static str,
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
    #[error("answered {status}{}{}", quoted(.excerpt), too_long(*.retry_after))]
    Status {
        /// Code and its phrase.
        status: StatusCode,
        /// The pause that the server asked for.
        retry_after: Option<Duration>,
        /// The beginning of its answer, when that is text.
        excerpt: String,
    },
    /// No connection that can be trusted, or the server does not trust this side.
    #[error("no secure connection: {message}")]
    Tls {
        /// What TLS says.
        message: String,
        /// What may help.
        hint: Option<&'static str>,
    },
    /// The answer leads to a host that is not allowed.
    #[error("refused to go on to another host, `{0}`")]
    ForeignHost(String),
    /// The answer leads from `https` to `http`.
    #[error("refused to go on without encryption, to `{0}`")]
    Downgrade(String),
    /// A redirect without end, or without a target.
    #[error("redirects lead nowhere")]
    RedirectLoop,
    /// More bytes than allowed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// More keys and values than allowed.
    #[error("the answer has more than {0} keys and values")]
    TooManyValues(usize),
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
    /// Text that is not text.
    #[error("the text is not UTF-8 after {0} bytes")]
    NotUtf8(usize),
    /// A response of an OAuth server without a token that can be used.
    #[error("the answer {0}")]
    Token(TokenError),
}

/// What is wrong with the response of an OAuth server. Each text is the rest of a sentence whose subject is
/// the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// There is no token.
    #[error("has no `access_token`")]
    Missing,
    /// The token is sent in another way than in the header `Authorization`.
    #[error("has a token of another type than `Bearer`")]
    OtherType,
    /// The token cannot be sent.
    #[error("has an `access_token` that {0}")]
    Unusable(AuthorizationError),
}

fn before(method: &str, url: &str) -> String {
    if url.is_empty() { String::new() } else { format!("{method} {url}: ") }
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
    pub(super) fn unusable(error: &reqwest::Error) -> Self {
        let reason = Reason::Client(innermost(error));
        Self { method: "", url: String::new(), attempts: 0, reason }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match &self.reason {
            Reason::HtmlPage => "is the URL right, or is there a login page in front?",
            Reason::Status { retry_after: Some(_), .. } => {
                "the API allows no more for now: run it later, or ask more slowly with `rate`"
            }
            Reason::Status { status, .. } => match status.as_u16() {
                400 | 401 | 403 if self.method == "POST" => {
                    "are `client_id` and `client_secret` right, and may the client have this scope?"
                }
                300..400 if self.method == "POST" => "is `token_url` right?",
                401 | 403 => "is the key or token set, valid and allowed to read this?",
                404 => "is the URL right?",
                _ => return None,
            },
            Reason::Client(_) => "is `ca-certificates` installed, or SSL_CERT_FILE set?",
            Reason::Tls { hint, .. } => return *hint,
            Reason::ForeignHost(_) => {
                "if it may be read, list it in `hosts`; headers and credentials will not go there"
            }
            Reason::Downgrade(_) => "is the URL the final one?",
            Reason::Token(_) => "is `token_url` right?",
            Reason::TooManyValues(_) => "raise `max_values`, or ask for smaller pages",
            Reason::TooLarge(_) => "raise `max_bytes`, or ask for smaller pages",
            Reason::TimedOut(_) => "raise `timeout`, or ask for smaller pages",
            Reason::NotJson(_) => "does the URL need an `Accept` header or a format parameter?",
            _ => return None,
        })
    }
}

impl Reason {
    /// Takes out what an address that the server chose may quote.
    pub(super) fn redacted(self, redaction: &Redaction) -> Self {
        match self {
            Self::ForeignHost(url) => Self::ForeignHost(redaction.redact(&url)),
            Self::Downgrade(url) => Self::Downgrade(redaction.redact(&url)),
            other => other,
        }
    }

    pub(super) fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Status { status, .. } if *status == StatusCode::UNAUTHORIZED)
    }

    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Status { status: StatusCode::NOT_FOUND | StatusCode::GONE, .. })
    }
}

/// Knows what must not be quoted from an answer: the caller's secrets, and the credentials.
#[derive(Debug, Clone)]
pub(super) struct Redaction([Redactor; 2]);

impl Redaction {
    pub(super) fn new(request: &Redactor, credentials: &Redactor) -> Self {
        Self([request.clone(), credentials.clone()])
    }

    pub(super) fn redact(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, redactor| redactor.redact(&text))
    }
}
