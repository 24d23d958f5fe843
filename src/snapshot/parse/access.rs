//! Parses how an API is accessed: limits, rate, hosts, credentials and certificates.

use std::time::Duration;

use super::Problems;
use crate::{
    base::{
        duration,
        http::{Pace, Url},
        json,
    },
    snapshot::{
        raw::{RawAuth, RawSource, RawTls},
        source::Limits,
    },
};

pub(super) fn limits(raw: &RawSource, problems: &mut Problems<'_>) -> Limits {
    let timeout = raw.timeout.as_deref().unwrap_or("30s");
    let parsed = duration::parse(timeout);
    if parsed.is_none() {
        let message = format!("`{timeout}` is not a time such as `500ms`, `30s` or `2m`");
        problems.add("/timeout", message);
    }
    Limits {
        timeout: parsed.unwrap_or_default(),
        retries: raw.retries.unwrap_or(4),
        max_pages: raw.max_pages.unwrap_or(10_000),
        max_bytes: raw.max_bytes.unwrap_or(500_000_000),
        max_values: raw.max_values.unwrap_or(json::VALUES),
    }
}

/// Parses a rate such as `10/s`, `300/m` or `5000/h`.
pub(super) fn pace(rate: Option<&str>, problems: &mut Problems<'_>) -> Option<Pace> {
    let rate = rate?;
    let read = || {
        let (count, per) = rate.split_once('/')?;
        let count = count.trim().parse().ok().filter(|count| *count > 0)?;
        let seconds = match per.trim() {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        Some(Pace::new(count, Duration::from_secs(seconds)))
    };
    let pace = read();
    if pace.is_none() {
        problems.add("/rate", format!("`{rate}` is not a rate such as `10/s` or `300/m`"));
    }
    pace
}

/// Checks that hosts are host names, with or without a port.
pub(super) fn hosts(written: &[String], problems: &mut Problems<'_>) {
    for (at, host) in written.iter().enumerate() {
        let url = Url::parse(&format!("https://{host}"));
        let is_host = url.is_ok_and(|url| {
            url.path() == "/" && url.query().is_none() && url.username().is_empty()
        });
        if !is_host || host.contains('/') {
            let message = format!("`{host}` is not a host such as `files.example.com`");
            problems.add(&format!("/hosts/{at}"), message);
        }
    }
}

/// Checks that a secret is not written into the file.
pub(super) fn auth(auth: &RawAuth, problems: &mut Problems<'_>) {
    let (key, secret) = match auth {
        RawAuth::Basic { password, .. } => ("password", password),
        RawAuth::Bearer { token } => ("token", token),
        RawAuth::Oauth2 { client_secret, .. } => ("client_secret", client_secret),
    };
    if !secret.contains("${") {
        problems.add(&format!("/auth/{key}"), "a secret must not be written into a file");
        problems.hint(Some("name a variable of the environment, as in `${API_TOKEN}`".into()));
    }
}

/// Checks that a certificate has its key.
pub(super) fn tls(tls: &RawTls, problems: &mut Problems<'_>) {
    if tls.certificate.is_some() != tls.key.is_some() {
        problems.add("/tls", "`certificate` and `key` belong together");
    }
    if tls.key.as_ref().is_some_and(|key| !key.contains("${")) {
        problems.add("/tls/key", "a private key must not be named in a file");
        problems.hint(Some("name a variable of the environment, as in `${CLIENT_KEY}`".into()));
    }
}
