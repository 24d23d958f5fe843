//! Checks `spec` against the table in [`super::kinds`], and lists the references in it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    entity::text_at,
    envelope::{missing, pointer, wrong_shape},
    issue::Issue,
    kinds::{FieldSpec, OWN_KIND_FIELDS, ReferenceRule, Shape, excused, kind_spec},
    reference::{DEFAULT_NAMESPACE, EntityRef},
};

/// A reference in the `spec` of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecReference {
    /// The field of `spec`.
    pub field: &'static str,
    /// Its index, in a field that is a list.
    pub item: Option<usize>,
    /// The entity that it refers to.
    pub target: EntityRef,
    /// The rule of the field.
    pub rule: ReferenceRule,
}

impl SpecReference {
    /// JSON pointer of the reference in the entity.
    pub fn pointer(&self) -> String {
        ref_pointer(self.field, self.item)
    }
}

/// JSON pointer of a field of `spec`, or of an item of the list in it.
fn ref_pointer(field: &str, item: Option<usize>) -> String {
    let at = pointer("/spec", field);
    item.map_or(at.clone(), |item| format!("{at}/{item}"))
}

/// Checks `spec` against the rules of the entity's kind. Unknown kinds have no rules.
pub fn check_spec(entity: &Value) -> Vec<Issue> {
    let mut issues = Vec::new();
    check_case_clashes(entity, "", &mut issues);
    let Some(kind) = text_at(entity, "/kind").and_then(kind_spec) else {
        return issues;
    };
    match entity.get("spec") {
        Some(Value::Object(spec)) => {
            let spec_type = spec.get("type").and_then(Value::as_str);
            check_fields(kind.fields, spec, "/spec", excused(kind.name, spec_type), &mut issues);
        }
        // The check of the envelope reports it.
        Some(_) => return issues,
        None => {
            issues.push(missing("", "spec"));
            return issues;
        }
    }
    check_refs(entity, &mut issues);
    issues
}

fn check_fields(
    fields: &[FieldSpec],
    map: &Map<String, Value>,
    base: &str,
    excused: Option<&str>,
    issues: &mut Vec<Issue>,
) {
    for field in fields {
        match map.get(field.name) {
            Some(value) if is_plainly_right(field.shape, value) => {}
            Some(value) => check_value(field.shape, value, &pointer(base, field.name), issues),
            None if field.required && excused != Some(field.name) => {
                issues.push(missing(base, field.name));
            }
            None => {}
        }
    }
    let Some(rest) = fields.iter().find(|field| field.name == "*") else { return };
    for (key, value) in map.iter().filter(|(key, _)| fields.iter().all(|f| f.name != *key)) {
        check_value(rest.shape, value, &pointer(base, key), issues);
    }
}

/// A fast check that is true for most values, for which no JSON pointer is then made.
fn is_plainly_right(shape: Shape, value: &Value) -> bool {
    match (shape, value) {
        (Shape::Text | Shape::Ref(_), Value::String(text)) => !text.is_empty(),
        (Shape::Texts | Shape::Refs(_), Value::Array(items)) => {
            items.iter().all(|item| item.as_str().is_some_and(|text| !text.is_empty()))
        }
        _ => false,
    }
}

fn check_value(shape: Shape, value: &Value, at: &str, issues: &mut Vec<Issue>) {
    match (shape, value) {
        (Shape::Text | Shape::Ref(_), Value::String(text)) if text.is_empty() => {
            let name = at.rsplit('/').next().unwrap_or(at);
            issues.push(Issue::error("invalid-value", at, format!("`{name}` is empty")));
        }
        (Shape::OneOf(words), Value::String(text)) if !words.contains(&text.as_str()) => {
            let expected = words.join("`, `");
            issues.push(
                Issue::error("invalid-value", at, format!("`{text}` is not known here"))
                    .hint(format!("expected one of `{expected}`")),
            );
        }
        (Shape::Texts | Shape::Refs(_), Value::Array(items)) => {
            for (at, item) in numbered(at, items) {
                if item.as_str().is_none_or(str::is_empty) {
                    issues.push(wrong_shape(&at, "a text", item));
                }
            }
        }
        (Shape::Fields(fields), Value::Object(map)) => check_fields(fields, map, at, None, issues),
        (Shape::Each(fields), Value::Array(items)) => {
            for (at, item) in numbered(at, items) {
                check_value(Shape::Fields(fields), item, &at, issues);
            }
        }
        (Shape::Maps, Value::Array(items)) => {
            for (at, item) in numbered(at, items) {
                check_value(Shape::Map, item, &at, issues);
            }
        }
        (
            Shape::Text | Shape::AnyText | Shape::OneOf(_) | Shape::Ref(_) | Shape::Condition,
            Value::String(_),
        )
        | (Shape::Condition, Value::Bool(_))
        | (Shape::Map | Shape::Maps, Value::Object(_)) => {}
        (shape, other) => issues.push(wrong_shape(at, shape.expected(), other)),
    }
}

fn numbered<'v>(at: &str, items: &'v [Value]) -> impl Iterator<Item = (String, &'v Value)> {
    items.iter().enumerate().map(move |(index, item)| (format!("{at}/{index}"), item))
}

