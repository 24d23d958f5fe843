//! `publish:github:pull-request`: proposes the files of the workspace for a repository that is there.

use serde_json::{Value, json};

use super::{GitHubAction, GitHubStep, Planner};
use crate::{
    actions::{
        StepPlan, StepResults,
        input::{flag, folder_of, text, texts},
        publish::branch_commit::{BranchTarget, branch_effect},
        texts::unknown_outputs,
    },
    base::{diagnostics::Diagnostic, percent::encode},
    effect::{Call, Lookup, Method, Owner, Resource},
    engine,
};

pub(super) const CREATE: GitHubAction = GitHubAction {
    id: "publish:github:pull-request",
    description: "Proposes the files of the workspace in a pull request on GitHub",
    required: &["title", "branchName", "description"],
    inputs: || {
        let text = |description: &str| json!({"type": "string", "description": description});
        let list = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
        let flag = |description: &str| json!({"type": "boolean", "description": description});
        json!({
            "title": {"type": "string", "minLength": 1, "description": "Title of the pull request"},
            "branchName": {
                "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$", "description": "The new branch"
            },
            "description": text("Text of the pull request"),
            "targetBranchName": text("The branch that it would be merged into; the default branch without it"),
            "draft": flag("Whether it is a draft"),
            "sourcePath": text("Folder of the workspace with the files; without it all of it"),
            "targetPath": text("Folder of the repository that the files go to"),
            "reviewers": list("Users who are asked for a review"),
            "teamReviewers": list("Teams that are asked for a review"),
            "assignees": list("Users who are assigned"),
            "commitMessage": text("Message of the commit; the title without it"),
            "gitAuthorName": {
                "type": "string", "pattern": "^[^<>\\n]+$", "description": "Name of the commit's author"
            },
            "gitAuthorEmail": {
                "type": "string", "pattern": "^[^<>\\s]+$", "description": "E-mail address of the commit's author"
            },
            "update": flag("Whether the branch may be there: the commit is added to it then"),
            "forceFork": flag("Not used: the branch is made in the repository itself"),
            "forceEmptyGitAuthor": flag("Not used"),
            "createWhenEmpty": flag("Not used: a pull request needs a change"),
            "filesToDelete": list("Not used: files are added and changed only")
        })
    },
    outputs: &[
        ("remoteUrl", "Address of the pull request, known after apply"),
        ("pullRequestNumber", "Its number, known after apply"),
        ("targetBranchName", "The branch that it would be merged into"),
    ],
    later: &["title", "description", "commitMessage"],
    secrets: &[],
    ignored: &["forceFork", "forceEmptyGitAuthor", "createWhenEmpty", "filesToDelete"],
    planner: Planner::OfFiles(plan),
};

fn plan(step: &GitHubStep<'_>, results: &mut StepResults) -> Result<StepPlan, Vec<Diagnostic>> {
    let (cx, input, repository) = (step.cx, step.input, &step.repository);
    let branch = text(input, "branchName").unwrap_or_default();
    let base = text(input, "targetBranchName").filter(|name| !name.is_empty());
    let source = folder_of(cx, input, "sourcePath")?;
    let files = results.workspace.folder(source.as_ref());
    if files.is_empty() {
        return Err(cx.wrong("sourcePath", "there are no files to propose"));
    }
    let folder = folder_of(cx, input, "targetPath")?;
    let slug = step.slug();
    let commit = branch_effect(
        cx,
        input,
        files,
        BranchTarget {
            slug: slug.clone(),
            url: repository.clone_url(),
            target: repository.target(),
            branch: branch.to_owned(),
            base: base.map(str::to_owned),
            is_added: flag(input, "update"),
            folder,
            message: input.get("commitMessage").or(input.get("title")).cloned(),
        },
    );
    let mut output = unknown_outputs(cx, &["remoteUrl", "pullRequestNumber", "targetBranchName"]);
    if let Some(base) = base {
        output.insert("targetBranchName".to_owned(), base.into());
    }
    let mut effects = vec![commit, proposal(step, branch, base)];
    effects.extend(reviewers(step));
    Ok(StepPlan {
        output,
        message: format!("`{branch}` of `{slug}` has a pull request"),
        effects,
        ..StepPlan::default()
    })
}

