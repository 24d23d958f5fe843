//! Checks the expressions of a template: they parse, and what they read exists.

use serde_json::Value;

use crate::{
    actions::Actions,
    base::{
        diagnostics::{Diagnostic, Level},
        text::did_you_mean,
    },
    catalog::issue::escape,
    engine::{self, Reference},
    template::Template,
};

/// Names that expressions of a template can read.
const ROOTS: &[&str] = &["parameters", "steps", "user", "context", "environment"];

/// The hint of an expression that reads a secret.
const SECRETS: &str = "remove it: an action gets the credential of the origin that it calls, from `callboard.yaml`; `scaffold.secrets` there lists \
     what a template may send";

/// Checks all expressions of a template.
/// An input may read these secrets.
pub(super) fn check(template: &Template, actions: &Actions, secrets: &[&str]) -> Vec<Diagnostic> {
    let mut checker = Checker {
        template,
        actions,
        secrets,
        parameters: template.parameter_names(),
        has_each: false,
        problems: Vec::new(),
    };
    for (index, step) in template.steps.iter().enumerate() {
        let base = format!("/spec/steps/{index}");
        if let Some(each) = &step.each {
            checker.value(each, &format!("{base}/each"), index);
        }
        checker.has_each = step.each.is_some();
        if let Some(condition) = &step.condition {
            checker.value(condition, &format!("{base}/if"), index);
        }
        checker.value(&step.input, &format!("{base}/input"), index);
        checker.has_each = false;
    }
    checker.value(&template.output, "/spec/output", template.steps.len());
    checker.problems
}

struct Checker<'t> {
    template: &'t Template,
    actions: &'t Actions,
    secrets: &'t [&'t str],
    parameters: Vec<&'t str>,
    /// Whether the values belong to a step with `each`.
    has_each: bool,
    problems: Vec<Diagnostic>,
}

impl<'t> Checker<'t> {
    /// Checks every text below a value. `steps` is how many steps have run by then.
    fn value(&mut self, value: &Value, pointer: &str, steps: usize) {
        match value {
            Value::String(text) => self.text(text, pointer, steps),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(item, &format!("{pointer}/{index}"), steps);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    self.value(item, &format!("{pointer}/{}", escape(key)), steps);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, pointer: &str, steps: usize) {
        match engine::Template::parse(text, &self.template.options()) {
            Ok(parsed) => {
                if let Some(error) = parsed.mistake() {
                    let found = self.template.expression(pointer, error.clone());
                    let message = format!("{}: the text stays as it is written", found.message);
                    self.problems.push(Diagnostic { level: Level::Warning, message, ..found });
                }
                for reference in parsed.references() {
                    self.reference(&reference, pointer, steps);
                }
            }
            Err(error) => self.problems.push(self.template.expression(pointer, error)),
        }
    }

    /// The outputs of the action of an earlier step.
    fn outputs(&self, id: &str) -> Option<Vec<&'t str>> {
        let index = self.template.steps.iter().position(|step| step.written_id == id)?;
        let action = self.actions.find(self.template, index).ok()?;
        Some(action.outputs().into_iter().map(|(name, _)| name).collect())
    }

    /// A root that does not exist is an error; a parameter or step that does not is empty in
    /// Backstage, and a warning here.
    fn reference(&mut self, reference: &Reference, pointer: &str, steps: usize) {
        let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
        let earlier = || self.template.steps.iter().take(steps).map(|s| s.written_id.as_str());
        let (level, message, hint) = match path.as_slice() {
            ["secrets", name] if self.secrets.contains(name) && is_input(pointer) => return,
            ["secrets", ..] | ["environment", "secrets", ..] => (
                Level::Error,
                "a request has no secrets, so this has no value".to_owned(),
                Some(SECRETS.to_owned()),
            ),
            ["parameters", name, ..] if !self.parameters.contains(name) => (
                Level::Warning,
                format!("there is no parameter `{name}`"),
                did_you_mean(name, self.parameters.iter().copied()),
            ),
            ["steps", id, ..] if !earlier().any(|earlier| earlier == *id) => (
                Level::Warning,
                format!("there is no step `{id}` before this"),
                did_you_mean(id, earlier()),
            ),
            ["steps", id, "output", name, ..] => {
                let Some(outputs) = self.outputs(id) else { return };
                if outputs.contains(name) {
                    return;
                }
                let message = format!("the step `{id}` has no output `{name}`");
                (Level::Warning, message, did_you_mean(name, outputs))
            }
            ["steps", id, member, ..] if *member != "output" => {
                let message = format!("a step has only `output`: `steps.{id}.{member}` is empty");
                (Level::Warning, message, None)
            }
            ["each", ..] if self.has_each => return,
            [root, ..] if !ROOTS.contains(root) => (
                Level::Error,
                format!("there is nothing called `{root}` here"),
                did_you_mean(root, ROOTS.iter().copied()),
            ),
            _ => return,
        };
        let error = engine::EngineError {
            kind: engine::ErrorKind::Syntax,
            path: String::new(),
            line: reference.line,
            column: reference.column,
            message,
            hint,
        };
        let is_lenient = self.template.options().lenient;
        let level = if is_lenient { level.min(Level::Warning) } else { level };
        let diagnostic = self.template.expression(pointer, error);
        self.problems.push(Diagnostic { level, code: "unknown-reference", ..diagnostic });
    }
}

/// True for the pointer of a part of the input of a step.
fn is_input(pointer: &str) -> bool {
    let rest = pointer.strip_prefix("/spec/steps/").and_then(|rest| rest.split_once('/'));
    rest.is_some_and(|(_, rest)| rest.starts_with("input"))
}
