//! `github:repo:create`, `github:repo:push` and `github:branch-protection:create`: the parts of `publish:github`.

use serde_json::{Map, Value, json};

use super::{GitHubAction, GitHubStep, Planner};
use crate::{
    actions::{
        StepPlan, StepResults,
        input::text,
        publish::{first_commit, github},
    },
    base::diagnostics::Diagnostic,
    effect::Resource,
};

pub(super) const CREATE: GitHubAction = GitHubAction {
    id: "github:repo:create",
    description: "Creates an empty repository on GitHub",
    required: &[],
    inputs: github::inputs,
    outputs: &[
        ("remoteUrl", "URL of the repository"),
        ("repoContentsUrl", "URL below which its files are"),
    ],
    later: &["description", "homepage", "repoVariables"],
    secrets: &["secrets"],
    ignored: &["autoInit"],
    planner: Planner::OfInput(create),
};

fn create(step: &GitHubStep<'_>) -> StepPlan {
    let repository = &step.repository;
    let slug = step.slug();
    let visibility = text(step.input, "repoVisibility").unwrap_or("private");
    // It is not undone: other steps and people push to it, and nothing here knows what they added.
    let creation = Resource { undo: None, ..github::creation(step.cx, repository, step.input) };
    let summary = format!("creates the {visibility} repository `{slug}`");
    let mut effects = vec![step.effect(vec![creation], summary, None)];
    effects[0].claims = vec![repository.claim()];
    let settings = github::settings(repository, step.input);
    if !settings.is_empty() {
        let names: Vec<_> = settings.iter().map(|resource| resource.name.clone()).collect();
        let summary = format!("sets of `{slug}`: {}", names.join(", "));
        effects.push(step.effect(settings, summary, None));
    }
    let output = Map::from_iter([
        ("remoteUrl".to_owned(), repository.clone_url().into()),
        ("repoContentsUrl".to_owned(), repository.contents_url("main").into()),
    ]);
    let message = format!("repository `{slug}` is on GitHub");
    StepPlan { output, message, effects, ..StepPlan::default() }
}

pub(super) const PUSH: GitHubAction = GitHubAction {
    id: "github:repo:push",
    description: "Pushes the first commit of an empty repository on GitHub",
    required: &[],
    inputs: || {
        let mut inputs = first_commit::properties();
        if let (Some(inputs), Value::Object(protection)) =
            (inputs.as_object_mut(), github::protection_inputs())
        {
            inputs.extend(protection);
        }
        inputs
    },
    outputs: &first_commit::OUTPUTS,
    later: &["gitCommitMessage"],
    secrets: &[],
    ignored: &[],
    planner: Planner::OfFiles(push),
};

fn push(step: &GitHubStep<'_>, results: &mut StepResults) -> Result<StepPlan, Vec<Diagnostic>> {
    let repository = &step.repository;
    let files = first_commit::files(step.cx, step.input, results)?;
    let branch = first_commit::branch(step.input).to_owned();
    let slug = step.slug();
    let mut home = repository.home();
    // The repository was made by another step, or before, so that its undoing is not this step's.
    home.undo = None;
    let mut effects = vec![first_commit::effect(step.cx, step.input, files, home)];
    if step.input.get("protectDefaultBranch") != Some(&json!(false)) {
        let protection = github::protection(repository, step.input, &branch);
        let summary = format!("protects branch `{branch}` of `{slug}`");
        effects.push(step.effect(protection, summary, None));
    }
    Ok(StepPlan {
        output: first_commit::output(
            &step.cx.step().id,
            Some(repository.clone_url()),
            Some(repository.contents_url(&branch)),
        ),
        message: format!("repository `{slug}` has its first commit"),
        effects,
        ..StepPlan::default()
    })
}

pub(super) const PROTECT: GitHubAction = GitHubAction {
    id: "github:branch-protection:create",
    description: "Protects a branch of a repository on GitHub",
    required: &[],
    inputs: || {
        let mut inputs = github::protection_inputs();
        inputs["branch"] =
            json!({"type": "string", "description": "The branch; `main` without it"});
        for name in ["enforceAdmins", "requireLinearHistory"] {
            inputs[name] = json!({"type": "boolean", "description": "As in `publish:github`"});
        }
        inputs
    },
    outputs: &[],
    later: &[],
    secrets: &[],
    ignored: &[],
    planner: Planner::OfInput(protect),
};

fn protect(step: &GitHubStep<'_>) -> StepPlan {
    let branch = text(step.input, "branch").unwrap_or("main");
    let mut input = step.input.clone();
    // This action has other names for two of the inputs.
    for (own, shared) in [
        ("enforceAdmins", "protectEnforceAdmins"),
        ("requireLinearHistory", "requiredLinearHistory"),
    ] {
        if let Some(value) = step.input.get(own) {
            input[shared] = value.clone();
        }
    }
    let slug = step.slug();
    StepPlan {
        message: format!("branch `{branch}` of `{slug}` is protected"),
        effects: vec![step.effect(
            github::protection(&step.repository, &input, branch),
            format!("protects branch `{branch}` of `{slug}`"),
            None,
        )],
        ..StepPlan::default()
    }
}
