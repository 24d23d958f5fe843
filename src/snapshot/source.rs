//! A source that is ready to be read: the valid, complete form of its file.
//!
//! Texts may still hold environment variables (`${NAME}`).

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::guard::Shrink;
use super::{
    faults::{MaxFailures, OnError},
    files::Globs,
    mapping::Mapping,
    program::Program,
    raw::{Format, RawAuth, RawTls},
    template::Template,
};
use crate::{
    base::{
        diagnostics::Place,
        http::Pace,
        path::RelativePath,
        yaml::{EntryPart, YamlText},
    },
    catalog::issue::escape,
};

/// Folder of the sources, relative to the portal.
pub const SOURCES: &str = "catalog-data/sources";

/// A source that is ready to be read.
pub(super) struct Source {
    /// Its name: the name of its files and of the folder of its fragments.
    pub(super) name: String,
    /// Its YAML file.
    pub(super) file: SourceFile,
    /// Its role.
    pub(super) role: Role,
    /// Where it is read from.
    pub(super) kind: SourceKind,
    /// Limits of the shrink guard.
    pub(super) shrink: Shrink,
    /// Limits of failed documents.
    pub(super) max_failures: MaxFailures,
    /// What happens to the source when a document fails.
    pub(super) on_error: OnError,
    /// The mapping from records to entities.
    pub(super) mapping: Mapping,
}

/// The file of a source, for places of diagnostics.
pub(super) struct SourceFile {
    /// Its path, relative to the portal.
    pub(super) path: String,
    /// Its text.
    pub(super) text: YamlText,
    /// Its content.
    pub(super) document: serde_json::Value,
    /// The keys that the preset makes of values: JSON pointer of the key, and the name of the value.
    pub(super) preset_keys: Vec<(String, String)>,
}

impl SourceFile {
    /// The place of a key. For a key that the preset makes of a value it is the place of that value,
    /// which is what the person has written.
    pub(super) fn place(&self, pointer: &str, part: EntryPart) -> Place {
        let is_within = |key: &str| {
            pointer.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let of_preset = || {
            let (_, name) = self.preset_keys.iter().find(|(key, _)| is_within(key))?;
            let value = format!("/values/{}", escape(name));
            let is_given = self.document.pointer(&value).is_some();
            Some(if is_given { value } else { "/preset".to_owned() })
        };
        let pointer = match self.document.pointer(pointer) {
            Some(_) => pointer.to_owned(),
            None => of_preset().unwrap_or_else(|| pointer.to_owned()),
        };
        Place::at(&self.path, self.text.locate(0, &pointer, part))
    }
}

/// Where a source is read from, with the settings of that kind.
pub(super) enum SourceKind {
    /// An API.
    Http(Box<HttpSource>),
    /// Files below a folder of the portal.
    Files(FileSource),
    /// Files of other repositories.
    Git(GitSource),
}

/// An API.
pub(super) struct HttpSource {
    /// The requests, in this order.
    pub(super) requests: Vec<RequestSpec>,
    /// The credentials.
    pub(super) auth: Option<RawAuth>,
    /// The request for the name of the account.
    pub(super) identity: Option<IdentitySpec>,
    /// Certificates.
    pub(super) tls: Option<RawTls>,
    /// Other hosts that responses may lead to.
    pub(super) hosts: Vec<String>,
    /// The rate limit.
    pub(super) pace: Option<Pace>,
    /// Most requests at a time.
    pub(super) concurrency: usize,
    /// Limits of reading.
    pub(super) limits: Limits,
}

/// Files of the portal that have entities.
pub(super) struct FileSource {
    /// Folder, relative to the portal; the portal itself when missing.
    pub(super) path: Option<RelativePath>,
    /// Patterns of the files.
    pub(super) globs: Arc<Globs>,
    /// Whether documentation is copied.
    pub(super) docs: bool,
}

/// Files of other repositories that have entities.
pub(super) struct GitSource {
    /// Address, with `${NAME}`s, and branch or tag.
    pub(super) repositories: Vec<(String, Option<String>)>,
    /// Patterns of the files.
    pub(super) globs: Arc<Globs>,
    /// Whether documentation is copied.
    pub(super) docs: bool,
    /// The credentials.
    pub(super) auth: Option<RawAuth>,
    /// Limits of reading each.
    pub(super) limits: Limits,
    /// Most repositories at a time.
    pub(super) concurrency: usize,
}

/// What a source says about entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It has the entities themselves.
    #[default]
    Base,
    /// It only adds to entities of other sources.
    Enrich,
}

