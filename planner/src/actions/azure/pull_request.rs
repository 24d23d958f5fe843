//! `azure:pr:create`: asks to merge a branch of a repository on Azure DevOps.

use serde_json::{Map, Value, json};

use super::project::{API_VERSION, Project, number, schema};
use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{flag, text},
    },
    base::{diagnostics::Diagnostic, percent::encode},
    effect::{Call, Lookup, Method, Owner, Resource},
    engine,
    repository::safe_path,
};

pub(in crate::actions) struct PullRequestCreate {
    id: &'static str,
}

pub(in crate::actions) const PULL_REQUEST: PullRequestCreate =
    PullRequestCreate { id: "azure:pr:create" };
/// The name in older versions of Backstage's module.
pub(in crate::actions) const OLDER_PULL_REQUEST: PullRequestCreate =
    PullRequestCreate { id: "azure:repo:pr" };

/// Most characters of a description.
const MOST_DESCRIPTION: usize = 4000;

impl Action for PullRequestCreate {
    fn id(&self) -> &'static str {
        self.id
    }

    fn description(&self) -> &'static str {
        "Asks to merge a branch of a repository on Azure DevOps"
    }

    fn schema(&self) -> Value {
        let text = |description: &str| json!({"type": "string", "minLength": 1, "description": description});
        let flag = |description: &str| json!({"type": "boolean", "description": description});
        schema(
            "server",
            &["organization", "project", "repoName", "title"],
            json!({
                "repoName": text("The name of the repository"),
                "title": text("The title of the pull request"),
                "description": {"type": "string", "description": "Its description"},
                "sourceBranch": text("The branch that is merged; `scaffolder` without it"),
                "targetBranch": text("The branch that it is merged into; `main` without it"),
                "supportsIterations": flag("Whether later pushes are reviewed one by one"),
                "autoComplete": flag("Whether it merges by itself once it may, and its branch is deleted then"),
                "workItemId": {"type": ["string", "integer"], "description": "A work item that it belongs to"}
            }),
        )
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![("pullRequestId", "Id of the pull request, known after apply")]
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["title", "description", "workItemId"]
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        _: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let project = Project::of(cx, input, "server")?;
        let name = safe_path(text(input, "repoName").unwrap_or_default());
        let name = name.map_err(|error| cx.wrong("repoName", error))?;
        let branch = |key: &str, otherwise: &str| text(input, key).unwrap_or(otherwise).to_owned();
        let [source, target] =
            [branch("sourceBranch", "scaffolder"), branch("targetBranch", "main")];
        let [from, to] = [&source, &target].map(|branch| format!("refs/heads/{branch}"));
        let mark = format!("(Callboard request {})", cx.plan.request.id);
        let mut body = json!({
            "sourceRefName": from,
            "targetRefName": to,
            "title": input["title"],
            "description": description(input, &mark),
        });
        if input.get("workItemId").is_some() {
            let item = number(cx, input, "workItemId")?;
            let item = engine::concat(&[item]);
            body["workItemRefs"] = json!([{"id": item}]);
        }
        let repository = format!("git/repositories/{}/pullrequests", encode(name.as_str()));
        let all = project.api(&repository);
        let iterations = match input.get("supportsIterations").and_then(Value::as_bool) {
            Some(flag) => format!("&supportsIterations={flag}"),
            None => String::new(),
        };
        let lookup = format!(
            "{all}{API_VERSION}&searchCriteria.status=all&searchCriteria.sourceRefName={}&searchCriteria.targetRefName={}",
            encode(&from),
            encode(&to)
        );
        let one = |id: &str| format!("{all}/{id}{API_VERSION}");
        let abandon = Call::new(Method::Patch, one("{id}")).with(json!({"status": "abandoned"}));
        let create = Call::new(Method::Post, format!("{all}{API_VERSION}{iterations}")).with(body);
        let owner = Owner::OneOf { pointer: "/description".to_owned(), mark: mark.into() };
        let title = format!("the pull request of `{source}`");
        let creation = Resource {
            undo: Some(abandon.finding(&[("id", "/pullRequestId")])),
            ..Resource::new(title, owner, create)
                .looked_up(Lookup::list(lookup, "/value", Value::Null))
                .giving(&[("pullRequestId", "/pullRequestId")])
        };
        let slug = format!("{}/{name}", project.slug);
        let summary = format!("asks to merge `{source}` into `{target}` of `{slug}`");
        let path = format!("_git/{}/pullrequests", encode(name.as_str()));
        let id = engine::unknown(&cx.step().id, "output.pullRequestId");
        let mut effects =
            vec![project.effect(cx, &path, creation, (summary, Some("abandons the pull request")))];
        if flag(input, "autoComplete") {
            let start = format!("{all}/").into();
            let at = engine::concat(&[start, id.clone(), API_VERSION.into()]);
            let summary = "sets that it merges by itself".to_owned();
            effects.push(project.effect(cx, &path, automatic(at), (summary, None)));
        }
        let plan = StepPlan {
            output: Map::from_iter([("pullRequestId".to_owned(), id)]),
            message: format!("`{source}` of `{slug}` has a pull request"),
            effects,
            ..StepPlan::default()
        };
        Ok(project.plan(cx, input, plan))
    }
}

/// That it merges by itself; the server takes this only afterwards, from whoever made it.
fn automatic(at: Value) -> Resource {
    let options = json!({"deleteSourceBranch": true, "mergeStrategy": "rebaseMerge"});
    let values = json!({"completionOptions": options});
    let call = Call::new(Method::Patch, at.clone())
        .with(json!({"autoCompleteSetBy": {"id": null}, "completionOptions": options}))
        .finding(&[("/autoCompleteSetBy/id", "/createdBy/id")]);
    Resource::new("that it merges by itself", Owner::Setting { values }, call)
        .looked_up(Lookup::of(at))
}

/// The description with the mark of the request in front: lists have only the beginning of it.
fn description(input: &Value, mark: &str) -> Value {
    match input.get("description") {
        None => mark.into(),
        Some(Value::String(text)) if text.is_empty() => mark.into(),
        Some(Value::String(text)) => {
            let room = MOST_DESCRIPTION.saturating_sub(mark.chars().count() + 2);
            let text: String = text.chars().take(room).collect();
            format!("{mark}\n\n{text}").into()
        }
        Some(later) => engine::concat(&[format!("{mark}\n\n").into(), later.clone()]),
    }
}
