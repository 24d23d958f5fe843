//! From the written file of a source to its meaning: defaults, bounds, compiled programs.

use std::{collections::BTreeMap, time::Duration};

use super::{
    mapping::{Mapping, UNNAMED},
    program::Program,
    raw::{RawPaging, RawPagingKind, RawRequest, RawSource, Text},
    source::{Limits, Paging, RequestSpec, Source},
};
use crate::base::{
    diagnostics::{Diagnostic, Place},
    yaml::{At, locate},
};

/// Makes a source of its written form; reports everything that makes no sense.
pub(super) fn parse(
    name: &str,
    file: String,
    text: String,
    raw: RawSource,
    mapping: Mapping,
) -> Result<Source, Vec<Diagnostic>> {
    let mut problems = Problems { file: &file, text: &text, found: Vec::new() };
    for (pointer, message) in raw.shrink.problems() {
        problems.add(&format!("/shrink{pointer}"), message);
    }
    let (role, shrink) = (raw.role, raw.shrink.clone());
    let limits = limits(&raw, &mut problems);
    let requests = requests(raw, &mut problems);
    if !problems.found.is_empty() {
        return Err(problems.found);
    }
    Ok(Source { name: name.to_owned(), file, text, role, requests, limits, shrink, mapping })
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
        self.found.push(Diagnostic::error("invalid-source", place, message));
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

fn limits(raw: &RawSource, problems: &mut Problems<'_>) -> Limits {
    let timeout = raw.timeout.as_deref().unwrap_or("30s");
    if time(timeout).is_none() {
        let message = format!("`{timeout}` is not a time such as `500ms`, `30s` or `2m`");
        problems.add("/timeout", message);
    }
    Limits {
        timeout: time(timeout).unwrap_or_default(),
        retries: raw.retries.unwrap_or(4),
        max_pages: raw.max_pages.unwrap_or(10_000),
        max_bytes: raw.max_bytes.unwrap_or(500_000_000),
    }
}

/// Reads a time such as `500ms`, `30s` or `2m`.
fn time(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    match &text[digits..] {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        _ => None,
    }
}

/// Takes the requests from either form: the only one at the top, or the list. Headers at the top are
/// sent with each.
fn requests(raw: RawSource, problems: &mut Problems<'_>) -> Vec<RequestSpec> {
    let (headers, pages) = (raw.headers, (raw.query, raw.paging, raw.items));
    let written = match (raw.url, raw.requests, pages) {
        (Some(url), None, (query, paging, items)) => {
            let only = RawRequest {
                name: UNNAMED.to_owned(),
                url,
                headers: BTreeMap::new(),
                query,
                paging,
                items,
            };
            vec![(String::new(), only)]
        }
        (None, Some(list), (None, None, None)) if !list.is_empty() => {
            let pointers = (0..list.len()).map(|at| format!("/requests/{at}"));
            pointers.zip(list).collect()
        }
        (None, Some(list), _) if !list.is_empty() => {
            let message = "`query`, `paging` and `items` belong into each of the `requests`";
            problems.add("/requests", message);
            return Vec::new();
        }
        _ => {
            problems.add("", "a source has either `url` or `requests`");
            return Vec::new();
        }
    };
    let mut made: Vec<RequestSpec> = Vec::new();
    for (pointer, request) in written {
        if made.iter().any(|other| other.name == request.name) {
            let message = format!("there are two requests named `{}`", request.name);
            problems.add(&format!("{pointer}/name"), message);
        }
        made.push(request_spec(pointer, request, &headers, problems));
    }
    made
}

fn request_spec(
    pointer: String,
    raw: RawRequest,
    shared: &BTreeMap<String, Text>,
    problems: &mut Problems<'_>,
) -> RequestSpec {
    let header = |base: &str, name: &str, value: &Text| {
        (format!("{base}/headers/{name}"), name.to_owned(), value.0.clone())
    };
    let shared = shared.iter().map(|(name, value)| header("", name, value));
    let own = raw.headers.iter().map(|(name, value)| header(&pointer, name, value));
    let query = raw.query.unwrap_or_default().into_iter();
    RequestSpec {
        name: raw.name,
        url: raw.url,
        headers: shared.chain(own).collect(),
        query: query.map(|(key, value)| (key, value.0)).collect(),
        paging: paging(raw.paging, &pointer, problems),
        items: raw.items.and_then(|code| problems.program(&format!("{pointer}/items"), code)),
        pointer,
    }
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
            pages: raw.pages.and_then(|code| problems.program(&format!("{pointer}/pages"), code)),
        },
    }
}
