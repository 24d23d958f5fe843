//! Tries a source out: reads a few records and maps them, without writing.

use std::sync::Arc;

use jaq_json::Val;
use serde::Serialize;
use serde_json::Value;

use super::{
    DocumentFailure, Failure, FailureKind, Options, Progress, SnapshotError,
    commit_snapshot::share,
    entities::examine,
    faults::DocumentPlaces,
    index::EntityIndex,
    index_files, load,
    mapping::{Mapping, MappingError, Record, RecordFailure, to_json},
    program::BROKE_OFF,
    read,
    secrets::{self, Secrets},
    source::Source,
    watchdog,
};
use crate::base::{
    diagnostics::Diagnostic,
    environment::{Redactor, redact_json},
    text::did_you_mean,
};

/// The records to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordChoice {
    /// The first ones of each request.
    First(usize),
    /// The one with this number in each request, from 1.
    Number(usize),
}

/// The result of a trial.
#[derive(Debug, Serialize)]
pub struct Trial {
    /// A description of the account, when the source has `identity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Warnings about the source.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Diagnostic>,
    /// The records, in the order in which they were read.
    pub records: Vec<RecordTrial>,
    /// Documents that cannot be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<DocumentFailure>,
}

/// A record, and the entities that the mapping made of it.
#[derive(Debug, Serialize)]
pub struct RecordTrial {
    /// Name of its request.
    pub request: String,
    /// Its number among the records of that request, from 1.
    pub number: usize,
    /// The record.
    pub record: Value,
    /// The record that the request was sent for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Value>,
    /// The entities, in the canonical form of their files.
    pub entities: Vec<Value>,
    /// Diagnostics of the entities and of the mapping.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads records of one source and maps them. Entities of earlier sources are those of the last
/// snapshot.
///
/// # Errors
/// The outer error: the name is not that of a source, or files cannot be read. The inner error: the
/// source cannot be read.
pub async fn try_source(
    options: &Options<'_>,
    name: &str,
    pick: RecordChoice,
    progress: &dyn Progress,
) -> Result<Result<Trial, Failure>, SnapshotError> {
    let Some(place) = options.sources.iter().position(|source| source == name) else {
        let hint = did_you_mean(name, options.sources.iter().map(String::as_str));
        return Err(SnapshotError::UnknownSource { name: name.to_owned(), hint });
    };
    let source = match load::load(options.root, name)? {
        Ok(source) => source,
        Err(problems) => return Ok(Err(Failure::new(FailureKind::Data, problems))),
    };
    let secrets = Secrets::of(&source, options.environment);
    let redactor = secrets.messages.clone();
    let mut index = EntityIndex::default();
    {
        let _lock = share(options.root, progress)?;
        for earlier in &options.sources[..place] {
            index_files(options.root, earlier, &mut index)?;
        }
    }
    let (RecordChoice::First(limit) | RecordChoice::Number(limit)) = pick;
    let mut records = Vec::new();
    let mut keep = |more: Vec<Record>| records.extend(more);
    let redact = |text: &str| secrets.requests.redact(text);
    let read = read(&source, options, (progress, &secrets), Some(limit), &mut keep).await;
    let read_report = match read {
        Ok(read_report) => read_report,
        Err(failure) => return Ok(Err(failure.redacted(redact))),
    };
    let faults = read_report.faults.into_iter().map(|fault| fault.redacted(redact));
    let failures = faults.map(|fault| fault.failure).collect();
    let identity = read_report.identity.map(|identity| redact(&identity));
    let warnings = secrets::redacted(read_report.warnings, redact);
    if let RecordChoice::Number(number) = pick {
        records.retain(|record| record.id.number == number);
    }
    let mapper = TrialMapper {
        mapping: source.mapping.with_redactor(&redactor).with_budget(options.program_budget),
        source,
        redactor,
        index: index.into(),
        places: read_report.places,
    };
    let tried: Result<_, _> = records.into_iter().map(|record| mapper.one(record)).collect();
    Ok(tried.map(|records| Trial { identity, warnings, records, failures }))
}

/// Maps one record at a time.
struct TrialMapper {
    source: Source,
    mapping: Mapping,
    redactor: Redactor,
    index: Arc<EntityIndex>,
    places: DocumentPlaces,
}

impl TrialMapper {
    fn one(&self, record: Record) -> Result<RecordTrial, Failure> {
        let (mapping, index, input) = (self.mapping.clone(), self.index.clone(), record.clone());
        let made = match watchdog::within(mapping.budget(), move || mapping.run(&input, &index)) {
            Ok(Some(made)) => made,
            Ok(None) => {
                let problem = self.mapping.failed(&record.id, BROKE_OFF);
                Err(MappingError::Problem(RecordFailure::new(&record, problem).into()))
            }
            Err(limit) => {
                let problem = self.mapping.over_limit(&record.id, limit);
                return Err(Failure::new(FailureKind::Data, vec![problem]).fatal());
            }
        };
        let (entities, diagnostics) = match made {
            Ok(made) => examine(&self.source, made, &self.places),
            Err(MappingError::Problem(failed)) => (Vec::new(), vec![failed.problem]),
            // Other records would exceed the limit, too.
            Err(MappingError::Limit(problem)) => {
                return Err(Failure::new(FailureKind::Data, vec![problem]));
            }
        };
        let redact = |text: &str| self.redactor.redact(text);
        let shown = |value: &Val| {
            let json = to_json(value).unwrap_or_else(|error| Value::String(error.to_string()));
            redact_json(json, &redact)
        };
        Ok(RecordTrial {
            request: record.id.request.to_string(),
            number: record.id.number,
            parent: record.parent.as_ref().map(shown),
            record: shown(&record.value),
            entities: entities.into_iter().map(|entity| redact_json(entity, &redact)).collect(),
            diagnostics: secrets::redacted(diagnostics, redact),
        })
    }
}
