//! Workflows, webhooks, pages and links of a repository.

use serde_json::json;

use super::{GitHubAction, GitHubStep, Planner};
use crate::{
    actions::{StepPlan, input::text, texts::shown},
    effect::{Call, Lookup, Method, Owner, Resource},
    engine::{self, concat, path_part},
};

pub(super) const DISPATCH: GitHubAction = GitHubAction {
    id: "github:actions:dispatch",
    description: "Starts a workflow of a repository on GitHub",
    required: &["workflowId", "branchOrTagName"],
    inputs: || {
        json!({
            "workflowId": {"type": ["string", "integer"], "description": "File or id of the workflow"},
            "branchOrTagName": {"type": "string", "minLength": 1, "description": "The branch or tag that it runs for"},
            "workflowInputs": {"type": "object", "description": "Its inputs"},
            "returnWorkflowRunDetails": {"type": "boolean", "description": "Not used: GitHub does not name the run"}
        })
    },
    outputs: &[],
    later: &["workflowId", "branchOrTagName", "workflowInputs"],
    secrets: &[],
    ignored: &["returnWorkflowRunDetails"],
    planner: Planner::OfInput(dispatch),
};

/// GitHub does not say which run a dispatch started, so that it cannot be looked up and is done at most once.
fn dispatch(step: &GitHubStep<'_>) -> StepPlan {
    let workflow = &step.input["workflowId"];
    let path = concat(&[
        step.path("/actions/workflows/").into(),
        path_part(workflow),
        "/dispatches".into(),
    ]);
    let mut body = json!({"ref": step.input["branchOrTagName"]});
    if let Some(inputs) = step.input.get("workflowInputs") {
        body["inputs"] = inputs.clone();
    }
    // A workflow that was pushed a moment before is not known yet.
    let call = Call::new(Method::Post, path).with(body).passing(&[404, 422]);
    let name = shown(workflow);
    let slug = step.slug();
    let resource = Resource::new(format!("a run of `{name}`"), Owner::Unmarked, call);
    StepPlan {
        message: format!("workflow `{name}` of `{slug}` is started"),
        effects: vec![step.effect(
            vec![resource],
            format!("starts the workflow `{name}` of `{slug}`"),
            None,
        )],
        ..StepPlan::default()
    }
}

pub(super) const WEBHOOK: GitHubAction = GitHubAction {
    id: "github:webhook",
    description: "Adds a webhook to a repository on GitHub",
    required: &["webhookUrl"],
    inputs: || {
        json!({
            "webhookUrl": {"type": "string", "pattern": "^https?://", "description": "The address that is called"},
            "webhookSecret": {"type": "string", "description": "Secret that signs the calls, of those of the settings"},
            "events": {"type": "array", "items": {"type": "string"}, "description": "Events; `push` without it"},
            "active": {"type": "boolean", "description": "Whether it is called; `true` without it"},
            "contentType": {"enum": ["form", "json"], "description": "The form of the body; `form` without it"},
            "insecureSsl": {"type": "boolean", "description": "Whether certificates are not checked"}
        })
    },
    outputs: &[],
    later: &[],
    secrets: &["webhookSecret"],
    ignored: &[],
    planner: Planner::OfInput(webhook),
};

/// A second hook with the same address would be called, too, so that one that is there is the one that is wanted.
fn webhook(step: &GitHubStep<'_>) -> StepPlan {
    let url = text(step.input, "webhookUrl").unwrap_or_default();
    let events = step.input.get("events").cloned().unwrap_or(json!(["push"]));
    let insecure = step.input.get("insecureSsl") == Some(&json!(true));
    let mut body = json!({
        "config": {
            "url": url,
            "content_type": text(step.input, "contentType").unwrap_or("form"),
            "insecure_ssl": if insecure { "1" } else { "0" },
        },
        "events": events,
        "active": step.input.get("active").cloned().unwrap_or(json!(true)),
    });
    let mut warnings = Vec::new();
    match step.input.get("webhookSecret") {
        Some(secret) if engine::has_secret(secret) => body["config"]["secret"] = secret.clone(),
        Some(_) => {
            let message =
                "it is not used, because it would stand in the plan: write `${{ secrets.NAME }}`";
            warnings.push(step.cx.ignored("webhookSecret", message));
        }
        None => {}
    }
    let lookup =
        Lookup::list(step.path("/hooks?per_page=100"), "", json!({"config": {"url": url}}));
    let create = Call::new(Method::Post, step.path("/hooks")).with(body);
    let resource = Resource::new(format!("the webhook to `{url}`"), Owner::Shared, create);
    let slug = step.slug();
    StepPlan {
        message: format!("`{slug}` has a webhook"),
        effects: vec![step.effect(
            vec![resource.looked_up(lookup)],
            format!("adds a webhook to `{url}` to `{slug}`"),
            None,
        )],
        warnings,
        ..StepPlan::default()
    }
}

