//! `gitlab:*`: groups, variables, issues, pipelines, commits and merge requests of GitLab.

mod group;
mod merge_request;
mod project;
mod push;
mod token;

use serde_json::{Map, Value, json};

pub(super) use group::GROUP_ENSURE_EXISTS;
pub(super) use merge_request::MERGE_REQUEST;
pub(super) use project::{ISSUES_CREATE, PIPELINE_TRIGGER, PROJECT_VARIABLE_CREATE};
pub(super) use push::REPO_PUSH;
pub(super) use token::{PROJECT_ACCESS_TOKEN_CREATE, PROJECT_DEPLOY_TOKEN_CREATE};

use super::{
    Action, StepContext, StepPlan, StepResults,
    input::text,
    publish::{api_effect, credential_warning, forge_host},
};
use crate::{
    base::{
        diagnostics::Diagnostic,
        forges::{Forge, ForgeHost, RepoUrl},
        percent::{encode, encode_path},
    },
    effect::{Api, ApiInput, Effect, Resource, Target},
    engine::{concat, path_part},
};

/// The plan of a step, or all that is wrong with it.
type Planned = Result<StepPlan, Vec<Diagnostic>>;

/// An action on a GitLab that its `repoUrl` names.
pub(super) struct GitLabAction {
    id: &'static str,
    description: &'static str,
    /// Its inputs beside `repoUrl` and `token`, by JSON Schema.
    inputs: fn() -> Value,
    /// Those that it needs beside `repoUrl`.
    required: &'static [&'static str],
    /// Those that may be known only after apply.
    later: &'static [&'static str],
    /// Those that may have secrets of the settings.
    secrets: &'static [&'static str],
    /// Those that mean nothing here.
    unused: &'static [&'static str],
    outputs: &'static [(&'static str, &'static str)],
    planner: fn(&StepContext<'_>, &Value, &GitLab, &StepResults) -> Planned,
}

impl Action for GitLabAction {
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
        self.later.iter().copied().chain(["token"]).collect()
    }

    fn secret_inputs(&self) -> Vec<&str> {
        self.secrets.to_vec()
    }

    fn schema(&self) -> Value {
        let mut properties = Map::from_iter([
            (
                "repoUrl".to_owned(),
                json!({"type": "string", "description": "The GitLab: `host`, or `host?owner=…&repo=…`"}),
            ),
            (
                "token".to_owned(),
                json!({"description": "Not used: credentials are those of the portal's settings"}),
            ),
        ]);
        if let Value::Object(inputs) = (self.inputs)() {
            properties.extend(inputs);
        }
        let required: Vec<_> = ["repoUrl"].iter().chain(self.required).collect();
        json!({"type": "object", "required": required, "properties": properties})
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let gitlab = GitLab::of(cx, input)?;
        let mut plan = (self.planner)(cx, input, &gitlab, results)?;
        plan.warnings.extend(credential_warning(cx, &gitlab.address, "repoUrl"));
        plan.warnings.extend(cx.unused(input, self.unused));
        plan.warnings.extend(cx.unused(input, &["token"]));
        Ok(plan)
    }
}

/// The GitLab of a step.
struct GitLab {
    host: ForgeHost,
    /// The address whose origin has the credential.
    address: String,
}

impl GitLab {
    fn of(cx: &StepContext<'_>, input: &Value) -> Result<Self, Vec<Diagnostic>> {
        let written = text(input, "repoUrl").unwrap_or_default();
        let wrong = |_| cx.wrong("repoUrl", format!("`{written}` is not the address of a GitLab"));
        let url = RepoUrl::parse(written).map_err(wrong)?;
        let host = forge_host(cx, ("repoUrl", &url.host), Forge::GitLab)?;
        let (owner, repo) = (url.part("owner"), url.part("repo"));
        let project = owner.zip(repo).map(|(owner, repo)| format!("{owner}/{repo}"));
        let below = project.as_deref().or(owner).map(encode_path);
        let address = below.map_or_else(|| host.web.clone(), |path| format!("{}/{path}", host.web));
        Ok(Self { host, address })
    }

    /// An effect on its API.
    fn effect(
        &self,
        cx: &StepContext<'_>,
        resources: Vec<Resource>,
        summary: String,
        undo: Option<&str>,
    ) -> Effect {
        let origin = self.host.origin();
        let path = self.address.strip_prefix(&origin).unwrap_or_default().to_owned();
        let (base, credential) = (self.host.api.clone(), self.address.clone());
        let input = ApiInput { api: Api::GitLab, base, credential, resources, wait: None };
        api_effect(cx, Target { origin, path }, &input, (summary, undo))
    }
}

/// A plan with one effect.
#[expect(clippy::unnecessary_wraps, reason = "it is what all planners return")]
fn one_effect(output: Map<String, Value>, message: &str, effect: Effect) -> Planned {
    let message = message.to_owned();
    Ok(StepPlan { output, message, effects: vec![effect], ..StepPlan::default() })
}

/// A path below a project, which has an id or a path.
pub(super) fn project_path(project: &Value, rest: &str) -> Value {
    concat(&["/projects/".into(), path_part(project), rest.into()])
}

/// The path of a variable of a project.
pub(super) fn variable_path(project: &Value, variable: &Value) -> Value {
    let key = path_part(&variable["key"]);
    let scope = encode(text(variable, "environment_scope").unwrap_or("*"));
    let filter = format!("?filter%5Benvironment_scope%5D={scope}");
    concat(&[project_path(project, "/variables/"), key, filter.into()])
}
