//! Reads the pages and the steps of a template.

use serde_json::{Map, Value};

use super::Template;
use crate::{
    base::{diagnostics::Diagnostic, text::did_you_mean},
    catalog::Issue,
};

const STEP_KEYS: &[&str] = &["id", "name", "action", "input", "if", "each"];

/// One step of a template.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its id, unique in the template.
    pub id: String,
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
        for (index, step) in steps.into_iter().flatten().enumerate() {
            match self.read_step(index, step) {
                Ok(step) => self.steps.push(step),
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
        let id = text("id").unwrap_or_else(|| format!("step-{}", index + 1));
        if self.steps.iter().any(|step| step.id == id) {
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
            action,
        })
    }
}
