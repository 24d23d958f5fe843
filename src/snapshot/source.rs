//! Reads `catalog-data/sources/<name>.yaml`: how a source is read.
//!
//! Environment variables are not looked up here: a source can be checked without any.

use std::{collections::BTreeMap, path::Path, time::Duration};

use serde::{Deserialize, Serialize};

use super::{mapping::Mapping, parse::parse, program::Program, raw::RawSource};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        fs::{self, FileError},
        text::{did_you_mean, nearest},
        yaml::{self, YamlError},
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
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
    /// Its name: `$request` in the mapping.
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
        Self { share: 0.2, at_least: 5 }
    }
}

/// Reads a source with its mapping. What is wrong with its files is a list of diagnostics.
///
/// # Errors
/// When a file is there and cannot be read.
pub(super) fn load(root: &Path, name: &str) -> Result<Result<Source, Vec<Diagnostic>>, FileError> {
    let file = format!("{SOURCES}/{name}.yaml");
    if !is_source_name(name) {
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
            Diagnostic::error("missing-mapping", Place::file(program), "the file is missing")
                .hint("write the jq program that makes entities of one record"),
        ]),
    };
    let raw = yaml::from_str::<RawSource>(&text).map_err(|e| vec![explain(&file, e)]);
    Ok(match (raw, mapping) {
        (Ok(raw), Ok(mapping)) => parse(name, file, text, raw, mapping),
        (raw, mapping) => {
            let problems = [raw.err(), mapping.err()];
            Err(problems.into_iter().flatten().flatten().collect())
        }
    })
}

/// True when a source can have this name: its folder must not be one that people write into.
pub fn is_source_name(name: &str) -> bool {
    names::is_object_name(name) && !matches!(name, "manual" | "scaffolds")
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
    Diagnostic::error("invalid-source", Place::at(file, error.position), error.message)
        .hint_opt(hint)
}
