//! `publish:git`: creates a repository from the workspace.
//!
//! Backstage has no such action; the inputs and outputs are those that all of its `publish:*` actions share.

use serde_json::{Value, json};

use super::first_commit::{self, Maker, OUTPUTS, RepositoryHome};
use crate::{
    actions::{Action, StepContext, StepPlan, StepResults, input::text},
    base::diagnostics::Diagnostic,
    repository::Location,
    settings::RepositoryHome as Home,
};

pub(in crate::actions) struct PublishGit;

impl Action for PublishGit {
    fn id(&self) -> &'static str {
        "publish:git"
    }

    fn description(&self) -> &'static str {
        "Creates a repository with one commit of the workspace's files"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        OUTPUTS.to_vec()
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["gitCommitMessage", "token"]
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["repoUrl"],
            "properties": first_commit::properties()
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let repositories = &cx.plan.settings.repositories;
        let location = Location::parse(text(input, "repoUrl").unwrap_or_default())
            .map_err(|error| cx.wrong("repoUrl", error))?;
        if repositories.home.is_none() {
            let hint = "set `scaffold.repositories` or `scaffold.remote` in `callboard.yaml`";
            let problems = cx.wrong("repoUrl", "the settings name no place for repositories");
            return Err(problems.into_iter().map(|d| d.hint(hint)).collect());
        }
        if let Err(error) = location.check_host(repositories) {
            let hint =
                "hosts that a request may choose stand in `scaffold.hosts` of `callboard.yaml`";
            return Err(cx.wrong("repoUrl", error).into_iter().map(|d| d.hint(hint)).collect());
        }
        let files = first_commit::files(cx, input, results)?;
        let public_url = location.public_url(repositories);
        let maker = match repositories.home {
            Some(Home::Remote(_)) => Maker::Remote,
            _ => Maker::Commit,
        };
        let home = RepositoryHome {
            slug: location.slug(),
            target: location.target(repositories),
            push_url: location.push_url(repositories),
            public_url: public_url.clone(),
            key: location.key(repositories),
            maker,
            undo: None,
        };
        let message = format!("repository `{}` has its first commit", home.slug);
        Ok(StepPlan {
            output: first_commit::output(&cx.step().id, public_url.clone(), public_url),
            message,
            effects: vec![first_commit::effect(cx, input, files, home)],
            ..StepPlan::default()
        })
    }
}
