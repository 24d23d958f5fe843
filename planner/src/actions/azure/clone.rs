//! `azure:repository:clone`: brings the files of a repository into the workspace, as `fetch:plain` does: from the cache, with
//! the commit and digest of the lock.

use serde_json::{Map, Value, json};

use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        fetch::source,
        input::{folder_of, text},
    },
    base::{content::is_address, diagnostics::Diagnostic, text::count},
    engine,
};

pub(in crate::actions) struct RepositoryClone;

/// The address of the files that a step clones, as `fetch:plain` and the lock have it. Parts of it may be expressions.
pub(crate) fn address(input: &Value) -> String {
    let written = text(input, "remoteUrl").unwrap_or_default();
    // Azure DevOps shows addresses with the organisation as their user.
    let server = written.split_once("://").and_then(|(scheme, rest)| {
        let (host, path) = rest.split_once('/')?;
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        Some(format!("{scheme}://{host}/{path}"))
    });
    let url = server.unwrap_or_else(|| written.to_owned());
    match text(input, "branch") {
        Some(branch) => format!("{url}?version=GB{branch}"),
        None => url,
    }
}

impl Action for RepositoryClone {
    fn id(&self) -> &'static str {
        "azure:repository:clone"
    }

    fn description(&self) -> &'static str {
        "Copies the files of a repository on Azure DevOps into the workspace, with the content that the lock has"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![("cloneFullPath", "The folder of the workspace that has the files")]
    }

    fn schema(&self) -> Value {
        let text = |description: &str| json!({"type": "string", "description": description});
        json!({
            "type": "object",
            "required": ["remoteUrl"],
            "properties": {
                "remoteUrl": text("Address of the repository"),
                "branch": {
                    "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$",
                    "description": "Its branch; the default branch without it"
                },
                "targetPath": text("Folder of the workspace that the files go to; the workspace itself without it"),
                "cloneDepth": {"type": "number", "description": "Not used: only the files of one commit are read"},
                "token": text("Not used: credentials are those of the portal's settings")
            }
        })
    }

    fn check(&self, cx: &StepContext<'_>) -> Vec<Diagnostic> {
        let address = address(&cx.step().input);
        match engine::has_expression(&address) {
            true => Vec::new(),
            false => repository(cx, &address).err().unwrap_or_default(),
        }
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let source = repository(cx, &address(input))?;
        source.note(results);
        let target = folder_of(cx, input, "targetPath")?;
        for (path, file) in source.files.files() {
            let place = target.as_ref().map_or(path.clone(), |target| target.join(path));
            let inserted = results.workspace.insert(place, file.clone());
            inserted.map_err(|error| cx.wrong("targetPath", error))?;
        }
        let folder = target.map_or_else(|| "./".to_owned(), |target| target.to_string());
        Ok(StepPlan {
            output: Map::from_iter([("cloneFullPath".to_owned(), folder.into())]),
            message: format!(
                "copied {}{}",
                count(source.files.len(), "file", "files"),
                source.origin()
            ),
            warnings: cx.unused(input, &["cloneDepth", "token"]),
            ..StepPlan::default()
        })
    }
}

fn repository(cx: &StepContext<'_>, address: &str) -> Result<source::Source, Vec<Diagnostic>> {
    let is_repository = is_address(address) && address.contains("/_git/");
    if !is_repository {
        let problems =
            cx.wrong("remoteUrl", format!("`{address}` is no repository of Azure DevOps"));
        let hint = "write it as `https://dev.azure.com/{organization}/{project}/_git/{repository}`";
        return Err(problems.into_iter().map(|problem| problem.hint(hint)).collect());
    }
    let is_written = !engine::has_expression(&self::address(&cx.step().input));
    source::repository(cx, ("remoteUrl", is_written), address)
}
