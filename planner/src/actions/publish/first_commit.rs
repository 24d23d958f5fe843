//! What all actions that create a repository share: its files, and the effect of its first commit.

use serde_json::{Map, Value, json};

use crate::{
    actions::{StepContext, StepResults, input::text},
    answers::{self, Answers},
    base::{diagnostics::Diagnostic, path::RelativePath},
    claims::Claim,
    effect::{Effect, EffectKind, RepositoryInput, Target},
    engine,
    workspace::{File, Workspace, folder_path},
};

/// Where a new repository is.
pub(in crate::actions) struct RepositoryHome {
    /// Its name for people, such as `owner/name`.
    pub(in crate::actions) slug: String,
    /// What the effect changes.
    pub(in crate::actions) target: Target,
    /// The URL that its first commit is pushed to; `None`: a bare repository at the target.
    pub(in crate::actions) push_url: Option<String>,
    /// The URL at which people reach it, when it is known.
    pub(in crate::actions) public_url: Option<String>,
    /// What makes two repositories the same, in lower case.
    pub(in crate::actions) key: String,
    /// What makes the repository.
    pub(in crate::actions) maker: Maker,
    /// How the first commit is undone.
    pub(in crate::actions) undo: Option<String>,
}

/// The inputs that all of them have.
pub(in crate::actions) fn properties() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
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
    })
}

/// The outputs that all of them have.
pub(in crate::actions) const OUTPUTS: [(&str, &str); 3] = [
    ("remoteUrl", "URL of the repository"),
    ("repoContentsUrl", "URL below which its files are"),
    ("commitHash", "Id of the commit, known after apply"),
];

/// The branch of the first commit.
pub(in crate::actions) fn branch(input: &Value) -> &str {
    text(input, "defaultBranch").unwrap_or("main")
}

/// The files of the repository, with the answers of the request.
///
/// # Errors
/// There are none, or two of them are one where case does not count.
pub(in crate::actions) fn files(
    cx: &StepContext<'_>,
    input: &Value,
    results: &mut StepResults,
) -> Result<Workspace, Vec<Diagnostic>> {
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
    results.published.push((cx.step().written_id.clone(), folder));
    Ok(files)
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

/// What makes a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::actions) enum Maker {
    /// Its first commit.
    Commit,
    /// An effect before that of the first commit.
    EarlierEffect,
    /// Whoever has the remote, before the first push or by it.
    Remote,
}

/// The effect of the first commit with these files.
pub(in crate::actions) fn effect(
    cx: &StepContext<'_>,
    input: &Value,
    files: Workspace,
    home: RepositoryHome,
) -> Effect {
    let settings = cx.plan.settings;
    let author = &settings.author;
    let branch = branch(input).to_owned();
    let tree = if files.is_known() {
        files.digest().into()
    } else {
        engine::unknown(&cx.step().id, "files")
    };
    let repository = RepositoryInput {
        repository: home.slug.clone(),
        branch: branch.clone(),
        message: String::new(),
        author_name: text(input, "gitAuthorName").unwrap_or(&author.name).to_owned(),
        author_email: text(input, "gitAuthorEmail").unwrap_or(&author.email).to_owned(),
        push_url: home.push_url.clone(),
        public_url: home.public_url,
        tree,
    };
    let mut data = serde_json::to_value(&repository).unwrap_or_default();
    data["message"] = input.get("gitCommitMessage").cloned().unwrap_or("initial commit".into());
    let (slug, number) = (&home.slug, files.count());
    let push = || format!("pushes the first commit of `{slug}` to branch `{branch}`, {number}");
    let summary = match home.maker {
        Maker::Commit => format!("creates repository `{slug}` with branch `{branch}`, {number}"),
        Maker::EarlierEffect => push(),
        Maker::Remote => push() + "; the server has the repository, empty, or makes it",
    };
    let credential = home.push_url.as_deref().and_then(|url| settings.credential_of(url));
    Effect {
        id: String::new(),
        kind: EffectKind::GitRepository,
        target: home.target,
        input: data,
        summary,
        secrets: credential.map(|names| names.token.clone()).into_iter().collect(),
        undo: home.undo,
        claims: vec![Claim::Repository(home.key)],
        files: Some(files),
        changes_workspace: false,
    }
}

/// The outputs: URLs that are known, or those that only the first commit tells.
pub(in crate::actions) fn output(
    step: &str,
    remote_url: Option<String>,
    contents_url: Option<String>,
) -> Map<String, Value> {
    let known = |name: &str, url: Option<String>| {
        url.map_or_else(|| engine::unknown(step, &format!("output.{name}")), Value::String)
    };
    Map::from_iter([
        ("remoteUrl".to_owned(), known("remoteUrl", remote_url)),
        ("repoContentsUrl".to_owned(), known("repoContentsUrl", contents_url)),
        ("commitHash".to_owned(), engine::unknown(step, "output.commitHash")),
    ])
}
