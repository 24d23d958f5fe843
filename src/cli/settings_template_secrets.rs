//! `scaffold.secrets` of `callboard.yaml`: secrets that templates may send, each in an environment variable.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        environment::{Environment, GIT_TOKEN, Secret},
    },
    catalog::{EntityRef, issue::escape, reference::DEFAULT_NAMESPACE},
    scaffold::TemplateSecret,
};

/// Secrets by their names in templates.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct TemplateSecretSettings(BTreeMap<String, OneSecret>);

/// A secret.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OneSecret {
    /// The environment variable that has it.
    variable: String,
    /// Names of the templates that may send it.
    templates: Vec<String>,
}

impl TemplateSecretSettings {
    /// Names that no template can read, variables that are none, and templates that cannot be.
    pub(super) fn problems(&self, at: impl Fn(&str) -> Place) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        for (name, secret) in &self.0 {
            let pointer = format!("/scaffold/secrets/{}", escape(name));
            let mut wrong = |rest: &str, message: String, hint: &str| {
                let place = at(&format!("{pointer}{rest}"));
                problems.push(Diagnostic::error("invalid-settings", place, message).hint(hint));
            };
            if !is_variable(name) {
                let hint = "write letters, digits and `_`, as in `${{ secrets.NAME }}`";
                wrong("", format!("`{name}` cannot be the name of a secret"), hint);
            }
            if !is_variable(&secret.variable) || secret.variable == GIT_TOKEN {
                let message = format!("`{}` cannot be the variable of a secret", secret.variable);
                wrong("/variable", message, "name a variable of its own");
            }
            if secret.templates.is_empty() {
                let message = format!("no template may send the secret `{name}`");
                wrong("/templates", message, "list the templates that may");
            }
            for (index, template) in secret.templates.iter().enumerate() {
                if reference(template).is_none_or(|template| template.kind() != "template") {
                    let message = format!("`{template}` is not the name of a template");
                    wrong(
                        &format!("/templates/{index}"),
                        message,
                        "write it as `[namespace/]name`",
                    );
                }
            }
        }
        problems
    }

    /// The secrets.
    pub(super) fn secrets(&self) -> BTreeMap<String, TemplateSecret> {
        let secret = |(name, secret): (&String, &OneSecret)| {
            let templates = secret.templates.iter().filter_map(|text| reference(text)).collect();
            (name.clone(), TemplateSecret { variable: secret.variable.clone(), templates })
        };
        self.0.iter().map(secret).collect()
    }

    /// Names of their variables.
    pub(super) fn variables(&self) -> Vec<String> {
        self.0.values().map(|secret| secret.variable.clone()).collect()
    }

    /// Their values, as far as they are set.
    pub(super) fn values(&self, environment: &Environment) -> Vec<Secret> {
        self.0.values().filter_map(|secret| environment.secret(&secret.variable)).collect()
    }
}

fn reference(template: &str) -> Option<EntityRef> {
    EntityRef::parse(template, Some("template"), DEFAULT_NAMESPACE).ok()
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::yaml;

    #[test]
    fn a_secret_has_a_name_a_variable_and_templates() {
        for (text, expected) in [
            ("TOKEN: {variable: T, templates: [java-service, team/other]}", 0),
            ("a-b: {variable: T, templates: [java-service]}", 1),
            ("TOKEN: {variable: CALLBOARD_GIT_TOKEN, templates: [java-service]}", 1),
            ("TOKEN: {variable: 'A B', templates: []}", 2),
            ("TOKEN: {variable: T, templates: ['component:x', '']}", 2),
        ] {
            let settings: TemplateSecretSettings = yaml::from_str(text).expect("a map");
            let found = settings.problems(|_| Place::file("callboard.yaml"));
            assert_eq!(found.len(), expected, "{text}: {found:?}");
        }
    }
}
