//! Makes entities of records: one jq program per source, one record in, any number of entities out.
//!
//! A mapping sees its record, the name of the request that brought it (`$request`) and, through
//! `entity_ref`, the entities of earlier sources; nothing else.

mod convert;
mod functions;
mod names;

use jaq_json::Val;
use rayon::prelude::*;
use serde_json::Value;

pub(super) use convert::to_json;
pub(super) use functions::functions;

use super::{
    index::EntityIndex,
    program::{Program, shorten},
};
use crate::base::diagnostics::{Diagnostic, Place};

/// Name of the request of a source that has only one.
pub(super) const UNNAMED: &str = "default";

/// The compiled program of a source.
pub(super) struct Mapping {
    file: String,
    program: Program,
}

/// One record of an answer.
pub(super) struct Record {
    /// Name of the request.
    pub(super) request: String,
    /// Its number among the records of the request, from 1.
    pub(super) number: usize,
    /// What was read.
    pub(super) value: Val,
}

impl Record {
    /// What people call it: its number, and the request when there are several.
    pub(super) fn title(&self) -> String {
        match self.request.as_str() {
            UNNAMED => format!("record {}", self.number),
            request => format!("record {} of `{request}`", self.number),
        }
    }
}

/// What a mapping made of a record.
pub(super) struct Made {
    /// Which record, by its place among all.
    pub(super) record: usize,
    /// The entity, not yet checked.
    pub(super) document: Value,
}

impl Mapping {
    /// Compiles a mapping; what is wrong with it is placed in `file`.
    pub(super) fn compile(file: &str, code: &str) -> Result<Self, Vec<Diagnostic>> {
        match Program::compile(code, &["$request"]) {
            Ok(program) => Ok(Self { file: file.to_owned(), program }),
            Err(errors) => Err(errors
                .into_iter()
                .map(|error| {
                    let place = Place::at(file, Some(error.position));
                    Diagnostic::error("invalid-mapping", place, error.message).hint_opt(error.hint)
                })
                .collect()),
        }
    }

    /// Runs over all records, in parallel; results are in the order of the records.
    pub(super) fn run(
        &self,
        records: &[Record],
        index: &EntityIndex,
    ) -> Result<Vec<Made>, Vec<Diagnostic>> {
        let results: Vec<_> = records
            .par_iter()
            .enumerate()
            .map(|(at, record)| self.run_one(at, record, index))
            .collect();
        let (mut made, mut problems) = (Vec::with_capacity(records.len()), Vec::new());
        for result in results {
            match result {
                Ok(entities) => made.extend(entities),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(made) } else { Err(problems) }
    }

    fn run_one(
        &self,
        at: usize,
        record: &Record,
        index: &EntityIndex,
    ) -> Result<Vec<Made>, Diagnostic> {
        let request = Val::from(record.request.clone());
        self.program
            .run(index, [request], record.value.clone())
            .and_then(|values| {
                let made = values.iter().map(|value| {
                    let document = to_json(value)?;
                    Ok(Made { record: at, document })
                });
                made.collect()
            })
            .map_err(|message| {
                let excerpt = shorten(&record.value.to_string(), 120);
                self.problem("mapping-failed", record, message)
                    .hint(format!("the record is `{excerpt}`"))
            })
    }

    /// Reports what is wrong with a record or with what was made of it.
    pub(super) fn problem(
        &self,
        code: &'static str,
        record: &Record,
        message: impl std::fmt::Display,
    ) -> Diagnostic {
        let place = Place::file(&self.file);
        Diagnostic::error(code, place, format!("{}: {message}", record.title()))
    }
}
