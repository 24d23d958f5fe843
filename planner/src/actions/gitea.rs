//! `publish:gitea:pull-request`: proposes the files of the workspace for a repository on Gitea or Forgejo.
//!
//! Backstage itself has no such action; several public modules have one of this name.

use serde_json::{Value, json};

use super::{
    Action, StepContext, StepPlan, StepResults,
    input::{flag, folder_of, text, texts},
    publish::{
        branch_commit::{BranchTarget, branch_effect},
        forge_repository::ForgeRepository,
        gitea_path,
    },
    texts::{marked, unknown_outputs},
};
use crate::{
    base::{diagnostics::Diagnostic, forges::Forge},
    effect::{Api, Call, Effect, Lookup, Method, Owner, Resource},
    engine,
};

pub(super) struct PullRequest;

/// What marks a draft: Gitea has no field for it.
const DRAFT: &str = "WIP: ";
/// Inputs of other modules that are not used.
const IGNORED: [&str; 1] = ["token"];

impl Action for PullRequest {
    fn id(&self) -> &'static str {
        "publish:gitea:pull-request"
    }

    fn description(&self) -> &'static str {
        "Proposes the files of the workspace in a pull request on Gitea or Forgejo"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![
            ("remoteUrl", "Address of the pull request, known after apply"),
            ("pullRequestUrl", "The same"),
            ("pullRequestNumber", "Its number, known after apply"),
            ("targetBranchName", "The branch that it would be merged into"),
        ]
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["title", "description", "commitMessage", "token"]
    }

    fn schema(&self) -> Value {
        let text = |description: &str| json!({"type": "string", "description": description});
        let list = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
        let flag = |description: &str| json!({"type": "boolean", "description": description});
        json!({
            "type": "object",
            "required": ["repoUrl", "title", "branchName"],
            "properties": {
                "repoUrl": text("The repository: `host?owner=…&repo=…`"),
                "title": {"type": "string", "minLength": 1, "description": "Title of the pull request"},
                "branchName": {
                    "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$", "description": "The new branch"
                },
                "description": text("Text of the pull request"),
                "targetBranchName": text("The branch that it would be merged into; the default branch without it"),
                "draft": flag("Whether it is a draft: its title starts with `WIP: ` then"),
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
                "token": text("Not used: credentials are those of the portal's settings")
            }
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let repository = ForgeRepository::of(cx, input, Forge::Gitea)?;
        let branch = text(input, "branchName").unwrap_or_default();
        let base = text(input, "targetBranchName").filter(|name| !name.is_empty());
        let source = folder_of(cx, input, "sourcePath")?;
        let files = results.workspace.folder(source.as_ref());
        if files.is_empty() {
            return Err(cx.wrong("sourcePath", "there are no files to propose"));
        }
        let slug = repository.location.slug();
        let commit = BranchTarget {
            slug: slug.clone(),
            url: repository.clone_url(),
            target: repository.target(),
            branch: branch.to_owned(),
            base: base.map(str::to_owned),
            is_added: flag(input, "update"),
            folder: folder_of(cx, input, "targetPath")?,
            message: input.get("commitMessage").or(input.get("title")).cloned(),
        };
        let commit = branch_effect(cx, input, files, commit);
        let names = self.outputs();
        let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        let mut output = unknown_outputs(cx, &names);
        if let Some(base) = base {
            output.insert("targetBranchName".to_owned(), base.into());
        }
        let mut effects = vec![commit, proposal(cx, input, &repository, (branch, base))];
        effects.extend(reviewers(cx, input, &repository));
        let mut warnings: Vec<_> = repository.credential_warning(cx).into_iter().collect();
        warnings.extend(cx.unused(input, &IGNORED));
        let message = format!("`{branch}` of `{slug}` has a pull request");
        Ok(StepPlan { output, message, effects, warnings, ..StepPlan::default() })
    }
}

fn proposal(
    cx: &StepContext<'_>,
    input: &Value,
    repository: &ForgeRepository,
    (branch, base): (&str, Option<&str>),
) -> Effect {
    let path = gitea_path(repository);
    let mark = format!("(Callboard request {})", cx.plan.request.id).into();
    let title = match flag(input, "draft") {
        true => engine::concat(&[DRAFT.into(), input["title"].clone()]),
        false => input["title"].clone(),
    };
    let body = json!({
        "title": title,
        "body": marked(input.get("description").unwrap_or(&Value::Null), &mark),
        "head": branch,
        "base": base,
        "assignees": texts(input, "assignees"),
    });
    let owner = Owner::OneOf { pointer: "/body".to_owned(), mark };
    // For about a second after a first push there is no branch that could be merged.
    let create = Call::new(Method::Post, format!("{path}/pulls")).with(body).passing(&[404]);
    let close = Call::new(Method::Patch, format!("{path}/pulls/{{number}}"));
    let all = format!("{path}/pulls?state=all&limit=50");
    let mut resource = Resource {
        undo: Some(close.with(json!({"state": "closed"})).finding(&[("number", "/number")])),
        ..Resource::new(format!("the pull request of `{branch}`"), owner, create)
            .looked_up(Lookup::newest(all, json!({"head": {"ref": branch}})))
            .giving(&[
                ("remoteUrl", "/html_url"),
                ("pullRequestUrl", "/html_url"),
                ("pullRequestNumber", "/number"),
                ("targetBranchName", "/base/ref"),
            ])
    };
    if base.is_none() {
        resource = resource.taking("the repository", Lookup::of(path), "/default_branch", "/base");
    }
    let slug = repository.location.slug();
    let into = base.map_or_else(|| "the default branch".to_owned(), |base| format!("`{base}`"));
    let summary = format!("proposes to merge `{branch}` into {into} of `{slug}`");
    repository.effect(cx, Api::Gitea, vec![resource], (summary, Some("closes the pull request")))
}

/// Asks for reviews.
fn reviewers(cx: &StepContext<'_>, input: &Value, repository: &ForgeRepository) -> Option<Effect> {
    let (users, teams) = (texts(input, "reviewers"), texts(input, "teamReviewers"));
    let names: Vec<_> = users.iter().chain(&teams).copied().collect();
    if names.is_empty() {
        return None;
    }
    let number = engine::unknown(&cx.step().id, "output.pullRequestNumber");
    let path = format!("{}/pulls/", gitea_path(repository));
    let one = engine::concat(&[path.into(), number]);
    let mut values = json!({});
    if !users.is_empty() {
        values["requested_reviewers"] = users.iter().map(|user| json!({"login": user})).collect();
    }
    if !teams.is_empty() {
        values["requested_reviewers_teams"] =
            teams.iter().map(|team| json!({"name": team})).collect();
    }
    let at = engine::concat(&[one.clone(), "/requested_reviewers".into()]);
    let call = Call::new(Method::Post, at);
    let call = call.with(json!({"reviewers": users, "team_reviewers": teams}));
    let resource = Resource::new("the reviewers", Owner::Setting { values }, call);
    let summary = format!("asks for reviews: `{}`", names.join("`, `"));
    let resources = vec![resource.looked_up(Lookup::of(one))];
    Some(repository.effect(
        cx,
        Api::Gitea,
        resources,
        (summary, Some("goes with the pull request")),
    ))
}
