//! Where a portal is at home: its repository on a forge, from which CI definitions follow.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use crate::{
    base::forges::{Forge, ForgeHost},
    cli::pull_request::{remote_repository, remote_url},
};

/// Where the built site goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(in crate::cli) enum SitePublication {
    /// GitHub Pages or GitLab Pages
    Pages,
    /// An artifact of the CI job
    Artifact,
    /// A folder that a web server serves, named by the variable `CALLBOARD_SITE_FOLDER`
    Folder,
    /// A storage account of Azure, named by the variable `CALLBOARD_STORAGE_ACCOUNT`
    Storage,
}

/// Why an address cannot be that of the portal's repository.
#[derive(Debug, Error, PartialEq, Eq)]
pub(in crate::cli) enum HomeError {
    /// Nothing in the address says which forge it is.
    #[error("`{0}` does not say which forge it is")]
    Forge(String),
    /// The address is none of a repository.
    #[error("`{0}` is not the address of a repository on {1}")]
    Address(String, &'static str),
    /// There are no CI definitions for the forge.
    #[error("there are no CI definitions for {0}")]
    Unsupported(&'static str),
    /// The site cannot be published like that.
    #[error("{0} does not publish a site as `{1}`")]
    Publication(&'static str, &'static str),
}

impl HomeError {
    /// What to do.
    pub(in crate::cli) fn hint(&self) -> String {
        match self {
            Self::Forge(_) => "name the forge before the address, such as `gitea https://git.acme.example/team/portal`, or with `--forge`".into(),
            Self::Address(_, "Azure DevOps") => "such as https://dev.azure.com/acme/team/_git/portal".into(),
            Self::Address(..) => "such as https://github.com/acme/portal".into(),
            Self::Unsupported(_) => "leave the address out, and run `callboard` in jobs that you write: `callboard help operations`".into(),
            Self::Publication(name, _) => {
                let all = forge_named(name).map(publications).unwrap_or_default();
                let all: Vec<_> = all.iter().map(|other| format!("`{}`", other.name())).collect();
                format!("there are {}", all.join(" and "))
            }
        }
    }
}

impl SitePublication {
    /// Its name on the command line and in the record.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Artifact => "artifact",
            Self::Folder => "folder",
            Self::Storage => "storage",
        }
    }
}

/// The portal's repository on a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Home {
    /// Which forge it is.
    pub(super) forge: Forge,
    /// The host of the forge, with a port if it has one.
    pub(super) host: String,
    /// Address of the forge's web pages, which may have a path.
    pub(super) web: String,
    /// Address of the repository's web page.
    pub(super) page: String,
    /// The parts of the repository's path, decoded: owner and name; on Azure DevOps organisation, project and name.
    pub(super) path: Vec<String>,
    /// Where the site goes.
    pub(super) publication: SitePublication,
}

/// The forges for which there are CI definitions, and what people call them.
const NAMES: [(Forge, &str); 4] = [
    (Forge::GitHub, "GitHub"),
    (Forge::GitLab, "GitLab"),
    (Forge::Gitea, "Gitea"),
    (Forge::AzureDevOps, "Azure DevOps"),
];

fn forge_named(name: &str) -> Option<Forge> {
    NAMES.iter().find(|(_, other)| *other == name).map(|(forge, _)| *forge)
}

/// How each forge can publish a site; the first one unless the user says another.
fn publications(forge: Forge) -> Vec<SitePublication> {
    use SitePublication::{Artifact, Folder, Pages, Storage};
    match forge {
        Forge::GitHub | Forge::GitLab => vec![Pages, Artifact],
        Forge::AzureDevOps => vec![Artifact, Storage, Folder],
        _ => vec![Folder],
    }
}

