//! The smallest request that the schema of a template allows, and one with all values, to plan the template without a
//! person.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::active::{active, apply_defaults};
use crate::{
    base::percent::encode,
    catalog::{Catalog, choices::Choices},
    schema,
    settings::Settings,
    template::Template,
};

/// Texts that are tried, from the most ordinary to those that a `format` or a `pattern` asks for.
const TEXTS: &[&str] = &[
    "example",
    "Example",
    "e",
    "1",
    "1.0.0",
    "EXAMPLE",
    "example-1",
    "example.com",
    "https://example.com",
    "someone@example.com",
    "com.example.shop",
    "com.example",
    "2026-01-31",
    "2026-01-31T12:00:00Z",
    "10.0.0.0/24",
    "10.0.0.1",
];
/// Deepest nesting of the values.
const NESTING: usize = 8;

/// Makes values for parameters that must be given.
pub(crate) struct Examples<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) settings: &'a Settings,
    /// Whether values are made that may be left out, too, as far as they can be guessed.
    pub(crate) are_all: bool,
}

impl Examples<'_> {
    /// The values of a request: those that must be given, and have no default. `None` when one of them cannot be guessed.
    pub(crate) fn values(&self, template: &Template) -> Option<Map<String, Value>> {
        let mut values = Map::new();
        for page in &template.pages {
            self.complete(page, &mut values, NESTING)?;
        }
        Some(values)
    }

    /// Adds what the schema of a map requires. A value may make more parts of the schema active, which require more.
    fn complete(
        &self,
        schema: &Value,
        values: &mut Map<String, Value>,
        nesting: usize,
    ) -> Option<()> {
        let nesting = nesting.checked_sub(1)?;
        let mut left_out = BTreeSet::new();
        loop {
            let mut complete = values.clone();
            apply_defaults(schema, &mut complete);
            let parts = active(schema, &complete);
            let required =
                parts.iter().filter_map(|part| part.get("required")?.as_array()).flatten();
            let missing =
                required.filter_map(Value::as_str).find(|name| !complete.contains_key(*name));
            if let Some(name) = missing {
                let property = parts.iter().find_map(|part| part.get("properties")?.get(name))?;
                values.insert(name.to_owned(), self.value(property, nesting)?);
                continue;
            }
            let all = parts.iter().filter_map(|part| part.get("properties")?.as_object()).flatten();
            let optional = all
                .filter(|_| self.are_all)
                .find(|(name, _)| !complete.contains_key(*name) && !left_out.contains(*name));
            let Some((name, property)) = optional else { return Some(()) };
            match self.value(property, nesting) {
                Some(value) => drop(values.insert(name.clone(), value)),
                None => drop(left_out.insert(name.clone())),
            }
        }
    }

    fn value(&self, schema: &Value, nesting: usize) -> Option<Value> {
        let list = |key: &str| schema.get(key).and_then(Value::as_array);
        let first = |key: &str| list(key).and_then(|items| items.first()).cloned();
        if let Some(value) = schema.get("const").cloned().or_else(|| first("enum")) {
            return Some(value);
        }
        let field = schema.get("ui:field").and_then(Value::as_str);
        match (field, schema.get("type").and_then(Value::as_str)) {
            (Some("RepoUrlPicker"), _) => Some(Value::String(self.repository(schema))),
            (Some("MultiEntityPicker"), _) => Some(json!([self.entity(schema)?])),
            (Some(_), Some("string") | None) if Choices::of(schema).is_some() => {
                self.entity(schema).map(Value::String)
            }
            (_, Some("boolean")) => Some(json!(false)),
            (_, Some("integer" | "number")) => {
                let numbers = ["minimum", "maximum"].map(|key| schema.get(key).cloned());
                let numbers =
                    numbers.into_iter().flatten().chain([json!(1), json!(10), json!(1000)]);
                fitting(schema, numbers)
            }
            (_, Some("array")) => {
                let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or_default();
                match (least, schema.get("items")) {
                    (0, _) => Some(json!([])),
                    (1, Some(items)) => Some(json!([self.value(items, nesting.checked_sub(1)?)?])),
                    _ => None,
                }
            }
            (_, Some("object")) => {
                let mut values = Map::new();
                self.complete(schema, &mut values, nesting)?;
                Some(Value::Object(values))
            }
            _ => {
                let given = list("examples").into_iter().flatten().cloned();
                fitting(schema, given.chain(TEXTS.iter().copied().map(Value::from)))
            }
        }
    }

    /// An entity of the catalog that the field offers.
    fn entity(&self, schema: &Value) -> Option<String> {
        let choices = Choices::of(schema)?;
        let entity = self.catalog.entities().iter().find(|entity| choices.offers(entity));
        Some(entity?.reference.to_string())
    }

    /// The address of a repository that the field allows, on a host that the settings list.
    fn repository(&self, schema: &Value) -> String {
        let allowed = |option: &str| {
            let list = schema.pointer(&format!("/ui:options/{option}"))?.as_array()?;
            list.first()?.as_str()
        };
        let listed = self.settings.repositories.hosts.first().map(String::as_str);
        let host = allowed("allowedHosts").or(listed).unwrap_or("github.com");
        let part = |option: &str| allowed(option).unwrap_or("example");
        let parts = [
            ("owner", "allowedOwners"),
            ("organization", "allowedOrganizations"),
            ("project", "allowedProjects"),
            ("repo", "allowedRepos"),
        ];
        let parts = parts.map(|(name, option)| format!("{name}={}", encode(part(option))));
        format!("{host}?{}", parts.join("&"))
    }
}

/// The first value that the schema of a parameter allows.
fn fitting(schema: &Value, mut values: impl Iterator<Item = Value>) -> Option<Value> {
    values.find(|value| schema::is_valid(schema, value))
}
