//! Actions: what the steps of a template call.
//!
//! An action is pure. It changes the workspace in memory, gives outputs, and *describes* its effects
//! on the world outside; carrying them out is `effects`' business.

mod debug;
mod fetch;
mod publish;
mod register;
mod rename;

use std::path::Path;

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
    /// Checks what can be known before any request: the step's input is not rendered yet.
    fn check(&self, _cx: &StepContext<'_>) -> Vec<Diagnostic> {
        Vec::new()
    }
    /// Does the step's work in memory, and says what it changes outside.
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

/// Finds an action, or says what is wrong with the step that calls it.
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

/// What the planning of all steps of a request reads.
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

/// What the steps so far have left for the next ones.
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

/// What a step does.
#[derive(Debug, Default)]
pub(super) struct StepPlan {
    /// Its outputs; those that are known only after its effects were carried out are [`unknown`].
    pub(super) output: Map<String, Value>,
    /// What it does, in one line.
    pub(super) message: String,
    /// What it logs.
    pub(super) log: Vec<String>,
    /// What it changes outside.
    pub(super) effects: Vec<Effect>,
    /// What reviewers should know.
    pub(super) warnings: Vec<Diagnostic>,
}

/// Stands for an output that is only known after apply.
pub(super) fn unknown(step: &str, output: &str) -> Value {
    Value::String(format!("<{step}.{output}, known after apply>"))
}

/// One step, with what all steps read; makes the diagnostics of the step.
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

    /// Something is wrong with an input.
    pub(super) fn wrong(&self, input: &str, message: impl Into<String>) -> Vec<Diagnostic> {
        let pointer = format!("{}/{input}", self.input());
        vec![self.template().wrong(&pointer, "invalid-input", message)]
    }

    /// Something is wrong with a file of the template.
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
            Err(message) => self.wrong("", message),
        }
    }
}

/// A text of an input.
fn text<'v>(input: &'v Value, key: &str) -> Option<&'v str> {
    input.get(key).and_then(Value::as_str)
}

/// A switch of an input; off when it is not there.
fn flag(input: &Value, key: &str) -> bool {
    input.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The texts of a list of an input.
fn texts<'v>(input: &'v Value, key: &str) -> Vec<&'v str> {
    let items = input.get(key).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).collect()
}
