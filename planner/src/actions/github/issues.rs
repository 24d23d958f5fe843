//! `github:issues:*`: issues of a repository, and their labels.

use serde_json::{Value, json};

use super::{GitHubAction, GitHubStep, Planner};
use crate::{
    actions::{
        StepPlan,
        input::texts,
        texts::{mark, unknown_outputs},
    },
    effect::{Call, Lookup, Method, Owner, Resource},
    engine::{concat, path_part},
};

pub(super) const CREATE: GitHubAction = GitHubAction {
    id: "github:issues:create",
    description: "Opens an issue in a repository on GitHub",
    required: &["title"],
    inputs: || {
        let list = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
        json!({
            "title": {"type": "string", "minLength": 1, "description": "Its title"},
            "body": {"type": "string", "description": "Its text"},
            "assignees": list("Who is assigned"),
            "labels": list("Its labels"),
            "milestone": {"type": ["integer", "string"], "description": "Number of its milestone"}
        })
    },
    outputs: &[
        ("issueUrl", "Address of the issue, known after apply"),
        ("issueNumber", "Number of the issue, known after apply"),
    ],
    later: &["title", "body"],
    secrets: &[],
    ignored: &[],
    planner: Planner::OfInput(create),
};

fn create(step: &GitHubStep<'_>) -> StepPlan {
    let mark = mark(step.cx);
    let mut body = json!({"title": step.input["title"], "body": step.marked("body", &mark)});
    for key in ["assignees", "labels", "milestone"] {
        if let Some(value) = step.input.get(key) {
            body[key] = value.clone();
        }
    }
    let all = step.path("/issues?state=all&sort=created&direction=desc&per_page=100");
    let owner = Owner::OneOf { pointer: "/body".to_owned(), mark };
    let call = Call::new(Method::Post, step.path("/issues")).with(body);
    let resource = Resource::new("the issue", owner, call)
        .looked_up(Lookup::list(all, "", Value::Null))
        .giving(&[("issueUrl", "/html_url"), ("issueNumber", "/number")]);
    let slug = step.slug();
    StepPlan {
        output: unknown_outputs(step.cx, &["issueUrl", "issueNumber"]),
        message: format!("`{slug}` has a new issue"),
        effects: vec![step.effect(vec![resource], format!("opens an issue in `{slug}`"), None)],
        ..StepPlan::default()
    }
}

pub(super) const LABEL: GitHubAction = GitHubAction {
    id: "github:issues:label",
    description: "Labels an issue or a pull request in a repository on GitHub",
    required: &["number", "labels"],
    inputs: || {
        json!({
            "number": {"type": ["integer", "string"], "description": "Its number"},
            "labels": {"type": "array", "items": {"type": "string"}, "description": "The labels"}
        })
    },
    outputs: &[],
    later: &["number"],
    secrets: &[],
    ignored: &[],
    planner: Planner::OfInput(label),
};

fn label(step: &GitHubStep<'_>) -> StepPlan {
    let at =
        concat(&[step.path("/issues/").into(), path_part(&step.input["number"]), "/labels".into()]);
    let labels = texts(step.input, "labels");
    let values = labels.iter().map(|label| json!({"name": label})).collect();
    let call = Call::new(Method::Post, at.clone()).with(json!({"labels": labels}));
    let resource = Resource::new("the labels", Owner::Setting { values }, call);
    let (slug, names) = (step.slug(), labels.join("`, `"));
    StepPlan {
        message: format!("an issue of `{slug}` has the labels `{names}`"),
        effects: vec![step.effect(
            vec![resource.looked_up(Lookup::of(at))],
            format!("labels an issue of `{slug}`: `{names}`"),
            None,
        )],
        ..StepPlan::default()
    }
}
