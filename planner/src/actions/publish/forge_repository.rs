//! A repository on the forge that a `repoUrl` names, for the actions of one forge each.

use std::collections::BTreeSet;

use serde_json::Value;

use super::first_commit::{Maker, RepositoryHome};
use crate::{
    actions::{StepContext, input::text},
    base::{
        diagnostics::{Diagnostic, Level},
        forges::{Forge, ForgeHost},
        percent::encode,
    },
    catalog::Issue,
    claims::Claim,
    effect::{Api, ApiInput, Effect, EffectKind, Resource, Target},
    engine,
    repository::Location,
};

/// A repository on a forge.
pub(in crate::actions) struct ForgeRepository {
    /// The host.
    pub(in crate::actions) host: ForgeHost,
    /// Who has it, and its name.
    pub(in crate::actions) location: Location,
}

impl ForgeRepository {
    /// Reads the `repoUrl` of a step, which must be of this forge.
    ///
    /// # Errors
    /// It is no address of a repository, its host is not known, or is another forge.
    pub(in crate::actions) fn of(
        cx: &StepContext<'_>,
        input: &Value,
        forge: Forge,
    ) -> Result<Self, Vec<Diagnostic>> {
        let written = text(input, "repoUrl").unwrap_or_default();
        let location = Location::parse(written).map_err(|error| cx.wrong("repoUrl", error))?;
        let host = host(cx, ("repoUrl", &location.address.host), forge)?;
        let location = match forge {
            // Repositories of a workspace have different names, whatever their project is.
            Forge::BitbucketCloud => location.in_workspace(),
            _ => Ok(location),
        };
        Ok(Self { host, location: location.map_err(|error| cx.wrong("repoUrl", error))? })
    }

    /// The address of its web page.
    pub(in crate::actions) fn web(&self) -> String {
        let pattern = match self.host.forge {
            Forge::AzureDevOps => "/{organization}/{project}/_git/{repo}",
            Forge::BitbucketServer => "/projects/{owner}/repos/{repo}",
            _ => "/{owner}/{repo}",
        };
        self.location.fill(&format!("{}{pattern}", self.host.web))
    }

    /// The address that git clones it from.
    pub(in crate::actions) fn clone_url(&self) -> String {
        match self.host.forge {
            Forge::AzureDevOps => self.web(),
            Forge::BitbucketServer => {
                self.location.fill(&format!("{}/scm/{{owner}}/{{repo}}.git", self.host.web))
            }
            _ => format!("{}.git", self.web()),
        }
    }

    /// The address below which the files of a branch are shown.
    pub(in crate::actions) fn contents_url(&self, branch: &str) -> String {
        let (web, branch) = (self.web(), encode(branch));
        match self.host.forge {
            Forge::GitHub => format!("{web}/blob/{branch}"),
            Forge::GitLab => format!("{web}/-/blob/{branch}"),
            Forge::Gitea => format!("{web}/src/branch/{branch}"),
            Forge::BitbucketCloud => format!("{web}/src/{branch}"),
            Forge::BitbucketServer => format!("{web}/browse?at=refs%2Fheads%2F{branch}"),
            _ => web,
        }
    }

    /// The server and the path of the repository there.
    pub(in crate::actions) fn target(&self) -> Target {
        let (origin, web) = (self.host.origin(), self.web());
        let path = web.strip_prefix(&origin).unwrap_or(&web).to_owned();
        Target { origin, path }
    }

    /// What no other request may make.
    pub(in crate::actions) fn claim(&self) -> Claim {
        Claim::Repository(self.web().to_lowercase())
    }

    /// Where its first commit goes, after another effect made the repository.
    pub(in crate::actions) fn home(&self) -> RepositoryHome {
        RepositoryHome {
            slug: self.location.slug(),
            target: self.target(),
            push_url: Some(self.clone_url()),
            public_url: Some(self.web()),
            key: self.web().to_lowercase(),
            maker: Maker::EarlierEffect,
            undo: Some("makes sure that nobody has added anything".to_owned()),
        }
    }

