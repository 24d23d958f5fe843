//! Checks of values by Backstage's field extensions (`ui:field`). A field that is not known here has no checks.

use serde_json::{Map, Value};

use super::active::active;
use crate::{
    base::{
        forges::RepoUrl,
        text::{did_you_mean, nearest},
    },
    catalog::{
        Catalog, Entity, EntityRef, Issue,
        choices::{Choices, Requester},
        issue::escape,
        names,
    },
};

/// Checks values by the fields that a form would show for them.
pub(super) struct Fields<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) requester: Requester,
}

impl Fields<'_> {
    /// Checks the values of a map, and writes entities as full references.
    pub(super) fn check(
        &self,
        schema: &Value,
        values: &mut Map<String, Value>,
        pointer: &str,
        issues: &mut Vec<Issue>,
    ) {
        for part in active(schema, &values.clone()) {
            let properties = part.get("properties").and_then(Value::as_object);
            for (key, property) in properties.into_iter().flatten() {
                if let Some(value) = values.get_mut(key) {
                    let at = format!("{pointer}/{}", escape(key));
                    self.check_value(property, value, &at, issues);
                }
            }
        }
    }

    fn check_value(&self, schema: &Value, value: &mut Value, at: &str, issues: &mut Vec<Issue>) {
        let field = schema.get("ui:field").and_then(Value::as_str);
        match value {
            Value::Object(inner) => self.check(schema, inner, at, issues),
            Value::Array(items) => {
                let multiple = field == Some("MultiEntityPicker");
                let inner = if multiple { Some(schema) } else { schema.get("items") };
                for (index, item) in items.iter_mut().enumerate() {
                    let Some(inner) = inner else { break };
                    self.check_value(inner, item, &format!("{at}/{index}"), issues);
                }
                if field == Some("EntityTagsPicker") {
                    check_tags(items, at, issues);
                }
            }
            Value::String(text) => match field {
                Some("EntityNamePicker") => issues.extend(check_name(text, at)),
                Some("RepoUrlPicker") => issues.extend(check_repository(schema, text, at)),
                Some("Secret") => issues.push(
                    Issue::error("secret-in-request", at, "a secret cannot be in a request")
                        .hint("requests are public to all who read the repository; remove it"),
                ),
                _ => {
                    if let Some(choices) = Choices::of(schema) {
                        self.check_entity(&choices, text, at, issues);
                    }
                }
            },
            _ => {}
        }
    }

    fn check_entity(
        &self,
        choices: &Choices<'_>,
        text: &mut String,
        at: &str,
        issues: &mut Vec<Issue>,
    ) {
        let is_free = choices.is_free;
        let reference = match choices.reference(text) {
            Ok(reference) => reference,
            Err(_) if is_free => return,
            Err(error) => {
                let issue = Issue::error("invalid-reference", at, error.to_string());
                return issues.push(issue.hint(error.hint()));
            }
        };
        let issue = match self.catalog.get(&reference) {
            Some(entity) if choices.allows(entity, &self.requester) => None,
            Some(_) if !is_free => Some(
                Issue::error("wrong-entity", at, format!("`{reference}` cannot be chosen here"))
                    .hint_opt(self.suggest(choices, &reference))
                    .or_hint(&format!("choose an entity with {}", choices.describe())),
            ),
            None if !is_free => Some(
                Issue::error("unknown-entity", at, format!("`{reference}` does not exist"))
                    .hint_opt(self.suggest(choices, &reference))
                    .or_hint(&format!("choose an entity with {}", choices.describe())),
            ),
            _ => None,
        };
        issues.extend(issue);
        reference.as_str().clone_into(text);
    }

    /// Suggests what may be chosen instead: the nearest by name or title, else all when they are few.
    fn suggest(&self, choices: &Choices<'_>, wanted: &EntityRef) -> Option<String> {
        const FEW: usize = 6;
        let allowed =
            || self.catalog.entities().iter().filter(|e| choices.allows(e, &self.requester));
        let names: Vec<_> = allowed().map(|e| e.reference.name()).collect();
        if let Some(near) = nearest(wanted.name(), names) {
            let is_near = |entity: &&Entity| entity.reference.name() == near;
            let references = allowed().filter(is_near).map(|e| e.reference.as_str());
            return did_you_mean(wanted.as_str(), references).or_else(|| {
                Some(format!("did you mean `{}`?", allowed().find(is_near)?.reference))
            });
        }
        let some: Vec<_> = allowed().take(FEW).map(|e| e.reference.as_str()).collect();
        (!some.is_empty() && some.len() < FEW)
            .then(|| format!("choose one of `{}`", some.join("`, `")))
    }
}

fn check_name(text: &str, at: &str) -> Option<Issue> {
    (!names::is_object_name(text)).then(|| {
        Issue::error("invalid-value", at, format!("`{text}` is not the name of an entity"))
            .hint("letters, digits and, between them, `-`, `_` or `.`, at most 63")
    })
}

/// Tags are written in lower case and once, as the form does.
fn check_tags(items: &mut Vec<Value>, at: &str, issues: &mut Vec<Issue>) {
    let mut seen = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(tag) = item.as_str().map(str::to_lowercase) else {
            continue;
        };
        if !names::is_tag(&tag) {
            let message = format!("`{tag}` is not a valid tag");
            issues.push(
                Issue::error("invalid-tag", format!("{at}/{index}"), message)
                    .hint("letters, digits, `:`, `+`, `#` and single hyphens"),
            );
        }
        if !seen.contains(&Value::String(tag.clone())) {
            seen.push(Value::String(tag));
        }
    }
    if items.iter().all(Value::is_string) {
        *items = seen;
    }
}

/// A repository must be where the form lets people put it.
fn check_repository(schema: &Value, text: &str, at: &str) -> Option<Issue> {
    let Ok(address) = RepoUrl::parse(text) else {
        let message = format!("`{text}` is not the address of a repository");
        return Some(
            Issue::error("invalid-value", at, message).hint("write it as `host?owner=…&repo=…`"),
        );
    };
    let limits = [
        ("allowedHosts", Some(address.host.as_str())),
        ("allowedOwners", address.part("owner")),
        ("allowedOrganizations", address.part("organization")),
        ("allowedProjects", address.part("project")),
        ("allowedRepos", address.part("repo")),
    ];
    limits.into_iter().find_map(|(option, found)| {
        let allowed = schema.pointer(&format!("/ui:options/{option}"))?.as_array()?;
        let allowed: Vec<_> = allowed.iter().filter_map(Value::as_str).collect();
        let found = found?;
        (!allowed.is_empty() && !allowed.contains(&found)).then(|| {
            Issue::error("invalid-value", at, format!("`{found}` is not allowed here"))
                .hint(format!("choose one of `{}`", allowed.join("`, `")))
        })
    })
}
