//! `publish:gitea`: creates a repository on Gitea or Forgejo, as Backstage's action of this name does.

use serde_json::{Value, json};

use super::{
    first_commit,
    forge_repository::{ForgeRepository, marked_description},
    forges::PublishForge,
};
use crate::{
    actions::{StepContext, StepPlan, StepResults, input::text},
    base::{diagnostics::Diagnostic, forges::Forge, percent::encode},
    effect::{Alternative, Api, Call, Lookup, Method, Owner, Resource},
};

/// Most characters of a description: later versions have more.
const MOST_DESCRIPTION: usize = 255;

pub(super) const PUBLISH: PublishForge = PublishForge {
    id: "publish:gitea",
    description: "Creates a repository on Gitea or Forgejo with one commit of the workspace's files",
    inputs,
    outputs: &[],
    secrets: &[],
    planner: plan,
};

fn inputs() -> Value {
    json!({
        "description": {"type": "string", "description": "Description of the repository"},
        "repoVisibility": {"enum": ["private", "public"], "description": "Who sees it; `private` without it"},
        "signCommit": {"type": "boolean", "description": "Not used: commits are not signed"},
        "allowedHosts": {"type": "array", "description": "Not used: the picker checks them"}
    })
}

fn plan(
    cx: &StepContext<'_>,
    input: &Value,
    results: &mut StepResults,
) -> Result<StepPlan, Vec<Diagnostic>> {
    let repository = ForgeRepository::of(cx, input, Forge::Gitea)?;
    let files = first_commit::files(cx, input, results)?;
    let branch = first_commit::branch(input).to_owned();
    let slug = repository.location.slug();
    let visibility = text(input, "repoVisibility").unwrap_or("private");
    let summary = format!("creates the {visibility} repository `{slug}`");
    let mut effects = vec![
        repository.effect(
            cx,
            Api::Gitea,
            vec![creation(cx, &repository, input)],
            (summary, Some("deletes the repository")),
        ),
        first_commit::effect(cx, input, files, repository.home()),
    ];
    effects.extend(description(cx, &repository, input));
    let mut warnings: Vec<_> = repository.credential_warning(cx).into_iter().collect();
    warnings.extend(cx.unused(input, &["signCommit", "token"]));
    Ok(StepPlan {
        output: first_commit::output(
            &cx.step().id,
            Some(repository.clone_url()),
            Some(repository.contents_url(&branch)),
        ),
        message: format!("repository `{slug}` is on Gitea"),
        effects,
        warnings,
        ..StepPlan::default()
    })
}

/// The path of the repository in the API.
pub(in crate::actions) fn path(repository: &ForgeRepository) -> String {
    let location = &repository.location;
    format!("/repos/{}/{}", encode(location.owner.as_str()), encode(location.name.as_str()))
}

fn creation(cx: &StepContext<'_>, repository: &ForgeRepository, input: &Value) -> Resource {
    let (owner, name) = (repository.location.owner.as_str(), repository.location.name.as_str());
    let is_private = text(input, "repoVisibility") != Some("public");
    let (description, mark) = marked_description(cx, text(input, "description"), MOST_DESCRIPTION);
    let body = json!({
        "name": name,
        "description": description,
        "private": is_private,
        "default_branch": first_commit::branch(input),
    });
    let create = Call::new(Method::Post, format!("/orgs/{}/repos", encode(owner)));
    let owner_mark = Owner::Marked { pointer: "/description".to_owned(), mark };
    let title = format!("the repository `{}`", repository.location.slug());
    Resource {
        alternatives: vec![Alternative {
            when: Lookup::of("/user").having(json!({"login": owner})),
            call: Call::new(Method::Post, "/user/repos").with(body.clone()),
        }],
        undo: Some(Call::new(Method::Delete, path(repository))),
        ..Resource::new(title, owner_mark, create.with(body))
            .looked_up(Lookup::of(path(repository)))
            .giving(&[("repositoryId", "/id")])
    }
}

/// Takes the mark away, which the description had while the repository was made.
fn description(
    cx: &StepContext<'_>,
    repository: &ForgeRepository,
    input: &Value,
) -> Option<crate::effect::Effect> {
    let description = text(input, "description").filter(|text| !text.is_empty())?;
    let description: String = description.chars().take(MOST_DESCRIPTION).collect();
    let values = json!({"description": description.trim_end()});
    let owner = Owner::Setting { values: values.clone() };
    let call = Call::new(Method::Patch, path(repository)).with(values);
    let resource = Resource::new("the description", owner, call);
    let summary = format!("sets of `{}`: the description", repository.location.slug());
    Some(repository.effect(
        cx,
        Api::Gitea,
        vec![resource.looked_up(Lookup::of(path(repository)))],
        (summary, Some("goes with the repository")),
    ))
}
