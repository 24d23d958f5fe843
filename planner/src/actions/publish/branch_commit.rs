//! The effect of a commit on a branch of a repository that is there.

use serde_json::Value;

use crate::{
    actions::{StepContext, input::text},
    base::path::RelativePath,
    effect::{BranchInput, Effect, EffectKind, Target},
    engine,
    workspace::Workspace,
};

/// Where a commit goes.
pub(in crate::actions) struct BranchTarget {
    /// `owner/name`.
    pub(in crate::actions) slug: String,
    /// The URL that git pushes to.
    pub(in crate::actions) url: String,
    /// What the effect changes.
    pub(in crate::actions) target: Target,
    /// The branch.
    pub(in crate::actions) branch: String,
    /// The branch that a new one starts from; the default branch without it.
    pub(in crate::actions) base: Option<String>,
    /// Whether the branch may be there already.
    pub(in crate::actions) is_added: bool,
    /// Folder of the repository that the files go to.
    pub(in crate::actions) folder: Option<RelativePath>,
    /// Message of the commit, which may be known only after apply.
    pub(in crate::actions) message: Option<Value>,
}

/// The effect of a commit with these files. Its author is that of the input, or of the settings.
pub(in crate::actions) fn branch_effect(
    cx: &StepContext<'_>,
    input: &Value,
    files: Workspace,
    to: BranchTarget,
) -> Effect {
    let settings = cx.plan.settings;
    let author = &settings.author;
    let tree = match files.is_known() {
        true => files.digest().into(),
        false => engine::unknown(&cx.step().id, "files"),
    };
    let number = files.count();
    let summary = format!("commits {number} to branch `{}` of `{}`", to.branch, to.slug);
    let credential = settings.credential_of(&to.url);
    let branch = BranchInput {
        repository: to.slug,
        url: to.url.clone(),
        branch: to.branch,
        base: to.base,
        is_added: to.is_added,
        folder: to.folder,
        message: String::new(),
        author_name: text(input, "gitAuthorName").unwrap_or(&author.name).to_owned(),
        author_email: text(input, "gitAuthorEmail").unwrap_or(&author.email).to_owned(),
        tree,
    };
    let mut data = serde_json::to_value(&branch).unwrap_or_default();
    data["message"] = to.message.unwrap_or_else(|| "Add files".into());
    Effect {
        id: String::new(),
        kind: EffectKind::GitBranch,
        target: to.target,
        input: data,
        summary,
        secrets: credential.map(|names| names.token.clone()).into_iter().collect(),
        undo: None,
        claims: Vec::new(),
        files: Some(files),
        changes_workspace: false,
    }
}
