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

/// One source, ready to be read.
pub(super) struct Source {
    /// Its name: the name of its files and of the folder of its fragments.
    pub(super) name: String,
    /// Its YAML file.
    pub(super) file: SourceFile,
    /// What it says about entities.
    pub(super) role: Role,
    /// Where it reads.
    pub(super) kind: SourceKind,
    /// Bounds of shrinking.
    pub(super) shrink: Shrink,
    /// Bounds of failing documents.
    pub(super) max_failures: MaxFailures,
    /// What becomes of the source when a document fails.
    pub(super) on_error: OnError,
    /// Makes entities of records.
    pub(super) mapping: Mapping,
}

/// The file of a source, to find places in it.
pub(super) struct SourceFile {
    /// Its path, relative to the portal.
    pub(super) path: String,
    /// Its text.
    pub(super) text: YamlText,
    /// What it says.
    pub(super) document: serde_json::Value,
    /// What its preset makes of values: JSON pointer of a key, and the name of the value in it.
    pub(super) preset_keys: Vec<(String, String)>,
}

impl SourceFile {
    /// The place of a key, or of the value that the preset makes it of: a person looks for what they
    /// wrote.
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

/// Where a source reads.
pub(super) enum SourceKind {
    /// An API.
    Http(Box<HttpSource>),
    /// Files below a folder of the portal.
    Files(FileSource),
    /// Files of other repositories.
    Git(GitSource),
}

/// How an API is read. Texts may have `${NAME}`s.
pub(super) struct HttpSource {
    /// What is read, in this order.
    pub(super) requests: Vec<RequestSpec>,
    /// Who asks.
    pub(super) auth: Option<RawAuth>,
    /// How the API says who that is.
    pub(super) identity: Option<IdentitySpec>,
    /// Certificates.
    pub(super) tls: Option<RawTls>,
    /// Hosts that an answer may lead to.
    pub(super) hosts: Vec<String>,
    /// How fast.
    pub(super) pace: Option<Pace>,
    /// How many requests at a time.
    pub(super) concurrency: usize,
    /// Bounds of reading.
    pub(super) limits: Limits,
}

/// Files of the portal that hold entities.
pub(super) struct FileSource {
    /// Folder, relative to the portal; the portal itself when missing.
    pub(super) path: Option<RelativePath>,
    /// Which files of it.
    pub(super) globs: Arc<Globs>,
    /// Whether documentation is taken along.
    pub(super) docs: bool,
}

/// Files of other repositories that hold entities.
pub(super) struct GitSource {
    /// Address, with `${NAME}`s, and branch or tag.
    pub(super) repositories: Vec<(String, Option<String>)>,
    /// Which files of them.
    pub(super) globs: Arc<Globs>,
    /// Whether documentation is taken along.
    pub(super) docs: bool,
    /// Who reads.
    pub(super) auth: Option<RawAuth>,
    /// Bounds of reading each.
    pub(super) limits: Limits,
    /// How many repositories at a time.
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

/// One read of an API.
pub(super) struct RequestSpec {
    /// Its name: `$request` in the mapping.
    pub(super) name: Arc<str>,
    /// JSON pointer of it in the source's file.
    pub(super) pointer: String,
    /// Where.
    pub(super) url: Template,
    /// Headers: JSON pointer, name and value.
    pub(super) headers: Vec<(String, String, Template)>,
    /// Query parameters.
    pub(super) query: Vec<(String, Template)>,
    /// How the next page is found.
    pub(super) paging: Paging,
    /// Takes records from a page.
    pub(super) items: Option<Code>,
    /// What a body is.
    pub(super) format: Format,
    /// True when a 404 is an answer without records.
    pub(super) optional: bool,
    /// Of whose records there is one read each.
    pub(super) each: Option<Each>,
    /// Header with the number of records of all pages.
    pub(super) total_header: Option<String>,
    /// How records that are not in the list any more are asked for.
    pub(super) vanished: Option<Box<VanishedSpec>>,
}

/// How an API says who asks.
pub(super) struct IdentitySpec {
    /// Where, and with which headers.
    pub(super) request: RequestSpec,
    /// JSON to send there.
    pub(super) body: Option<String>,
    /// Finds the name.
    pub(super) name: Code,
    /// Status codes that only somebody known gets.
    pub(super) accept: Vec<u16>,
}

/// How a record that is not in the list any more is asked for.
pub(super) struct VanishedSpec {
    /// Finds what identifies the record of an entity.
    pub(super) entity: Code,
    /// Finds what identifies a record.
    pub(super) record: Code,
    /// Where one record is.
    pub(super) request: RequestSpec,
    /// Makes a page of the answer.
    pub(super) answer: Code,
}

/// One read for every record of an earlier request.
pub(super) struct Each {
    /// That request, by its place in the list.
    pub(super) request: usize,
    /// For which records.
    pub(super) condition: Option<Code>,
    /// The key of that record under which the answer is put, instead of making records of its own.
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
    /// By a number in the query.
    Page {
        /// The query parameter.
        parameter: String,
        /// The number of the first page.
        first: u64,
        /// Finds the number of pages.
        pages: Option<Code>,
    },
    /// By the number of records before it.
    Offset {
        /// The query parameter.
        parameter: String,
        /// Records of a page, and the query parameter that asks for so many.
        limit: (String, u64),
        /// Finds the number of records.
        total: Option<Code>,
    },
    /// By what the body says.
    Cursor {
        /// Finds the cursor, or the address.
        next: Code,
        /// The query parameter of the cursor; without it the body says an address.
        parameter: Option<String>,
    },
    /// By a header that is given back in the query.
    Continuation {
        /// The header.
        header: String,
        /// The query parameter.
        parameter: String,
    },
}

/// Bounds of reading a source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Time of one attempt.
    pub(super) timeout: Duration,
    /// Repetitions of one request.
    pub(super) retries: u32,
    /// Pages of all requests.
    pub(super) max_pages: usize,
    /// Bytes of all bodies.
    pub(super) max_bytes: u64,
    /// Keys and values of one body of JSON.
    pub(super) max_values: usize,
}
