//! What a server answered: its body as JSON, and the link to its next page.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LINK};
use serde::de::DeserializeOwned;
use url::Url;

use super::{HttpError, Reason, shown};
use crate::base::{diagnostics::Position, environment::Redactor};

/// A successful answer.
#[derive(Debug)]
pub struct Response {
    /// Where it came from, after redirects.
    pub url: Url,
    /// Its body, decompressed.
    pub body: Vec<u8>,
    pub(super) headers: HeaderMap,
    pub(super) redactor: Redactor,
    pub(super) attempts: u32,
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
        serde_json::from_slice(&self.body).map_err(|e| self.error(self.invalid(&e)))
    }

    fn invalid(&self, error: &serde_json::Error) -> Reason {
        if error.is_eof() {
            return Reason::Truncated(self.body.len());
        }
        let position = Position { line: error.line(), column: error.column() };
        let at = format!(" at line {} column {}", position.line, position.column);
        let message = error.to_string().replace(&at, "");
        Reason::InvalidJson { message: self.redactor.redact(&message), position }
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
        HttpError { url: self.redactor.redact(&shown(&self.url)), attempts: self.attempts, reason }
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
        if parameters.trim_end_matches([',', ' ']).split(';').any(is_next) {
            return Some(target);
        }
        rest = tail;
    }
    None
}

pub(super) fn is_html(content_type: &HeaderValue) -> bool {
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