/// A request of an API.
pub(super) struct RequestSpec {
    /// Its name: `$request` in the mapping.
    pub(super) name: Arc<str>,
    /// JSON pointer of it in the source's file.
    pub(super) pointer: String,
    /// The address.
    pub(super) url: Template,
    /// Headers: JSON pointer, name and value.
    pub(super) headers: Vec<(String, String, Template)>,
    /// Query parameters.
    pub(super) query: Vec<(String, Template)>,
    /// How the next page is found.
    pub(super) paging: Paging,
    /// Selects the records of a page.
    pub(super) items: Option<Code>,
    /// The format of a body.
    pub(super) format: Format,
    /// True when the status 404 means that there are no records.
    pub(super) optional: bool,
    /// The earlier request for each of whose records this one is sent.
    pub(super) each: Option<Each>,
    /// Header with the total number of records.
    pub(super) total_header: Option<String>,
    /// The request for a record that is no longer in the list.
    pub(super) vanished: Option<Box<RecordLookupSpec>>,
}

/// The request for the name of the account (`identity`).
pub(super) struct IdentitySpec {
    /// The request.
    pub(super) request: RequestSpec,
    /// JSON that is sent with it.
    pub(super) body: Option<String>,
    /// Selects the name.
    pub(super) name: Code,
    /// Status codes that only an authenticated account gets.
    pub(super) accept: Vec<u16>,
}

/// The request for a record that is no longer in the list (`vanished`).
pub(super) struct RecordLookupSpec {
    /// Selects the key of the record of an entity.
    pub(super) entity: Code,
    /// Selects the key of a record.
    pub(super) record: Code,
    /// The request for one record.
    pub(super) request: RequestSpec,
    /// Makes a page of the response.
    pub(super) answer: Code,
}

/// A request that is sent for every record of an earlier request (`each`).
pub(super) struct Each {
    /// Index of the earlier request.
    pub(super) request: usize,
    /// Selects the records.
    pub(super) condition: Option<Code>,
    /// The key of the record under which the response is put, instead of making own records.
    pub(super) into: Option<String>,
}

/// A jq program in the source's file, with its text.
#[derive(Clone)]
pub(super) struct Code {
    pub(super) program: Program,
    pub(super) text: String,
}

/// How the next page is found.
pub(super) enum Paging {
    /// There is one page.
    None,
    /// By the `Link` header (RFC 8288).
    Link,
    /// By a page number in the query.
    Page {
        /// The query parameter.
        parameter: String,
        /// The number of the first page.
        first: u64,
        /// Selects the number of pages.
        pages: Option<Code>,
    },
    /// By an offset in the query.
    Offset {
        /// The query parameter.
        parameter: String,
        /// The query parameter of the page size, and the size.
        limit: (String, u64),
        /// Selects the number of records.
        total: Option<Code>,
    },
    /// By a cursor or an address in the body.
    Cursor {
        /// Selects the cursor or the address.
        next: Code,
        /// The query parameter of the cursor; without it the body has an address.
        parameter: Option<String>,
    },
    /// By a token in a header, which is sent in the query.
    Continuation {
        /// The header.
        header: String,
        /// The query parameter.
        parameter: String,
    },
}

/// Limits of reading a source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Time limit of one attempt.
    pub(super) timeout: Duration,
    /// Most retries of one request.
    pub(super) retries: u32,
    /// Most pages of all requests.
    pub(super) max_pages: usize,
    /// Most bytes of all bodies.
    pub(super) max_bytes: u64,
    /// Most keys and values of one body of JSON.
    pub(super) max_values: usize,
}
