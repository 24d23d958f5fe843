//! Reads `catalog-data/sources/<name>.yaml`: how a source is read.
//!
//! Environment variables are not looked up here: a source can be checked without any.

use std::{collections::BTreeMap, path::Path, time::Duration};

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{mapping::Mapping, program::Program};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        fs::{self, FileError},
        text::{did_you_mean, nearest},
        yaml::{self, At, YamlError, locate},
    },
    catalog::names,
};

/// Folder of the sources, relative to the portal.
pub const SOURCES: &str = "catalog-data/sources";

/// One source, ready to be read.
pub(super) struct Source {
    /// Its name: the name of its files and of the folder of its fragments.
    pub(super) name: String,
    /// Its YAML file, relative to the portal.
    pub(super) file: String,
    /// The text of that file, to find places in it.
    pub(super) text: String,
    /// What it says about entities.
    pub(super) role: Role,
    /// What is read, in this order.
    pub(super) requests: Vec<RequestSpec>,
    /// Bounds of reading.
    pub(super) limits: Limits,
    /// Bounds of shrinking.
    pub(super) shrink: Shrink,
    /// Makes entities of records.
    pub(super) mapping: Mapping,
}

/// What a source says about entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It has the entities themselves.
    #[default]
    Base,
    /// It only adds to entities of other sources.
    Enrich,
}

/// One read of a source.
pub(super) struct RequestSpec {
    /// Its name; empty for the only one.
    pub(super) name: String,
    /// JSON pointer of it in the source's file.
    pub(super) pointer: String,
    /// Where, with `${NAME}`s.
    pub(super) url: String,
    /// Headers, with `${NAME}`s: JSON pointer, name and value.
    pub(super) headers: Vec<(String, String, String)>,
    /// Query parameters, with `${NAME}`s.
    pub(super) query: BTreeMap<String, String>,
    /// How the next page is found.
    pub(super) paging: Paging,
    /// The program that takes records from a page, and its text.
    pub(super) items: Option<(Program, String)>,
}

/// How the next page is found.
pub(super) enum Paging {
    /// There is one page.
    None,
    /// By the `Link` header.
    Link,
    /// By a number in the query.
    Page {
        /// The query parameter.
        parameter: String,
        /// The number of the first page.
        first: u64,
        /// The program that finds the number of pages, and its text.
        pages: Option<(Program, String)>,
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
}

/// How much of a source may disappear at once: more than the share and more than the number is too
/// much.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shrink {
    /// Share of the entities, from 0 to 1.
    pub share: f64,
    /// Number of entities.
    pub at_least: usize,
}

impl Default for Shrink {
    fn default() -> Self {
        Self {
            share: 0.2,
            at_least: 5,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    #[serde(rename = "kind")]
    _kind: RawKind,
    #[serde(default)]
    role: Role,
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Text>,
    query: Option<BTreeMap<String, Text>>,
    paging: Option<RawPaging>,
    items: Option<String>,
    timeout: Option<Span>,
    retries: Option<u32>,
    max_pages: Option<usize>,
    max_bytes: Option<u64>,
    #[serde(default)]
    shrink: Shrink,
    requests: Option<Vec<RawRequest>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawKind {
    Http,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRequest {
    name: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, Text>,
    query: Option<BTreeMap<String, Text>>,
    paging: Option<RawPaging>,
    items: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPaging {
    #[serde(rename = "type")]
    kind: RawPagingKind,
    parameter: Option<String>,
    first: Option<u64>,
    pages: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum RawPagingKind {
    None,
    Page,
    Link,
}

/// A text, or a number or truth value that stands for its text.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self(text)),
            value @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_)) => {
                Ok(Self(value.to_string()))
            }
            _ => Err(D::Error::custom("expected a text or a number")),
        }
    }
}

/// A time such as `500ms`, `30s` or `2m`.
struct Span(Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let number: Option<u64> = text[..digits].parse().ok();
        let time = match (number, text[digits..].trim()) {
            (Some(number), "ms") => Duration::from_millis(number),
            (Some(number), "s") => Duration::from_secs(number),
            (Some(number), "m") => Duration::from_secs(60 * number),
            _ => {
                let message = format!("`{text}` is not a time such as `500ms`, `30s` or `2m`");
                return Err(D::Error::custom(message));
            }
        };
        Ok(Self(time))
    }
}

