//! Origins: servers, and paths on them, that settings give credentials.

use std::fmt;

use url::Url;

use super::path::is_inside;

/// A server, such as `https://dev.azure.com`, or what is below a path on it, such as `https://dev.azure.com/acme`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    server: url::Origin,
    /// Starts with a slash, unless it is empty; has none at its end.
    path: String,
}

impl Origin {
    /// Reads a URL as an origin; `None` for one without a server, such as a path.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let server = url.origin();
        let path = url.path().trim_end_matches('/').to_owned();
        matches!(server, url::Origin::Tuple(..)).then_some(Self { server, path })
    }

    /// Whether the server of a URL is this one.
    pub fn is_on(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| url.origin() == self.server)
    }

    /// Whether a URL is on this server and below the path.
    pub fn covers_url(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| self.covers(&url))
    }

    fn covers(&self, url: &Url) -> bool {
        url.origin() == self.server && is_inside(url.path(), &self.path)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.server.ascii_serialization(), self.path)
    }
}

/// The scheme, host and port with which a text starts, when they are written as they are sent, such as
/// `https://api.acme.example:8443`; `None` for another text, and one with a user.
pub fn server_of(text: &str) -> Option<&str> {
    let start = text.find("://")? + 3;
    let end = text[start..].find(['/', '?', '#', '\\', '@']).map_or(text.len(), |at| start + at);
    let server = &text[..end];
    let url = Url::parse(server).ok()?;
    let is_same =
        url.origin().ascii_serialization() == server && !text[end..].starts_with(['@', '\\']);
    (matches!(url.scheme(), "https" | "http") && is_same).then_some(server)
}

/// What belongs to the origin with the longest path that covers a URL.
pub fn nearest<'a, T>(all: impl Iterator<Item = (&'a Origin, T)>, url: &str) -> Option<T> {
    let url = Url::parse(url).ok()?;
    let covering = all.filter(|(origin, _)| origin.covers(&url));
    covering.max_by_key(|(origin, _)| origin.path.len()).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_starts_with_its_server() {
        for (text, expected) in [
            ("https://a.example/x?y", Some("https://a.example")),
            ("https://a.example", Some("https://a.example")),
            ("https://a.example:8443?x", Some("https://a.example:8443")),
            ("http://127.0.0.1:3000/", Some("http://127.0.0.1:3000")),
            ("https://a.example:443/", None),
            ("https://A.example/", None),
            ("https://a@b.example/", None),
            ("https://a.example@evil.example/", None),
            ("https://a.example\\@evil.example/", None),
            ("ftp://a.example/", None),
            ("/a", None),
        ] {
            assert_eq!(server_of(text), expected, "{text}");
        }
    }

    #[test]
    fn the_nearest_origin_has_the_longest_path_that_covers_a_url() {
        let texts = ["https://forge.test", "https://forge.test/acme/", "https://other.test"];
        let origins = texts.map(|text| Origin::parse(text).expect("an origin"));
        let of = |url: &str| {
            let all = origins.iter().zip(texts);
            nearest(all, url)
        };
        assert_eq!(of("https://forge.test/acme/shop.git"), Some(texts[1]));
        assert_eq!(of("https://FORGE.test:443/acme"), Some(texts[1]));
        for beside in ["acme2/shop", "acme/../evil/shop", "acme/%2e%2e/evil", ""] {
            assert_eq!(of(&format!("https://forge.test/{beside}")), Some(texts[0]), "{beside}");
        }
        let foreign = [
            "http://forge.test/acme/shop",
            "https://forge.test:8443/acme",
            "https://forge.test.evil/acme",
            "https://forge.test@evil.test/acme",
            "/srv/git",
        ];
        for foreign in foreign {
            assert_eq!(of(foreign), None, "{foreign}");
        }
        assert_eq!(Origin::parse("/srv/git"), None);
        assert_eq!(Origin::parse("file:///srv/git"), None);
    }
}
