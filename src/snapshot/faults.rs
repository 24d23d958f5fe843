//! Faults: documents and records that cannot be read, mapped or validated.
//!
//! A fault concerns only its document; the others are used. With too many faults the whole source fails
//! ([`too_many_faults`]). The module `stale` decides which fragments of the last snapshot are kept
//! because of a fault.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    mapping::entity_name,
    report::{DocumentFailure, Failure, FailureKind},
    source::Source,
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Level, Place},
        text::count,
        yaml::{EntryPart, YamlText},
    },
    catalog::EntityRef,
};

/// A document that failed, fully or in part.
#[derive(Debug)]
pub(super) struct Fault {
    /// The report about it; its entities are added later.
    pub(super) failure: DocumentFailure,
    /// What the document may have defined, whose last good fragments are kept.
    pub(super) subject: Subject,
    /// Who has to correct it.
    pub(super) kind: FailureKind,
    /// False when only a part of the document failed, or when another fault counts the document.
    pub(super) is_counted: bool,
}

/// What a document that failed may have defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// One entity.
    Entity(EntityRef),
    /// All entities of a file.
    File(FileName),
    /// All entities of the repository with this address.
    Repository(Arc<str>),
    /// The entities of a record with these texts; see [`texts_of`].
    Record(BTreeSet<String>),
    /// Nothing that existed before.
    Nothing,
}

/// A file of a source: the address of its repository, and its path there. Files of the portal have
/// [`PORTAL`] as their repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileName {
    pub(super) repository: Arc<str>,
    pub(super) path: Arc<str>,
}

/// The texts and numbers of a record, in the form of entity names. An entity that was mapped from the
/// record probably has one of them in its name, title or annotations.
pub(super) fn texts_of(record: &Value) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let mut left = vec![record];
    while let Some(value) = left.pop() {
        match value {
            Value::String(text) if !text.trim().is_empty() => drop(texts.insert(entity_name(text))),
            Value::Number(number) => drop(texts.insert(entity_name(&number.to_string()))),
            Value::Array(items) => left.extend(items),
            Value::Object(map) => left.extend(map.values()),
            _ => {}
        }
    }
    texts
}

/// The repository of files of the portal itself.
pub(super) const PORTAL: &str = ".";

/// The place of a document in a file.
#[derive(Debug, Clone)]
pub(super) struct DocumentPlace {
    /// Its file.
    pub(super) file: FileName,
    /// The text of the file, for positions in it.
    pub(super) text: Arc<YamlText>,
    /// Index of the document in the file.
    pub(super) number: usize,
}

/// The places of records that are documents of files, by the number of the record.
pub(super) type DocumentPlaces = BTreeMap<usize, DocumentPlace>;

impl FileName {
    /// The address of the repository, unless that is the portal.
    pub(super) fn repository(&self) -> Option<&str> {
        Some(&*self.repository).filter(|repository| *repository != PORTAL)
    }

    /// Its form in messages: `data/a.yaml`, or `https://host/repository.git:a.yaml`.
    pub(super) fn shown(&self) -> String {
        match self.repository() {
            Some(repository) => format!("{repository}:{}", self.path),
            None => self.path.to_string(),
        }
    }
}

impl DocumentPlace {
    /// The place of the value at a JSON pointer of the document.
    pub(super) fn at(&self, pointer: &str) -> Place {
        Place::at(self.file.shown(), self.text.locate(self.number, pointer, EntryPart::Value))
    }
}

impl Fault {
    /// Makes a fault of a diagnostic about a document.
    pub(super) fn new(problem: Diagnostic, subject: Subject) -> Self {
        let repository = match &subject {
            Subject::File(file) => file.repository().map(str::to_owned),
            Subject::Repository(address) => Some(address.to_string()),
            _ => None,
        };
        let Diagnostic { code, place, message: reason, hint, .. } = problem;
        let failure =
            DocumentFailure { place, repository, code, reason, hint, entities: Vec::new() };
        Self { failure, subject, kind: FailureKind::Data, is_counted: true }
    }

    /// Sets the repository of the document.
    pub(super) fn in_repository(mut self, repository: Option<&str>) -> Self {
        self.failure.repository = repository.map(str::to_owned);
        self
    }

    /// Marks that the fault is not counted: only a part of the document failed, or another fault counts
    /// it.
    pub(super) fn uncounted(self) -> Self {
        Self { is_counted: false, ..self }
    }

    /// Marks that a server, not the document, is the reason.
    pub(super) fn outside(self) -> Self {
        Self { kind: FailureKind::Outside, ..self }
    }

    /// Redacts the report.
    pub(super) fn redacted(mut self, redact: impl Fn(&str) -> String) -> Self {
        self.failure.reason = redact(&self.failure.reason);
        self.failure.place.file = redact(&self.failure.place.file);
        self.failure.repository = self.failure.repository.map(|address| redact(&address));
        self.failure.hint = self.failure.hint.map(|hint| redact(&hint));
        self
    }

    fn error(&self) -> Diagnostic {
        Diagnostic { level: Level::Error, ..self.failure.warning() }
    }
}

/// What a source does with documents that cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum OnError {
    /// Takes the others.
    #[default]
    Continue,
    /// Takes nothing.
    Fail,
}

/// How many documents of a source may fail while the others are taken. From this number on, and above
/// this share, nothing is taken.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MaxFailures {
    /// Share of the documents, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(super) share: f64,
    /// Number of documents from which on the share counts.
    pub(super) at_least: usize,
}

impl Default for MaxFailures {
    fn default() -> Self {
        Self { share: 0.2, at_least: 5 }
    }
}

impl MaxFailures {
    /// True when too many of all documents failed.
    pub(super) fn are_exceeded(self, failed: usize, all: usize) -> bool {
        failed >= self.at_least && failed as f64 > self.share * all as f64
    }
}

/// Returns the failure of a source that has too many faults. `documents` is the number of all its
/// documents, and `is_empty` is true when no entity is valid.
pub(super) fn too_many_faults(
    source: &Source,
    faults: &[Fault],
    documents: usize,
    is_empty: bool,
) -> Option<Failure> {
    let failed = faults.iter().filter(|fault| fault.is_counted).count();
    let errors = || faults.iter().map(Fault::error).collect::<Vec<_>>();
    if faults.is_empty() {
        return None;
    }
    if source.on_error == OnError::Fail || is_empty && failed > 0 {
        let is_outside = faults.iter().all(|fault| fault.kind == FailureKind::Outside);
        let kind = if is_outside { FailureKind::Outside } else { FailureKind::Data };
        return Some(Failure::new(kind, errors()));
    }
    let MaxFailures { share, at_least } = source.max_failures;
    let all = documents.max(failed);
    if !source.max_failures.are_exceeded(failed, all) {
        return None;
    }
    let message = format!(
        "{failed} of {} failed, more than {:.0} % and at least {at_least}",
        count(all, "document", "documents"),
        share * 100.0
    );
    let place = source.file.place("/max_failures", EntryPart::Key);
    let problem = Diagnostic::error("too-many-failures", place, message)
        .hint("correct them, or raise `max_failures` of the source");
    Some(Failure::new(FailureKind::Guard, vec![problem]))
}