/// Reads a source with its mapping. What is wrong with its files is a list of diagnostics.
///
/// # Errors
/// When a file is there and cannot be read.
pub(super) fn load(root: &Path, name: &str) -> Result<Result<Source, Vec<Diagnostic>>, FileError> {
    let file = format!("{SOURCES}/{name}.yaml");
    if !names::is_object_name(name) || matches!(name, "manual" | "scaffolds") {
        let message = format!("`{name}` cannot be the name of a source");
        let problem = Diagnostic::error("invalid-source-name", Place::file(file), message)
            .hint("use letters, digits and, between them, `-`, `_` or `.`");
        return Ok(Err(vec![problem]));
    }
    let Some(text) = fs::read_text_if_exists(&root.join(&file))? else {
        let known = listed(root)?;
        let problem = Diagnostic::error("missing-source", Place::file(file), "the file is missing")
            .hint_opt(
                nearest(name, known.iter().map(String::as_str))
                    .map(|near| format!("did you mean the source `{near}`?")),
            );
        return Ok(Err(vec![problem]));
    };
    let program = format!("{SOURCES}/{name}.jq");
    let mapping = match fs::read_text_if_exists(&root.join(&program))? {
        Some(code) => Mapping::compile(&program, &code),
        None => Err(vec![
            Diagnostic::error(
                "missing-mapping",
                Place::file(program),
                "the file is missing",
            )
            .hint("write the jq program that makes entities of one record"),
        ]),
    };
    let raw = yaml::from_str::<RawSource>(&text).map_err(|e| vec![explain(&file, e)]);
    Ok(match (raw, mapping) {
        (Ok(raw), Ok(mapping)) => resolve(name, file, text, raw, mapping),
        (raw, mapping) => {
            let problems = [raw.err(), mapping.err()];
            Err(problems.into_iter().flatten().flatten().collect())
        }
    })
}

/// Lists the sources that have a file, sorted.
pub fn listed(root: &Path) -> Result<Vec<String>, FileError> {
    let files = fs::walk_files(&root.join(SOURCES))?;
    Ok(files
        .iter()
        .filter_map(|file| file.as_str().strip_suffix(".yaml"))
        .map(str::to_owned)
        .collect())
}

/// Turns a YAML error into a diagnostic; a word that was not expected gets a suggestion.
fn explain(file: &str, error: YamlError) -> Diagnostic {
    let words: Vec<&str> = error.message.split('`').skip(1).step_by(2).collect();
    let hint = match words.as_slice() {
        [word, known @ ..] if error.message.contains("unknown ") => {
            did_you_mean(word, known.iter().copied())
        }
        _ => None,
    };
    Diagnostic::error(
        "invalid-source",
        Place::at(file, error.position),
        error.message,
    )
    .hint_opt(hint)
}

/// Collects what is wrong with one file, placed by JSON pointer.
struct Problems<'t> {
    file: &'t str,
    text: &'t str,
    found: Vec<Diagnostic>,
}

impl Problems<'_> {
    fn add(&mut self, pointer: &str, message: impl Into<String>) {
        let place = Place::at(self.file, locate(self.text, 0, pointer, At::Value));
        self.found
            .push(Diagnostic::error("invalid-source", place, message));
    }

    fn program(&mut self, pointer: &str, code: String) -> Option<(Program, String)> {
        match Program::compile(&code, &[]) {
            Ok(program) => return Some((program, code)),
            Err(errors) => {
                for error in errors {
                    self.add(pointer, format!("in `{code}`: {}", error.message));
                }
            }
        }
        None
    }
}