/// The path at which the pull requests of the branch are listed.
fn all(step: &GitHubStep<'_>, branch: &str) -> String {
    let owner = step.repository.location.owner.as_str();
    let head = encode(&format!("{owner}:{branch}"));
    step.path(&format!("/pulls?state=all&head={head}&per_page=100"))
}

fn proposal(step: &GitHubStep<'_>, branch: &str, base: Option<&str>) -> crate::effect::Effect {
    let mark = format!("(Callboard request {})", step.cx.plan.request.id).into();
    let body = json!({
        "title": step.input["title"],
        "body": step.marked("description", &mark),
        "head": branch,
        "base": base,
        "draft": flag(step.input, "draft"),
    });
    let owner = Owner::OneOf { pointer: "/body".to_owned(), mark };
    // The branch was pushed a moment before.
    let create = Call::new(Method::Post, step.path("/pulls")).with(body).passing(&[404]);
    let close = Call::new(Method::Patch, step.path("/pulls/{number}"));
    let mut resource = Resource {
        undo: Some(close.with(json!({"state": "closed"})).finding(&[("number", "/number")])),
        ..Resource::new(format!("the pull request of `{branch}`"), owner, create)
            .looked_up(Lookup::list(all(step, branch), "", Value::Null))
            .giving(&[
                ("remoteUrl", "/html_url"),
                ("pullRequestNumber", "/number"),
                ("targetBranchName", "/base/ref"),
            ])
    };
    if base.is_none() {
        let lookup = Lookup::of(step.path(""));
        resource = resource.taking("the repository", lookup, "/default_branch", "/base");
    }
    let slug = step.slug();
    let into = base.map_or_else(|| "the default branch".to_owned(), |base| format!("`{base}`"));
    let summary = format!("proposes to merge `{branch}` into {into} of `{slug}`");
    step.effect(vec![resource], summary, Some("closes the pull request"))
}

/// Asks for reviews and assigns the pull request.
fn reviewers(step: &GitHubStep<'_>) -> Option<crate::effect::Effect> {
    let id = &step.cx.step().id;
    let number = engine::unknown(id, "output.pullRequestNumber");
    let path = |start: &str, rest: &str| {
        engine::concat(&[step.path(start).into(), number.clone(), rest.into()])
    };
    let users = texts(step.input, "reviewers");
    let teams = texts(step.input, "teamReviewers");
    let mut resources = Vec::new();
    if !users.is_empty() || !teams.is_empty() {
        let logins: Vec<_> = users.iter().map(|user| json!({"login": user})).collect();
        let slugs: Vec<_> = teams.iter().map(|team| json!({"slug": team})).collect();
        let owner = Owner::Setting { values: json!({"users": logins, "teams": slugs}) };
        let call = Call::new(Method::Post, path("/pulls/", "/requested_reviewers"));
        let call = call.with(json!({"reviewers": users, "team_reviewers": teams}));
        resources.push(
            Resource::new("the reviewers", owner, call)
                .looked_up(Lookup::of(path("/pulls/", "/requested_reviewers"))),
        );
    }
    let assignees = texts(step.input, "assignees");
    if !assignees.is_empty() {
        let logins: Vec<_> = assignees.iter().map(|user| json!({"login": user})).collect();
        let owner = Owner::Setting { values: json!({"assignees": logins}) };
        let call = Call::new(Method::Post, path("/issues/", "/assignees"));
        resources.push(
            Resource::new("the assignees", owner, call.with(json!({"assignees": assignees})))
                .looked_up(Lookup::of(path("/issues/", ""))),
        );
    }
    if resources.is_empty() {
        return None;
    }
    let names: Vec<_> = users.iter().chain(&teams).chain(&assignees).copied().collect();
    let summary = format!("asks for reviews: `{}`", names.join("`, `"));
    Some(step.effect(resources, summary, Some("goes with the pull request")))
}
