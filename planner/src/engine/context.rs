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
    value: OnceLock<Result<Value, Complaint>>,
}

impl<'c> Context<'c> {
    /// The members of `variables` by their names.
    pub fn new(variables: &'c Map<String, Json>) -> Self {
        let variable = |json| Variable { json, value: OnceLock::new() };
        Self(variables.iter().map(|(name, json)| (name.as_str(), variable(json))).collect())
    }

    pub(super) fn get(&self, name: &str, meter: &Meter) -> Option<Result<Value, Complaint>> {
        let variable = self.0.get(name)?;
        Some(variable.value.get_or_init(|| Value::from_json(variable.json, meter)).clone())
    }
}
