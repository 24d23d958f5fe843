//! The file of a source as it is written: keys and shapes, without meaning.
//!
//! The JSON Schema of the file is made of these types: what is written above a key is what an editor
//! shows.

mod text;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub(super) use text::Text;

use crate::base::yaml::FormatVersion;

use super::{
    faults::{MaxFailures, OnError},
    source::{Role, Shrink},
};

/// The newest version of the file that this program reads.
pub(super) const VERSION: u32 = 1;

/// How a source is read: `catalog-data/sources/<name>.yaml`. Texts may hold `${NAME}`, an environment
/// variable.
// Every key is optional here: a file may leave to its preset what it does not say itself.
#[derive(Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    /// Version of the format of this file; 1 when missing.
    #[serde(default)]
    #[expect(dead_code, reason = "reading it refuses the file of a newer program")]
    pub(super) version: FormatVersion<VERSION>,
    /// A preset of the program, instead of `kind`; every other key of this file is stronger than it.
    pub(super) preset: Option<String>,
    /// Parameters of the preset; the mapping sees them as `$values`.
    #[serde(default)]
    pub(super) values: BTreeMap<String, Text>,
    /// How the source is read; required without `preset`.
    pub(super) kind: Option<RawKind>,
    /// What the source says about entities.
    pub(super) role: Option<Role>,
    /// How much may disappear at once.
    pub(super) shrink: Option<Shrink>,
    /// How many documents may fail while the others are taken.
    pub(super) max_failures: Option<MaxFailures>,
    /// What becomes of the source when a document fails; default `continue`: the others are taken.
    pub(super) on_error: Option<OnError>,
    /// Address of the first page of the only request.
    pub(super) url: Option<String>,
    /// Headers that are sent with every page.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Text>,
    /// Query parameters of the only request.
    pub(super) query: Option<BTreeMap<String, Text>>,
    /// How the next page of the only request is found.
    pub(super) paging: Option<RawPaging>,
    /// jq from the body of a page to its records; default `.[]`.
    pub(super) items: Option<String>,
    /// What the body of the only request is.
    pub(super) format: Option<Format>,
    /// Whether a 404 is no records instead of a failure.
    pub(super) optional: Option<bool>,
    /// Several requests, in this order, instead of `url`.
    pub(super) requests: Option<Vec<RawRequest>>,
    /// Credentials for all requests, from the environment.
    pub(super) auth: Option<RawAuth>,
    /// How the API says who asks: asked before anything else, so that a wrong credential never looks like
    /// a list without what is private.
    pub(super) identity: Option<RawIdentity>,
    /// Certificates: each as PEM text or as the path of a file.
    pub(super) tls: Option<RawTls>,
    /// Other hosts that redirects and next pages may lead to; they never see credentials.
    pub(super) hosts: Option<Vec<String>>,
    /// Most requests per time, such as `10/s` or `300/m`.
    pub(super) rate: Option<String>,
    /// Requests of `each`, or repositories, at the same time; default 4.
    pub(super) concurrency: Option<usize>,
    /// Time of one attempt, such as `500ms`, `30s` or `2m`; default `30s`.
    pub(super) timeout: Option<String>,
    /// Repetitions of a request that failed; default 4.
    pub(super) retries: Option<u32>,
    /// Most pages of all requests; default 10,000.
    pub(super) max_pages: Option<usize>,
    /// Most bytes of all bodies; default 500,000,000.
    pub(super) max_bytes: Option<u64>,
    /// Most keys and values of one answer of JSON; default 5,000,000.
    pub(super) max_values: Option<usize>,
    /// Folder of the files, relative to the portal (`kind: file`).
    pub(super) path: Option<String>,
    /// Which files hold entities; default `**/catalog-info.yaml` and the like (`kind: file` and `git`).
    pub(super) globs: Option<Vec<String>>,
    /// Repositories that hold files of entities (`kind: git`).
    pub(super) repositories: Option<Vec<RawRepository>>,
    /// Whether the documentation of entities is taken along; default `true` (`kind: file` and `git`).
    pub(super) docs: Option<bool>,
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
            max_failures: self.max_failures.or(weaker.max_failures),
            on_error: self.on_error.or(weaker.on_error),
            query: self.query.or(weaker.query),
            paging: self.paging.or(weaker.paging),
            items: self.items.or(weaker.items),
            format: self.format.or(weaker.format),
            optional: self.optional.or(weaker.optional),
            auth: self.auth.or(weaker.auth),
            identity: self.identity.or(weaker.identity),
            tls: self.tls.or(weaker.tls),
            hosts: self.hosts.or(weaker.hosts),
            rate: self.rate.or(weaker.rate),
            concurrency: self.concurrency.or(weaker.concurrency),
            timeout: self.timeout.or(weaker.timeout),
            retries: self.retries.or(weaker.retries),
            max_pages: self.max_pages.or(weaker.max_pages),
            max_bytes: self.max_bytes.or(weaker.max_bytes),
            max_values: self.max_values.or(weaker.max_values),
            path: self.path.or(weaker.path),
            globs: self.globs.or(weaker.globs),
            repositories: self.repositories.or(weaker.repositories),
            docs: self.docs.or(weaker.docs),
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
#[derive(Debug, Deserialize, JsonSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawKind {
    /// An API.
    Http,
    /// Files of the portal.
    File,
    /// Files of other repositories.
    Git,
}

