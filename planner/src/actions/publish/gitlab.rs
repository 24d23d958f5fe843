//! `publish:gitlab`: creates a project on GitLab, as Backstage's action of this name does.

use serde_json::{Map, Value, json};

use super::{
    first_commit,
    forge_repository::{ForgeRepository, marked_description},
    forges::PublishForge,
};
use crate::{
    actions::{
        StepContext, StepPlan, StepResults, gitlab,
        input::{flag, text},
    },
    base::{diagnostics::Diagnostic, forges::Forge, percent::encode},
    effect::{Api, Call, Lookup, Method, Owner, Refusal, Resource},
    engine,
};

/// Most characters of a description.
const MOST_DESCRIPTION: usize = 2000;

pub(super) const PUBLISH: PublishForge = PublishForge {
    id: "publish:gitlab",
    description: "Creates a project on GitLab with one commit of the workspace's files",
    inputs,
    outputs: &[("projectId", "Id of the project, known after apply"), ("created", "`true`")],
    secrets: &[],
    planner: plan,
};

/// The settings of a project that a step may have.
const SETTINGS: [&str; 12] = [
    "name",
    "path",
    "description",
    "visibility",
    "topics",
    "auto_devops_enabled",
    "ci_config_path",
    "merge_method",
    "squash_option",
    "only_allow_merge_if_all_discussions_are_resolved",
    "only_allow_merge_if_pipeline_succeeds",
    "allow_merge_on_skipped_pipeline",
];

fn inputs() -> Value {
    let visibility = json!({"enum": ["private", "internal", "public"]});
    let texts = json!({"type": "array", "items": {"type": "string"}});
    json!({
        "settings": {
            "type": "object", "description": "Settings of the project, by their names in GitLab's API",
            "properties": {
                "name": {"type": "string"}, "path": {"type": "string"}, "description": {"type": "string"}, "visibility": visibility, "topics": texts,
                "auto_devops_enabled": {"type": "boolean"}, "ci_config_path": {"type": "string"},
                "merge_method": {"enum": ["merge", "rebase_merge", "ff"]},
                "squash_option": {"enum": ["never", "always", "default_on", "default_off"]},
                "only_allow_merge_if_all_discussions_are_resolved": {"type": "boolean"},
                "only_allow_merge_if_pipeline_succeeds": {"type": "boolean"},
                "allow_merge_on_skipped_pipeline": {"type": "boolean"}
            }
        },
        "branches": {
            "type": "array", "description": "Branches that are created or protected",
            "items": {
                "type": "object", "required": ["name"],
                "properties": {
                    "name": {"type": "string", "minLength": 1}, "protect": {"type": "boolean"}, "create": {"type": "boolean"},
                    "ref": {"type": "string", "description": "What it starts from; the branch of the commit without it"}
                }
            }
        },
        "projectVariables": {
            "type": "array", "description": "Variables of pipelines",
            "items": {
                "type": "object", "required": ["key", "value"],
                "properties": {
                    "key": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,255}$"}, "value": {"type": "string"},
                    "description": {"type": "string"}, "variable_type": {"enum": ["env_var", "file"]},
                    "protected": {"type": "boolean"}, "masked": {"type": "boolean"},
                    "masked_and_hidden": {"type": "boolean"}, "raw": {"type": "boolean"},
                    "environment_scope": {"type": "string"}
                }
            }
        },
        "repoVisibility": {"enum": ["private", "internal", "public"], "description": "Who sees it; `settings.visibility` is stronger"},
        "topics": {"type": "array", "items": {"type": "string"}, "description": "Topics; `settings.topics` is stronger"},
        "setUserAsOwner": {"type": "boolean", "description": "Whether the account of the credential becomes an owner"},
        "ownerUsername": {"type": "string", "description": "A user who becomes an owner"},
        "skipExisting": {"type": "boolean", "description": "Not used: a project of somebody else is never touched"},
        "signCommit": {"type": "boolean", "description": "Not used: commits are not signed"},
        "allowedHosts": {"type": "array", "description": "Not used: the picker checks them"}
    })
}

