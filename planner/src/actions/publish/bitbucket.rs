//! `publish:bitbucketCloud` and `publish:bitbucketServer`: create a repository on Bitbucket, as Backstage's actions of these
//! names do.

use serde_json::{Value, json};

use super::{
    first_commit,
    forge_repository::{ForgeRepository, marked_description},
    forges::PublishForge,
};
use crate::{
    actions::{StepContext, StepPlan, StepResults, input::text},
    base::{diagnostics::Diagnostic, forges::Forge, percent::encode},
    effect::{Api, Call, Effect, Lookup, Method, Owner, Resource},
};

/// Most characters of a description.
const MOST_DESCRIPTION: usize = 255;

pub(super) const CLOUD: PublishForge = PublishForge {
    id: "publish:bitbucketCloud",
    description: "Creates a repository on Bitbucket Cloud with one commit of the workspace's files",
    inputs,
    outputs: &[],
    secrets: &[],
    planner: |cx, input, results| plan(cx, input, results, Forge::BitbucketCloud),
};

pub(super) const SERVER: PublishForge = PublishForge {
    id: "publish:bitbucketServer",
    description: "Creates a repository on Bitbucket Server or Data Center with one commit of the workspace's files",
    inputs,
    outputs: &[],
    secrets: &[],
    planner: |cx, input, results| plan(cx, input, results, Forge::BitbucketServer),
};

fn inputs() -> Value {
    json!({
        "description": {"type": "string", "description": "Description of the repository"},
        "repoVisibility": {"enum": ["private", "public"], "description": "Who sees it; `private` without it"},
        "enableLFS": {"type": "boolean", "description": "Not used: whether it keeps large files is set on its page"},
        "signCommit": {"type": "boolean", "description": "Not used: commits are not signed"},
        "allowedHosts": {"type": "array", "description": "Not used: the picker checks them"}
    })
}

fn plan(
    cx: &StepContext<'_>,
    input: &Value,
    results: &mut StepResults,
    forge: Forge,
) -> Result<StepPlan, Vec<Diagnostic>> {
    let repository = ForgeRepository::of(cx, input, forge)?;
    let files = first_commit::files(cx, input, results)?;
    let branch = first_commit::branch(input).to_owned();
    let slug = repository.location.slug();
    let visibility = text(input, "repoVisibility").unwrap_or("private");
    let summary = format!("creates the {visibility} repository `{slug}`");
    let creation = vec![creation(cx, &repository, input)];
    let undo = Some("deletes the repository");
    let mut effects = vec![
        repository.effect(cx, Api::Bitbucket, creation, (summary, undo)),
        first_commit::effect(cx, input, files, repository.home()),
    ];
    effects.extend(description(cx, &repository, input));
    let mut warnings: Vec<_> = repository.credential_warning(cx).into_iter().collect();
    warnings.extend(cx.unused(input, &["enableLFS", "signCommit", "token"]));
    Ok(StepPlan {
        output: first_commit::output(
            &cx.step().id,
            Some(repository.clone_url()),
            Some(repository.contents_url(&branch)),
        ),
        message: format!("repository `{slug}` is on Bitbucket"),
        effects,
        warnings,
        ..StepPlan::default()
    })
}

/// The path of the repository in the API.
fn path(repository: &ForgeRepository) -> String {
    let location = &repository.location;
    let [owner, name] = [location.owner.as_str(), location.name.as_str()].map(encode);
    match repository.host.forge {
        Forge::BitbucketServer => format!("/projects/{owner}/repos/{name}"),
        _ => format!("/repositories/{owner}/{name}"),
    }
}

fn creation(cx: &StepContext<'_>, repository: &ForgeRepository, input: &Value) -> Resource {
    let location = &repository.location;
    let is_public = text(input, "repoVisibility") == Some("public");
    let (description, mark) = marked_description(cx, text(input, "description"), MOST_DESCRIPTION);
    let is_server = repository.host.forge == Forge::BitbucketServer;
    let create = if is_server {
        let project = encode(location.owner.as_str());
        Call::new(Method::Post, format!("/projects/{project}/repos")).with(json!({
            "name": location.name.as_str(), "scmId": "git", "description": description, "public": is_public,
            "defaultBranch": first_commit::branch(input),
        }))
    } else {
        let mut body = json!({"scm": "git", "description": description, "is_private": !is_public});
        if let Some(project) = location.address.part("project") {
            body["project"] = json!({"key": project});
        }
        Call::new(Method::Post, path(repository)).with(body)
    };
    let owner = Owner::Marked { pointer: "/description".to_owned(), mark };
    Resource {
        undo: Some(Call::new(Method::Delete, path(repository))),
        ..Resource::new(format!("the repository `{}`", location.slug()), owner, create)
            .looked_up(Lookup::of(path(repository)))
            .giving(&[("repositoryId", if is_server { "/id" } else { "/uuid" })])
    }
}

/// Takes the mark away, which the description had while the repository was made.
fn description(
    cx: &StepContext<'_>,
    repository: &ForgeRepository,
    input: &Value,
) -> Option<Effect> {
    let description = text(input, "description").filter(|text| !text.is_empty())?;
    let description: String = description.chars().take(MOST_DESCRIPTION).collect();
    let values = json!({"description": description.trim_end()});
    let owner = Owner::Setting { values: values.clone() };
    let call = Call::new(Method::Put, path(repository)).with(values);
    let resource = Resource::new("the description", owner, call);
    let summary = format!("sets of `{}`: the description", repository.location.slug());
    Some(repository.effect(
        cx,
        Api::Bitbucket,
        vec![resource.looked_up(Lookup::of(path(repository)))],
        (summary, Some("goes with the repository")),
    ))
}
