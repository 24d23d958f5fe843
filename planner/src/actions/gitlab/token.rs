//! `gitlab:projectAccessToken:create` and `gitlab:projectDeployToken:create`: refused, because they make a secret.
//!
//! The secret would be an output of the step, which later steps read: it would have to be in the record of the run, so that
//! a run that stopped can go on, and the record is a file in git.

use serde_json::{Value, json};

use super::{GitLab, GitLabAction, Planned};
use crate::actions::{StepContext, StepResults};

pub(in crate::actions) const PROJECT_ACCESS_TOKEN_CREATE: GitLabAction = GitLabAction {
    id: "gitlab:projectAccessToken:create",
    description: "Refused: the token would have to be in the record of the run",
    inputs,
    required: &["projectId"],
    later: &["projectId"],
    secrets: &[],
    unused: &[],
    outputs: &[("access_token", "Never given")],
    planner: plan,
};

pub(in crate::actions) const PROJECT_DEPLOY_TOKEN_CREATE: GitLabAction = GitLabAction {
    id: "gitlab:projectDeployToken:create",
    description: "Refused: the token would have to be in the record of the run",
    inputs,
    required: &["projectId"],
    later: &["projectId"],
    secrets: &[],
    unused: &[],
    outputs: &[("user", "Never given"), ("deploy_token", "Never given")],
    planner: plan,
};

fn inputs() -> Value {
    json!({
        "projectId": {"type": ["string", "number"], "description": "Id or path of the project"},
        "name": {"type": "string"}, "username": {"type": "string"}, "accessLevel": {"type": "number"},
        "scopes": {"type": "array", "items": {"type": "string"}}, "expiresAt": {"type": "string"}
    })
}

fn plan(cx: &StepContext<'_>, _: &Value, _: &GitLab, _: &StepResults) -> Planned {
    let action = &cx.step().action;
    let message = format!("`{action}` makes a token, and no secret may be in the record of a run");
    let hint = "let a person make the token, name its variable in `scaffold.secrets` of `callboard.yaml`, and give it to \
                `gitlab:projectVariable:create` as `${{ secrets.NAME }}`";
    let problem = cx.template().wrong(&cx.action(), "unsupported-action", message);
    Err(vec![problem.hint(hint)])
}
