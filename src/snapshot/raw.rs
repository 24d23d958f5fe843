//! The file of a source as it is written: keys and shapes, without meaning.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, de::Visitor};

use super::source::{Role, Shrink};

/// Every key is optional here: a file may leave to its preset what it does not say itself.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    pub(super) preset: Option<String>,
    #[serde(default)]
    pub(super) values: BTreeMap<String, Text>,
    pub(super) kind: Option<RawKind>,
    pub(super) role: Option<Role>,
    pub(super) shrink: Option<Shrink>,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Text>,
    pub(super) query: Option<BTreeMap<String, Text>>,
    pub(super) paging: Option<RawPaging>,
    pub(super) items: Option<String>,
    pub(super) format: Option<Format>,
    pub(super) optional: Option<bool>,
    pub(super) requests: Option<Vec<RawRequest>>,
    pub(super) auth: Option<RawAuth>,
    pub(super) tls: Option<RawTls>,
    pub(super) hosts: Option<Vec<String>>,
    pub(super) rate: Option<String>,
    pub(super) concurrency: Option<usize>,
    pub(super) timeout: Option<String>,
    pub(super) retries: Option<u32>,
    pub(super) max_pages: Option<usize>,
    pub(super) max_bytes: Option<u64>,
    pub(super) path: Option<String>,
    pub(super) globs: Option<Vec<String>>,
    pub(super) repositories: Option<Vec<RawRepository>>,
}

impl RawSource {
    /// Adds what a weaker source says and this one does not. Headers merge one by one; a request at
    /// the top and a list of requests replace each other.
    pub(super) fn over(mut self, mut weaker: Self) -> Self {
        if self.requests.is_some() {
            weaker = weaker.without_request();
        }
        if self.url.is_none() && self.requests.is_none() {
            self.url = weaker.url;
            self.requests = weaker.requests;
        }
        for (name, value) in weaker.headers {
            self.headers.entry(name).or_insert(value);
        }
        Self {
            kind: self.kind.or(weaker.kind),
            role: self.role.or(weaker.role),
            shrink: self.shrink.or(weaker.shrink),
            query: self.query.or(weaker.query),
            paging: self.paging.or(weaker.paging),
            items: self.items.or(weaker.items),
            format: self.format.or(weaker.format),
            optional: self.optional.or(weaker.optional),
            auth: self.auth.or(weaker.auth),
            tls: self.tls.or(weaker.tls),
            hosts: self.hosts.or(weaker.hosts),
            rate: self.rate.or(weaker.rate),
            concurrency: self.concurrency.or(weaker.concurrency),
            timeout: self.timeout.or(weaker.timeout),
            retries: self.retries.or(weaker.retries),
            max_pages: self.max_pages.or(weaker.max_pages),
            max_bytes: self.max_bytes.or(weaker.max_bytes),
            path: self.path.or(weaker.path),
            globs: self.globs.or(weaker.globs),
            repositories: self.repositories.or(weaker.repositories),
            ..self
        }
    }

    /// Forgets the request at the top.
    fn without_request(self) -> Self {
        let (url, query, paging, items) = (None, None, None, None);
        Self { url, query, paging, items, format: None, optional: None, ..self }
    }
}

/// Where a source reads.
#[derive(Debug, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawKind {
    /// An API.
    Http,
    /// Files of the portal.
    File,
    /// Files of other repositories.
    Git,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRequest {
    pub(super) name: String,
    pub(super) url: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Text>,
    pub(super) query: Option<BTreeMap<String, Text>>,
    pub(super) paging: Option<RawPaging>,
    pub(super) items: Option<String>,
    #[serde(default)]
    pub(super) format: Format,
    #[serde(default)]
    pub(super) optional: bool,
    pub(super) each: Option<String>,
    #[serde(rename = "where")]
    pub(super) condition: Option<String>,
    pub(super) into: Option<String>,
}

/// What a body is.
#[derive(Debug, Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// One JSON value.
    #[default]
    Json,
    /// YAML documents: a list of them.
    Yaml,
    /// Text: one string.
    Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPaging {
    #[serde(rename = "type")]
    pub(super) kind: RawPagingKind,
    pub(super) parameter: Option<String>,
    pub(super) first: Option<u64>,
    pub(super) pages: Option<String>,
    pub(super) limit: Option<u64>,
    pub(super) limit_parameter: Option<String>,
    pub(super) total: Option<String>,
    pub(super) next: Option<String>,
    pub(super) header: Option<String>,
}

#[derive(Debug, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawPagingKind {
    None,
    Page,
    Offset,
    Cursor,
    Odata,
    Link,
    Continuation,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, tag = "type", rename_all = "lowercase")]
pub(super) enum RawAuth {
    Basic {
        #[serde(default)]
        username: String,
        password: String,
    },
    Bearer {
        token: String,
    },
    Oauth2 {
        token_url: String,
        client_id: String,
        client_secret: String,
        scope: Option<String>,
        audience: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTls {
    pub(super) ca: Option<String>,
    pub(super) certificate: Option<String>,
    pub(super) key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRepository {
    pub(super) url: String,
    #[serde(rename = "ref")]
    pub(super) reference: Option<String>,
}

/// A text, or a number or truth value that stands for its text.
pub(super) struct Text(pub(super) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number")
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::yaml;

    fn over(strong: &str, weak: &str) -> RawSource {
        let read = |text| yaml::from_str::<RawSource>(text).expect("a source");
        read(strong).over(read(weak))
    }

    #[test]
    fn a_file_is_stronger_than_its_preset_key_by_key() {
        let made = over(
            "headers: { A: mine }\nrate: 1/s\nrole: enrich\n",
            "kind: http\nurl: theirs\nheaders: { A: theirs, B: theirs }\nrate: 9/s\nretries: 2\n",
        );
        let headers: Vec<_> = made.headers.iter().map(|(key, v)| (key.as_str(), &*v.0)).collect();
        assert_eq!(headers, [("A", "mine"), ("B", "theirs")]);
        assert_eq!((made.rate.as_deref(), made.retries), (Some("1/s"), Some(2)));
        assert_eq!((made.url.as_deref(), made.role), (Some("theirs"), Some(Role::Enrich)));
        assert_eq!(made.kind, Some(RawKind::Http));
    }

    #[test]
    fn one_request_and_a_list_of_them_replace_each_other() {
        let one = "url: one\nquery: { a: b }\nitems: .x[]\npaging: { type: link }\nformat: yaml\noptional: true\n";
        let list = "requests: [{ name: a, url: u }]\n";
        let made = over(list, one);
        assert_eq!(made.requests.map(|list| list.len()), Some(1));
        assert!(made.url.is_none() && made.query.is_none() && made.items.is_none());
        assert!(made.paging.is_none() && made.format.is_none() && made.optional.is_none());
        let made = over("url: mine\n", list);
        assert_eq!((made.url.as_deref(), made.requests.is_none()), (Some("mine"), true));
        let made = over("url: mine\n", one);
        assert_eq!((made.url.as_deref(), made.items.as_deref()), (Some("mine"), Some(".x[]")));
    }
}
