//! `azure:repository:push`: adds the files of the workspace to a branch of a repository on Azure DevOps.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{folder_of, text},
        publish::{
            branch_commit::{BranchTarget, branch_effect},
            credential_warning, forge_host,
        },
    },
    base::{
        diagnostics::Diagnostic,
        forges::{ContentAddress, ContentTarget, Forge, ForgeHost},
        percent::decode_lossy,
    },
    effect::Target,
    engine,
};

pub(in crate::actions) struct RepositoryPush;

/// The branch, and the message of the commit, without inputs.
const BRANCH: &str = "scaffolder";
const MESSAGE: &str = "Initial commit";

impl Action for RepositoryPush {
    fn id(&self) -> &'static str {
        "azure:repository:push"
    }

    fn description(&self) -> &'static str {
        "Adds the files of the workspace to a branch of a repository on Azure DevOps, by one commit"
    }

    fn schema(&self) -> Value {
        let text = |description: &str| json!({"type": "string", "minLength": 1, "description": description});
        json!({
            "type": "object",
            "required": ["remoteUrl"],
            "properties": {
                "remoteUrl": text("The address of the repository"),
                "branch": {
                    "type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$",
                    "description": "The branch, which begins at the default branch when it is not there; `scaffolder` without it"
                },
                "sourcePath": text("Folder of the workspace with the files; without it all of it"),
                "gitCommitMessage": text("Message of the commit; `Initial commit` without it"),
                "gitAuthorName": {"type": "string", "pattern": "^[^<>\\n]+$", "description": "Name of the commit's author"},
                "gitAuthorEmail": {
                    "type": "string", "pattern": "^[^<>\\s]+$", "description": "E-mail address of the commit's author"
                },
                "token": text("Not used: credentials are those of the portal's settings")
            }
        })
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![("commitHash", "Id of the commit, known after apply")]
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["gitCommitMessage", "token"]
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let Remote { host, url, slug } = Remote::of(cx, input)?;
        let folder = folder_of(cx, input, "sourcePath")?;
        let files = results.workspace.folder(folder.as_ref());
        if files.is_empty() {
            return Err(cx.wrong("sourcePath", "there are no files to push"));
        }
        if let Some((one, other)) = files.collision() {
            let message = format!("`{one}` and `{other}` are one where case does not count");
            return Err(cx.wrong("sourcePath", message));
        }
        let branch = text(input, "branch").unwrap_or(BRANCH).to_owned();
        let origin = host.origin();
        let below = url.strip_prefix(&origin).unwrap_or(&url).to_owned();
        let effect = branch_effect(
            cx,
            input,
            files,
            BranchTarget {
                slug: slug.clone(),
                url: url.clone(),
                target: Target { origin, path: below },
                branch: branch.clone(),
                base: None,
                is_added: true,
                folder: None,
                message: Some(input.get("gitCommitMessage").cloned().unwrap_or(MESSAGE.into())),
            },
        );
        let mut warnings: Vec<_> = credential_warning(cx, &url, "remoteUrl").into_iter().collect();
        if input.get("token").is_some() {
            let why = "`token` is not used: credentials are those of the settings";
            warnings.push(cx.ignored("token", why));
        }
        let hash = engine::unknown(&cx.step().id, "output.commitHash");
        Ok(StepPlan {
            output: Map::from_iter([("commitHash".to_owned(), hash)]),
            message: format!("branch `{branch}` of `{slug}` has the files"),
            effects: vec![effect],
            warnings,
            ..StepPlan::default()
        })
    }
}

/// The repository of a step.
struct Remote {
    host: ForgeHost,
    /// The address that git pushes to.
    url: String,
    /// Organisation, project and name, for people.
    slug: String,
}

impl Remote {
    /// Reads the address of a repository, which must be on a host of the settings.
    fn of(cx: &StepContext<'_>, input: &Value) -> Result<Self, Vec<Diagnostic>> {
        let written = text(input, "remoteUrl").unwrap_or_default();
        let wrong = |why: &str| {
            let message = format!("`{written}` is no address of a repository on Azure DevOps");
            cx.wrong("remoteUrl", format!("{message}{why}"))
        };
        let address = without_organization(written);
        let hosts = cx.plan.settings.hosts.iter();
        let hosts: BTreeMap<_, _> = hosts.map(|(name, host)| (name.clone(), host.forge)).collect();
        let address = ContentAddress::parse(&address, &hosts);
        let address = address.map_err(|error| wrong(&format!(": {error}")))?;
        let url = String::from(address.repository.clone());
        let name = match (address.repository.host_str(), address.repository.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let host = forge_host(cx, ("remoteUrl", &name), Forge::AzureDevOps)?;
        let below = url.strip_prefix(&host.web).and_then(|path| path.strip_prefix('/'));
        let is_whole = address.target == ContentTarget::Default(String::new());
        match below.and_then(|path| path.split_once("/_git/")).filter(|_| is_whole) {
            Some((project, name)) => {
                let slug = decode_lossy(&format!("{project}/{name}")).into_owned();
                Ok(Self { host, url, slug })
            }
            None => Err(wrong("")),
        }
    }
}

/// An address without the organisation that Azure DevOps writes as a user. A password stays, and is refused.
fn without_organization(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match authority.split_once('@') {
        Some((user, host)) if !user.contains(':') => format!("{scheme}://{host}{path}"),
        _ => address.to_owned(),
    }
}