fn plan(
    cx: &StepContext<'_>,
    input: &Value,
    results: &mut StepResults,
) -> Result<StepPlan, Vec<Diagnostic>> {
    let mut project = ForgeRepository::of(cx, input, Forge::GitLab)?;
    let chosen = input.get("settings").cloned().unwrap_or_default();
    let title = text(&chosen, "name").unwrap_or(project.location.name.as_str()).to_owned();
    if let Some(name) = text(&chosen, "path") {
        project.location =
            project.location.named(name).map_err(|error| cx.wrong("settings/path", error))?;
    }
    let files = first_commit::files(cx, input, results)?;
    let branch = first_commit::branch(input).to_owned();
    let slug = project.location.slug();
    let visibility = text(&chosen, "visibility").or_else(|| text(input, "repoVisibility"));
    let visibility = visibility.unwrap_or("private");
    let creation = creation(cx, &project, input, (&title, visibility));
    let undo = Some("deletes the project");
    let summary = format!("creates the {visibility} project `{slug}`");
    let mut effects = vec![
        project.effect(cx, Api::GitLab, vec![creation], (summary, undo)),
        first_commit::effect(cx, input, files, project.home()),
    ];
    let settings = settings(&project, input, &branch);
    if !settings.is_empty() {
        let names: Vec<_> = settings.iter().map(|resource| resource.name.clone()).collect();
        let summary = format!("sets of `{slug}`: {}", names.join(", "));
        let undo = Some("goes with the project");
        effects.push(project.effect(cx, Api::GitLab, settings, (summary, undo)));
    }
    let mut warnings: Vec<_> = project.credential_warning(cx).into_iter().collect();
    warnings.extend(cx.unused(input, &["skipExisting", "signCommit", "token"]));
    for name in chosen.as_object().into_iter().flatten().map(|(name, _)| name) {
        if !SETTINGS.contains(&name.as_str()) {
            warnings.push(cx.ignored("settings", &format!("`settings.{name}` is not used")));
        }
    }
    let step = &cx.step().id;
    let contents = project.contents_url(&branch);
    let mut output = first_commit::output(step, Some(project.web()), Some(contents));
    output.insert("projectId".to_owned(), engine::unknown(step, "output.projectId"));
    output.insert("created".to_owned(), json!(true));
    let message = format!("project `{slug}` is on GitLab");
    Ok(StepPlan { output, message, effects, warnings, ..StepPlan::default() })
}

/// The path of the project in the API.
fn at(project: &ForgeRepository, rest: &str) -> String {
    format!("/projects/{}{rest}", encode(&project.location.slug()))
}

fn creation(
    cx: &StepContext<'_>,
    project: &ForgeRepository,
    input: &Value,
    (title, visibility): (&str, &str),
) -> Resource {
    let (owner, name) = (project.location.owner.as_str(), project.location.name.as_str());
    let chosen = input.get("settings").and_then(Value::as_object).cloned().unwrap_or_default();
    let written = chosen.get("description").and_then(Value::as_str);
    let (description, mark) = marked_description(cx, written, MOST_DESCRIPTION);
    let mut body = Map::new();
    if let Some(topics) = input.get("topics") {
        body.insert("topics".to_owned(), topics.clone());
    }
    body.extend(chosen.into_iter().filter(|(name, _)| SETTINGS.contains(&name.as_str())));
    body.extend([
        ("name".to_owned(), json!(title)),
        ("path".to_owned(), json!(name)),
        ("namespace_id".to_owned(), Value::Null),
        ("description".to_owned(), json!(description)),
        ("visibility".to_owned(), json!(visibility)),
    ]);
    let create = Call::new(Method::Post, "/projects").with(Value::Object(body));
    let owner_mark = Owner::Marked { pointer: "/description".to_owned(), mark };
    let namespace = Lookup::of(format!("/namespaces/{}", encode(owner)));
    let resource = Resource::new(
        format!("the project `{}/{name}`", project.location.owner),
        owner_mark,
        create,
    )
    .looked_up(Lookup::of(at(project, "")))
    .taking(format!("the group or user `{owner}`"), namespace, "/id", "/namespace_id")
    .giving(&[("projectId", "/id")]);
    Resource { undo: Some(Call::new(Method::Delete, at(project, ""))), ..resource }
}

