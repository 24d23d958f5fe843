//! References of a schema (`$ref`) to parts of the same schema: `#` and `#/definitions/name`.

use serde_json::Value;

use super::validator::At;
use crate::base::percent;

/// Most references that lead to one another.
const HOPS: usize = 32;

/// The schema to which a reference leads: never one that is a reference itself.
///
/// # Errors
/// It leads nowhere, out of the schema, or in a circle.
pub(super) fn resolve<'s>(root: &'s Value, reference: &str) -> Result<&'s Value, String> {
    let mut next = reference;
    for _ in 0..HOPS {
        let target = pointer_of(next).and_then(|pointer| root.pointer(&pointer));
        let target = target.ok_or_else(|| format!("`{next}` leads to no part of the schema"))?;
        match reference_of(target) {
            Some(further) => next = further,
            None => return Ok(target),
        }
    }
    Err(format!("`{reference}` leads in a circle, or over more than {HOPS} references"))
}

/// The reference that a schema is; other keywords beside it have no meaning.
pub(super) fn reference_of(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()
}

/// The JSON pointer that a reference to a part of the same schema has.
pub(super) fn pointer_of(reference: &str) -> Option<String> {
    Some(percent::decode(reference.strip_prefix('#')?)?.into_owned())
}

/// Finds the references of a schema and of those that it applies, with the JSON pointers to them. `at` is where the
/// schema stands.
pub(super) fn find<'s>(schema: &'s Value, at: &At<'_>, found: &mut Vec<(String, &'s str)>) {
    if let Some(reference) = reference_of(schema) {
        return found.push((At::Key(at, "$ref").pointer(), reference));
    }
    for (keyword, operand) in schema.as_object().into_iter().flatten() {
        let at = At::Key(at, keyword);
        match (keyword.as_str(), operand) {
            ("properties" | "patternProperties" | "dependencies", Value::Object(parts)) => {
                for (name, part) in parts {
                    find(part, &At::Key(&at, name), found);
                }
            }
            ("allOf" | "anyOf" | "oneOf" | "items", Value::Array(parts)) => {
                for (index, part) in parts.iter().enumerate() {
                    find(part, &At::Item(&at, index), found);
                }
            }
            (
                "items"
                | "additionalItems"
                | "contains"
                | "additionalProperties"
                | "propertyNames"
                | "if"
                | "then"
                | "else"
                | "not",
                part,
            ) => find(part, &at, found),
            _ => {}
        }
    }
}
