//! What the wire says when an exchange fails: the causes below an error, and how long a server asks to
//! wait.

use std::{error::Error, io, time::Duration};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use rustls::{AlertDescription, CertificateError};

use super::{Reason, Request, connections::CONNECT_TIMEOUT, error::Redaction};
use crate::base::clock;

/// Reads how long a server asks to wait.
pub(super) fn pause_asked(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    text(RETRY_AFTER.as_str()).and_then(retry_after).or_else(|| {
        // GitHub and others say when the hour's requests are used up, in seconds since 1970.
        let reset: i64 = text("x-ratelimit-reset")?.parse().ok()?;
        (text("x-ratelimit-remaining")? == "0").then(|| until(reset))
    })
}

/// Reads `Retry-After`: seconds, or an HTTP date (RFC 9110, 10.2.3).
fn retry_after(text: &str) -> Option<Duration> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    Some(until(jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second()))
}

/// The time until a moment in seconds since 1970; none when it is over.
fn until(second: i64) -> Duration {
    let left = second.saturating_sub(clock::now(None).as_second());
    Duration::from_secs(left.max(0).unsigned_abs())
}

/// Why an exchange failed.
pub(super) fn failed(error: &reqwest::Error, request: &Request, redaction: &Redaction) -> Reason {
    if error.is_timeout() && error.is_connect() {
        return Reason::Connection(format!("no connection within {CONNECT_TIMEOUT:?}"));
    }
    if error.is_timeout() {
        return Reason::TimedOut(request.timeout);
    }
    match tls_cause(error) {
        Some(tls) => Reason::Tls { message: tls.to_string(), hint: tls_hint(tls) },
        None => Reason::Connection(redaction.redact(&cause(error))),
    }
}

/// What TLS has to say among the causes of an error.
fn tls_cause(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(mut error) = next {
        // An I/O error hides the one that it was made of: its source is already the next one.
        while let Some(inner) = error.downcast_ref().and_then(io::Error::get_ref) {
            error = inner;
        }
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn tls_hint(error: &rustls::Error) -> Option<&'static str> {
    use rustls::Error::{AlertReceived, InvalidCertificate, InvalidMessage};
    match error {
        InvalidCertificate(CertificateError::UnknownIssuer) => {
            Some("if the server is the right one, give its authority's certificate as `tls.ca`")
        }
        AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::HandshakeFailure,
        ) => Some("is the client certificate that the server asks for in `tls.certificate`?"),
        InvalidMessage(_) => Some("does this port speak https?"),
        _ => None,
    }
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
    fn a_pause_is_asked_for_in_seconds_or_as_a_date() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("99999999999999999999"), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
        assert_eq!(retry_after(""), None);
    }
}
