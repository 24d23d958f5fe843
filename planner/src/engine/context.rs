//! The variables that templates are rendered with.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value as Json};

use super::error::Complaint;
use super::limits::Meter;
use super::value::Value;

/// The variables of any number of renderings, which may go on at the same time.
///
/// Each is taken over from JSON when it is first read, once for all renderings: a list stays the
/// same list, and a thousand files do not pay for the values of their step a thousand times.
#[derive(Debug)]
pub struct Context<'c>(BTreeMap<&'c str, Variable<'c>>);

#[derive(Debug)]
struct Variable<'c> {
    json: &'c Json,
    /// Whether a reserved key is an unknown value, and not a mistake.
    with_unknowns: bool,
    value: OnceLock<Result<Value, Complaint>>,
}

impl<'c> Context<'c> {
    /// The members of `variables` by their names.
    pub fn new(variables: &'c Map<String, Json>) -> Self {
        Self::with_unknowns(variables, &[])
    }

    /// The members of `variables`, of which those named in `unknown` may have values that are known only after
    /// apply, such as [`unknown`](super::unknown()) writes them. Such a name must stand for values that the
    /// program has made: in all others, the reserved form is an error.
    pub fn with_unknowns(variables: &'c Map<String, Json>, unknown: &[&str]) -> Self {
        let variable = |(name, json): (&'c String, &'c Json)| {
            let with_unknowns = unknown.contains(&name.as_str());
            (name.as_str(), Variable { json, with_unknowns, value: OnceLock::new() })
        };
        Self(variables.iter().map(variable).collect())
    }

    pub(super) fn get(&self, name: &str, meter: &Meter) -> Option<Result<Value, Complaint>> {
        let variable = self.0.get(name)?;
        let take = || Value::from_json(variable.json, variable.with_unknowns, meter);
        Some(variable.value.get_or_init(take).clone())
    }
}
