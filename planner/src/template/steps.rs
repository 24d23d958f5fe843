//! Reads the pages and the steps of a template.

use serde_json::{Map, Value};

use super::Template;
use crate::{
    base::{diagnostics::Diagnostic, text::did_you_mean},
    catalog::Issue,
};

const STEP_KEYS: &[&str] =
    &["id", "name", "action", "input", "if", "each", "backstage:permissions"];
/// What pages and steps of Backstage have that nothing here depends on.
const IGNORED_KEYS: &[(&str, &str)] = &[
    ("backstage:permissions", "who may use a template is decided by the review of the request"),
    ("backstage:featureFlag", "there are no feature flags: the page is always there"),
];

/// One step of a template.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its id, unique in the template.
    pub id: String,
    /// The id that is written, by which expressions read its outputs. Of several steps with the same in a lenient template,
    /// the last that ran counts, as in Backstage.
    pub(crate) written_id: String,
    /// Its title.
    pub name: String,
    /// The action it calls.
    pub action: String,
    /// The action's input, not rendered.
    pub input: Value,
    /// When it runs, not rendered; `None`: always.
    pub condition: Option<Value>,
    /// The list or map for each of whose items it runs, not rendered; `None`: it runs once.
    pub each: Option<Value>,
}

impl Template {
    pub(super) fn read_pages(&mut self, document: &Value) -> Result<(), Vec<Diagnostic>> {
        match document.pointer("/spec/parameters") {
            None | Some(Value::Null) => {}
            Some(Value::Array(pages)) => {
                self.has_many_pages = true;
                self.pages.clone_from(pages);
            }
            Some(page) => self.pages.push(page.clone()),
        }
        for index in 0..self.pages.len() {
            self.notes.extend(ignored_keys(&self.pages[index], &self.page_pointer(index)));
        }
        let is_bad = |page: &Value| !page.is_object();
        match self.pages.iter().position(is_bad) {
            None => Ok(()),
            Some(index) => {
                let pointer = self.page_pointer(index);
                let message = "a page of parameters must be a map";
                Err(vec![self.wrong(&pointer, "wrong-shape", message)])
            }
        }
    }

    pub(super) fn read_steps(&mut self, document: &Value) -> Result<(), Vec<Diagnostic>> {
        let steps = document.pointer("/spec/steps").and_then(Value::as_array);
        let mut problems = Vec::new();
        for (index, fields) in steps.into_iter().flatten().enumerate() {
            match self.read_step(index, fields) {
                Ok(mut step) => {
                    let pointer = format!("/spec/steps/{index}");
                    self.notes.extend(ignored_keys(fields, &pointer));
                    self.notes.extend(remove_token(&mut step.input, &pointer));
                    self.notes.extend(other_id(&step, &pointer));
                    self.steps.push(step);
                }
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn read_step(&self, index: usize, step: &Value) -> Result<Step, Vec<Diagnostic>> {
        let pointer = format!("/spec/steps/{index}");
        let empty = Map::new();
        let fields = step.as_object().unwrap_or(&empty);
        let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
        let mut issues = Vec::new();
        for key in fields.keys().filter(|key| !STEP_KEYS.contains(&key.as_str())) {
            if let Some(hint) = did_you_mean(key, STEP_KEYS.iter().copied()) {
                let at = format!("{pointer}/{key}");
                let message = format!("unknown field `{key}`");
                issues.push(Issue::error("unknown-field", at, message).at_key().hint(hint));
            }
        }
        let Some(action) = text("action") else {
            let message = "a step must name its `action`";
            issues.push(Issue::error("missing-field", &pointer, message));
            return Err(self.diagnostics(issues));
        };
        let written_id = text("id").unwrap_or_else(|| format!("step-{}", index + 1));
        let is_taken = |id: &str| self.steps.iter().any(|step| step.id == id);
        let mut id = written_id.clone();
        for number in (2..).take_while(|_| self.options().lenient) {
            if !is_taken(&id) {
                break;
            }
            id = format!("{written_id}-{number}");
        }
        if is_taken(&id) {
            let message = format!("there are two steps `{id}`");
            issues.push(Issue::error("duplicate-step", format!("{pointer}/id"), message));
        }
        if !issues.is_empty() {
            return Err(self.diagnostics(issues));
        }
        Ok(Step {
            name: text("name").unwrap_or_else(|| action.clone()),
            input: fields.get("input").cloned().unwrap_or(Value::Object(Map::new())),
            condition: fields.get("if").cloned(),
            each: fields.get("each").cloned(),
            id,
            written_id,
            action,
        })
    }
}

/// The warning of a step that has another id than the written one.
fn other_id(step: &Step, pointer: &str) -> Option<Issue> {
    let Step { id, written_id, .. } = step;
    let message =
        format!("there are two steps `{written_id}`; plans and runs call this one `{id}`");
    let warning = Issue::warning("duplicate-step", format!("{pointer}/id"), message);
    (id != written_id).then_some(warning)
}

/// Notes of the keys that are ignored.
fn ignored_keys(value: &Value, pointer: &str) -> Vec<Issue> {
    let present = IGNORED_KEYS.iter().filter(|(key, _)| value.get(key).is_some());
    let note = |(key, why): &(&str, &str)| {
        let message = format!("`{key}` is ignored: {why}");
        Issue::note("ignored-field", format!("{pointer}/{key}"), message).at_key()
    };
    present.map(note).collect()
}

/// Removes an input `token` that is a secret: which credential an action uses follows from the origin that it calls.
fn remove_token(input: &mut Value, pointer: &str) -> Option<Issue> {
    let inputs = input.as_object_mut()?;
    let token = inputs.get("token")?.as_str()?;
    let inside = token.trim().strip_prefix("${{")?.strip_suffix("}}")?;
    let is_secret = ["secrets.", "secrets[", "environment.secrets"]
        .iter()
        .any(|root| inside.trim_start().starts_with(root));
    if !is_secret || inside.contains("${{") {
        return None;
    }
    inputs.shift_remove("token");
    let message = "`token` is ignored: a request has no secrets, and credentials belong to origins";
    let note = Issue::note("ignored-field", format!("{pointer}/input/token"), message).at_key();
    Some(note.hint(
        "`credentials` in `callboard.yaml` says which variable has the credential of an origin",
    ))
}