/// Reports keys of one map that differ only in case, which Backstage's index refuses.
fn check_case_clashes(value: &Value, base: &str, issues: &mut Vec<Issue>) {
    if !has_case_clash(value) {
        return;
    }
    match value {
        Value::Object(map) => {
            let mut seen = BTreeMap::new();
            for (key, value) in map {
                let at = pointer(base, key);
                if let Some(other) = seen.insert(key.to_lowercase(), key) {
                    let message = format!("the keys `{other}` and `{key}` differ only in case");
                    issues.push(Issue::error("case-clash", &at, message).at_key());
                }
                check_case_clashes(value, &at, issues);
            }
        }
        Value::Array(items) => {
            for (at, item) in numbered(base, items) {
                check_case_clashes(item, &at, issues);
            }
        }
        _ => {}
    }
}

/// Whether a map in a value has keys that differ only in case; JSON pointers are made only then.
fn has_case_clash(value: &Value) -> bool {
    let is_lower = |key: &String| key.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase());
    let is_any_twice = |map: &Map<String, Value>| {
        let mut keys: Vec<_> = map.keys().map(|key| key.to_lowercase()).collect();
        keys.sort_unstable();
        keys.windows(2).any(|pair| pair[0] == pair[1])
    };
    match value {
        Value::Object(map) => {
            !map.keys().all(is_lower) && is_any_twice(map) || map.values().any(has_case_clash)
        }
        Value::Array(items) => items.iter().any(has_case_clash),
        _ => false,
    }
}

/// Lists the references in `spec`, except for invalid ones, which [`check_spec`] reports.
///
/// A reference without a namespace has the namespace of the entity.
pub fn spec_refs(entity: &Value) -> Vec<SpecReference> {
    let namespace = text_at(entity, "/metadata/namespace").unwrap_or(DEFAULT_NAMESPACE);
    let mut refs = Vec::new();
    each_ref(entity, |field, item, text, rule| {
        if let Ok(target) = EntityRef::parse(text, rule.default_kind, namespace) {
            refs.push(SpecReference { field, item, target, rule });
        }
    });
    refs
}

fn check_refs(entity: &Value, issues: &mut Vec<Issue>) {
    each_ref(entity, |field, item, text, rule| {
        if let Err(error) = EntityRef::split(text, rule.default_kind, DEFAULT_NAMESPACE) {
            let issue =
                Issue::error("invalid-reference", ref_pointer(field, item), error.to_string());
            issues.push(issue.hint(error.hint()));
        }
    });
}

/// Calls `visit` with each text of `spec` that should be a reference: its field, its index in a list,
/// the text, and the rule.
fn each_ref(
    entity: &Value,
    mut visit: impl FnMut(&'static str, Option<usize>, &str, ReferenceRule),
) {
    let Some(kind) = text_at(entity, "/kind") else { return };
    let Some(Value::Object(fields)) = entity.get("spec") else { return };
    for field in kind_spec(kind).map_or(OWN_KIND_FIELDS, |kind| kind.fields) {
        match field.shape {
            Shape::Ref(rule) => {
                let text = fields.get(field.name).and_then(Value::as_str);
                if let Some(text) = text.filter(|text| !text.is_empty()) {
                    visit(field.name, None, text, rule);
                }
            }
            Shape::Refs(rule) => {
                let items = fields.get(field.name).and_then(Value::as_array);
                for (item, value) in items.into_iter().flatten().enumerate() {
                    if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
                        visit(field.name, Some(item), text, rule);
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn errors(kind: &str, spec: Value) -> Vec<String> {
        let entity = json!({"kind": kind, "spec": spec});
        check_spec(&entity).into_iter().map(|issue| issue.pointer).collect()
    }

    #[test]
    fn rules_reach_below_the_first_level() {
        let spec = json!({"memberOf": [], "profile": {"email": 7, "displayName": ""}});
        assert_eq!(errors("User", spec), ["/spec/profile/displayName", "/spec/profile/email"]);
        let spec = json!({"type": "t", "steps": [{"action": "a", "if": 7}, {"id": "b"}, "c"]});
        let expected = ["/spec/steps/0/if", "/spec/steps/1", "/spec/steps/2"];
        assert_eq!(errors("Template", spec), expected);
        let spec = json!({"type": "t", "steps": [], "output": {"links": [{"url": ""}], "x": 7}});
        assert_eq!(errors("Template", spec), ["/spec/output/links/0/url", "/spec/output/x"]);
    }

    #[test]
    fn some_fields_take_few_words_or_several_shapes() {
        assert_eq!(errors("Location", json!({"presence": "maybe"})), ["/spec/presence"]);
        assert!(errors("Location", json!({"presence": "optional"})).is_empty());
        for (parameters, is_right) in [(json!({}), true), (json!([{}]), true), (json!([7]), false)]
        {
            let spec = json!({"type": "t", "steps": [], "parameters": parameters});
            assert_eq!(errors("Template", spec).is_empty(), is_right);
        }
    }

    #[test]
    fn every_known_kind_has_a_spec() {
        assert_eq!(check_spec(&json!({"kind": "User"})).len(), 1);
        assert!(check_spec(&json!({"kind": "Gadget"})).is_empty());
    }
}
