//! Checks the rendered input of a step.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Action, StepContext};
use crate::{
    base::{
        diagnostics::{self, Diagnostic, Level},
        text::{did_you_mean, list, shorten, visible},
    },
    catalog::{Issue, issue::escape},
    engine, schema,
};

impl StepContext<'_> {
    /// Checks a rendered input against the action's schema, and returns warnings. Values that are known only after
    /// apply are not checked, and refused where the action needs them. An unknown input is a warning, because Backstage
    /// ignores it, and an error when it looks like a known one and the template is not lenient.
    ///
    /// # Errors
    /// All that is wrong with the input.
    pub(crate) fn check_input(
        &self,
        action: &dyn Action,
        input: &Value,
    ) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        let base = self.input();
        let schema = action.schema();
        let mut later = Vec::new();
        unknown_pointers(input, &base, &mut later);
        let mut issues =
            schema::check(&schema, input, &base).map_err(|error| self.wrong("", error))?;
        issues.retain(|issue| !later.iter().any(|(pointer, _)| issue.pointer.starts_with(pointer)));
        for (pointer, value) in later {
            let key = pointer[base.len()..].split('/').nth(1).unwrap_or_default();
            let is_known = schema.pointer(&format!("/properties/{key}")).is_some();
            let taken = action.secret_inputs().contains(&key);
            if let Some(message) = unusable_secret(action, key, &value) {
                issues.push(Issue::error("unusable-secret", pointer, message));
                continue;
            }
            if taken && engine::is_secret(&value) {
                continue;
            }
            let value = engine::display(&value);
            if is_known && !action.later_inputs().contains(&key) {
                let shown = value.as_str().unwrap_or_default().to_owned();
                let message =
                    format!("`{}` needs `{key}` in the plan, which has {shown}", action.id());
                issues.push(Issue::error("known-after-apply", pointer, message));
            }
        }
        let is_lenient = self.template().options().lenient && !action.is_strict();
        issues.extend(unknown_inputs(action, &schema, input, &base).map(
            |issue| match is_lenient {
                true => Issue { level: Level::Warning, ..issue },
                false => issue,
            },
        ));
        let found = issues.into_iter().map(|issue| self.template().diagnostic(issue));
        let found: Vec<_> = found.collect();
        if diagnostics::has_errors(&found) { Err(found) } else { Ok(found) }
    }
}

/// What is wrong with the secrets of a value in an input.
fn unusable_secret(action: &dyn Action, key: &str, value: &Value) -> Option<String> {
    let mut names = BTreeSet::new();
    engine::secret_names(value, &mut names);
    if names.is_empty() {
        return None;
    }
    if !action.secret_inputs().contains(&key) {
        return Some(format!("`{}` takes no secret in `{key}`", action.id()));
    }
    let computed = names.iter().find_map(|name| name.strip_suffix('|'));
    computed.map(|name| {
        format!("the secret `{name}` can be used as it is or in a text, not in a computation")
    })
}

/// The inputs that an action does not have.
fn unknown_inputs(
    action: &dyn Action,
    schema: &Value,
    input: &Value,
    base: &str,
) -> impl Iterator<Item = Issue> {
    // A schema that says it itself takes them, or has found them.
    let is_open = schema.get("additionalProperties").is_some();
    let names = |value: &Value| -> Vec<String> {
        value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    };
    let known = names(&schema["properties"]);
    let given = names(input).into_iter().filter(|_| !is_open);
    let unknown: Vec<_> = given
        .filter(|name| !known.contains(name))
        .map(|name| {
            let pointer = format!("{base}/{}", escape(&name));
            let shown = visible(&shorten(&name, 100)).into_owned();
            if let Some(hint) = did_you_mean(&name, known.iter().map(String::as_str)) {
                let message = format!("`{}` has no input `{shown}`", action.id());
                Issue::error("unknown-input", pointer, message).at_key().hint(hint)
            } else if action.is_strict() {
                let message = format!("`{}` has no input `{shown}`", action.id());
                let hint = format!("its inputs are {}", list(&known, known.len()));
                Issue::error("unknown-input", pointer, message).at_key().hint(hint)
            } else {
                let message = format!("`{}` has no input `{shown}`, which is ignored", action.id());
                Issue::warning("unknown-input", pointer, message).at_key()
            }
        })
        .collect();
    unknown.into_iter()
}

/// The values below a pointer that are known only after apply.
fn unknown_pointers(value: &Value, pointer: &str, found: &mut Vec<(String, Value)>) {
    match value {
        _ if engine::is_unknown(value) => found.push((pointer.to_owned(), value.clone())),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                unknown_pointers(item, &format!("{pointer}/{index}"), found);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                unknown_pointers(item, &format!("{pointer}/{}", escape(key)), found);
            }
        }
        _ => {}
    }
}
