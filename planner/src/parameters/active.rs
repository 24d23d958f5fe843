//! Which parts of a page's JSON Schema apply to the given values.
//!
//! `if`/`then`/`else`, `dependencies`, `oneOf` and `anyOf` switch properties on and off. Values of properties that
//! are switched off stay in the request, as in Backstage's form.

use serde_json::{Map, Value, json};

use crate::schema::is_valid;

/// Deepest nesting of conditions that is followed.
const MOST_DEPTH: usize = 16;

/// Which of several alternatives that fit the given values are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alternatives {
    /// The first, as the form does.
    First,
    /// All.
    All,
}

/// Lists a schema and the conditional schemas inside it that apply to `values`.
pub(crate) fn active<'s>(schema: &'s Value, values: &Map<String, Value>) -> Vec<&'s Value> {
    let mut found = Vec::new();
    collect(schema, values, Alternatives::First, MOST_DEPTH, &mut found);
    found
}

/// Lists a schema and the conditional schemas inside it that may apply to `values`: of alternatives all that fit.
pub(super) fn applicable<'s>(schema: &'s Value, values: &Map<String, Value>) -> Vec<&'s Value> {
    let mut found = Vec::new();
    collect(schema, values, Alternatives::All, MOST_DEPTH, &mut found);
    found
}

fn collect<'s>(
    schema: &'s Value,
    values: &Map<String, Value>,
    alternatives: Alternatives,
    depth: usize,
    found: &mut Vec<&'s Value>,
) {
    if depth == 0 || !schema.is_object() {
        return;
    }
    found.push(schema);
    let mut follow = |schema| collect(schema, values, alternatives, depth - 1, found);
    for part in list(schema, "allOf") {
        follow(part);
    }
    if let Some(condition) = schema.get("if") {
        let holds = is_valid(condition, &Value::Object(values.clone()));
        if let Some(branch) = schema.get(if holds { "then" } else { "else" }) {
            follow(branch);
        }
    }
    for key in ["oneOf", "anyOf"] {
        let most = if alternatives == Alternatives::First { 1 } else { usize::MAX };
        for branch in list(schema, key).filter(|branch| selects(branch, values)).take(most) {
            follow(branch);
        }
    }
    let dependencies = schema.get("dependencies").and_then(Value::as_object);
    for (key, dependency) in dependencies.into_iter().flatten() {
        if values.contains_key(key) {
            follow(dependency);
        }
    }
}

/// The schemas of a keyword that has a list of them.
pub(super) fn list<'s>(schema: &'s Value, key: &str) -> impl Iterator<Item = &'s Value> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// True when the values that are given are valid for the properties of a branch.
fn selects(branch: &Value, values: &Map<String, Value>) -> bool {
    let properties = branch.get("properties").cloned().unwrap_or(json!({}));
    is_valid(&json!({"properties": properties}), &Value::Object(values.clone()))
}

/// Names all properties of a schema, those of its conditions included.
pub(crate) fn all_properties<'s>(schema: &'s Value, found: &mut Vec<&'s str>) {
    let Some(map) = schema.as_object() else {
        return;
    };
    for (key, value) in map {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                found.extend(properties.keys().map(String::as_str));
            }
            ("allOf" | "oneOf" | "anyOf", Value::Array(parts)) => {
                for part in parts {
                    all_properties(part, found);
                }
            }
            ("if" | "then" | "else", part) => all_properties(part, found),
            ("dependencies", Value::Object(parts)) => {
                for part in parts.values() {
                    all_properties(part, found);
                }
            }
            _ => {}
        }
    }
}

/// Adds the defaults of a schema to the values: first its own, then those of the parts that apply.
pub(crate) fn apply_defaults(schema: &Value, values: &mut Map<String, Value>) {
    // The conditions need these values.
    default_properties(schema, values);
    for _ in 0..MOST_DEPTH {
        let before = values.len();
        for part in active(schema, values) {
            default_properties(part, values);
        }
        if values.len() == before {
            break;
        }
    }
}

fn default_properties(schema: &Value, values: &mut Map<String, Value>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (key, property) in properties.into_iter().flatten() {
        if !values.contains_key(key) {
            if let Some(default) = property.get("default") {
                values.insert(key.clone(), default.clone());
            } else if property.get("properties").is_some() {
                let mut inner = Map::new();
                apply_defaults(property, &mut inner);
                if !inner.is_empty() {
                    values.insert(key.clone(), Value::Object(inner));
                }
            }
            continue;
        }
        match (values.get_mut(key), property.get("items")) {
            (Some(Value::Object(inner)), _) => apply_defaults(property, inner),
            (Some(Value::Array(items)), Some(schema)) => {
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    apply_defaults(schema, item);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaulted(schema: Value, values: Value) -> Value {
        let mut values = values.as_object().cloned().unwrap_or_default();
        apply_defaults(&schema, &mut values);
        Value::Object(values)
    }

    #[test]
    fn defaults_reach_nested_maps_and_items() {
        let schema = json!({"properties": {
            "a": {"default": 1},
            "b": {"properties": {"c": {"default": "x"}, "d": {}}},
            "e": {"items": {"properties": {"f": {"default": true}}}}
        }});
        assert_eq!(
            defaulted(schema, json!({"e": [{}, {"f": false}]})),
            json!({"e": [{"f": true}, {"f": false}], "a": 1, "b": {"c": "x"}})
        );
    }

    #[test]
    fn conditions_switch_defaults_on() {
        let schema = json!({
            "properties": {"database": {"enum": ["none", "postgres"], "default": "postgres"}},
            "dependencies": {"database": {"oneOf": [
                {"properties": {"database": {"enum": ["none"]}}},
                {"properties": {"database": {"enum": ["postgres"]}, "size": {"default": 10}}}
            ]}},
            "if": {"properties": {"database": {"const": "none"}}},
            "then": {"properties": {"memory": {"default": "low"}}},
            "else": {"properties": {"memory": {"default": "high"}}}
        });
        assert_eq!(
            defaulted(schema.clone(), json!({})),
            json!({"database": "postgres", "memory": "high", "size": 10})
        );
        assert_eq!(
            defaulted(schema, json!({"database": "none"})),
            json!({"database": "none", "memory": "low"})
        );
    }
}
