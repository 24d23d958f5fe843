//! `publish:git`: creates a repository from the workspace.
//!
//! Backstage has no such action; the inputs and outputs are those that all of its `publish:*` actions share.

use serde_json::{Map, Value, json};

use crate::actions::{Action, StepContext, StepPlan, StepResults, input::text};
use crate::{
    answers::{self, Answers},
    base::{diagnostics::Diagnostic, path::RelativePath},
    claims::Claim,
    effect::{Effect, EffectKind, RepositoryInput},
    engine,
    repository::Location,
    workspace::{File, folder_path},
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
        vec![
            ("remoteUrl", "URL of the repository"),
            ("repoContentsUrl", "URL below which its files are"),
            ("commitHash", "Id of the commit, known after apply"),
        ]
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["gitCommitMessage", "token"]
    }

    fn schema(&self) -> Value {
        let text = |description: &str| json!({"type": "string", "description": description});
        json!({
            "type": "object",
            "required": ["repoUrl"],
            "properties": {
                "repoUrl": text("Where it is made: `host?owner=…&repo=…`"),
                "defaultBranch": {
                    "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
                    "description": "Branch of the commit; `main` without it, where Backstage has `master`"
                },
                "gitCommitMessage": {
                    "type": "string", "minLength": 1, "description": "Message of the commit; `initial commit` without it"
                },
                "gitAuthorName": {
                    "type": "string", "pattern": "^[^<>\\n]+$", "description": "Name of the commit's author"
                },
                "gitAuthorEmail": {
                    "type": "string", "pattern": "^[^<>\\s]+$", "description": "E-mail address of the commit's author"
                },
                "sourcePath": text("Folder of the workspace that is published; without it all of it"),
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
        let settings = cx.plan.settings;
        let location = Location::parse(text(input, "repoUrl").unwrap_or_default())
            .map_err(|error| cx.wrong("repoUrl", error))?;
        if settings.repositories.home.is_none() {
            let hint = "set `scaffold.repositories` or `scaffold.remote` in `callboard.yaml`";
            let problems = cx.wrong("repoUrl", "the settings name no place for repositories");
            return Err(problems.into_iter().map(|d| d.hint(hint)).collect());
        }
        let folder = folder_path(text(input, "sourcePath").unwrap_or("./"))
            .map_err(|e| cx.wrong("sourcePath", e))?;
        if results.workspace.folder(folder.as_ref()).is_empty() {
            return Err(cx.wrong("sourcePath", "there are no files to publish"));
        }
        add_answers(cx, folder.as_ref(), results)?;
        let files = results.workspace.folder(folder.as_ref());
        if let Some((one, other)) = files.collision() {
            let message = format!("`{one}` and `{other}` are one where case does not count");
            return Err(cx.wrong("sourcePath", message));
        }
        if let Err(error) = location.check_host(&settings.repositories) {
            let hint =
                "hosts that a request may choose stand in `scaffold.hosts` of `callboard.yaml`";
            return Err(cx.wrong("repoUrl", error).into_iter().map(|d| d.hint(hint)).collect());
        }
        let step = cx.step().id.clone();
        let url = location.public_url(&settings.repositories);
        let output = output(&step, url);
        results.published.push((cx.step().written_id.clone(), folder.clone()));
        let slug = location.slug();
        let tree = if files.is_known() {
            files.digest().into()
        } else {
            engine::unknown(&cx.step().id, "files")
        };
        let branch = text(input, "defaultBranch").unwrap_or("main").to_owned();
        let repositories = &settings.repositories;
        let author = &settings.author;
        let repository = RepositoryInput {
            repository: slug.clone(),
            branch: branch.clone(),
            message: String::new(),
            author_name: text(input, "gitAuthorName").unwrap_or(&author.name).to_owned(),
            author_email: text(input, "gitAuthorEmail").unwrap_or(&author.email).to_owned(),
            push_url: location.push_url(repositories),
            public_url: location.public_url(repositories),
            tree,
        };
        let mut data = serde_json::to_value(&repository).unwrap_or_default();
        data["message"] = input.get("gitCommitMessage").cloned().unwrap_or("initial commit".into());
        let number = files.count();
        let effect = Effect {
            id: String::new(),
            kind: EffectKind::GitRepository,
            target: location.target(repositories),
            input: data,
            summary: format!("creates repository `{slug}` with branch `{branch}`, {number}"),
            secrets: location
                .push_url(repositories)
                .and_then(|url| settings.credential_of(&url).map(str::to_owned))
                .into_iter()
                .collect(),
            undo: None,
            claims: vec![Claim::Repository(location.key(repositories))],
            files: Some(files),
            changes_workspace: false,
        };
        Ok(StepPlan {
            output,
            message: format!("repository `{slug}` has its first commit"),
            effects: vec![effect],
            ..StepPlan::default()
        })
    }
}

/// Adds the answers file to the folder that is published. One that the template makes itself is replaced.
fn add_answers(
    cx: &StepContext<'_>,
    folder: Option<&RelativePath>,
    results: &mut StepResults,
) -> Result<(), Vec<Diagnostic>> {
    let text =
        Answers::of(cx.plan, results).to_text().map_err(|error| cx.wrong("", error.message))?;
    let path = RelativePath::new(answers::FILE).map_err(|error| cx.wrong("", error))?;
    let path = folder.map_or(path.clone(), |folder| folder.join(&path));
    let is_known = !results.has_undecided_content;
    let file = File { is_known, ..File::new(text.into_bytes()) };
    results.workspace.insert(path, file).map_err(|error| cx.wrong("sourcePath", error))
}

/// The outputs that all of Backstage's `publish:*` have.
fn output(step: &str, url: Option<String>) -> Map<String, Value> {
    let url = |name: &str| {
        url.clone().map_or_else(|| engine::unknown(step, &format!("output.{name}")), Value::String)
    };
    let mut output = Map::new();
    output.insert("remoteUrl".into(), url("remoteUrl"));
    output.insert("repoContentsUrl".into(), url("repoContentsUrl"));
    output.insert("commitHash".into(), engine::unknown(step, "output.commitHash"));
    output
}
