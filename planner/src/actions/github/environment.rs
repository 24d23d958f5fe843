//! `github:environment:create`: an environment of a repository, which deployments go to.

use serde_json::{Value, json};

use super::{GitHubAction, GitHubStep, Planner};
use crate::{
    actions::{
        StepPlan,
        input::{text, texts},
    },
    base::percent::encode,
    effect::{Call, Lookup, Method, Owner, Resource},
};

pub(super) const CREATE: GitHubAction = GitHubAction {
    id: "github:environment:create",
    description: "Makes an environment of a repository on GitHub, which deployments go to",
    required: &["name"],
    inputs: || {
        let list = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
        json!({
            "name": {"type": "string", "minLength": 1, "description": "Its name"},
            "deploymentBranchPolicy": {
                "type": "object", "description": "Which branches may be deployed: `{protected_branches, custom_branch_policies}`"
            },
            "customBranchPolicyNames": list("Patterns of the branches that may be deployed"),
            "customTagPolicyNames": list("Patterns of the tags that may be deployed"),
            "environmentVariables": {"type": "object", "description": "Its variables"},
            "waitTimer": {"type": "integer", "minimum": 0, "maximum": 43200, "description": "Minutes to wait before a deployment"},
            "preventSelfReview": {"type": "boolean", "description": "Whether nobody approves a deployment of their own"},
            "secrets": {"type": "object", "description": "Its secrets, of those of the settings"},
            "reviewers": list("Not used: GitHub wants their numbers")
        })
    },
    outputs: &[],
    later: &["environmentVariables"],
    secrets: &["secrets"],
    ignored: &["reviewers"],
    planner: Planner::OfInput(plan),
};

fn plan(step: &GitHubStep<'_>) -> StepPlan {
    let name = text(step.input, "name").unwrap_or_default();
    let at = environment_path(step, name, "");
    let mut body = json!({});
    let mut values = json!({"name": name});
    let options = [("waitTimer", "wait_timer"), ("preventSelfReview", "prevent_self_review")];
    for (key, field) in options {
        if let Some(value) = step.input.get(key) {
            body[field] = value.clone();
        }
    }
    if let Some(policy) = step.input.get("deploymentBranchPolicy") {
        body["deployment_branch_policy"] = policy.clone();
        values["deployment_branch_policy"] = policy.clone();
    }
    // What is set as a field is told as a rule.
    if let Some(minutes) = body["wait_timer"].as_u64().filter(|minutes| *minutes > 0) {
        values["protection_rules"] = json!([{"type": "wait_timer", "wait_timer": minutes}]);
    }
    let create = Call::new(Method::Put, at.clone()).with(body);
    let mut all = vec![
        Resource::new(format!("the environment `{name}`"), Owner::Setting { values }, create)
            .looked_up(Lookup::of(at)),
    ];
    let policies = environment_path(step, name, "/deployment-branch-policies");
    for (key, kind) in [("customBranchPolicyNames", "branch"), ("customTagPolicyNames", "tag")] {
        for pattern in texts(step.input, key) {
            let lookup = Lookup::list(
                format!("{policies}?per_page=100"),
                "/branch_policies",
                json!({"name": pattern}),
            );
            let body = json!({"name": pattern, "type": kind});
            let create = Call::new(Method::Post, policies.clone()).with(body);
            let title = format!("the pattern `{pattern}`");
            all.push(Resource::new(title, Owner::Shared, create).looked_up(lookup));
        }
    }
    let variables = step.input.get("environmentVariables").and_then(Value::as_object);
    for (variable, value) in variables.into_iter().flatten() {
        let at = environment_path(step, name, "/variables");
        let one = format!("{at}/{}", encode(variable));
        let body = json!({"name": variable, "value": value});
        let owner = Owner::Setting { values: json!({"value": value}) };
        let create = Call::new(Method::Post, at).with(body.clone());
        all.push(Resource {
            update: Some(Call::new(Method::Patch, one.clone()).with(body)),
            ..Resource::new(format!("the variable `{variable}`"), owner, create)
                .looked_up(Lookup::of(one))
        });
    }
    let at = environment_path(step, name, "/secrets");
    all.extend(super::secrets(&at, step.input.get("secrets")));
    let slug = step.slug();
    StepPlan {
        message: format!("`{slug}` has the environment `{name}`"),
        effects: vec![step.effect(
            all,
            format!("makes the environment `{name}` of `{slug}`"),
            None,
        )],
        ..StepPlan::default()
    }
}

/// The path of an environment.
fn environment_path(step: &GitHubStep<'_>, name: &str, rest: &str) -> String {
    step.path(&format!("/environments/{}{rest}", encode(name)))
}
