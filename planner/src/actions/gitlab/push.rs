//! `gitlab:repo:push`, and the commit of a merge request: files of the workspace go to a branch of a project that is there.

use serde_json::{Value, json};

use super::{GitLab, GitLabAction, Planned, one_effect};
use crate::{
    actions::{
        StepContext, StepResults,
        input::{folder_of, text},
        publish::{
            branch_commit::{BranchTarget, branch_effect},
            forge_repository::ForgeRepository,
        },
        texts::unknown_outputs,
    },
    base::{diagnostics::Diagnostic, forges::Forge, path::RelativePath},
    effect::Effect,
};

pub(in crate::actions) const REPO_PUSH: GitLabAction = GitLabAction {
    id: "gitlab:repo:push",
    description: "Commits files of the workspace to a branch of a project of GitLab",
    inputs,
    required: &["branchName", "commitMessage"],
    later: &["commitMessage"],
    secrets: &[],
    unused: &[],
    outputs: &[
        ("projectid", "Path of the project"),
        ("projectPath", "Path of the project"),
        ("commitHash", "Id of the commit, known after apply"),
    ],
    planner: plan,
};

fn inputs() -> Value {
    json!({
        "branchName": {"type": "string", "minLength": 1, "description": "The branch; one that is not there starts at the default branch"},
        "commitMessage": {"type": "string", "minLength": 1, "description": "Message of the commit"},
        "sourcePath": {"type": "string", "description": "Folder of the workspace that is committed; without it all of it"},
        "targetPath": {"type": "string", "description": "Folder of the project that gets the files"},
        "commitAction": commit_action()
    })
}

/// The input that says what is done with files.
pub(super) fn commit_action() -> Value {
    json!({
        "enum": ["create", "update", "auto", "delete", "skip"],
        "description": "`create`, `update` and `auto` write the files whether they are there or not; others are refused"
    })
}

/// A branch that gets a commit.
pub(super) struct Branch<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// The branch that it starts from; the default branch without it.
    pub(super) base: Option<&'a str>,
    /// Whether it may be there already.
    pub(super) is_added: bool,
}

/// The effect of a commit with the files of a folder of the workspace, and the path of its project.
///
/// # Errors
/// There are no files, or something else is to be done with them.
pub(super) fn commit(
    cx: &StepContext<'_>,
    input: &Value,
    results: &StepResults,
    (source, branch, message): (Option<RelativePath>, &Branch<'_>, &Value),
) -> Result<(Effect, String), Vec<Diagnostic>> {
    let project = ForgeRepository::of(cx, input, Forge::GitLab)?;
    if let Some(action @ ("delete" | "skip")) = text(input, "commitAction") {
        let message = format!("`{action}` is not supported: the files are written");
        return Err(cx.wrong("commitAction", message));
    }
    let files = results.workspace.folder(source.as_ref());
    if files.is_empty() {
        return Err(cx.wrong("sourcePath", "there are no files to commit"));
    }
    if let Some((one, other)) = files.collision() {
        let message = format!("`{one}` and `{other}` are one where case does not count");
        return Err(cx.wrong("sourcePath", message));
    }
    let slug = project.location.slug();
    let to = BranchTarget {
        slug: slug.clone(),
        url: project.clone_url(),
        target: project.target(),
        branch: branch.name.to_owned(),
        base: branch.base.map(str::to_owned),
        is_added: branch.is_added,
        folder: folder_of(cx, input, "targetPath")?,
        message: Some(message.clone()),
    };
    Ok((branch_effect(cx, input, files, to), slug))
}

fn plan(cx: &StepContext<'_>, input: &Value, _: &GitLab, results: &StepResults) -> Planned {
    let source = folder_of(cx, input, "sourcePath")?;
    let name = text(input, "branchName").unwrap_or_default();
    let branch = Branch { name, base: None, is_added: true };
    let (effect, project) = commit(cx, input, results, (source, &branch, &input["commitMessage"]))?;
    let mut output = unknown_outputs(cx, &["commitHash"]);
    output.insert("projectid".to_owned(), project.clone().into());
    output.insert("projectPath".to_owned(), project.clone().into());
    one_effect(output, &format!("branch `{name}` of `{project}` has the files"), effect)
}
