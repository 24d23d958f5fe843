//! Errors of requests, with hints for people.

use std::time::Duration;

use reqwest::StatusCode;

use super::{authorization::AuthorizationError, cause::innermost, pace::too_long};
use crate::base::{diagnostics::Position, environment::Redactor};

/// A request that failed.
#[derive(Debug, thiserror::Error)]
#[error("{}{reason}{}", before(.method, .url), after(*.attempts))]
pub struct HttpError {
    /// The method: `GET` or `POST`.
    pub method: &'static str,
    /// The address, without user, query values and fragment.
    pub url: String,
    /// The number of attempts.
    pub attempts: u32,
    /// Why it failed.
    pub reason: Reason,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The HTTP client could not be made.
    #[error("cannot start: {0}")]
    Client(String),
    /// There was no connection, or it broke before the response began.
    #[error("no answer: {0}")]
    Connection(String),
    /// The attempt took too long.
    #[error("no complete answer within {0:?}")]
    TimedOut(Duration),
    /// The connection broke within the body.
    #[error("the answer broke off: {0}")]
    Interrupted(String),
    /// The status of the response is an error.
    #[error("answered {status}{}{}", quoted(.excerpt), too_long(*.retry_after))]
    Status {
        /// The status code.
        status: StatusCode,
        /// The pause that the server asked for with `Retry-After`.
        retry_after: Option<Duration>,
        /// The beginning of the body, when it is text.
        excerpt: String,
    },
    /// TLS failed: the server's certificate is not trusted, or the server refused the client's.
    #[error("no secure connection: {message}")]
    Tls {
        /// The message of the TLS library.
        message: String,
        /// How to correct it.
        hint: Option<&'static str>,
    },
    /// A redirect or a link leads to a host that is not allowed.
    #[error("refused to go on to another host, `{0}`")]
    ForeignHost(String),
    /// A redirect or a link leads from `https` to `http`.
    #[error("refused to go on without encryption, to `{0}`")]
    Downgrade(String),
    /// There are too many redirects, or one without a target.
    #[error("the redirects cannot be followed")]
    RedirectLoop,
    /// The body has more bytes than allowed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// The JSON has more keys and values than allowed.
    #[error("the answer has more than {0} keys and values")]
    TooManyValues(usize),
    /// The response is a web page instead of data.
    #[error("answered an HTML page")]
    HtmlPage,
    /// The response has another content type than JSON.
    #[error("answered `{0}` instead of JSON")]
    NotJson(String),
    /// The JSON is not valid.
    #[error("{}:{}: invalid JSON: {message}", position.line, position.column)]
    InvalidJson {
        /// The message of the parser.
        message: String,
        /// The position in the body.
        position: Position,
    },
    /// The JSON ends too early.
    #[error("the JSON is cut short after {0} bytes")]
    Truncated(usize),
    /// The text is not UTF-8.
    #[error("the text is not UTF-8 after {0} bytes")]
    NotUtf8(usize),
    /// What proves who asks for a token is missing or cannot be used.
    #[error("no token: {0}")]
    Proof(String),
    /// A response of an OAuth server without a token that can be used.
    #[error("the answer {0}")]
    Token(TokenError),
}

/// What is wrong with the response of an OAuth server. Each text is the rest of a sentence whose
/// subject is the response.
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
    /// There is no token in a field of this name.
    #[error("has no `{0}`")]
    Without(&'static str),
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
    /// No request can be sent at all.
    pub fn cannot_start(error: &dyn std::error::Error) -> Self {
        let reason = Reason::Client(error.to_string());
        Self { method: "", url: String::new(), attempts: 0, reason }
    }

    /// A token cannot be asked for. The reason quotes no secret.
    pub fn no_proof(reason: impl Into<String>) -> Self {
        let reason = Reason::Proof(reason.into());
        Self { method: "", url: String::new(), attempts: 0, reason }
    }

    pub(super) fn unusable(error: &reqwest::Error) -> Self {
        let reason = Reason::Client(innermost(error));
        Self { method: "", url: String::new(), attempts: 0, reason }
    }

    /// How to correct it.
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
    /// Redacts an address that the server chose.
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

/// Redacts what errors quote of a response: the caller's secrets, and the credentials of the request.
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
