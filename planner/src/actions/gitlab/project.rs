//! What is made in a project that an id or a path names: variables, issues and pipelines.

use serde_json::{Map, Value, json};

use super::{GitLab, GitLabAction, Planned, one_effect, project_path, variable_path};
use crate::{
    actions::{
        StepContext, StepResults,
        texts::{mark, marked, shown, unknown_outputs},
    },
    effect::{Call, Lookup, Method, Owner, Resource},
};

pub(in crate::actions) const PROJECT_VARIABLE_CREATE: GitLabAction = GitLabAction {
    id: "gitlab:projectVariable:create",
    description: "Makes a variable for the pipelines of a project of GitLab",
    inputs: variable_inputs,
    required: &["projectId", "key", "value", "variableType"],
    later: &["projectId", "value"],
    secrets: &["value"],
    unused: &[],
    outputs: &[],
    planner: variable,
};

pub(in crate::actions) const ISSUES_CREATE: GitLabAction = GitLabAction {
    id: "gitlab:issues:create",
    description: "Opens an issue in a project of GitLab",
    inputs: issue_inputs,
    required: &["projectId", "title"],
    later: &["projectId", "title", "description", "labels"],
    secrets: &[],
    unused: &[],
    outputs: &[
        ("issueUrl", "Address of the issue, known after apply"),
        ("issueId", "Its id, known after apply"),
        ("issueIid", "Its number in the project, known after apply"),
    ],
    planner: issue,
};

pub(in crate::actions) const PIPELINE_TRIGGER: GitLabAction = GitLabAction {
    id: "gitlab:pipeline:trigger",
    description: "Starts a pipeline of a project of GitLab",
    inputs: pipeline_inputs,
    required: &["projectId", "branch"],
    later: &["projectId", "tokenDescription", "variables"],
    secrets: &[],
    unused: &["tokenDescription"],
    outputs: &[("pipelineUrl", "Address of the pipeline, known after apply")],
    planner: pipeline,
};

/// The input that says which project is meant.
fn project_id() -> Value {
    json!({"type": ["string", "number"], "description": "Id or path of the project"})
}

fn variable_inputs() -> Value {
    json!({
        "projectId": project_id(),
        "key": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,255}$", "description": "Name of the variable"},
        "value": {"type": ["string", "number", "boolean"], "description": "Its value; a secret of the settings stands in no plan"},
        "variableType": {"enum": ["env_var", "file"], "description": "What it is in a job"},
        "variableProtected": {"type": "boolean", "description": "Whether only protected branches get it"},
        "masked": {"type": "boolean", "description": "Whether logs hide it"},
        "raw": {"type": "boolean", "description": "Whether `$` in it means nothing"},
        "environmentScope": {"type": "string", "description": "The environments that get it; `*` without it"}
    })
}

/// The values of a map under other names.
fn renamed(input: &Value, names: &[(&str, &str)]) -> Map<String, Value> {
    let value =
        |(name, field): &(&str, &str)| Some(((*field).to_owned(), input.get(*name)?.clone()));
    names.iter().filter_map(value).collect()
}

fn variable(cx: &StepContext<'_>, input: &Value, gitlab: &GitLab, _: &StepResults) -> Planned {
    let mut body = Value::Object(renamed(
        input,
        &[
            ("key", "key"),
            ("value", "value"),
            ("variableType", "variable_type"),
            ("variableProtected", "protected"),
            ("masked", "masked"),
            ("raw", "raw"),
            ("environmentScope", "environment_scope"),
        ],
    ));
    // An id of an earlier step is a number.
    if matches!(body["value"], Value::Number(_) | Value::Bool(_)) {
        body["value"] = body["value"].to_string().into();
    }
    let (project, key) = (&input["projectId"], shown(&input["key"]));
    let one = variable_path(project, &body);
    let create = Call::new(Method::Post, project_path(project, "/variables")).with(body);
    let name = format!("the variable `{key}`");
    let resource = Resource::new(&name, Owner::Unmarked, create).looked_up(Lookup::of(one.clone()));
    let resource = Resource { undo: Some(Call::new(Method::Delete, one)), ..resource };
    let summary = format!("makes the variable `{key}` of the project `{}`", shown(project));
    let effect = gitlab.effect(cx, vec![resource], summary, Some("deletes the variable"));
    one_effect(Map::new(), &format!("{name} is there"), effect)
}

