//! Checks the parameters of a template: their JSON Schema, defaults, and names that are required.

use serde_json::{Map, Value};

use crate::{
    base::{
        diagnostics::{Diagnostic, Level as Severity},
        text::did_you_mean,
    },
    catalog::{Issue, issue::escape},
    parameters::active::all_properties,
    schema,
    template::Template,
};

/// Deepest nesting of schemas that is checked.
const MOST_DEPTH: usize = 32;

/// Checks the pages of parameters, and the schema of secrets.
pub(super) fn check(template: &Template) -> Vec<Diagnostic> {
    let names = template.parameter_names();
    let mut issues = Vec::new();
    for (index, page) in template.pages.iter().enumerate() {
        let pointer = template.page_pointer(index);
        issues.extend(schema_issues(page, &pointer));
        let mut checker = Checker { names: &names, issues: &mut issues };
        checker.schema(page, &pointer, &Level::Page, MOST_DEPTH);
    }
    if let Some(secrets) = &template.secrets {
        issues.extend(schema_issues(secrets, "/spec/secrets/schema"));
    }
    if template.options().lenient {
        // In Backstage, a wrong default only has to be replaced by whoever fills in the form.
        for issue in issues.iter_mut().filter(|issue| issue.code == "invalid-default") {
            issue.level = Severity::Warning;
        }
    }
    issues.into_iter().map(|issue| template.diagnostic(issue)).collect()
}

/// What keeps a value from being a JSON Schema: of a page with properties, each wrong property.
fn schema_issues(schema: &Value, pointer: &str) -> Vec<Issue> {
    let Err(error) = schema::check(schema, &Value::Null, "") else { return Vec::new() };
    let properties = schema.get("properties").and_then(Value::as_object);
    let wrong = properties.into_iter().flatten().filter_map(|(name, property)| {
        let error = schema::check(property, &Value::Null, "").err()?;
        let at = format!("{pointer}/properties/{}{}", escape(name), error.pointer);
        let issue = Issue::error("invalid-schema", at, format!("`{name}`: {error}"));
        let is_flag = property.get("required").is_some_and(Value::is_boolean);
        let flag = is_flag.then(|| {
            format!("list `{name}` under `required` beside `properties`, as in JSON Schema draft 7")
        });
        Some(issue.hint_opt(flag.or(error.hint)))
    });
    let wrong: Vec<_> = wrong.collect();
    if !wrong.is_empty() {
        return wrong;
    }
    let message = format!("this is not a JSON Schema: {error}");
    let at = format!("{pointer}{}", error.pointer);
    vec![Issue::error("invalid-schema", at, message).hint_opt(error.hint)]
}

/// What a schema describes.
enum Level<'s> {
    /// A page, whose required names may be properties of other pages.
    Page,
    /// A map in it, with the names of all its properties.
    Map(Vec<&'s str>),
}

struct Checker<'c> {
    /// The names of all parameters.
    names: &'c [&'c str],
    issues: &'c mut Vec<Issue>,
}

impl Checker<'_> {
    /// Checks a schema and those inside it.
    fn schema(&mut self, schema: &Value, pointer: &str, level: &Level<'_>, depth: usize) {
        let (Some(map), Some(depth)) = (schema.as_object(), depth.checked_sub(1)) else { return };
        self.required(map, pointer, level);
        for (key, value) in map {
            let at = format!("{pointer}/{}", escape(key));
            match (key.as_str(), value) {
                ("properties" | "patternProperties", Value::Object(properties)) => {
                    for (name, property) in properties {
                        self.property(property, &format!("{at}/{}", escape(name)), depth);
                    }
                }
                ("dependencies", Value::Object(parts)) => {
                    for (name, part) in parts {
                        self.schema(part, &format!("{at}/{}", escape(name)), level, depth);
                    }
                }
                ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => {
                    for (index, part) in parts.iter().enumerate() {
                        self.schema(part, &format!("{at}/{index}"), level, depth);
                    }
                }
                ("then" | "else", part) => self.schema(part, &at, level, depth),
                ("items" | "additionalProperties", part @ Value::Object(_)) => {
                    self.property(part, &at, depth);
                }
                _ => {}
            }
        }
    }

    /// Checks the schema of a value: its default, and what it has inside.
    fn property(&mut self, property: &Value, pointer: &str, depth: usize) {
        if let Some(default) = property.get("default") {
            let at = format!("{pointer}/default");
            // Messages name the value by the last part of the pointer.
            let found = schema::check(property, default, pointer).unwrap_or_default();
            // One mistake of a default says enough; positions inside it are those of the default.
            if let Some(issue) = found.into_iter().next() {
                let message =
                    format!("the default does not obey its own schema: {}", issue.message);
                let inside = issue.pointer.get(pointer.len()..).unwrap_or_default();
                let at = format!("{at}{inside}");
                self.issues.push(Issue { code: "invalid-default", pointer: at, message, ..issue });
            }
        }
        let mut names = Vec::new();
        all_properties(property, &mut names);
        let is_open = ["additionalProperties", "patternProperties"];
        if is_open.iter().any(|key| property.get(key).is_some()) {
            names.clear();
        }
        self.schema(property, pointer, &Level::Map(names), depth);
    }

    /// A required name that is no property can never be given, because values without a property are refused.
    fn required(&mut self, schema: &Map<String, Value>, pointer: &str, level: &Level<'_>) {
        let names = match level {
            Level::Page => self.names,
            Level::Map(names) => names,
        };
        let required = schema.get("required").and_then(Value::as_array);
        for (index, name) in required.into_iter().flatten().enumerate() {
            let Some(name) = name.as_str() else { continue };
            let at = format!("{pointer}/required/{index}");
            let is_known = names.contains(&name);
            if !is_known && (matches!(level, Level::Page) || !names.is_empty()) {
                let message = format!("`{name}` is required, and there is no property `{name}`");
                let hint = did_you_mean(name, names.iter().copied());
                self.issues.push(Issue::error("unknown-property", &at, message).hint_opt(hint));
            }
            let property = schema.get("properties").and_then(|properties| properties.get(name));
            let field = property.and_then(|property| property.get("ui:field"));
            if field.is_some_and(|field| field == "Secret") {
                let message =
                    format!("the secret `{name}` is required, and a request has no secrets");
                let hint =
                    "remove it from `required`; credentials belong to origins in `callboard.yaml`";
                self.issues.push(Issue::error("required-secret", at, message).hint(hint));
            }
        }
    }
}