impl Home {
    /// Reads an address of a repository, for HTTPS or SSH. `forge` is needed where the host does not say it. On hosts of companies
    /// the parts before the repository's own path are the path of the forge's web pages.
    ///
    /// # Errors
    /// The address is none of a repository of that forge, or there are no CI definitions for it.
    pub(in crate::cli) fn parse(
        address: &str,
        forge: Option<Forge>,
        publication: Option<SitePublication>,
    ) -> Result<Self, HomeError> {
        let unknown = || HomeError::Forge(address.to_owned());
        let url = remote_url(address).ok_or_else(unknown)?;
        let host = host_of(&url).ok_or_else(unknown)?;
        let forge = forge.or_else(|| Forge::of_host(&host)).ok_or_else(unknown)?;
        let Some((_, name)) = NAMES.iter().find(|(known, _)| *known == forge) else {
            return Err(HomeError::Unsupported("this forge"));
        };
        let web = ForgeHost::public(&host).map_or_else(
            || format!("https://{host}{}", path_of_forge(forge, url.path())),
            |public| public.web,
        );
        let hosts = BTreeMap::from([(host.clone(), ForgeHost::new(forge, &web, None))]);
        let repository = remote_repository(address, &hosts)
            .ok_or_else(|| HomeError::Address(address.to_owned(), name))?;
        let publications = publications(forge);
        let publication = publication.unwrap_or(publications[0]);
        if !publications.contains(&publication) {
            return Err(HomeError::Publication(name, publication.name()));
        }
        let path = repository.path.split('/').map(str::to_owned).collect();
        Ok(Self { forge, host, web, page: repository.web.clone(), path, publication })
    }

    /// Who owns the repository: the path above it; on Azure DevOps the organisation.
    pub(super) fn owner(&self) -> String {
        match self.forge {
            Forge::AzureDevOps => self.path[0].clone(),
            _ => self.path[..self.path.len() - 1].join("/"),
        }
    }

    /// True for a company's own host, which the settings must name.
    pub(super) fn is_own(&self) -> bool {
        ForgeHost::public(&self.host).is_none()
    }

    /// The server of the web pages, such as `https://github.com`.
    pub(super) fn origin(&self) -> String {
        ForgeHost::new(self.forge, &self.web, None).origin()
    }

    /// The origin to which the credential of jobs is sent: the owner's repositories.
    pub(super) fn owner_origin(&self) -> String {
        format!("{}/{}", self.web, self.owner())
    }

    /// Whom CODEOWNERS names: the team `platform` of the owner.
    pub(super) fn owners(&self) -> String {
        format!("@{}/platform", self.owner())
    }

    /// The page that makes a new file, as `site.new_file_url` has it; Azure Repos has none that takes its name.
    pub(super) fn new_file_page(&self, branch: &str) -> Option<String> {
        let page = &self.page;
        match self.forge {
            Forge::GitHub => Some(format!("{page}/new/{branch}?filename={{path}}")),
            Forge::GitLab => {
                Some(format!("{page}/-/new/{branch}?file_name={{path}}&file={{content}}"))
            }
            Forge::Gitea => Some(format!("{page}/_new/{branch}/?filename={{path}}")),
            _ => None,
        }
    }

    /// The `repoUrl` of a repository beside the portal's, whose name is a parameter of a template.
    pub(super) fn repo_url(&self) -> String {
        const NAME: &str = "${{ parameters.name }}";
        let host = &self.host;
        match (self.forge, &*self.path) {
            (Forge::AzureDevOps, [organization, project, ..]) => {
                format!("{host}?organization={organization}&project={project}&repo={NAME}")
            }
            _ => format!("{host}?owner={}&repo={NAME}", self.owner()),
        }
    }

    /// The action that makes a repository.
    pub(super) fn publish_action(&self) -> &'static str {
        match self.forge {
            Forge::GitHub => "publish:github",
            Forge::GitLab => "publish:gitlab",
            Forge::Gitea => "publish:gitea",
            _ => "publish:azure",
        }
    }

    /// What people call the forge.
    pub(in crate::cli) fn title(&self) -> &'static str {
        NAMES.iter().find(|(forge, _)| *forge == self.forge).map_or("", |(_, name)| name)
    }

    /// The topic of `callboard help` that says what to set on the forge's pages.
    pub(in crate::cli) fn guide(&self) -> &'static str {
        match self.forge {
            Forge::AzureDevOps => "azure-devops",
            _ => self.folder(),
        }
    }

    /// The script that makes pipelines and policies, where the forge needs one.
    pub(in crate::cli) fn setup_script(&self) -> Option<&'static str> {
        (self.forge == Forge::AzureDevOps).then_some("ci/azure-setup.sh")
    }

    /// The folder of its files among the embedded ones.
    pub(super) fn folder(&self) -> &'static str {
        match self.forge {
            Forge::GitHub => "github",
            Forge::GitLab => "gitlab",
            Forge::Gitea => "gitea",
            _ => "azure",
        }
    }
}

