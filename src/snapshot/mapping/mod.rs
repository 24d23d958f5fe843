//! Makes entities of records: one jq program per source, one record in, any number of entities out.
//!
//! A mapping sees its record, the name of the request that brought it (`$request`), the record that
//! the request was sent for (`$parent`), the values of the source (`$values`) and, through `entity_ref`,
//! the entities of earlier sources; nothing else.

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
pub(super) use names::entity_name;

use super::{
    faults::texts_of,
    index::EntityIndex,
    program::{LONGEST_MESSAGE, Program, ProgramError, shorten},
    watchdog::ProgramLimit,
};
use crate::base::{
    diagnostics::{Diagnostic, Place},
    environment::Redactor,
};

/// Name of the request of a source that has only one.
pub(super) const UNNAMED: &str = "default";

/// The compiled program of a source.
#[derive(Clone)]
pub(super) struct Mapping {
    file: Arc<str>,
    program: Program,
    /// `$values`.
    values: Val,
    /// Knows what no message quotes.
    redactor: Redactor,
}

/// One record of an answer.
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// Its request, and its number among the records of that request.
    pub(super) id: RecordId,
    /// What was read.
    pub(super) value: Val,
    /// The record that its request was sent for.
    pub(super) parent: Option<Val>,
}

/// Which record of a source it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct RecordId {
    /// Name of the request.
    pub(super) request: Arc<str>,
    /// Its number among the records of the request, from 1.
    pub(super) number: usize,
}

/// What people call it: its number, and the request when there are several.
impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {}", self.number)?;
        match &*self.request {
            UNNAMED => Ok(()),
            request => write!(f, " of `{request}`"),
        }
    }
}

/// What a mapping made of a record.
#[derive(Debug)]
pub(super) struct MappedEntity {
    /// Of which record.
    pub(super) record: RecordId,
    /// The entity, not yet checked.
    pub(super) document: Value,
}

/// A record of which nothing could be made.
#[derive(Debug)]
pub(super) struct RecordFailure {
    /// Which one.
    pub(super) record: RecordId,
    /// Why.
    pub(super) problem: Diagnostic,
    /// What stands in it; see [`texts_of`].
    pub(super) texts: BTreeSet<String>,
}

impl RecordFailure {
    /// Says why nothing could be made of a record.
    pub(super) fn new(record: &Record, problem: Diagnostic) -> Self {
        let texts = texts_of(&to_json(&record.value).unwrap_or_default());
        Self { record: record.id.clone(), problem, texts }
    }
}

/// Why nothing was made of a record.
#[derive(Debug)]
pub(super) enum MappingError {
    /// Something is wrong with it.
    Problem(Box<RecordFailure>),
    /// The program does not end, and would not end for others.
    Limit(Diagnostic),
}

impl Mapping {
    /// Compiles a mapping; what is wrong with it is placed in `file`.
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

    /// The same, with messages that quote no secret.
    pub(super) fn with_redactor(&self, redactor: &Redactor) -> Self {
        Self { redactor: redactor.clone(), ..self.clone() }
    }

    /// Makes the entities of one record.
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
            if let Some(limit @ (ProgramLimit::Time | ProgramLimit::Memory)) = broken.limit {
                return MappingError::Limit(self.over_limit(&record.id, limit));
            }
            let cut = |text: &str, most| shorten(&self.redactor.redact(text), most);
            let excerpt = cut(&record.value.to_string(), 120);
            let problem = self.failed(&record.id, cut(&broken.message, LONGEST_MESSAGE));
            let problem = problem.hint(format!("the record is `{excerpt}`"));
            MappingError::Problem(RecordFailure::new(record, problem).into())
        })
    }

    /// Reports that nothing came of a record.
    pub(super) fn failed(&self, record: &RecordId, message: impl fmt::Display) -> Diagnostic {
        self.problem("mapping-failed", record, message)
    }

    /// Reports that the mapping of a record does not end.
    pub(super) fn over_limit(&self, record: &RecordId, limit: ProgramLimit) -> Diagnostic {
        self.failed(record, limit)
            .hint("look for a `def` that calls itself, `repeat`, `recurse` and large ranges")
    }

    /// Reports what is wrong with a record or with what was made of it.
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