/// One request of several.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRequest {
    /// What `each` and the mapping (`$request`) call it.
    pub(super) name: String,
    /// Address of the first page; with `each`, `{…}` is jq on the earlier record.
    pub(super) url: String,
    /// Headers of this request.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Text>,
    /// Query parameters.
    pub(super) query: Option<BTreeMap<String, Text>>,
    /// How the next page is found.
    pub(super) paging: Option<RawPaging>,
    /// jq from the body of a page to its records; default `.[]`.
    pub(super) items: Option<String>,
    /// What the body is.
    #[serde(default)]
    pub(super) format: Format,
    /// Whether a 404 is no records instead of a failure.
    #[serde(default)]
    pub(super) optional: bool,
    /// An earlier request: this one is sent once for each of its records.
    pub(super) each: Option<String>,
    /// jq on the earlier record: only for those where it is true.
    #[serde(rename = "where")]
    pub(super) condition: Option<String>,
    /// Put what was read into the earlier record under this key, instead of making records.
    pub(super) into: Option<String>,
    /// How records of the last snapshot that are not in the list are asked for before they go.
    pub(super) vanished: Option<RawRecordLookup>,
}

/// How a record that is not in the list any more is asked for by its own address. When that answers 404
/// or 410 it is gone; else it counts as in the list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRecordLookup {
    /// jq from an entity of the last snapshot to what identifies its record; nothing where there is none.
    pub(super) entity: String,
    /// jq from a record to what identifies it, of the same shape.
    pub(super) record: String,
    /// Address of one record; `{…}` is jq on what identifies it.
    pub(super) url: String,
    /// jq from the answer to a page of the list, from which `items` takes the record; default `[.]`.
    pub(super) answer: Option<String>,
}

/// How the API says who asks.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawIdentity {
    /// Address that says who asks.
    pub(super) url: String,
    /// Headers beside those of all requests.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Text>,
    /// Query parameters.
    pub(super) query: Option<BTreeMap<String, Text>>,
    /// JSON that is sent there by `POST`; without it the address is read.
    pub(super) body: Option<serde_json::Value>,
    /// jq from the answer to the name of who asks: one text; anything else is nobody.
    pub(super) name: String,
    /// Status codes that only somebody known gets, such as 403 where a token may not read its own name.
    #[serde(default)]
    pub(super) accept: Vec<u16>,
}

/// What a body is.
#[derive(Debug, Deserialize, JsonSchema, Clone, Copy, PartialEq, Eq, Default)]
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

/// How the next page is found.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPaging {
    /// How the next page is found.
    #[serde(rename = "type")]
    pub(super) kind: RawPagingKind,
    /// Query parameter of the page, offset, cursor or token.
    pub(super) parameter: Option<String>,
    /// Number of the first page (`page`); default 1.
    pub(super) first: Option<u64>,
    /// jq to the number of pages (`page`).
    pub(super) pages: Option<String>,
    /// Records of a page (`offset`); default 100.
    pub(super) limit: Option<u64>,
    /// Query parameter of `limit` (`offset`); default `limit`.
    pub(super) limit_parameter: Option<String>,
    /// jq to the number of records (`offset`).
    pub(super) total: Option<String>,
    /// Header with the number of records of all pages, such as `X-Total-Count`: a list that changes while
    /// it is read is read again.
    pub(super) total_header: Option<String>,
    /// jq to the cursor, or without `parameter` to the address of the next page (`cursor`).
    pub(super) next: Option<String>,
    /// Header with the token of the next page (`continuation`); default `x-ms-continuationtoken`.
    pub(super) header: Option<String>,
}

/// Ways to find the next page.
#[derive(Debug, Deserialize, JsonSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawPagingKind {
    /// There is one page.
    None,
    /// The next number in the query.
    Page,
    /// As many records further.
    Offset,
    /// Where the body says.
    Cursor,
    /// Where `@odata.nextLink` in the body says.
    Odata,
    /// Where the header `Link` says.
    Link,
    /// What a header says, given back in the query.
    Continuation,
}

/// Credentials.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, tag = "type", rename_all = "lowercase")]
pub(super) enum RawAuth {
    /// A user and a password, or only a password, as personal access tokens are sent.
    Basic {
        #[serde(default)]
        username: String,
        password: String,
    },
    /// A token.
    Bearer { token: String },
    /// A token that is got with the client's own credentials (the OAuth 2 client credentials grant).
    Oauth2 {
        token_url: String,
        client_id: String,
        client_secret: String,
        scope: Option<String>,
        audience: Option<String>,
    },
}

/// Certificates.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTls {
    /// Certificates that are trusted beside the usual ones.
    pub(super) ca: Option<String>,
    /// The client certificate.
    pub(super) certificate: Option<String>,
    /// The key of the client certificate.
    pub(super) key: Option<String>,
}

/// A repository that holds files of entities.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRepository {
    /// Address for `git clone`.
    pub(super) url: String,
    /// Branch or tag; default the branch that the remote has checked out.
    #[serde(rename = "ref")]
    pub(super) reference: Option<String>,
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
