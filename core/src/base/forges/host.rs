//! A host of repositories: which forge it is, and where its web pages and its API are.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Forge, PUBLIC_HOSTS};

/// A host of repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgeHost {
    /// Which forge it is.
    pub forge: Forge,
    /// Address of its web pages without a slash at its end, such as `https://github.com`; it may have a path.
    pub web: String,
    /// Address of its API without a slash at its end, such as `https://api.github.com`.
    pub api: String,
}

impl ForgeHost {
    /// The public host of this name, such as `github.com`. A name that only looks like that of a forge is none, because
    /// anybody can have such a name.
    pub fn public(host: &str) -> Option<Self> {
        let public = PUBLIC_HOSTS.iter().find(|public| public.host == host)?;
        Some(Self::new(public.forge, &format!("https://{host}"), None))
    }

    /// A host of this forge, with the address of its web pages; its API is where the forge has it below that, or at
    /// `api`.
    pub fn new(forge: Forge, web: &str, api: Option<&str>) -> Self {
        let web = web.trim_end_matches('/').to_owned();
        let api = match api {
            Some(api) => api.trim_end_matches('/').to_owned(),
            None => match forge {
                Forge::GitHub if web == "https://github.com" => "https://api.github.com".to_owned(),
                Forge::GitHub => format!("{web}/api/v3"),
                Forge::GitLab => format!("{web}/api/v4"),
                Forge::Gitea => format!("{web}/api/v1"),
                // Its paths start with the organisation or collection.
                Forge::AzureDevOps => web.clone(),
                Forge::BitbucketCloud if web == "https://bitbucket.org" => {
                    "https://api.bitbucket.org/2.0".to_owned()
                }
                Forge::BitbucketCloud => format!("{web}/2.0"),
                Forge::BitbucketServer => format!("{web}/rest/api/1.0"),
                Forge::Gerrit => format!("{web}/a"),
            },
        };
        Self { forge, web, api }
    }

    /// The server of the web pages, such as `https://github.com`.
    pub fn origin(&self) -> String {
        Url::parse(&self.web)
            .map_or_else(|_| self.web.clone(), |url| url.origin().ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_where_the_forge_has_it() {
        let api = |host: &str| ForgeHost::public(host).map(|host| host.api);
        let cases = [
            ("github.com", "https://api.github.com"),
            ("gitlab.com", "https://gitlab.com/api/v4"),
            ("codeberg.org", "https://codeberg.org/api/v1"),
            ("dev.azure.com", "https://dev.azure.com"),
        ];
        for (host, expected) in cases {
            assert_eq!(api(host).as_deref(), Some(expected), "{host}");
        }
        assert_eq!(api("github.com.evil.example"), None);
        let own = ForgeHost::new(Forge::GitHub, "https://github.acme.io", None);
        assert_eq!(own.api, "https://github.acme.io/api/v3");
        let below = ForgeHost::new(Forge::GitLab, "https://acme.io/gitlab/", None);
        assert_eq!(
            (below.api.as_str(), below.origin()),
            ("https://acme.io/gitlab/api/v4", "https://acme.io".into())
        );
    }
}
