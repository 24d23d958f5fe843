//! Mappings: a jq program per source that makes any number of entities of each record.
//!
//! A mapping has access to its record, the name of the request (`$request`), the record that the
//! request was sent for (`$parent`), the values of the source (`$values`) and, by `entity_ref`, the
//! entities of earlier sources; nothing else.

mod convert;
mod functions;
mod mapper;
mod names;

use std::{collections::BTreeSet, fmt, sync::Arc};

use jaq_json::Val;
use serde_json::Value;

pub(super) use convert::{ConvertError, from_json, to_json};
pub(super) use functions::functions;
pub(super) use mapper::{Mapper, MapperError, MappingOutput};
pub use names::entity_name;

use super::{
    faults::texts_of,
    index::EntityIndex,
    program::{LONGEST_MESSAGE, Program, ProgramError, shorten},
    watchdog::{ProgramBudget, ProgramLimit},
};
use crate::base::{
    diagnostics::{Diagnostic, Place},
    environment::Redactor,
};

/// Name of the request of a source with a single request.
pub(super) const UNNAMED: &str = "default";

/// The compiled program of a source.
#[derive(Clone)]
pub(super) struct Mapping {
    file: Arc<str>,
    program: Program,
    /// `$values`.
    values: Val,
    /// Redacts messages.
    redactor: Redactor,
}

/// A record: an item of a response, or a document of a file.
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// Its request, and its number among the records of that request.
    pub(super) id: RecordId,
    /// Its content.
    pub(super) value: Val,
    /// The record that its request was sent for.
    pub(super) parent: Option<Val>,
}

/// Identifies a record of a source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct RecordId {
    /// Name of the request, or of the file.
    pub(super) request: Arc<str>,
    /// Its number among the records of the request, from 1.
    pub(super) number: usize,
}

/// Its form in messages: the number, and the request when there are several.
impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {}", self.number)?;
        match &*self.request {
            UNNAMED => Ok(()),
            request => write!(f, " of `{request}`"),
        }
    }
}

/// An entity that a mapping made.
#[derive(Debug)]
pub(super) struct MappedEntity {
    /// The record that it was mapped from.
    pub(super) record: RecordId,
    /// The entity, not yet checked.
    pub(super) document: Value,
}

/// A record whose mapping failed.
#[derive(Debug)]
pub(super) struct RecordFailure {
    /// The record.
    pub(super) record: RecordId,
    /// The diagnostic.
    pub(super) problem: Diagnostic,
    /// The texts of the record; see [`texts_of`].
    pub(super) texts: BTreeSet<String>,
}

impl RecordFailure {
    /// Makes the failure of a record.
    pub(super) fn new(record: &Record, problem: Diagnostic) -> Self {
        let texts = texts_of(&to_json(&record.value).unwrap_or_default());
        Self { record: record.id.clone(), problem, texts }
    }
}

/// Why the mapping of a record failed.
#[derive(Debug)]
pub(super) enum MappingError {
    /// The program failed for this record.
    Problem(Box<RecordFailure>),
    /// The program exceeded a limit, and would for other records, too.
    Limit(Diagnostic),
}

impl Mapping {
    /// Compiles a mapping. Its diagnostics have places in `file`.
    pub(super) fn compile(file: &str, code: &str, values: Val) -> Result<Self, Vec<Diagnostic>> {
        match Program::compile(code, &["$request", "$parent", "$values"]) {
            Ok(program) => {
                Ok(Self { file: file.into(), program, values, redactor: Redactor::default() })
            }
            Err(errors) => Err(errors
                .into_iter()
                .map(|error| {
                    let place = Place::at(file, Some(error.position));
                    Diagnostic::error("invalid-mapping", place, error.message).hint_opt(error.hint)
                })
                .collect()),
        }
    }

    /// Returns the mapping with a redactor for its messages.
    pub(super) fn with_redactor(&self, redactor: &Redactor) -> Self {
        Self { redactor: redactor.clone(), ..self.clone() }
    }

    /// The same mapping with another budget than the default one.
    pub(super) fn with_budget(self, budget: ProgramBudget) -> Self {
        Self { program: self.program.with_budget(budget), ..self }
    }

    /// What the mapping may take for one record.
    pub(super) fn budget(&self) -> ProgramBudget {
        self.program.budget()
    }

    /// Maps one record.
    pub(super) fn run(
        &self,
        record: &Record,
        index: &EntityIndex,
    ) -> Result<Vec<MappedEntity>, MappingError> {
        let parent = record.parent.clone().unwrap_or(Val::Null);
        let request = Val::from((*record.id.request).to_owned());
        let variables = [request, parent, self.values.clone()];
        let values = self.program.run(index, variables, record.value.clone());
        let made = values.and_then(|values| {
            let made = values.iter().map(|value| {
                Ok(MappedEntity { record: record.id.clone(), document: to_json(value)? })
            });
            made.collect::<Result<_, ConvertError>>().map_err(ProgramError::from)
        });
        made.map_err(|broken| {
            if let Some(limit @ (ProgramLimit::Time(_) | ProgramLimit::Memory(_))) = broken.limit {
                return MappingError::Limit(self.over_limit(&record.id, limit));
            }
            let cut = |text: &str, most| shorten(&self.redactor.redact(text), most);
            let excerpt = cut(&record.value.to_string(), 120);
            let problem = self.failed(&record.id, cut(&broken.message, LONGEST_MESSAGE));
            let problem = problem.hint(format!("the record is `{excerpt}`"));
            MappingError::Problem(RecordFailure::new(record, problem).into())
        })
    }

    /// Makes the diagnostic of a record whose mapping failed.
    pub(super) fn failed(&self, record: &RecordId, message: impl fmt::Display) -> Diagnostic {
        self.problem("mapping-failed", record, message)
    }

    /// Makes the diagnostic of a record whose mapping exceeded a limit.
    pub(super) fn over_limit(&self, record: &RecordId, limit: ProgramLimit) -> Diagnostic {
        self.failed(record, limit)
            .hint("look for a `def` that calls itself, `repeat`, `recurse` and large ranges")
    }

    /// Makes a diagnostic about a record or an entity of it.
    pub(super) fn problem(
        &self,
        code: &'static str,
        record: &RecordId,
        message: impl fmt::Display,
    ) -> Diagnostic {
        let place = Place::file(&*self.file);
        Diagnostic::error(code, place, format!("{record}: {message}"))
    }
}