/// What is set once the project has its first commit.
fn settings(project: &ForgeRepository, input: &Value, branch: &str) -> Vec<Resource> {
    let mut all = Vec::new();
    let chosen = input.get("settings").unwrap_or(&Value::Null);
    // The mark goes, which the description had while the project was made.
    if let Some(description) = text(chosen, "description").filter(|text| !text.is_empty()) {
        let description: String = description.chars().take(MOST_DESCRIPTION).collect();
        let values = json!({"description": description.trim_end()});
        let owner = Owner::Setting { values: values.clone() };
        let call = Call::new(Method::Put, at(project, "")).with(values);
        let resource = Resource::new("the description", owner, call);
        all.push(resource.looked_up(Lookup::of(at(project, ""))));
    }
    for wanted in input.get("branches").and_then(Value::as_array).into_iter().flatten() {
        let name = text(wanted, "name").unwrap_or_default();
        if flag(wanted, "create") {
            let start = text(wanted, "ref").unwrap_or(branch);
            let call = Call::new(Method::Post, at(project, "/repository/branches"));
            let call = call.with(json!({"branch": name, "ref": start})).passing(&[404]);
            let lookup = at(project, &format!("/repository/branches/{}", encode(name)));
            let resource = Resource::new(format!("the branch `{name}`"), Owner::Shared, call);
            all.push(resource.looked_up(Lookup::of(lookup)));
        }
        if flag(wanted, "protect") {
            let call = Call::new(Method::Post, at(project, "/protected_branches"));
            let lookup = at(project, &format!("/protected_branches/{}", encode(name)));
            let title = format!("the protection of branch `{name}`");
            let resource = Resource::new(title, Owner::Shared, call.with(json!({"name": name})));
            all.push(resource.looked_up(Lookup::of(lookup)));
        }
    }
    let id = json!(project.location.slug());
    for variable in input.get("projectVariables").and_then(Value::as_array).into_iter().flatten() {
        let one = gitlab::variable_path(&id, variable);
        let owner = Owner::Setting { values: told_variable(variable) };
        let create = Call::new(Method::Post, at(project, "/variables")).with(variable.clone());
        let name = format!("the variable `{}`", text(variable, "key").unwrap_or_default());
        // Whether the value is hidden is said once, when the variable is made.
        let mut changed = variable.clone();
        changed.as_object_mut().map(|fields| fields.remove("masked_and_hidden"));
        let update = Call::new(Method::Put, one.clone()).with(changed);
        let resource = Resource::new(name, owner, create).looked_up(Lookup::of(one));
        all.push(Resource { update: Some(update), ..resource });
    }
    all.extend(owners(project, input));
    all
}

/// What GitLab tells of a variable: a hidden one has other fields than it was made with, and nobody gets its value.
fn told_variable(variable: &Value) -> Value {
    let mut told = variable.clone();
    let Some(fields) = told.as_object_mut() else { return told };
    if let Some(hidden) = fields.remove("masked_and_hidden") {
        if hidden == json!(true) {
            fields.remove("value");
            fields.insert("masked".to_owned(), json!(true));
        }
        fields.insert("hidden".to_owned(), hidden);
    }
    told
}

/// Those who become owners of the project.
fn owners(project: &ForgeRepository, input: &Value) -> Vec<Resource> {
    const OWNER: u8 = 50;
    let resource = |name: String, of: &str, user: Lookup, values: Value, lookup: Lookup| {
        let body = json!({"user_id": null, "access_level": OWNER});
        let call = Call::new(Method::Post, at(project, "/members")).with(body);
        Resource {
            tolerated: vec![Refusal {
                status: 409,
                text: "already exists".to_owned(),
                meaning: "the account is a member of the project with another role".to_owned(),
            }],
            ..Resource::new(name, Owner::Setting { values }, call)
                .looked_up(lookup)
                .taking(of, user, "/id", "/user_id")
        }
    };
    let mut all = Vec::new();
    if flag(input, "setUserAsOwner") {
        let values = json!({"permissions": {"project_access": {"access_level": OWNER}}});
        let (name, of) = ("the credential as owner".to_owned(), "the account of the credential");
        all.push(resource(name, of, Lookup::of("/user"), values, Lookup::of(at(project, ""))));
    }
    if let Some(user) = text(input, "ownerUsername") {
        let having = json!({"username": user});
        let found = format!("/users?username={}", encode(user));
        let members = at(project, &format!("/members?query={}", encode(user)));
        let values = json!({"username": user, "access_level": OWNER});
        let lookup = Lookup::list(members, "", having.clone());
        let of = format!("the user `{user}`");
        let user_lookup = Lookup::list(found, "", having);
        all.push(resource(format!("`{user}` as owner"), &of, user_lookup, values, lookup));
    }
    all
}
