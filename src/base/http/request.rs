//! Requests: the address, limits, and which redirects and links to next pages are followed.
//!
//! Credentials are sent only to the host that they are for. [`Request::follow`] is the only function that
//! decides what is sent to another address.

use std::{fmt::Write, time::Duration};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use super::{Authorization, Reason};
use crate::base::{environment::Redactor, json};

/// A request, with its limits.
#[derive(Debug, Clone)]
pub struct Request {
    /// The address.
    pub url: Url,
    /// JSON that is sent by `POST`; without it the method is `GET`. A `POST` follows no redirect.
    pub body: Option<String>,
    /// Headers, made by [`header`].
    pub headers: HeaderMap,
    /// The credentials.
    pub authorization: Authorization,
    /// True when no client certificate is sent.
    pub anonymous: bool,
    /// Other hosts to which a response may lead, each `name` or `name:port`; see [`Request::follow`].
    pub hosts: Vec<String>,
    /// How long one attempt may take, its body included.
    pub timeout: Duration,
    /// How often a failed attempt is repeated.
    pub retries: u32,
    /// How many bytes the body may have, after decompression.
    pub max_bytes: u64,
    /// How many keys and values the body may have, when it is JSON.
    pub max_values: usize,
    /// Replaces secrets in what errors quote of a response, beside those of `authorization`.
    pub redactor: Redactor,
}

impl Request {
    /// Makes a request without headers and credentials, with limits that fit most APIs.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            body: None,
            headers: HeaderMap::new(),
            authorization: Authorization::default(),
            anonymous: false,
            hosts: Vec::new(),
            timeout: Duration::from_secs(30),
            retries: 4,
            max_bytes: 500_000_000,
            max_values: json::VALUES,
            redactor: Redactor::default(),
        }
    }

    /// Makes the request for an address that a response named: a redirect, or a link to the next page.
    ///
    /// On the same host and port it is this request with another URL; only from `http` to `https` may
    /// the port change. To a host of `hosts` it goes without headers and credentials,
    /// a client certificate included.
    ///
    /// # Errors
    /// [`Reason::ForeignHost`] for any other host, [`Reason::Downgrade`] from `https` to `http`.
    pub fn follow(&self, to: Url) -> Result<Self, Reason> {
        let shown = || self.redactor.redact(&shown(&to));
        let is_same_port = match (self.url.scheme(), to.scheme()) {
            ("https", "http") => return Err(Reason::Downgrade(shown())),
            ("http", "https") => to.port().is_none(),
            (from, to_scheme) if from == to_scheme => {
                self.url.port_or_known_default() == to.port_or_known_default()
            }
            _ => return Err(Reason::ForeignHost(shown())),
        };
        if is_same_port && self.url.host() == to.host() {
            return Ok(Self { url: to, ..self.clone() });
        }
        if self.hosts.iter().any(|host| names(host, &to)) {
            return Ok(Self {
                url: to,
                headers: HeaderMap::new(),
                authorization: Authorization::default(),
                anonymous: true,
                ..self.clone()
            });
        }
        Err(Reason::ForeignHost(shown()))
    }
}

/// True when `name` or `name:port` is the host of a URL; without a port it is the default port of the
/// scheme.
fn names(listed: &str, url: &Url) -> bool {
    Url::parse(&format!("{}://{listed}", url.scheme())).is_ok_and(|listed| {
        listed.host() == url.host() && listed.port_or_known_default() == url.port_or_known_default()
    })
}

/// A header that HTTP does not allow. Errors quote its name, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Not a name of a header.
    #[error("`{0}` is not a header name")]
    Name(String),
    /// The value of the header of this name.
    #[error("the value of header `{0}` has characters that HTTP refuses")]
    Value(String),
}

/// Makes a header whose value is marked as sensitive, so that no log shows it.
///
/// # Errors
/// When HTTP does not allow the name or the value.
pub fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), HeaderError> {
    let name = HeaderName::try_from(name).map_err(|_| HeaderError::Name(name.to_owned()))?;
    let mut value =
        HeaderValue::try_from(value).map_err(|_| HeaderError::Value(name.to_string()))?;
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

/// True for an address of this machine itself.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::environment::Secret;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn a_shown_url_has_no_secrets() {
        let url = url("https://me:pw@h.example:81/p?key=hunter2&page=3#x");
        assert_eq!(shown(&url), "https://h.example:81/p?key=…&page=…");
    }

    #[test]
    fn credentials_stay_on_their_host() {
        let request = |from: &str| Request {
            headers: HeaderMap::from_iter([header("x-api-key", "hunter2").expect("valid")]),
            authorization: Authorization::bearer(&Secret::new("hunter3")).expect("valid"),
            hosts: vec!["Files.example".into(), "raw.example:8443".into(), "[::1]:81".into()],
            ..Request::new(url(from))
        };
        let goes = |from: &str, to: &str| match request(from).follow(url(to)) {
            Ok(next) => {
                match (next.headers.is_empty(), next.authorization.is_none(), next.anonymous) {
                    (true, true, true) => "bare",
                    (false, false, false) => "with",
                    _ => "half",
                }
            }
            Err(Reason::ForeignHost(_)) => "foreign",
            Err(Reason::Downgrade(_)) => "downgrade",
            Err(other) => panic!("{other}"),
        };
        assert_eq!(goes("https://api.example/a", "https://api.example:443/b"), "with");
        assert_eq!(goes("http://api.example:8080/a", "https://api.example/a"), "with");
        assert_eq!(goes("http://api.example/a", "https://api.example:8443/a"), "foreign");
        assert_eq!(goes("https://api.example/a", "https://api.example:444/a"), "foreign");
        assert_eq!(goes("https://api.example/a", "https://api.example.evil/a"), "foreign");
        assert_eq!(goes("https://api.example/a", "https://files.example/a"), "bare");
        assert_eq!(goes("http://api.example/a", "https://files.example/a"), "bare");
        assert_eq!(goes("https://api.example/a", "https://files.example:8443/a"), "foreign");
        assert_eq!(goes("https://api.example/a", "https://raw.example:8443/a"), "bare");
        assert_eq!(goes("https://api.example/a", "https://raw.example/a"), "foreign");
        assert_eq!(goes("http://api.example/a", "http://[::1]:81/a"), "bare");
        assert_eq!(goes("https://api.example/a", "http://api.example/a"), "downgrade");
        assert_eq!(goes("https://api.example/a", "http://files.example/a"), "downgrade");
        assert_eq!(goes("https://api.example/a", "ftp://files.example/a"), "foreign");
    }
}
