//! Completes the values of a request with the defaults of its template, and checks them against the template's
//! JSON Schema and the catalog.

pub(crate) mod active;
mod conditions;
pub(crate) mod example;
mod fields;

use serde_json::{Map, Value, json};

use crate::{
    base::{diagnostics::Diagnostic, text::did_you_mean},
    catalog::{Catalog, Issue, choices::Requester, issue::escape},
    request::Request,
    schema::{self, unknown},
    template::Template,
};
use active::{all_properties, apply_defaults};

/// Completes and checks the values of a request. References of entities are completed with kind and namespace.
pub(crate) fn resolve(
    request: &Request,
    template: &Template,
    catalog: &Catalog,
) -> Result<Map<String, Value>, Vec<Diagnostic>> {
    let mut issues = check_names(request, template);
    let mut values = request.parameters.clone();
    for page in &template.pages {
        apply_defaults(page, &mut values);
    }
    issues.extend(conditions::check(&template.pages, &request.parameters, &mut values));
    let requester = Requester::of(catalog, &request.requester);
    let fields = fields::Fields { catalog, requester };
    for page in &template.pages {
        fields.check(page, &mut values, "/parameters", &mut issues);
    }
    let mut problems: Vec<_> = Vec::new();
    let whole = Value::Object(values);
    for (index, page) in template.pages.iter().enumerate() {
        match schema::check(&as_object_schema(page), &whole, "/parameters") {
            Ok(found) => issues.extend(found),
            Err(error) => problems.push(template.wrong(
                &template.page_pointer(index),
                "invalid-schema",
                format!("the parameters are not a JSON Schema: {error}"),
            )),
        }
    }
    problems.extend(one_per_place(issues).into_iter().map(|issue| request.diagnostic(issue)));
    match whole {
        Value::Object(values) if problems.is_empty() => Ok(values),
        _ => Err(problems),
    }
}

/// Keeps the first of several issues of one value; of a map, all missing keys are kept.
fn one_per_place(issues: Vec<Issue>) -> Vec<Issue> {
    let mut kept: Vec<Issue> = Vec::new();
    for issue in issues {
        let is_said = |other: &Issue| match issue.code {
            "missing-value" => *other == issue,
            _ => other.pointer == issue.pointer && other.code != "missing-value",
        };
        if !kept.iter().any(is_said) {
            kept.push(issue);
        }
    }
    kept
}

/// Adds `type: object` to a page, which most templates leave out.
fn as_object_schema(page: &Value) -> Value {
    let mut page = page.clone();
    if let Some(map) = page.as_object_mut() {
        map.entry("type").or_insert(json!("object"));
    }
    page
}

/// Refuses values for which no page has a property.
fn check_names(request: &Request, template: &Template) -> Vec<Issue> {
    let known = template.parameter_names();
    let mut issues = Vec::new();
    for (key, value) in &request.parameters {
        if known.contains(&key.as_str()) {
            let schemas =
                template.pages.iter().filter_map(|page| page.pointer("/properties")?.get(key));
            for schema in schemas {
                check_inner_names(schema, value, &pointer_of(Some(key)), &mut issues);
            }
        } else {
            let mut issue = unknown("/parameters", key, &known);
            issue.message = format!("`{}` has no parameter `{key}`", template.reference);
            issues.push(issue);
        }
    }
    issues
}

/// Refuses keys that the schema of a map does not list, unless it leaves them open.
fn check_inner_names(schema: &Value, value: &Value, pointer: &str, issues: &mut Vec<Issue>) {
    let is_open =
        ["additionalProperties", "patternProperties"].iter().any(|key| schema.get(key).is_some());
    let mut known = Vec::new();
    all_properties(schema, &mut known);
    match value {
        Value::Object(map) if !is_open && !known.is_empty() => {
            for (key, value) in map {
                if !known.contains(&key.as_str()) {
                    issues.push(unknown(pointer, key, &known));
                } else if let Some(schema) = schema.pointer("/properties").and_then(|p| p.get(key))
                {
                    check_inner_names(schema, value, &format!("{pointer}/{}", escape(key)), issues);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let schema = schema.get("items").unwrap_or(&Value::Null);
                check_inner_names(schema, item, &format!("{pointer}/{index}"), issues);
            }
        }
        _ => {}
    }
}

impl Template {
    /// Names the properties of all pages, sorted.
    pub(crate) fn parameter_names(&self) -> Vec<&str> {
        let mut known = Vec::new();
        for page in &self.pages {
            all_properties(page, &mut known);
        }
        known.sort_unstable();
        known.dedup();
        known
    }
}

/// Finds the parameter that holds `name`, to point at it in the request.
pub(crate) fn parameter_of(parameters: &Map<String, Value>, name: &str) -> Option<String> {
    let holds = |value: &Value| value.as_str().is_some_and(|t| t.eq_ignore_ascii_case(name));
    let (key, _) = parameters.iter().find(|(_, value)| holds(value))?;
    Some(key.clone())
}

/// Points at a parameter in the request's file.
pub(crate) fn pointer_of(parameter: Option<&str>) -> String {
    match parameter {
        Some(name) => format!("/parameters/{}", escape(name)),
        None => "/parameters".to_owned(),
    }
}

/// Checks that the requester is a user of the catalog, whose groups decide what they may choose.
pub(crate) fn check_requester(request: &Request, catalog: &Catalog) -> Option<Diagnostic> {
    let requester = &request.requester;
    let is_known = catalog.get(requester).is_some() && requester.kind() == "user";
    if is_known || request.is_example {
        return None;
    }
    let names = catalog.of_kind("User").map(|e| e.reference.as_str());
    let near = did_you_mean(requester.as_str(), names);
    let issue =
        Issue::error("unknown-requester", "/requester", format!("there is no user `{requester}`"));
    Some(request.diagnostic(issue.hint_opt(near)))
}
