//! Host names for which `serve` answers. A request for another host is refused: the site of an attacker can make
//! its own name resolve to this machine (DNS rebinding), but the browser still sends that name.

use axum::{
    extract::Request,
    http::{StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Names that always resolve to this machine.
const OWN: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

const REFUSAL: &str = "this server answers to its own host names only, such as localhost\n\
    hint: `callboard serve --host NAME` adds one\n";

/// The accepted names, in lower case and without ports.
#[derive(Debug, Clone)]
pub(super) struct Hosts(Vec<String>);

impl Hosts {
    /// The machine's own names, and more.
    pub(super) fn new(more: &[String]) -> Self {
        let own = OWN.into_iter().map(str::to_owned);
        Self(own.chain(more.iter().map(|name| name.to_ascii_lowercase())).collect())
    }

    /// Passes a request on when it is for one of the names. Ports are not compared: a tunnel may have
    /// another one, and a foreign page cannot choose the name that goes with it.
    pub(super) async fn check(self, request: Request, next: Next) -> Response {
        if self.allows(&request) {
            return next.run(request).await;
        }
        (StatusCode::MISDIRECTED_REQUEST, REFUSAL).into_response()
    }

    fn allows(&self, request: &Request) -> bool {
        let mut named = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (named.next(), named.next()) else { return false };
        let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
        let is_own = |authority: &Authority| {
            let host = authority.host().to_ascii_lowercase();
            !authority.as_str().contains('@') && self.0.contains(&host)
        };
        // A request to a proxy names the host in its first line, too.
        host.as_ref().is_some_and(is_own) && request.uri().authority().is_none_or(is_own)
    }
}

/// Parses the argument of `--host`: a name or an address, without a port.
pub(in crate::cli) fn host_name(text: &str) -> Result<String, HostNameError> {
    let authority = text.parse::<Authority>().ok();
    let is_host = authority.is_some_and(|authority| authority.host() == text);
    is_host.then(|| text.to_owned()).ok_or_else(|| HostNameError(text.to_owned()))
}

/// A text is not the name of a host.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a host name: write one such as `portal.example`, without a port")]
pub(in crate::cli) struct HostNameError(String);

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn only_own_names_are_answered_to() {
        let hosts = Hosts::new(&["Portal.example".to_owned()]);
        let allows = |names: &[&str], uri: &str| {
            let request = names
                .iter()
                .fold(Request::get(uri), |request, name| request.header(header::HOST, *name));
            hosts.allows(&request.body(Body::empty()).expect("a request"))
        };
        for name in ["localhost", "LOCALHOST:80", "127.0.0.1:8080", "[::1]:1", "portal.example:9"] {
            assert!(allows(&[name], "/"), "{name}");
        }
        let foreign = [
            "evil.example",
            "localhost.evil.example",
            "evil.example#localhost",
            "localhost@evil.example",
            "evil@localhost",
            "127.0.0.1.nip.io",
            "127.0.0.2",
            "[::2]",
            "",
            "local host",
        ];
        for name in foreign {
            assert!(!allows(&[name], "/"), "{name}");
        }
        assert!(!allows(&[], "/") && !allows(&["localhost", "evil.example"], "/"));
        assert!(!allows(&["localhost"], "http://evil.example/"));
        assert!(allows(&["localhost"], "http://localhost/"));
        assert!(host_name("portal.example").is_ok() && host_name("[::2]").is_ok());
        assert!(host_name("a:80").is_err() && host_name("http://a").is_err());
    }
}
