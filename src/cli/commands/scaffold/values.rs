//! Values of a template's parameters: from a file, and from the command line over it.

use anyhow::anyhow;
use serde_json::{Map, Value};

use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        fs,
        path::shown,
        yaml,
    },
    catalog::{
        EntityRef,
        reference::{DEFAULT_NAMESPACE, RefError},
    },
    cli::{Failure, args_scaffold::ValueArgs},
};

/// Reads `--values` and `--set`.
///
/// # Errors
/// The file is no map, or an argument has no `=`.
pub(super) fn read(args: &ValueArgs) -> Result<Map<String, Value>, Failure> {
    let mut values = match &args.values {
        Some(file) => map_of(&shown(file), &fs::read_text(file)?)?,
        None => Map::new(),
    };
    for argument in &args.set {
        let (key, text) = argument.split_once('=').ok_or_else(|| {
            Failure::Usage(anyhow!("`--set {argument}`: write it as `--set key=value`"))
        })?;
        set(&mut values, key, parse(text));
    }
    Ok(values)
}

/// Parses a file with a map of values.
pub(super) fn map_of(file: &str, text: &str) -> Result<Map<String, Value>, Failure> {
    match yaml::from_str::<Value>(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => {
            let place = Place::file(file);
            Err(Failure::Data(vec![Diagnostic::error(
                "wrong-shape",
                place,
                "the values must be a map",
            )]))
        }
        Err(error) => {
            let place = Place::at(file, error.position);
            Err(Failure::Data(vec![Diagnostic::error("invalid-yaml", place, error.message)]))
        }
    }
}

/// Reads a value as YAML; what is no YAML is text.
pub(super) fn parse(text: &str) -> Value {
    yaml::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// Sets a value at a path with dots.
fn set(values: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            values.insert(path.to_owned(), value);
        }
        Some((key, rest)) => {
            let inner = values.entry(key).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}

/// Reads the requester, where one is given.
pub(super) fn requester(args: &ValueArgs) -> Result<Option<EntityRef>, Failure> {
    let parsed = args.requester.as_deref().map(user).transpose();
    parsed.map_err(|error| Failure::Usage(error.into()))
}

/// Reads a reference, which without a kind is of a user.
pub(super) fn user(text: &str) -> Result<EntityRef, RefError> {
    EntityRef::parse(text, Some("User"), DEFAULT_NAMESPACE)
}
