//! `forges` of `callboard.yaml`: the company's own hosts of repositories.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        forges::{Forge, ForgeHost},
        http::{Url, is_loopback},
    },
    catalog::issue::escape,
};

/// Hosts of repositories by their names, with a port if they have one. Public ones, such as `github.com`, are known.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct ForgeSettings(BTreeMap<String, HostSettings>);

/// A host of repositories.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HostSettings {
    /// Which forge it is.
    r#type: ForgeType,
    /// Address of its web pages; `https://` and the name of the host when missing. It may have a path.
    url: Option<String>,
    /// Address of its API; where the forge has it below `url` when missing.
    api: Option<String>,
}

/// A product that serves git repositories.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ForgeType {
    /// GitHub Enterprise Server.
    Github,
    /// GitLab.
    Gitlab,
    /// Gitea or Forgejo.
    Gitea,
    /// Azure DevOps Server.
    AzureDevops,
    /// Bitbucket Server or Data Center.
    BitbucketServer,
}

impl From<ForgeType> for Forge {
    fn from(forge: ForgeType) -> Self {
        match forge {
            ForgeType::Github => Self::GitHub,
            ForgeType::Gitlab => Self::GitLab,
            ForgeType::Gitea => Self::Gitea,
            ForgeType::AzureDevops => Self::AzureDevOps,
            ForgeType::BitbucketServer => Self::BitbucketServer,
        }
    }
}

impl ForgeSettings {
    /// Addresses that cannot be those of a forge.
    pub(super) fn problems(&self, at: impl Fn(&str) -> Place) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        for (name, host) in &self.0 {
            for (key, address) in [("url", &host.url), ("api", &host.api)] {
                let Some(address) = address else { continue };
                let Some(reason) = unusable_address(address) else { continue };
                let message = format!("`{address}` cannot be the address of a forge: {reason}");
                let place = at(&format!("/forges/{}/{key}", escape(name)));
                problems.push(Diagnostic::error("invalid-settings", place, message));
            }
        }
        problems
    }

    /// The hosts.
    pub(super) fn hosts(&self) -> BTreeMap<String, ForgeHost> {
        let host = |(name, host): (&String, &HostSettings)| {
            let own = format!("https://{name}");
            let web = host.url.as_deref().unwrap_or(&own);
            (name.clone(), ForgeHost::new(host.r#type.into(), web, host.api.as_deref()))
        };
        self.0.iter().map(host).collect()
    }
}

/// Why an address cannot be that of a server which gets a credential; `None` when it can.
pub(super) fn unusable_address(address: &str) -> Option<String> {
    match Url::parse(address) {
        Err(error) => Some(error.to_string()),
        Ok(url) if url.scheme() != "https" && !is_loopback(&url) => {
            Some("credentials are only sent with TLS".to_owned())
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Some("it has a user name".to_owned())
        }
        Ok(url) if url.query().is_some() || url.fragment().is_some() => {
            Some("it has a query".to_owned())
        }
        Ok(_) => None,
    }
}
