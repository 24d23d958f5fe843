//! Checks values against JSON Schema (draft-07, as Backstage), with messages in this project's words.
//!
//! A message names the property that is wrong and what would fit, also where only one of several alternatives must fit.

mod alternatives;

use jsonschema::{
    Draft, JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

use crate::{
    base::text::did_you_mean,
    catalog::{Issue, issue::escape},
};

/// Why a value is not a JSON Schema.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct SchemaError {
    /// JSON pointer of the mistake in the schema.
    pub(crate) pointer: String,
    message: String,
    /// How to correct it.
    pub(crate) hint: Option<String>,
}

impl SchemaError {
    fn new(error: &ValidationError<'_>) -> Self {
        let first = mismatches(error, &Value::Null, "").into_iter().next();
        match first {
            Some(Mismatch { issue: Issue { pointer, message, hint, .. }, .. }) => {
                Self { pointer, message, hint }
            }
            None => Self {
                pointer: error.instance_path().as_str().to_owned(),
                message: shorten(&error.to_string()),
                hint: None,
            },
        }
    }
}

/// Checks a value; pointers of issues start with `base`.
///
/// # Errors
/// The schema itself is wrong.
pub(crate) fn check(schema: &Value, value: &Value, base: &str) -> Result<Vec<Issue>, SchemaError> {
    let validator = jsonschema::options()
        .with_draft(Draft::Draft7)
        .offline()
        .build(schema)
        .map_err(|error| SchemaError::new(&error))?;
    let found = validator.iter_errors(value).flat_map(|error| mismatches(&error, schema, base));
    let found: Vec<Mismatch> = found.collect();
    // What the choices of a value are says more than its type.
    let is_choice = |other: &Mismatch, issue: &Issue| {
        other.kind == MismatchKind::Choice && other.issue.pointer == issue.pointer
    };
    let is_said = |Mismatch { kind, issue }: &Mismatch| {
        *kind == MismatchKind::Type && found.iter().any(|other| is_choice(other, issue))
    };
    let said: Vec<bool> = found.iter().map(is_said).collect();
    let kept = found.into_iter().zip(said).filter(|(_, is_said)| !is_said);
    Ok(kept.map(|(mismatch, _)| mismatch.issue).collect())
}

/// True when the value obeys the schema; also when the schema is wrong, which [`check`] reports.
pub(crate) fn is_valid(schema: &Value, value: &Value) -> bool {
    check(schema, value, "").is_ok_and(|issues| issues.is_empty())
}

/// What is wrong with a value, as far as it matters for choosing among alternatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MismatchKind {
    /// The value is none of the choices.
    Choice,
    /// The value is of another type.
    Type,
    /// A property is missing.
    Missing,
    /// Anything else.
    Other,
}

/// One violation of a schema.
#[derive(Debug, Clone)]
struct Mismatch {
    kind: MismatchKind,
    issue: Issue,
}

fn mismatches(error: &ValidationError<'_>, schema: &Value, base: &str) -> Vec<Mismatch> {
    let pointer = format!("{base}{}", error.instance_path().as_str());
    let name = pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/");
    let wrong = |message: String| Issue::error("invalid-value", &pointer, message);
    let found = error.instance().as_ref();
    let (kind, issue) = match error.kind() {
        Kind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            let message = format!("`{property}` is missing");
            (MismatchKind::Missing, Issue::error("missing-value", &pointer, message).at_key())
        }
        Kind::AdditionalProperties { unexpected } => {
            let known = properties_at(schema, error.schema_path().as_str());
            let unknown = unexpected.iter().map(|key| unknown(&pointer, key, &known));
            return unknown.map(|issue| Mismatch { kind: MismatchKind::Other, issue }).collect();
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let branches = context.iter().map(|errors| {
                errors.iter().flat_map(|error| mismatches(error, schema, base)).collect()
            });
            return alternatives::explain(branches.collect(), &pointer);
        }
        Kind::Enum { options } => {
            let options = options.as_array().map_or(&[][..], Vec::as_slice);
            (MismatchKind::Choice, alternatives::no_choice(&pointer, found, options))
        }
        Kind::Constant { expected_value } => {
            let options = std::slice::from_ref(&**expected_value);
            (MismatchKind::Choice, alternatives::no_choice(&pointer, found, options))
        }
        Kind::Pattern { pattern } => {
            let issue = wrong(format!("{} is not a valid `{name}`", quoted(found)));
            (MismatchKind::Other, issue.hint(format!("it must match `{pattern}`")))
        }
        Kind::Type { kind } => {
            let expected: Vec<_> = match kind {
                TypeKind::Single(one) => vec![words(*one)],
                TypeKind::Multiple(many) => many.iter().map(words).collect(),
            };
            let expected = expected.join(" or ");
            let message = format!("`{name}` must be {expected}, found {}", quoted(found));
            (MismatchKind::Type, wrong(message))
        }
        _ => (MismatchKind::Other, wrong(other_message(error, &name))),
    };
    vec![Mismatch { kind, issue }]
}

/// The message of a violation that names the property and what would fit.
fn other_message(error: &ValidationError<'_>, name: &str) -> String {
    let found = quoted(error.instance());
    match error.kind() {
        Kind::OneOfMultipleValid { .. } => {
            format!("`{name}` fits several of its alternatives, and may fit only one")
        }
        Kind::Not { schema } => {
            format!("`{name}` has values that are excluded: {}", quoted(schema))
        }
        Kind::FalseSchema => format!("`{name}` cannot be given here"),
        Kind::Format { format } => {
            format!("{found} is not a valid `{name}`: it must be of the format `{format}`")
        }
        Kind::MinLength { limit } => {
            format!("`{name}` must have at least {limit} characters, found {found}")
        }
        Kind::MaxLength { limit } => {
            format!("`{name}` must have at most {limit} characters, found {found}")
        }
        Kind::Minimum { limit } => format!("`{name}` must be at least {limit}, found {found}"),
        Kind::Maximum { limit } => format!("`{name}` must be at most {limit}, found {found}"),
        Kind::ExclusiveMinimum { limit } => {
            format!("`{name}` must be more than {limit}, found {found}")
        }
        Kind::ExclusiveMaximum { limit } => {
            format!("`{name}` must be less than {limit}, found {found}")
        }
        Kind::MultipleOf { multiple_of } => {
            format!("`{name}` must be a multiple of {multiple_of}, found {found}")
        }
        Kind::MinItems { limit } => format!("`{name}` must have at least {limit} items"),
        Kind::MaxItems { limit } => format!("`{name}` must have at most {limit} items"),
        Kind::UniqueItems => format!("`{name}` has an item twice"),
        Kind::MinProperties { limit } => format!("`{name}` must have at least {limit} values"),
        Kind::MaxProperties { limit } => format!("`{name}` must have at most {limit} values"),
        Kind::Contains => format!("`{name}` has no item of the kind that it needs"),
        Kind::PropertyNames { error } => {
            format!("`{name}` has a key that is not allowed: {}", shorten(&error.to_string()))
        }
        _ => format!("`{name}`: {}", shorten(&error.to_string())),
    }
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

/// A value as messages show it: a text without quotes, anything else as JSON.
pub(crate) fn show(value: &Value) -> String {
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