fn issue_inputs() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let number = |description: &str| json!({"type": "number", "description": description});
    json!({
        "projectId": project_id(),
        "title": text("Title of the issue"),
        "description": text("Its text"),
        "assignees": {"type": "array", "items": {"type": "number"}, "description": "Ids of users"},
        "confidential": {"type": "boolean", "description": "Whether only members see it"},
        "createdAt": text("Time of its creation"),
        "dueDate": text("Day on which it is due"),
        "discussionToResolve": text("Id of a discussion that it resolves"),
        "mergeRequestToResolveDiscussionsOf": number("Number of the merge request with that discussion"),
        "epicId": number("Id of its epic"),
        "issueType": {"enum": ["issue", "incident", "test_case", "task"], "description": "What it is"},
        "labels": text("Its labels, with commas between them"),
        "milestoneId": number("Id of its milestone"),
        "weight": number("Its weight")
    })
}

fn issue(cx: &StepContext<'_>, input: &Value, gitlab: &GitLab, _: &StepResults) -> Planned {
    let mut body = renamed(
        input,
        &[
            ("title", "title"),
            ("assignees", "assignee_ids"),
            ("confidential", "confidential"),
            ("createdAt", "created_at"),
            ("dueDate", "due_date"),
            ("discussionToResolve", "discussion_to_resolve"),
            ("mergeRequestToResolveDiscussionsOf", "merge_request_to_resolve_discussions_of"),
            ("epicId", "epic_id"),
            ("issueType", "issue_type"),
            ("labels", "labels"),
            ("milestoneId", "milestone_id"),
            ("weight", "weight"),
        ],
    );
    let (project, title, mark) = (&input["projectId"], &input["title"], mark(cx));
    let written = input.get("description").cloned().unwrap_or_default();
    body.insert("description".to_owned(), marked(&written, &mark));
    let create = Call::new(Method::Post, project_path(project, "/issues"));
    let list = project_path(project, "/issues?scope=created_by_me&per_page=100");
    let owner = Owner::OneOf { pointer: "/description".to_owned(), mark };
    let name = format!("the issue `{}`", shown(title));
    let resource = Resource::new(&name, owner, create.with(Value::Object(body)))
        .looked_up(Lookup::newest(list, json!({"title": title})))
        .giving(&[("issueUrl", "/web_url"), ("issueId", "/id"), ("issueIid", "/iid")]);
    let summary = format!("opens {name} in the project `{}`", shown(project));
    let effect = gitlab.effect(cx, vec![resource], summary, None);
    let output = unknown_outputs(cx, &["issueUrl", "issueId", "issueIid"]);
    one_effect(output, &format!("{name} is open"), effect)
}

fn pipeline_inputs() -> Value {
    json!({
        "projectId": project_id(),
        "tokenDescription": {"type": "string", "description": "Not used: no token is made for it"},
        "branch": {"type": "string", "minLength": 1, "description": "The branch or tag that it runs on"},
        "variables": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Variables of the pipeline"}
    })
}

fn pipeline(cx: &StepContext<'_>, input: &Value, gitlab: &GitLab, _: &StepResults) -> Planned {
    let (project, branch) = (&input["projectId"], &input["branch"]);
    let given = input.get("variables").and_then(Value::as_object).into_iter().flatten();
    let variables: Vec<_> = given.map(|(key, value)| json!({"key": key, "value": value})).collect();
    let call = Call::new(Method::Post, project_path(project, "/pipeline"))
        .with(json!({"ref": branch, "variables": variables}));
    let name = format!("the pipeline of `{}`", shown(branch));
    // GitLab's list of pipelines says nothing by which one of this request could be known.
    let resource =
        Resource::new(&name, Owner::Unmarked, call).giving(&[("pipelineUrl", "/web_url")]);
    let summary = format!("starts {name} in the project `{}`", shown(project));
    let effect = gitlab.effect(cx, vec![resource], summary, None);
    one_effect(unknown_outputs(cx, &["pipelineUrl"]), &format!("{name} runs"), effect)
}
