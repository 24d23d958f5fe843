//! `publish:azure`: creates a repository on Azure DevOps Services or Server, as Backstage's action of this name does.

use serde_json::{Value, json};

use super::{first_commit, forge_repository::ForgeRepository, forges::PublishForge};
use crate::{
    actions::{StepContext, StepPlan, StepResults, azure::API_VERSION},
    base::{diagnostics::Diagnostic, forges::Forge, percent::encode_path},
    effect::{Api, Call, Lookup, Method, Owner, Resource},
    engine,
};

pub(super) const PUBLISH: PublishForge = PublishForge {
    id: "publish:azure",
    description: "Creates a repository on Azure DevOps with one commit of the workspace's files",
    inputs,
    outputs: &[("repositoryId", "Id of the repository, known after apply")],
    secrets: &[],
    planner: plan,
};

fn inputs() -> Value {
    json!({
        "repoUrl": {
            "type": "string", "description": "Where it is made: `host?organization=…&project=…&repo=…`"
        },
        "description": {"type": "string", "description": "Not used: repositories of Azure DevOps have none"},
        "signCommit": {"type": "boolean", "description": "Not used: commits are not signed"}
    })
}

/// Inputs that mean nothing here.
const IGNORED: [(&str, &str); 3] = [
    ("description", "repositories of Azure DevOps have no description"),
    ("signCommit", "commits are not signed"),
    ("token", "credentials are those of the settings"),
];

fn plan(
    cx: &StepContext<'_>,
    input: &Value,
    results: &mut StepResults,
) -> Result<StepPlan, Vec<Diagnostic>> {
    let repository = ForgeRepository::of(cx, input, Forge::AzureDevOps)?;
    let (organization, project) =
        repository.location.organization().map_err(|error| cx.wrong("repoUrl", error))?;
    let all = ["", organization.as_str(), project.as_str(), "_apis/git/repositories"];
    let all = encode_path(&all.join("/"));
    let name = repository.location.name.as_str();
    let one = |part: &Value| {
        let (start, end) = (format!("{all}/").into(), API_VERSION.into());
        engine::concat(&[start, engine::path_part(part), end])
    };
    let files = first_commit::files(cx, input, results)?;
    let branch = first_commit::branch(input).to_owned();
    let slug = repository.location.slug();
    let title = format!("the repository `{slug}`");
    let create = Call::new(Method::Post, format!("{all}{API_VERSION}")).with(json!({"name": name}));
    // A call that changes a repository takes its id only.
    let id = engine::unknown(&cx.step().id, "output.repositoryId");
    let delete = Call::new(Method::Delete, format!("{all}/{{id}}{API_VERSION}"));
    let creation = Resource {
        undo: Some(delete.finding(&[("id", "/id")])),
        ..Resource::new(title, Owner::Unmarked, create)
            .looked_up(Lookup::of(one(&name.into())))
            .giving(&[("repositoryId", "/id")])
    };
    let values = json!({"defaultBranch": format!("refs/heads/{branch}")});
    let update = Call::new(Method::Patch, one(&id)).with(values.clone());
    let default = Resource::new("the default branch", Owner::Setting { values }, update)
        .looked_up(Lookup::of(one(&id)));
    let effect = |resource, text: String, undo| {
        repository.effect(cx, Api::AzureDevOps, vec![resource], (text, undo))
    };
    let effects = vec![
        effect(
            creation,
            format!("creates the repository `{slug}`"),
            Some("deletes the repository"),
        ),
        first_commit::effect(cx, input, files, repository.home()),
        effect(
            default,
            format!("sets of `{slug}`: the default branch `{branch}`"),
            Some("goes with the repository"),
        ),
    ];
    let mut warnings: Vec<_> = repository.credential_warning(cx).into_iter().collect();
    for (name, why) in IGNORED.into_iter().filter(|(name, _)| input.get(name).is_some()) {
        warnings.push(cx.ignored(name, &format!("`{name}` is not used: {why}")));
    }
    let mut output = first_commit::output(
        &cx.step().id,
        Some(repository.clone_url()),
        Some(repository.contents_url(&branch)),
    );
    output.insert("repositoryId".to_owned(), id);
    Ok(StepPlan {
        output,
        message: format!("repository `{slug}` is on Azure DevOps"),
        effects,
        warnings,
        ..StepPlan::default()
    })
}
