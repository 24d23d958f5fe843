//! Checks values against JSON Schema (draft-07, as Backstage), with messages in this project's words.

use jsonschema::{
    Draft, JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

use crate::{
    base::text::did_you_mean,
    catalog::{Issue, issue::escape},
};

/// A text is not a JSON Schema.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct SchemaError(Box<ValidationError<'static>>);

/// Checks a value; pointers of issues start with `base`.
///
/// # Errors
/// The schema itself is wrong.
pub(crate) fn check(schema: &Value, value: &Value, base: &str) -> Result<Vec<Issue>, SchemaError> {
    let validator = jsonschema::options()
        .with_draft(Draft::Draft7)
        .offline()
        .build(schema)
        .map_err(|error| SchemaError(Box::new(error)))?;
    let errors = validator.iter_errors(value);
    Ok(errors.flat_map(|e| issues_of(&e, schema, base)).collect())
}

/// True when the value obeys the schema; also when the schema is wrong, which [`check`] reports.
pub(crate) fn is_valid(schema: &Value, value: &Value) -> bool {
    check(schema, value, "").is_ok_and(|issues| issues.is_empty())
}

fn issues_of(error: &ValidationError<'_>, schema: &Value, base: &str) -> Vec<Issue> {
    let pointer = format!("{base}{}", error.instance_path().as_str());
    let name = pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/");
    let wrong = |message: String| Issue::error("invalid-value", &pointer, message);
    let found = error.instance().as_ref();
    let issue = match error.kind() {
        Kind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            Issue::error("missing-value", &pointer, format!("`{property}` is missing")).at_key()
        }
        Kind::AdditionalProperties { unexpected } => {
            let known = properties_at(schema, error.schema_path().as_str());
            return unexpected.iter().map(|key| unknown(&pointer, key, &known)).collect();
        }
        Kind::Enum { options } => {
            let options: Vec<_> = options.as_array().into_iter().flatten().map(show).collect();
            let near = did_you_mean(&show(found), options.iter().map(String::as_str));
            wrong(format!("{} is not a choice of `{name}`", quoted(found)))
                .hint_opt(near)
                .or_hint(&format!("choose one of `{}`", options.join("`, `")))
        }
        Kind::Pattern { pattern } => wrong(format!("{} is not a valid `{name}`", quoted(found)))
            .hint(format!("it must match `{pattern}`")),
        Kind::Type { kind } => {
            let expected: Vec<_> = match kind {
                TypeKind::Single(one) => vec![words(*one)],
                TypeKind::Multiple(many) => many.iter().map(words).collect(),
            };
            let expected = expected.join(" or ");
            wrong(format!("`{name}` must be {expected}, found {}", quoted(found)))
        }
        _ => wrong(format!("`{name}`: {}", shorten(&error.to_string()))),
    };
    vec![issue]
}

fn words(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Array => "a list",
        JsonType::Boolean => "`true` or `false`",
        JsonType::Integer => "a whole number",
        JsonType::Null => "nothing",
        JsonType::Number => "a number",
        JsonType::Object => "a map",
        JsonType::String => "a text",
    }
}

/// A key that is not among the known ones.
pub(crate) fn unknown(pointer: &str, key: &str, known: &[&str]) -> Issue {
    let list = known.join("`, `");
    Issue::error(
        "unknown-value",
        format!("{pointer}/{}", escape(key)),
        format!("unknown `{}`", shorten(key)),
    )
    .at_key()
    .hint_opt(did_you_mean(key, known.iter().copied()))
    .or_hint(&match known {
        [] => "nothing can be given here".to_owned(),
        _ => format!("known are `{list}`"),
    })
}

/// The names of the properties beside an `additionalProperties` keyword.
fn properties_at<'s>(schema: &'s Value, keyword: &str) -> Vec<&'s str> {
    let parent = keyword.rsplit_once('/').map_or("", |(parent, _)| parent);
    let properties = schema.pointer(parent).and_then(|s| s.get("properties"));
    let properties = properties.and_then(Value::as_object);
    properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

fn show(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn quoted(value: &Value) -> String {
    format!("`{}`", shorten(&show(value)))
}

/// Values come from requests: long ones are cut, and control characters do not reach terminals.
fn shorten(text: &str) -> String {
    const MOST: usize = 120;
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = clean.clone().take(MOST).collect();
    if clean.count() > MOST {
        short.push('…');
    }
    short
}