fn resolve(
    name: &str,
    file: String,
    text: String,
    raw: RawSource,
    mapping: Mapping,
) -> Result<Source, Vec<Diagnostic>> {
    let mut problems = Problems {
        file: &file,
        text: &text,
        found: Vec::new(),
    };
    if !(0.0..=1.0).contains(&raw.shrink.share) {
        problems.add("/shrink/share", "a share is a number from 0 to 1");
    }
    let limits = Limits {
        timeout: raw
            .timeout
            .as_ref()
            .map_or(Duration::from_secs(30), |span| span.0),
        retries: raw.retries.unwrap_or(4),
        max_pages: raw.max_pages.unwrap_or(10_000),
        max_bytes: raw.max_bytes.unwrap_or(500_000_000),
    };
    let (role, shrink) = (raw.role, raw.shrink);
    let requests = requests(raw, &mut problems);
    if !problems.found.is_empty() {
        return Err(problems.found);
    }
    Ok(Source {
        name: name.to_owned(),
        file,
        text,
        role,
        requests,
        limits,
        shrink,
        mapping,
    })
}

/// Takes the requests from either form: the only one at the top, or the list.
fn requests(raw: RawSource, problems: &mut Problems<'_>) -> Vec<RequestSpec> {
    let (raws, bases) = match (raw.url, raw.requests) {
        (Some(url), None) => {
            let request = RawRequest {
                name: String::new(),
                url,
                headers: BTreeMap::new(),
                query: raw.query,
                paging: raw.paging,
                items: raw.items,
            };
            (vec![request], vec![String::new()])
        }
        (None, Some(list)) if !list.is_empty() => {
            let outside = [
                ("query", raw.query.is_some()),
                ("paging", raw.paging.is_some()),
                ("items", raw.items.is_some()),
            ];
            for (key, _) in outside.into_iter().filter(|(_, is_there)| *is_there) {
                problems.add(
                    &format!("/{key}"),
                    format!("`{key}` belongs into each request"),
                );
            }
            let bases = (0..list.len()).map(|at| format!("/requests/{at}"));
            let bases = bases.collect();
            (list, bases)
        }
        _ => {
            problems.add("", "a source has either `url` or `requests`");
            return Vec::new();
        }
    };
    let mut made: Vec<RequestSpec> = Vec::new();
    for (request, pointer) in raws.into_iter().zip(bases) {
        if made.iter().any(|other| other.name == request.name) {
            let message = format!("there are two requests named `{}`", request.name);
            problems.add(&format!("{pointer}/name"), message);
        }
        let mut headers: Vec<_> = raw
            .headers
            .iter()
            .filter(|(name, _)| !request.headers.contains_key(*name))
            .map(|(name, value)| (format!("/headers/{name}"), name.clone(), value.0.clone()))
            .collect();
        headers.extend(
            request
                .headers
                .into_iter()
                .map(|(name, value)| (format!("{pointer}/headers/{name}"), name, value.0)),
        );
        made.push(RequestSpec {
            name: request.name,
            url: request.url,
            headers,
            query: request
                .query
                .unwrap_or_default()
                .into_iter()
                .map(|(key, value)| (key, value.0))
                .collect(),
            paging: paging(request.paging, &pointer, problems),
            items: request
                .items
                .and_then(|code| problems.program(&format!("{pointer}/items"), code)),
            pointer,
        });
    }
    made
}

fn paging(raw: Option<RawPaging>, base: &str, problems: &mut Problems<'_>) -> Paging {
    let Some(raw) = raw else {
        return Paging::None;
    };
    let pointer = format!("{base}/paging");
    if raw.kind != RawPagingKind::Page {
        let given = [
            ("parameter", raw.parameter.is_some()),
            ("first", raw.first.is_some()),
            ("pages", raw.pages.is_some()),
        ];
        for (key, _) in given.into_iter().filter(|(_, is_there)| *is_there) {
            problems.add(
                &format!("{pointer}/{key}"),
                format!("`{key}` is only for paging of type `page`"),
            );
        }
    }
    match raw.kind {
        RawPagingKind::None => Paging::None,
        RawPagingKind::Link => Paging::Link,
        RawPagingKind::Page => Paging::Page {
            parameter: raw.parameter.unwrap_or_else(|| "page".into()),
            first: raw.first.unwrap_or(1),
            pages: raw
                .pages
                .and_then(|code| problems.program(&format!("{pointer}/pages"), code)),
        },
    }
}
