//! `github:*`, and pull requests on GitHub: what Backstage's actions of these names do in a repository.

mod calls;
mod environment;
mod issues;
mod pull_request;
mod repository;
mod secrets;

pub(super) use secrets::{plain_secrets, secrets};
use serde_json::{Map, Value, json};

use super::{
    Action, StepContext, StepPlan, StepResults, publish::forge_repository::ForgeRepository,
    texts::marked,
};
use crate::{
    base::{diagnostics::Diagnostic, forges::Forge},
    effect::{Api, Effect, Resource},
};

/// All of them.
pub(super) const ACTIONS: [GitHubAction; 12] = [
    pull_request::CREATE,
    repository::CREATE,
    repository::PUSH,
    repository::PROTECT,
    calls::DISPATCH,
    calls::WEBHOOK,
    calls::PAGES,
    calls::AUTOLINK,
    environment::CREATE,
    issues::CREATE,
    issues::LABEL,
    secrets::DEPLOY_KEY,
];

/// An action in a repository on GitHub, which `repoUrl` names.
pub(super) struct GitHubAction {
    id: &'static str,
    description: &'static str,
    /// Names of the inputs that it needs, beside `repoUrl`.
    required: &'static [&'static str],
    /// Its other inputs, by JSON Schema.
    inputs: fn() -> Value,
    /// Its outputs.
    outputs: &'static [(&'static str, &'static str)],
    /// Inputs that may be known only after apply.
    later: &'static [&'static str],
    /// Inputs that may have secrets of the settings.
    secrets: &'static [&'static str],
    /// Inputs that are not used, which a note says.
    ignored: &'static [&'static str],
    /// Plans the step.
    planner: Planner,
}

/// Plans a step.
#[derive(Clone, Copy)]
enum Planner {
    /// Of an input that has passed the schema.
    OfInput(fn(&GitHubStep<'_>) -> StepPlan),
    /// Of files of the workspace, too.
    OfFiles(fn(&GitHubStep<'_>, &mut StepResults) -> Result<StepPlan, Vec<Diagnostic>>),
}

/// A step of such an action.
struct GitHubStep<'a> {
    cx: &'a StepContext<'a>,
    input: &'a Value,
    repository: ForgeRepository,
}

impl Action for GitHubAction {
    fn id(&self) -> &'static str {
        self.id
    }

    fn description(&self) -> &'static str {
        self.description
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        self.outputs.to_vec()
    }

    fn later_inputs(&self) -> Vec<&str> {
        [&["token"], self.later].concat()
    }

    fn secret_inputs(&self) -> Vec<&str> {
        self.secrets.to_vec()
    }

    fn schema(&self) -> Value {
        let text = |description: &str| json!({"type": "string", "description": description});
        let mut properties = Map::from_iter([
            ("repoUrl".to_owned(), text("The repository: `host?owner=…&repo=…`")),
            ("token".to_owned(), text("Not used: credentials are those of the portal's settings")),
        ]);
        if let Value::Object(inputs) = (self.inputs)() {
            properties.extend(inputs);
        }
        let required = [&["repoUrl"], self.required].concat();
        json!({"type": "object", "required": required, "properties": properties})
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let repository = ForgeRepository::of(cx, input, Forge::GitHub)?;
        let step = GitHubStep { cx, input, repository };
        let mut plan = match self.planner {
            Planner::OfInput(planner) => planner(&step),
            Planner::OfFiles(planner) => planner(&step, results)?,
        };
        plan.warnings.extend(step.repository.credential_warning(cx));
        plan.warnings.extend(plain_secrets(cx, input));
        plan.warnings.extend(cx.unused(input, self.ignored));
        plan.warnings.extend(cx.unused(input, &["token"]));
        Ok(plan)
    }
}

impl GitHubStep<'_> {
    /// A path below the repository in the API.
    fn path(&self, rest: &str) -> String {
        super::publish::github_path(&self.repository, rest)
    }

    /// `owner/name`.
    fn slug(&self) -> String {
        self.repository.location.slug()
    }

    /// An effect on the repository.
    fn effect(&self, resources: Vec<Resource>, summary: String, undo: Option<&str>) -> Effect {
        self.repository.effect(self.cx, Api::GitHub, resources, (summary, undo))
    }

    /// A text of the input with a mark in a paragraph of its own.
    fn marked(&self, key: &str, mark: &Value) -> Value {
        let is_blank = |text: &&Value| text.as_str().is_some_and(|text| text.trim().is_empty());
        let text = self.input.get(key).filter(|text| !is_blank(text));
        marked(text.unwrap_or(&Value::Null), mark)
    }
}
