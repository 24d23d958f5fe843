//! What a kind asks of `spec`: checks by the table in [`super::kinds`], and the references in it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    entity::text_at,
    envelope::{missing, pointer, wrong_shape},
    issue::Issue,
    kinds::{FieldSpec, KindSpec, RefSpec, Shape, is_excused, kind_spec},
    reference::{DEFAULT_NAMESPACE, EntityRef},
};

/// A reference that an entity's `spec` makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecRef {
    /// JSON pointer of the text.
    pub pointer: String,
    /// What is referred to.
    pub target: EntityRef,
    /// What the reference means.
    pub spec: RefSpec,
}

/// Checks `spec` against the rules of the entity's kind. Unknown kinds have no rules.
pub fn check_spec(entity: &Value) -> Vec<Issue> {
    let mut issues = Vec::new();
    check_case_clashes(entity, "", &mut issues);
    let Some(kind) = text_at(entity, "/kind").and_then(kind_spec) else {
        return issues;
    };
    let empty = Map::new();
    let spec = match entity.get("spec") {
        Some(Value::Object(spec)) => spec,
        Some(_) => return issues,
        None if kind.fields.iter().any(|field| field.required) => {
            issues.push(missing("", "spec"));
            return issues;
        }
        None => &empty,
    };
    for field in kind.fields {
        check_field(kind, field, spec, &mut issues);
    }
    let (_, bad) = spec_refs(entity);
    issues.extend(bad);
    issues
}

fn check_field(
    kind: &KindSpec,
    field: &FieldSpec,
    spec: &Map<String, Value>,
    issues: &mut Vec<Issue>,
) {
    let at = pointer("/spec", field.name);
    let Some(value) = spec.get(field.name) else {
        let spec_type = spec.get("type").and_then(Value::as_str);
        if field.required && !is_excused(kind.name, field.name, spec_type) {
            issues.push(missing("/spec", field.name));
        }
        return;
    };
    match (field.shape, value) {
        (Shape::Map, Value::Object(_)) | (Shape::Items, Value::Array(_)) => {}
        (Shape::Text | Shape::Ref(_), Value::String(text)) if !text.is_empty() => {}
        (Shape::Text | Shape::Ref(_), Value::String(_)) => {
            issues.push(Issue::error("invalid-value", at, format!("`{}` is empty", field.name)));
        }
        (Shape::Text | Shape::Ref(_), other) => issues.push(wrong_shape(&at, "a text", other)),
        (Shape::Map, other) => issues.push(wrong_shape(&at, "a map", other)),
        (Shape::Texts | Shape::Refs(_), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                if item.as_str().is_none_or(str::is_empty) {
                    issues.push(wrong_shape(&format!("{at}/{index}"), "a text", item));
                }
            }
        }
        (Shape::Texts | Shape::Refs(_) | Shape::Items, other) => {
            issues.push(wrong_shape(&at, "a list", other));
        }
    }
}

/// Keys that differ only in case cannot live in one entity: Backstage's index refuses them.
fn check_case_clashes(value: &Value, base: &str, issues: &mut Vec<Issue>) {
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
            for (index, item) in items.iter().enumerate() {
                check_case_clashes(item, &format!("{base}/{index}"), issues);
            }
        }
        _ => {}
    }
}

/// Reads every reference that `spec` makes, and reports those that cannot be read.
///
/// A reference without a namespace is in the namespace of the entity that makes it.
pub fn spec_refs(entity: &Value) -> (Vec<SpecRef>, Vec<Issue>) {
    let (mut refs, mut issues) = (Vec::new(), Vec::new());
    let Some(kind) = text_at(entity, "/kind").and_then(kind_spec) else {
        return (refs, issues);
    };
    let namespace = text_at(entity, "/metadata/namespace").unwrap_or(DEFAULT_NAMESPACE);
    let mut take = |at: String, text: &str, spec: RefSpec| match EntityRef::parse(
        text,
        spec.default_kind,
        namespace,
    ) {
        Ok(target) => refs.push(SpecRef { pointer: at, target, spec }),
        Err(error) => {
            let issue = Issue::error("invalid-reference", at, error.to_string());
            issues.push(issue.hint(error.hint()));
        }
    };
    for field in kind.fields {
        let at = pointer("/spec", field.name);
        let value = entity.get("spec").and_then(|spec| spec.get(field.name));
        match (field.shape, value) {
            (Shape::Ref(spec), Some(Value::String(text))) if !text.is_empty() => {
                take(at, text, spec);
            }
            (Shape::Refs(spec), Some(Value::Array(items))) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(text) = item.as_str().filter(|text| !text.is_empty()) {
                        take(format!("{at}/{index}"), text, spec);
                    }
                }
            }
            _ => {}
        }
    }
    (refs, issues)
}