    /// An effect on the API of its forge.
    pub(in crate::actions) fn effect(
        &self,
        cx: &StepContext<'_>,
        api: Api,
        resources: Vec<Resource>,
        (summary, undo): (String, Option<&str>),
    ) -> Effect {
        let (base, credential) = (self.host.api.clone(), self.web());
        let input = ApiInput { api, base, credential, resources, wait: None };
        api_effect(cx, self.target(), &input, (summary, undo))
    }

    /// A warning when the settings have no credential for the repository, so that apply would be refused.
    pub(in crate::actions) fn credential_warning(
        &self,
        cx: &StepContext<'_>,
    ) -> Option<Diagnostic> {
        credential_warning(cx, &self.web(), "repoUrl")
    }
}

/// The host of this name, which an input of a step says; it must be this forge.
///
/// # Errors
/// It is not known, or is another forge.
pub(in crate::actions) fn host(
    cx: &StepContext<'_>,
    (input, name): (&str, &str),
    forge: Forge,
) -> Result<ForgeHost, Vec<Diagnostic>> {
    let Some(host) = cx.plan.settings.host(name) else {
        let problems = cx.wrong(input, format!("`{name}` is not a host of the settings"));
        let hint = format!("list it in `forges` of `callboard.yaml`: `{name}: {{type: …}}`");
        return Err(problems.into_iter().map(|d| d.hint(hint.clone())).collect());
    };
    if host.forge != forge {
        let message = format!("`{}` cannot be used with `{name}`", cx.step().action);
        return Err(cx.wrong(input, message));
    }
    Ok(host)
}

/// An effect on the API of a server.
pub(in crate::actions) fn api_effect(
    cx: &StepContext<'_>,
    target: Target,
    input: &ApiInput,
    (summary, undo): (String, Option<&str>),
) -> Effect {
    let settings = cx.plan.settings;
    let mut secrets = BTreeSet::new();
    secrets.extend(settings.credential_of(&input.credential).map(|names| names.token.clone()));
    let input = serde_json::to_value(input).unwrap_or_default();
    let mut names = BTreeSet::new();
    engine::secret_names(&input, &mut names);
    let variables = names.iter().filter_map(|name| settings.secrets.get(name));
    secrets.extend(variables.map(|secret| secret.variable.clone()));
    Effect {
        id: String::new(),
        kind: EffectKind::Api,
        target,
        input,
        summary,
        secrets: secrets.into_iter().collect(),
        undo: undo.map(str::to_owned),
        claims: Vec::new(),
        files: None,
        changes_workspace: false,
    }
}

/// A warning when the settings have no credential for an address, so that apply would be refused; `input` is what names the
/// address.
pub(in crate::actions) fn credential_warning(
    cx: &StepContext<'_>,
    address: &str,
    input: &str,
) -> Option<Diagnostic> {
    if cx.plan.settings.credential_of(address).is_some() {
        return None;
    }
    let origin = address.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let message = format!("the settings have no credential for `{origin}`");
    let hint =
        format!("name its variable in `credentials` of `callboard.yaml`: `{origin}: {{token: …}}`");
    let pointer = format!("{}/{input}", cx.input());
    let issue = Issue { level: Level::Warning, ..Issue::error("no-credential", pointer, message) };
    Some(cx.template().diagnostic(issue.hint(hint)))
}

/// The description of a new repository, and the mark of the request that its creation puts behind it.
///
/// The mark is in the description while the repository is made, because no other text is stored with it at once.
pub(in crate::actions) fn marked_description(
    cx: &StepContext<'_>,
    description: Option<&str>,
    most: usize,
) -> (String, String) {
    let mark = format!("(Callboard request {})", cx.plan.request.id);
    let own = format!("Made from the template {}", cx.plan.template.title);
    let text = description.filter(|text| !text.is_empty()).unwrap_or(&own);
    let room = most.saturating_sub(mark.chars().count() + 1);
    let text: String = text.chars().take(room).collect();
    (format!("{} {mark}", text.trim_end()), mark)
}
