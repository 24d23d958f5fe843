//! Why a request got no response: the causes below an error of the HTTP client, and hints for those of
//! TLS.

use std::{error::Error, io};

use rustls::{AlertDescription, CertificateError};

use super::{Reason, Request, connections::CONNECT_TIMEOUT, error::Redaction};

/// Makes a [`Reason`] of an error of the HTTP client.
pub(super) fn failed(error: &reqwest::Error, request: &Request, redaction: &Redaction) -> Reason {
    if error.is_timeout() && error.is_connect() {
        return Reason::Connection(format!("no connection within {CONNECT_TIMEOUT:?}"));
    }
    if error.is_timeout() {
        return Reason::TimedOut(request.timeout);
    }
    match tls_cause(error) {
        Some(tls) => Reason::Tls { message: tls.to_string(), hint: tls_hint(tls) },
        None => Reason::Connection(redaction.redact(&innermost(error))),
    }
}

/// The TLS error among the causes of an error.
fn tls_cause(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(mut error) = next {
        // `source` of an I/O error skips the error that it wraps.
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

/// The message of the innermost cause: the outer ones only name the layers of the HTTP client.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    let mut last: &dyn Error = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}
