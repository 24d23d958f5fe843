//! `gitlab:group:ensureExists`: makes the groups of a path that are not there.

use serde_json::{Map, Value, json};

use super::{GitLab, GitLabAction, Planned, one_effect};
use crate::{
    actions::{StepContext, StepResults, input::text},
    base::percent::encode,
    effect::{Call, Lookup, Method, Owner, Resource},
    engine,
};

pub(in crate::actions) const GROUP_ENSURE_EXISTS: GitLabAction = GitLabAction {
    id: "gitlab:group:ensureExists",
    description: "Makes the groups of a path on GitLab that are not there",
    inputs,
    required: &["path"],
    later: &[],
    secrets: &[],
    unused: &[],
    outputs: &[("groupId", "Id of the last group, known after apply")],
    planner: plan,
};

/// What the path of a group may be.
const SLUG: &str = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$";

fn inputs() -> Value {
    json!({
        "path": {
            "type": "array", "minItems": 1, "maxItems": 20, "description": "The groups, each in the one before it",
            "items": {"anyOf": [
                {"type": "string", "pattern": SLUG},
                {
                    "type": "object", "required": ["name", "slug"],
                    "properties": {"name": {"type": "string"}, "slug": {"type": "string", "pattern": SLUG}}
                }
            ]}
        }
    })
}

fn plan(cx: &StepContext<'_>, input: &Value, gitlab: &GitLab, _: &StepResults) -> Planned {
    let mut resources = Vec::new();
    let mut parent = String::new();
    for group in input.get("path").and_then(Value::as_array).into_iter().flatten() {
        let slug = group.as_str().or_else(|| text(group, "slug")).unwrap_or_default();
        let name = group.as_str().or_else(|| text(group, "name")).unwrap_or_default();
        let mut body = json!({"name": name, "path": slug});
        let call = Call::new(Method::Post, "/groups");
        let mut input = None;
        let mut path = slug.to_owned();
        if !parent.is_empty() {
            body["parent_id"] = Value::Null;
            path = format!("{parent}/{slug}");
            let of = format!("the group `{parent}`");
            let lookup = Lookup::of(format!("/groups/{}", encode(&parent)));
            input = Some((of, lookup));
        }
        let mut resource =
            Resource::new(format!("the group `{path}`"), Owner::Shared, call.with(body));
        if let Some((of, lookup)) = input {
            resource = resource.taking(of, lookup, "/id", "/parent_id");
        }
        let lookup = format!("/groups/{}?with_projects=false", encode(&path));
        resources.push(resource.looked_up(Lookup::of(lookup)));
        parent = path;
    }
    if let Some(last) = resources.pop() {
        resources.push(last.giving(&[("groupId", "/id")]));
    }
    let id = engine::unknown(&cx.step().id, "output.groupId");
    let output = Map::from_iter([("groupId".to_owned(), id)]);
    let summary = format!("makes the group `{parent}` unless it is there");
    let effect = gitlab.effect(cx, resources, summary, None);
    one_effect(output, &format!("group `{parent}` is on GitLab"), effect)
}
