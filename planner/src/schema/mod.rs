//! Checks values against JSON Schema (draft-07, as Backstage), with messages in this project's words.
//!
//! A message names the property that is wrong and what would fit, also where only one of several alternatives must fit.

mod alternatives;
mod formats;
mod metaschema;
mod numbers;
mod parts;
mod references;
#[cfg(test)]
mod tests;
mod validator;

use std::{borrow::Cow, io};

use serde_json::Value;

use crate::{
    base::text::did_you_mean,
    catalog::{Issue, issue::escape},
};
use validator::{Limit, Rule, Validator, Violation};

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

/// Checks a value; pointers of issues start with `base`.
///
/// # Errors
/// The schema itself is wrong.
pub(crate) fn check(schema: &Value, value: &Value, base: &str) -> Result<Vec<Issue>, SchemaError> {
    metaschema::check(schema)?;
    let found = match Validator::new(schema).violations(value) {
        Ok(found) => found,
        Err(Limit(limit)) => {
            let message = format!("this cannot be checked against its schema: {limit}");
            return Ok(vec![Issue::error("invalid-value", base, message)]);
        }
    };
    let found: Vec<Mismatch> =
        found.iter().flat_map(|violation| mismatches(violation, base)).collect();
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

/// True when the value obeys the schema, and the schema is one.
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

/// The mistakes of a violation in words; pointers start with `base`.
fn mismatches(violation: &Violation<'_, '_>, base: &str) -> Vec<Mismatch> {
    let Violation { found, rule, .. } = violation;
    let pointer = format!("{base}{}", violation.pointer);
    let name = pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/");
    let wrong = |message: String| Issue::error("invalid-value", &pointer, message);
    let (kind, issue) = match rule {
        Rule::Required(property) => {
            let message = format!("`{property}` is missing");
            (MismatchKind::Missing, Issue::error("missing-value", &pointer, message).at_key())
        }
        Rule::Unknown { keys, known } => {
            let unknown = keys.iter().map(|key| unknown(&pointer, key, known));
            return unknown.map(|issue| Mismatch { kind: MismatchKind::Other, issue }).collect();
        }
        Rule::Alternatives(branches) => {
            let branches = branches.iter().map(|found| {
                found.iter().flat_map(|violation| mismatches(violation, base)).collect()
            });
            return alternatives::explain(branches.collect(), &pointer);
        }
        Rule::Nothing => (MismatchKind::Other, wrong(format!("`{name}` cannot be given here"))),
        Rule::Key(mistake) => {
            let message = format!("`{name}` has a key that is not allowed: {mistake}");
            (MismatchKind::Other, wrong(message))
        }
        Rule::Keyword("enum", options) => {
            let options = options.as_array().map_or(&[][..], Vec::as_slice);
            (MismatchKind::Choice, alternatives::no_choice(&pointer, found, options))
        }
        Rule::Keyword("const", value) => {
            let options = std::slice::from_ref(*value);
            (MismatchKind::Choice, alternatives::no_choice(&pointer, found, options))
        }
        Rule::Keyword("pattern", pattern) => {
            let issue = wrong(format!("{} is not a valid `{name}`", quoted(found)));
            (MismatchKind::Other, issue.hint(format!("it must match `{}`", show(pattern))))
        }
        Rule::Keyword("type", types) => {
            let message =
                format!("`{name}` must be {}, found {}", type_words(types), quoted(found));
            (MismatchKind::Type, wrong(message))
        }
        Rule::Keyword("format", format) if *format == "regex" => {
            let text = found.as_str().unwrap_or_default();
            let reason = formats::pattern(text).err().map(|complaint| complaint.message);
            let issue = wrong(message("format", format, &name, found));
            (MismatchKind::Other, issue.hint_opt(reason))
        }
        Rule::Keyword(keyword, operand) => {
            (MismatchKind::Other, wrong(message(keyword, operand, &name, found)))
        }
    };
    vec![Mismatch { kind, issue }]
}

/// The message of a violation that names the property and what would fit.
fn message(keyword: &str, operand: &Value, name: &str, found: &Value) -> String {
    let found = quoted(found);
    let must = |words: String| format!("`{name}` must {words}");
    match keyword {
        "oneOf" => format!("`{name}` fits several of its alternatives, and may fit only one"),
        "not" => format!("`{name}` has values that are excluded: {}", quoted(operand)),
        "format" => {
            let format = show(operand);
            format!("{found} is not a valid `{name}`: it must be of the format `{format}`")
        }
        "minLength" => must(format!("have at least {operand} characters, found {found}")),
        "maxLength" => must(format!("have at most {operand} characters, found {found}")),
        "minimum" => must(format!("be at least {operand}, found {found}")),
        "maximum" => must(format!("be at most {operand}, found {found}")),
        "exclusiveMinimum" => must(format!("be more than {operand}, found {found}")),
        "exclusiveMaximum" => must(format!("be less than {operand}, found {found}")),
        "multipleOf" => must(format!("be a multiple of {operand}, found {found}")),
        "minItems" => must(format!("have at least {operand} items")),
        "maxItems" => must(format!("have at most {operand} items")),
        "additionalItems" => format!("`{name}` has more items than it may have"),
        "uniqueItems" => format!("`{name}` has an item twice"),
        "minProperties" => must(format!("have at least {operand} values")),
        "maxProperties" => must(format!("have at most {operand} values")),
        "contains" => format!("`{name}` has no item of the kind that it needs"),
        keyword => format!("`{name}` does not obey `{keyword}`"),
    }
}

/// The first of several violations in words.
fn first_message(found: &[Violation<'_, '_>]) -> Option<String> {
    let first = found.iter().flat_map(|violation| mismatches(violation, "")).next()?;
    let Issue { message, hint, .. } = first.issue;
    Some(hint.map_or(message.clone(), |hint| format!("{message}; {hint}")))
}

/// The types, in the order in which messages name several.
const TYPES: &[(&str, &str)] = &[
    ("null", "nothing"),
    ("boolean", "`true` or `false`"),
    ("integer", "a whole number"),
    ("number", "a number"),
    ("string", "a text"),
    ("array", "a list"),
    ("object", "a map"),
];

/// The operand of `type` in words.
fn type_words(types: &Value) -> String {
    let has = |name: &str| match types {
        Value::Array(types) => types.iter().any(|one| one == name),
        one => one == name,
    };
    let words = TYPES.iter().filter(|(name, _)| has(name)).map(|(_, words)| *words);
    words.collect::<Vec<_>>().join(" or ")
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

/// A value as messages show it: a text without quotes, anything else as JSON.
pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn quoted(value: &Value) -> String {
    let text = match value {
        Value::String(text) => Cow::Borrowed(text.as_str()),
        other => Cow::Owned(beginning(other)),
    };
    format!("`{}`", shorten(&text))
}

/// Most characters of a value that a message shows.
const MOST: usize = 120;

/// The JSON of a value; of a long one only the beginning, which is longer than what is shown.
fn beginning(value: &Value) -> String {
    struct Beginning(Vec<u8>);

    impl io::Write for Beginning {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.extend_from_slice(bytes);
            if self.0.len() > 8 * MOST {
                Err(io::ErrorKind::WriteZero.into())
            } else {
                Ok(bytes.len())
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut text = Beginning(Vec::new());
    // The error only says that there is more.
    let _more = serde_json::to_writer(&mut text, value);
    String::from_utf8_lossy(&text.0).into_owned()
}

/// Values come from requests: long ones are cut, and control characters do not reach terminals.
fn shorten(text: &str) -> String {
    let mut clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = clean.by_ref().take(MOST).collect();
    if clean.next().is_some() {
        short.push('…');
    }
    short
}
