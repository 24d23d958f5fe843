//! `publish:gitlab:merge-request`: commits files of the workspace to a new branch, and opens a merge request of it.

use serde_json::{Value, json};

use super::{
    GitLab, GitLabAction, Planned, project_path,
    push::{Branch, commit, commit_action},
};
use crate::{
    actions::{
        StepContext, StepPlan, StepResults,
        input::{flag, folder_of, text, texts},
        texts::{mark, marked, shown, unknown_outputs},
    },
    base::percent::encode,
    effect::{Call, Lookup, Method, Owner, Resource},
};

pub(in crate::actions) const MERGE_REQUEST: GitLabAction = GitLabAction {
    id: "publish:gitlab:merge-request",
    description: "Commits files of the workspace to a new branch of a project of GitLab, and opens a merge request",
    inputs,
    required: &["title", "description", "branchName"],
    later: &["title", "description", "commitMessage"],
    secrets: &[],
    unused: &["assignReviewersFromApprovalRules", "projectid"],
    outputs: &[
        ("mergeRequestUrl", "Address of the merge request, known after apply"),
        ("projectid", "Path of the project"),
        ("projectPath", "Path of the project"),
        ("targetBranchName", "Branch that it is merged into"),
    ],
    planner: plan,
};

fn inputs() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "title": text("Title of the merge request, and message of the commit"),
        "description": text("Text of the merge request"),
        "branchName": {"type": "string", "minLength": 1, "description": "The new branch"},
        "targetBranchName": {"type": "string", "minLength": 1, "description": "Branch that it is merged into; the default branch without it"},
        "commitMessage": text("Message of the commit; the title without it"),
        "sourcePath": text("Folder of the workspace that is committed; without it that of `targetPath`, or all of it"),
        "targetPath": text("Folder of the project that gets the files"),
        "commitAction": commit_action(),
        "removeSourceBranch": {"type": "boolean", "description": "Whether the branch goes once it is merged"},
        "assignee": text("User who is asked to see to it"),
        "reviewers": {"type": "array", "items": {"type": "string"}, "description": "Users who are asked to review it"},
        "labels": {"type": ["string", "array"], "items": {"type": "string"}, "description": "Labels: a list, or a text with commas"},
        "assignReviewersFromApprovalRules": {"type": "boolean", "description": "Not used: name the `reviewers`"},
        "projectid": {"type": ["string", "number"], "description": "Not used: `repoUrl` names the project"}
    })
}

fn plan(cx: &StepContext<'_>, input: &Value, gitlab: &GitLab, results: &StepResults) -> Planned {
    // As in Backstage, the folder of the target is that of the workspace, too, where only it is named and exists.
    let mut source = folder_of(cx, input, "sourcePath")?;
    if input.get("sourcePath").is_none() {
        let target = folder_of(cx, input, "targetPath")?;
        source = target.filter(|folder| !results.workspace.folder(Some(folder)).is_empty());
    }
    let name = text(input, "branchName").unwrap_or_default();
    let base = text(input, "targetBranchName");
    let message = input.get("commitMessage").unwrap_or(&input["title"]);
    let branch = Branch { name, base, is_added: false };
    let (commit, project) = commit(cx, input, results, (source, &branch, message))?;
    let request = request(cx, input, &project, &branch);
    let summary = format!("opens {} of branch `{name}`", request.name);
    let opening = gitlab.effect(cx, vec![request], summary, Some("closes the merge request"));
    let mut output = unknown_outputs(cx, &["mergeRequestUrl", "targetBranchName"]);
    output.extend(base.map(|base| ("targetBranchName".to_owned(), base.into())));
    output.insert("projectid".to_owned(), project.clone().into());
    output.insert("projectPath".to_owned(), project.clone().into());
    let message = format!("branch `{name}` of `{project}` has a merge request");
    Ok(StepPlan { output, message, effects: vec![commit, opening], ..StepPlan::default() })
}

/// The merge request of a branch.
fn request(cx: &StepContext<'_>, input: &Value, project: &str, branch: &Branch<'_>) -> Resource {
    let (source, target) = (branch.name, branch.base);
    let (title, mark, id) = (&input["title"], mark(cx), json!(project));
    let mut body = json!({
        "source_branch": source,
        "target_branch": target,
        "title": title,
        "description": marked(&input["description"], &mark),
        "remove_source_branch": flag(input, "removeSourceBranch"),
    });
    match input.get("labels") {
        Some(Value::String(labels)) => body["labels"] = labels.as_str().into(),
        Some(_) => body["labels"] = texts(input, "labels").join(",").into(),
        None => {}
    }
    let mut users = Vec::new();
    if let Some(user) = text(input, "assignee") {
        body["assignee_id"] = Value::Null;
        users.push((user, "/assignee_id".to_owned()));
    }
    let reviewers = texts(input, "reviewers");
    if !reviewers.is_empty() {
        body["reviewer_ids"] = vec![Value::Null; reviewers.len()].into();
        let place = |(number, user)| (user, format!("/reviewer_ids/{number}"));
        users.extend(reviewers.into_iter().enumerate().map(place));
    }
    // The new branch may not be seen for a moment.
    let call = Call::new(Method::Post, project_path(&id, "/merge_requests"));
    let call = call.with(body).passing(&[404]);
    let list = format!("/merge_requests?state=all&source_branch={}&per_page=100", encode(source));
    let owner = Owner::OneOf { pointer: "/description".to_owned(), mark };
    let name = format!("the merge request `{}`", shown(title));
    let outputs: &[_] = match target {
        Some(_) => &[("mergeRequestUrl", "/web_url")],
        None => &[("mergeRequestUrl", "/web_url"), ("targetBranchName", "/target_branch")],
    };
    let close = Call::new(Method::Put, project_path(&id, "/merge_requests/{iid}"));
    let close = close.with(json!({"state_event": "close"})).finding(&[("iid", "/iid")]);
    let mut resource = Resource::new(name, owner, call)
        .looked_up(Lookup::newest(project_path(&id, &list), Value::Null))
        .giving(outputs);
    if target.is_none() {
        let of = format!("the project `{project}`");
        let lookup = Lookup::of(project_path(&id, ""));
        resource = resource.taking(of, lookup, "/default_branch", "/target_branch");
    }
    for (user, place) in users {
        let path = format!("/users?username={}", encode(user));
        let list = Lookup::list(path, "", json!({"username": user}));
        resource = resource.taking(format!("the user `{user}`"), list, "/id", &place);
    }
    Resource { undo: Some(close), ..resource }
}