/// The host of an address with its port; for SSH the host of the web pages, whose port is another.
fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let host = host.strip_prefix("ssh.").unwrap_or(host);
    Some(match url.port() {
        Some(port) if url.scheme() != "ssh" => format!("{host}:{port}"),
        _ => host.to_owned(),
    })
}

/// The path of a company's own forge, which is what stands before the path of a repository: `/tfs` of
/// `/tfs/Default/team/_git/portal`. GitLab has groups in groups, so its path is taken to be empty.
fn path_of_forge(forge: Forge, path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let of_repository = match forge {
        Forge::AzureDevOps => {
            parts.iter().position(|part| *part == "_git").map_or(0, |at| parts.len() - at + 2)
        }
        Forge::GitHub | Forge::Gitea => 2,
        _ => parts.len(),
    };
    let above = &parts[..parts.len().saturating_sub(of_repository)];
    if above.is_empty() { String::new() } else { format!("/{}", above.join("/")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_forge_owner_and_pages() {
        let cases = [
            (
                "https://github.com/acme/portal.git",
                None,
                "acme",
                "https://github.com/acme/portal/new/main?filename={path}",
                "github.com?owner=acme&repo=${{ parameters.name }}",
            ),
            (
                "git@github.com:acme/portal.git",
                None,
                "acme",
                "https://github.com/acme/portal/new/main?filename={path}",
                "github.com?owner=acme&repo=${{ parameters.name }}",
            ),
            (
                "https://gitlab.acme.io/tools/web/portal",
                None,
                "tools/web",
                "https://gitlab.acme.io/tools/web/portal/-/new/main?file_name={path}&file={content}",
                "gitlab.acme.io?owner=tools/web&repo=${{ parameters.name }}",
            ),
            (
                "https://git.acme.io:8443/forge/acme/portal",
                Some(Forge::Gitea),
                "acme",
                "https://git.acme.io:8443/forge/acme/portal/_new/main/?filename={path}",
                "git.acme.io:8443?owner=acme&repo=${{ parameters.name }}",
            ),
            (
                "https://dev.azure.com/acme/My%20Team/_git/portal",
                None,
                "acme",
                "",
                "dev.azure.com?organization=acme&project=My Team&repo=${{ parameters.name }}",
            ),
            (
                "https://tfs.acme.io/tfs/Default/team/_git/portal",
                Some(Forge::AzureDevOps),
                "Default",
                "",
                "tfs.acme.io?organization=Default&project=team&repo=${{ parameters.name }}",
            ),
        ];
        for (address, forge, owner, new_file, repo_url) in cases {
            let home = Home::parse(address, forge, None).expect(address);
            assert_eq!(home.owner(), owner, "{address}");
            assert_eq!(home.new_file_page("main").unwrap_or_default(), new_file);
            assert_eq!(home.repo_url(), repo_url);
            assert_eq!(home.path.last().map(String::as_str), Some("portal"));
        }
        let server = Home::parse(
            "https://tfs.acme.io/tfs/Default/team/_git/portal",
            Some(Forge::AzureDevOps),
            None,
        );
        assert_eq!(server.expect("a server").web, "https://tfs.acme.io/tfs");
    }

    #[test]
    fn an_address_that_says_too_little_is_refused_with_a_way_out() {
        let refused = |address, forge, publication| {
            Home::parse(address, forge, publication).expect_err(address)
        };
        let unknown = refused("https://git.acme.io/acme/portal", None, None);
        assert!(unknown.hint().contains("--forge"), "{}", unknown.hint());
        assert_eq!(
            refused("https://github.com/acme", None, None),
            HomeError::Address("https://github.com/acme".into(), "GitHub")
        );
        assert_eq!(refused("portal", None, None), HomeError::Forge("portal".into()));
        assert!(matches!(
            refused("https://bitbucket.org/a/b", None, None),
            HomeError::Unsupported(_)
        ));
        let publication =
            refused("https://github.com/acme/portal", None, Some(SitePublication::Storage));
        assert_eq!(publication.hint(), "there are `pages` and `artifact`");
    }
}
