//! Values of properties that a condition of the template switches off, such as those of the other branch of a `oneOf`.
//!
//! Backstage's form submits what was filled in before the condition changed, and steps then use it. Here such a value is
//! refused with the condition; one that is the default, which a form may fill in, is left out.

use serde_json::{Map, Value};

use super::active::{applicable, list};
use crate::{
    catalog::{Issue, issue::escape},
    schema::show,
};

/// Deepest nesting of conditions that is searched.
const MOST_DEPTH: usize = 16;

/// Refuses values of properties that no page applies, and removes those that are defaults.
pub(super) fn check(
    pages: &[Value],
    given: &Map<String, Value>,
    values: &mut Map<String, Value>,
) -> Vec<Issue> {
    let parts: Vec<_> = pages.iter().flat_map(|page| applicable(page, values)).collect();
    let is_open = parts.iter().any(|part| {
        let is_map = |key| part.get(key).is_some_and(Value::is_object);
        is_map("additionalProperties") || is_map("patternProperties")
    });
    let applies = |key: &str| {
        let mut properties = parts.iter().filter_map(|part| part.get("properties"));
        is_open || properties.any(|properties| properties.get(key).is_some())
    };
    let mut issues = Vec::new();
    for (key, value) in given.iter().filter(|(key, _)| !applies(key)) {
        let mut declared = Vec::new();
        for page in pages {
            declarations(page, key, &mut Vec::new(), MOST_DEPTH, &mut declared);
        }
        if declared.is_empty() {
            // There is no such parameter, which another check reports.
            continue;
        }
        if declared.iter().any(|declaration| declaration.default == Some(value)) {
            values.shift_remove(key);
            continue;
        }
        let mut conditions: Vec<_> =
            declared.into_iter().map(|declaration| declaration.condition).collect();
        conditions.dedup();
        let message = format!("`{key}` applies only when {}", conditions.join(", or when "));
        let pointer = format!("/parameters/{}", escape(key));
        issues
            .push(Issue::error("inapplicable-value", pointer, message).at_key().hint("remove it"));
    }
    issues
}

/// A place of a schema that declares a property.
struct Declaration<'s> {
    /// When it applies, in words.
    condition: String,
    default: Option<&'s Value>,
}

/// Finds all declarations of a property, with the conditions that lead to each.
fn declarations<'s>(
    schema: &'s Value,
    key: &str,
    conditions: &mut Vec<String>,
    depth: usize,
    found: &mut Vec<Declaration<'s>>,
) {
    if depth == 0 {
        return;
    }
    if let Some(property) = schema.get("properties").and_then(|properties| properties.get(key)) {
        let condition = match conditions.as_slice() {
            [] => "other values fit".to_owned(),
            all => all.join(" and "),
        };
        found.push(Declaration { condition, default: property.get("default") });
    }
    let mut follow = |part: &'s Value, condition: Option<String>| {
        let before = conditions.len();
        conditions.extend(condition);
        declarations(part, key, conditions, depth - 1, found);
        conditions.truncate(before);
    };
    for part in list(schema, "allOf") {
        follow(part, None);
    }
    if let Some(condition) = schema.get("if") {
        let words = describe(condition, key);
        if let Some(part) = schema.get("then") {
            follow(part, words.clone());
        }
        if let Some(part) = schema.get("else") {
            follow(part, words.map(|words| format!("it is not so that {words}")));
        }
    }
    for branch in ["oneOf", "anyOf"].into_iter().flat_map(|name| list(schema, name)) {
        follow(branch, describe(branch, key));
    }
    let dependencies = schema.get("dependencies").and_then(Value::as_object);
    for (name, dependency) in dependencies.into_iter().flatten() {
        // A branch that decides by the value of the property says more than that it is given.
        let is_decided =
            ["oneOf", "anyOf"].into_iter().flat_map(|name| list(dependency, name)).any(|branch| {
                branch.get("properties").is_some_and(|properties| properties.get(name).is_some())
            });
        follow(dependency, (!is_decided).then(|| format!("`{name}` is given")));
    }
}

/// A schema as a condition in words, without the property that it is about; `None` when it has none that can be said.
fn describe(schema: &Value, except: &str) -> Option<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let values = properties.into_iter().flatten().filter(|(name, _)| *name != except);
    let mut all: Vec<_> = values
        .filter_map(|(name, property)| {
            let one = property.get("const").map(|value| format!("`{}`", show(value)));
            let many = || {
                let options = property.get("enum")?.as_array()?;
                let options: Vec<_> =
                    options.iter().map(|value| format!("`{}`", show(value))).collect();
                (!options.is_empty()).then(|| options.join(" or "))
            };
            Some(format!("`{name}` is {}", one.or_else(many)?))
        })
        .collect();
    if all.is_empty() {
        let required = list(schema, "required").filter_map(Value::as_str);
        all.extend(
            required.filter(|name| *name != except).map(|name| format!("`{name}` is given")),
        );
    }
    (!all.is_empty()).then(|| all.join(" and "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(page: &Value, values: &Value) -> (Vec<String>, Value) {
        let given = values.as_object().cloned().unwrap_or_default();
        let mut values = given.clone();
        let issues = check(std::slice::from_ref(page), &given, &mut values);
        (issues.into_iter().map(|issue| issue.message).collect(), Value::Object(values))
    }

    #[test]
    fn a_value_of_another_branch_is_refused_with_the_condition() {
        let page = json!({
            "properties": {"backup": {"enum": ["yes", "no"]}, "replicated": {}, "engine": {}},
            "dependencies": {
                "backup": {"oneOf": [
                    {"properties": {"backup": {"enum": ["no"]}}},
                    {"properties": {"backup": {"enum": ["yes"]}, "days": {"default": 14}}}
                ]},
                "replicated": {"properties": {"copies": {}}},
            },
            "allOf": [{"if": {"properties": {"engine": {"const": "a"}}}, "then": {"properties": {"x": {}}},
                       "else": {"properties": {"y": {}}}}],
        });
        let refused = |values: Value| checked(&page, &values).0;
        assert_eq!(
            refused(json!({"backup": "no", "days": 30, "copies": 2, "engine": "b", "x": 1})),
            [
                "`days` applies only when `backup` is `yes`",
                "`copies` applies only when `replicated` is given",
                "`x` applies only when `engine` is `a`",
            ]
        );
        assert_eq!(
            refused(json!({"engine": "a", "y": 1})),
            ["`y` applies only when it is not so that `engine` is `a`"]
        );
        assert!(
            refused(json!({"backup": "yes", "days": 3, "replicated": false, "copies": 1}))
                .is_empty()
        );
        let (issues, values) = checked(&page, &json!({"backup": "no", "days": 14}));
        assert_eq!((issues, values), (vec![], json!({"backup": "no"})));
    }

    #[test]
    fn alternatives_without_a_condition_apply_together() {
        let page = json!({"oneOf": [
            {"properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"b": {"type": "string"}}, "required": ["b"]},
        ]});
        assert!(checked(&page, &json!({"b": "x"})).0.is_empty());
    }
}
