//! Responses: the body as JSON or text, and the link to the next page.

use std::time::Duration;

use reqwest::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue, LINK},
};
use serde::de::DeserializeOwned;
use url::Url;

use super::{
    HttpError, Reason, Request, cause::failed, error::Redaction, pace::requested_pause, shown,
};
use crate::base::{
    diagnostics::Position,
    json::{self, JsonError},
};

/// A response; [`Client::get`](super::Client::get) returns successful ones only.
#[derive(Debug)]
pub struct Response {
    /// Its address, after redirects.
    pub url: Url,
    /// Its status code.
    pub status: u16,
    /// Its body, decompressed.
    pub body: Vec<u8>,
    pub(super) headers: HeaderMap,
    pub(super) redaction: Redaction,
    pub(super) max_values: usize,
    pub(super) method: &'static str,
    pub(super) attempts: u32,
}

/// Reads a successful response with its whole body.
pub(super) async fn receive(
    answer: reqwest::Response,
    request: &Request,
    redaction: &Redaction,
) -> Result<Response, Reason> {
    if !answer.status().is_success() {
        return Err(refused(answer, redaction).await);
    }
    receive_any(answer, request, redaction).await
}

/// Reads a response with its whole body, whatever its status is.
pub(super) async fn receive_any(
    mut answer: reqwest::Response,
    request: &Request,
    redaction: &Redaction,
) -> Result<Response, Reason> {
    let status = answer.status().as_u16();
    let headers = std::mem::take(answer.headers_mut());
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if (body.len() + chunk.len()) as u64 > request.max_bytes => {
                return Err(Reason::TooLarge(request.max_bytes));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => {
                return Err(match failed(&error, request, redaction) {
                    Reason::Connection(cause) => Reason::Interrupted(cause),
                    other => other,
                });
            }
        }
    }
    let (url, redaction) = (request.url.clone(), redaction.clone());
    let max_values = request.max_values;
    Ok(Response { url, status, body, headers, redaction, max_values, method: "GET", attempts: 1 })
}

/// Makes the reason of a response whose status is an error, with the beginning of its body.
async fn refused(mut answer: reqwest::Response, redaction: &Redaction) -> Reason {
    let retry_after = requested_pause(answer.headers());
    let is_html = answer.headers().get(CONTENT_TYPE).is_some_and(is_html);
    let mut text = Vec::new();
    // More than is quoted is read, so that no secret is cut off before it is redacted.
    while !is_html && text.len() < 4096 {
        let Ok(Some(chunk)) = answer.chunk().await else { break };
        text.extend_from_slice(&chunk);
    }
    let excerpt = excerpt(&String::from_utf8_lossy(&text), redaction);
    Reason::Status { status: answer.status(), retry_after, excerpt }
}

fn excerpt(text: &str, redaction: &Redaction) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    redaction.redact(&line).chars().take(200).collect()
}

impl Response {
    /// Parses the body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        let content_type = self.headers.get(CONTENT_TYPE);
        if content_type.is_some_and(is_html) || starts_like_html(self.unmarked()) {
            return Err(self.error(Reason::HtmlPage));
        }
        if let Some(other) = content_type
            .and_then(|value| value.to_str().ok())
            .filter(|text| !text.to_ascii_lowercase().contains("json"))
        {
            return Err(self.error(Reason::NotJson(other.to_owned())));
        }
        json::from_slice(&self.body, self.max_values).map_err(|error| {
            self.error(match error {
                JsonError::TooManyValues(most) => Reason::TooManyValues(most),
                JsonError::Invalid(error) => self.invalid(&error),
            })
        })
    }

    /// Returns the body as text. A web page is an error.
    pub fn text(&self) -> Result<&str, HttpError> {
        if self.headers.get(CONTENT_TYPE).is_some_and(is_html) {
            return Err(self.error(Reason::HtmlPage));
        }
        std::str::from_utf8(self.unmarked())
            .map_err(|e| self.error(Reason::NotUtf8(e.valid_up_to())))
    }

    /// Returns the value of a header, when it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the server asks to wait before the next request.
    pub fn requested_pause(&self) -> Option<Duration> {
        requested_pause(&self.headers)
    }

    /// The beginning of the body as one line, redacted; empty for a web page.
    pub fn excerpt(&self) -> String {
        match self.headers.get(CONTENT_TYPE).is_some_and(is_html) {
            true => String::new(),
            false => excerpt(&String::from_utf8_lossy(&self.body), &self.redaction),
        }
    }

    /// The error of a response whose status is one.
    pub fn refusal(&self) -> HttpError {
        let status = StatusCode::from_u16(self.status).unwrap_or_default();
        let (retry_after, excerpt) = (self.requested_pause(), self.excerpt());
        self.error(Reason::Status { status, retry_after, excerpt })
    }

    /// Redacts a text that quotes this response.
    pub fn redact(&self, text: &str) -> String {
        self.redaction.redact(text)
    }

    /// The body without a byte order mark.
    fn unmarked(&self) -> &[u8] {
        self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body)
    }

    fn invalid(&self, error: &serde_json::Error) -> Reason {
        if error.is_eof() {
            return Reason::Truncated(self.body.len());
        }
        let position = Position { line: error.line(), column: error.column() };
        let at = format!(" at line {} column {}", position.line, position.column);
        let message = error.to_string().replace(&at, "");
        Reason::InvalidJson { message: self.redaction.redact(&message), position }
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

    pub(super) fn error(&self, reason: Reason) -> HttpError {
        let url = self.redaction.redact(&shown(&self.url));
        HttpError { method: self.method, url, attempts: self.attempts, reason }
    }
}

fn starts_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// Finds `<target>; rel="next"` in the value of a `Link` header. Targets may contain commas.
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
        if parameters.trim_end_matches([',', ' ']).split(';').any(is_next) {
            return Some(target);
        }
        rest = tail;
    }
    None
}

fn is_html(content_type: &HeaderValue) -> bool {
    content_type.to_str().is_ok_and(|text| text.to_ascii_lowercase().contains("html"))
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
}