pub(super) const PAGES: GitHubAction = GitHubAction {
    id: "github:pages:enable",
    description: "Publishes the pages of a repository on GitHub",
    required: &[],
    inputs: || {
        json!({
            "buildType": {"enum": ["legacy", "workflow"], "description": "How they are built; `workflow` without it"},
            "sourceBranch": {"type": "string", "description": "The branch, of `legacy`; `main` without it"},
            "sourcePath": {"enum": ["/", "/docs"], "description": "Its folder, of `legacy`; `/` without it"}
        })
    },
    outputs: &[],
    later: &[],
    secrets: &[],
    ignored: &[],
    planner: Planner::OfInput(pages),
};

fn pages(step: &GitHubStep<'_>) -> StepPlan {
    let build = text(step.input, "buildType").unwrap_or("workflow");
    let branch = text(step.input, "sourceBranch").unwrap_or("main");
    let folder = text(step.input, "sourcePath").unwrap_or("/");
    let values = match build {
        "legacy" => json!({"build_type": build, "source": {"branch": branch, "path": folder}}),
        _ => json!({"build_type": build}),
    };
    let create = Call::new(Method::Post, step.path("/pages")).with(values.clone());
    let update = Call::new(Method::Put, step.path("/pages")).with(values.clone());
    let slug = step.slug();
    let resource = Resource {
        update: Some(update),
        ..Resource::new("the pages", Owner::Setting { values }, create)
            .looked_up(Lookup::of(step.path("/pages")))
    };
    StepPlan {
        message: format!("`{slug}` has pages"),
        effects: vec![step.effect(
            vec![resource],
            format!("publishes the pages of `{slug}`"),
            None,
        )],
        ..StepPlan::default()
    }
}

pub(super) const AUTOLINK: GitHubAction = GitHubAction {
    id: "github:autolinks:create",
    description: "Makes links of references in a repository on GitHub",
    required: &["keyPrefix", "urlTemplate"],
    inputs: || {
        json!({
            "keyPrefix": {"type": "string", "minLength": 1, "description": "What references start with"},
            "urlTemplate": {"type": "string", "minLength": 1, "description": "Address with `<num>`"},
            "isAlphanumeric": {"type": "boolean", "description": "Whether references have letters; `true` without it"}
        })
    },
    outputs: &[],
    later: &[],
    secrets: &[],
    ignored: &[],
    planner: Planner::OfInput(autolink),
};

fn autolink(step: &GitHubStep<'_>) -> StepPlan {
    let prefix = text(step.input, "keyPrefix").unwrap_or_default();
    let body = json!({
        "key_prefix": prefix,
        "url_template": text(step.input, "urlTemplate"),
        "is_alphanumeric": step.input.get("isAlphanumeric").cloned().unwrap_or(json!(true)),
    });
    let lookup = Lookup::list(step.path("/autolinks"), "", json!({"key_prefix": prefix}));
    let create = Call::new(Method::Post, step.path("/autolinks")).with(body);
    let slug = step.slug();
    let resource = Resource::new(format!("the links of `{prefix}`"), Owner::Shared, create);
    StepPlan {
        message: format!("`{slug}` has links of `{prefix}`"),
        effects: vec![step.effect(
            vec![resource.looked_up(lookup)],
            format!("makes links of `{prefix}` in `{slug}`"),
            None,
        )],
        ..StepPlan::default()
    }
}
