//! Actions: what the steps of a template call.
//!
//! An action is pure: it changes the workspace in memory, returns outputs, and describes its effects outside of
//! the workspace. Only `effects` carries out effects, and only for apply.

mod debug;
mod fetch;
mod publish;
mod register;
mod rename;

use std::{fmt, path::Path};

use serde_json::{Map, Value};

use super::{
    Settings,
    effects::Effect,
    engine,
    request::Request,
    schema,
    template::{Step, Template},
    workspace::Workspace,
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        path::RelativePath,
        text::did_you_mean,
    },
    catalog::{Catalog, Issue},
};

/// One action.
pub(super) trait Action: Sync {
    /// Its name in templates.
    fn id(&self) -> &'static str;
    /// JSON Schema of its input.
    fn schema(&self) -> Value;
    /// Checks a step of a template without a request: its input is not rendered.
    fn check(&self, _cx: &StepContext<'_>) -> Vec<Diagnostic> {
        Vec::new()
    }
    /// Changes the workspace in memory, and returns outputs and effects.
    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>>;
}

/// All actions, in the order of the documentation.
pub(super) const ACTIONS: &[&dyn Action] = &[
    &fetch::FetchTemplate,
    &rename::Rename,
    &debug::Log,
    &publish::PublishGit,
    &register::Register,
];

/// Finds the action of a step.
///
/// # Errors
/// There is no such action.
pub(super) fn find(template: &Template, index: usize) -> Result<&'static dyn Action, Diagnostic> {
    let name = &template.steps[index].action;
    let found = ACTIONS.iter().find(|action| action.id() == name);
    found.copied().ok_or_else(|| {
        let ids = || ACTIONS.iter().map(|action| action.id());
        let list: Vec<_> = ids().collect();
        let issue = Issue::error(
            "unknown-action",
            format!("/spec/steps/{index}/action"),
            format!("there is no action `{name}`"),
        )
        .hint_opt(did_you_mean(name, ids()))
        .or_hint(&format!("there are `{}`", list.join("`, `")));
        template.diagnostic(issue)
    })
}

/// What planning a request reads; the same for all steps.
pub(super) struct PlanContext<'a> {
    pub(super) portal: &'a Path,
    pub(super) catalog: &'a Catalog,
    pub(super) settings: &'a Settings,
    pub(super) request: &'a Request,
    pub(super) template: &'a Template,
    pub(super) parameters: &'a Map<String, Value>,
}

impl PlanContext<'_> {
    /// What expressions know besides their values; they draw on the budget of `results`.
    pub(super) fn environment(&self, results: &StepResults) -> engine::Environment {
        let environment = engine::Environment::default().with_budget(&results.budget);
        let hosts = self.settings.hosts.iter();
        hosts.fold(environment, |environment, (host, provider)| {
            environment.with_host(host, *provider)
        })
    }
}

/// What earlier steps leave for later ones.
#[derive(Debug, Default)]
pub(super) struct StepResults {
    /// The files that they made.
    pub(super) workspace: Workspace,
    /// What `steps` is in expressions: `{"output": …}` by the id of the step.
    pub(super) outputs: Map<String, Value>,
    /// Id of each step that publishes a folder, and the folder; `None` is the whole workspace.
    pub(super) published: Vec<(String, Option<RelativePath>)>,
    /// True once a step has failed.
    pub(super) failed: bool,
    /// What the templates of all steps may cost together.
    pub(super) budget: engine::Budget,
}

/// The plan of one step.
#[derive(Debug, Default)]
pub(super) struct StepPlan {
    /// Its outputs; one that is known only after apply is [`unknown`].
    pub(super) output: Map<String, Value>,
    /// What it does, in one line.
    pub(super) message: String,
    /// What it logs.
    pub(super) log: Vec<String>,
    /// Its effects outside of the workspace.
    pub(super) effects: Vec<Effect>,
    /// Warnings for reviewers.
    pub(super) warnings: Vec<Diagnostic>,
}

/// The placeholder for an output that is known only after apply.
pub(super) fn unknown(step: &str, output: &str) -> Value {
    Value::String(format!("<{step}.{output}, known after apply>"))
}

/// One step and the context of its plan; makes the diagnostics of the step.
pub(super) struct StepContext<'a> {
    pub(super) plan: &'a PlanContext<'a>,
    pub(super) index: usize,
}

impl StepContext<'_> {
    pub(super) fn template(&self) -> &Template {
        self.plan.template
    }

    pub(super) fn step(&self) -> &Step {
        &self.template().steps[self.index]
    }

    /// Pointer of the step's input in the template.
    pub(super) fn input(&self) -> String {
        format!("/spec/steps/{}/input", self.index)
    }

    /// The diagnostic of a wrong input.
    pub(super) fn wrong(&self, input: &str, message: impl fmt::Display) -> Vec<Diagnostic> {
        let pointer = format!("{}/{input}", self.input());
        vec![self.template().wrong(&pointer, "invalid-input", message.to_string())]
    }

    /// The diagnostic of a wrong file of the template.
    pub(super) fn wrong_file(&self, path: &RelativePath, message: String) -> Vec<Diagnostic> {
        let place = Place::file(self.template().path_of(path));
        vec![Diagnostic::error("invalid-file", place, message)]
    }

    /// Checks a rendered input against the action's schema.
    pub(super) fn check_input(&self, action: &dyn Action, input: &Value) -> Vec<Diagnostic> {
        let base = self.input();
        match schema::check(&action.schema(), input, &base) {
            Ok(issues) => {
                issues.into_iter().map(|issue| self.template().diagnostic(issue)).collect()
            }
            Err(error) => self.wrong("", error),
        }
    }
}

/// A text of an input.
fn text<'v>(input: &'v Value, key: &str) -> Option<&'v str> {
    input.get(key).and_then(Value::as_str)
}

/// A boolean of an input; `false` when it is not there.
fn flag(input: &Value, key: &str) -> bool {
    input.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The texts of a list of an input.
fn texts<'v>(input: &'v Value, key: &str) -> Vec<&'v str> {
    let items = input.get(key).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).collect()
}
