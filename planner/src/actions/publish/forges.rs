//! The actions by which Backstage creates repositories on one kind of forge each, such as `publish:github`.
//!
//! Each creates the repository through the API of its forge. The portal's settings can map it to `publish:git` instead,
//! which has the inputs that all share: what only the forge itself could do is a note in the plan then.

use serde_json::{Map, Value, json};

use super::{
    PublishGit, azure, bitbucket,
    first_commit::{self, OUTPUTS},
    gitea, github, gitlab,
};
use crate::{
    actions::{Action, StepContext, StepPlan, StepResults},
    base::diagnostics::Diagnostic,
};

/// The action that the others can be mapped to.
const GIT: &str = "publish:git";

/// The names of the actions that can be mapped to `publish:git`.
pub const MAPPED: &[&str] = &[
    "publish:github",
    "publish:gitlab",
    "publish:azure",
    "publish:gitea",
    "publish:bitbucketCloud",
    "publish:bitbucketServer",
];

/// Plans the step of an action.
pub(super) type Planner =
    fn(&StepContext<'_>, &Value, &mut StepResults) -> Result<StepPlan, Vec<Diagnostic>>;

/// An action of Backstage for one kind of forge.
pub(in crate::actions) struct PublishForge {
    pub(super) id: &'static str,
    pub(super) description: &'static str,
    /// The inputs beside those that all have, by JSON Schema.
    pub(super) inputs: fn() -> Value,
    /// Outputs beside those that all have.
    pub(super) outputs: &'static [(&'static str, &'static str)],
    /// Inputs that may have secrets of the settings.
    pub(super) secrets: &'static [&'static str],
    /// Creates the repository through the API.
    pub(super) planner: Planner,
}

pub(in crate::actions) const GITHUB: PublishForge = github::PUBLISH;
pub(in crate::actions) const GITLAB: PublishForge = gitlab::PUBLISH;
pub(in crate::actions) const AZURE: PublishForge = azure::PUBLISH;
pub(in crate::actions) const GITEA: PublishForge = gitea::PUBLISH;
pub(in crate::actions) const BITBUCKET_CLOUD: PublishForge = bitbucket::CLOUD;
pub(in crate::actions) const BITBUCKET_SERVER: PublishForge = bitbucket::SERVER;

impl PublishForge {
    fn is_mapped(&self, cx: &StepContext<'_>) -> bool {
        cx.plan.settings.actions.get(self.id).map(String::as_str) == Some(GIT)
    }

    fn own_inputs(&self) -> Map<String, Value> {
        match (self.inputs)() {
            Value::Object(inputs) => inputs,
            _ => Map::new(),
        }
    }
}

impl Action for PublishForge {
    fn id(&self) -> &'static str {
        self.id
    }

    fn description(&self) -> &'static str {
        self.description
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        OUTPUTS.iter().chain(self.outputs).copied().collect()
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec![
            "gitCommitMessage",
            "token",
            "description",
            "homepage",
            "secrets",
            "repoVariables",
            "projectVariables",
        ]
    }

    fn secret_inputs(&self) -> Vec<&str> {
        self.secrets.to_vec()
    }

    fn schema(&self) -> Value {
        let mut properties = first_commit::properties();
        if let Some(properties) = properties.as_object_mut() {
            properties.extend(self.own_inputs());
        }
        json!({"type": "object", "required": ["repoUrl"], "properties": properties})
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        if !self.is_mapped(cx) {
            return (self.planner)(cx, input, results);
        }
        let mut plan = PublishGit.plan(cx, input, results)?;
        for (name, _) in self.own_inputs().iter().filter(|(name, _)| input.get(name).is_some()) {
            plan.warnings.push(cx.ignored(name, &format!("`{GIT}` has no use for `{name}`")));
        }
        Ok(plan)
    }
}
