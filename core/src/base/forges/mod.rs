//! Forges, the servers of git repositories such as GitHub: which forge a host is, Backstage's `repoUrl`,
//! and the addresses of repositories and files on the web pages of each forge.
//!
//! Everything here follows from addresses; no forge is asked.

mod address;
mod host;

pub use address::{AddressError, ContentAddress, ContentTarget, is_commit, readable, web_address};
pub use host::ForgeHost;
use serde::{Deserialize, Serialize};
use url::Url;

use super::percent;

/// A product that serves git repositories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forge {
    /// github.com or GitHub Enterprise.
    #[serde(rename = "github")]
    GitHub,
    /// gitlab.com or another GitLab.
    #[serde(rename = "gitlab")]
    GitLab,
    /// Gitea or Forgejo.
    Gitea,
    /// Azure DevOps.
    AzureDevOps,
    /// bitbucket.org.
    BitbucketCloud,
    /// Bitbucket Server or Data Center.
    BitbucketServer,
    /// Gerrit.
    Gerrit,
}

/// A host that serves everybody's repositories.
struct PublicHost {
    host: &'static str,
    forge: Forge,
    /// What people call it.
    title: &'static str,
    /// Whether Backstage has an integration for it without any configuration.
    is_in_backstage: bool,
}

const PUBLIC_HOSTS: [PublicHost; 5] = {
    use Forge::{AzureDevOps, BitbucketCloud, GitHub, GitLab, Gitea};
    const fn public(
        host: &'static str,
        forge: Forge,
        title: &'static str,
        is_in_backstage: bool,
    ) -> PublicHost {
        PublicHost { host, forge, title, is_in_backstage }
    }
    [
        public("bitbucket.org", BitbucketCloud, "bitbucket.org", true),
        public("codeberg.org", Gitea, "Codeberg", false),
        public("dev.azure.com", AzureDevOps, "Azure DevOps", true),
        public("github.com", GitHub, "GitHub", true),
        public("gitlab.com", GitLab, "GitLab", true),
    ]
};

/// The hosts for which Backstage has an integration without any configuration, sorted by name.
pub fn backstage_hosts() -> impl Iterator<Item = (&'static str, Forge)> {
    PUBLIC_HOSTS.iter().filter(|public| public.is_in_backstage).map(|p| (p.host, p.forge))
}

/// What people call the forge at a public host, such as `Azure DevOps`; `None` for other hosts.
pub fn title(host: &str) -> Option<&'static str> {
    PUBLIC_HOSTS.iter().find(|public| public.host == host).map(|public| public.title)
}

/// First parts of the addresses of a forge's pages, below the address of the repository. The branch and
/// the path of the file follow.
struct PageNames {
    file: &'static str,
    folder: &'static str,
    edit: &'static str,
    new: &'static str,
}

impl Forge {
    /// Recognises the forge of a host: a public one, or a company's own by a word in its name.
    pub fn of_host(host: &str) -> Option<Self> {
        let public = PUBLIC_HOSTS.iter().find(|public| public.host == host);
        match host {
            _ if public.is_some() => public.map(|public| public.forge),
            host if host.ends_with(".visualstudio.com") => Some(Self::AzureDevOps),
            host if host.contains("gitea") || host.contains("forgejo") => Some(Self::Gitea),
            host if host.contains("gitlab") => Some(Self::GitLab),
            host if host.contains("github") => Some(Self::GitHub),
            _ => None,
        }
    }

    /// The parts that a `repoUrl` of this forge must have, in the order in which Backstage checks them
    /// (`parseRepoUrl` of its scaffolder). `has_project`: whether the `repoUrl` names a project.
    pub fn required_parts(self, has_project: bool) -> &'static [&'static str] {
        match self {
            Self::BitbucketCloud => &["workspace", "project", "repo"],
            Self::BitbucketServer | Self::AzureDevOps => &["project", "repo"],
            Self::GitLab if has_project => &[],
            Self::GitLab => &["owner", "repo"],
            Self::Gitea | Self::Gerrit => &["repo"],
            Self::GitHub => &["repo", "owner"],
        }
    }

    /// Where the pages of branches are; `None` for a forge whose pages are not made as paths.
    fn page_names(self) -> Option<PageNames> {
        let names = |file, folder, edit, new| Some(PageNames { file, folder, edit, new });
        match self {
            Self::GitHub => names("blob", "tree", "edit", "new"),
            Self::GitLab => names("-/blob", "-/tree", "-/edit", "-/new"),
            Self::Gitea => names("src/branch", "src/branch", "_edit", "_new"),
            Self::AzureDevOps | Self::BitbucketCloud | Self::BitbucketServer | Self::Gerrit => None,
        }
    }
}

/// Backstage's `repoUrl`: `host?owner=…&repo=…`, or with `organization`, `project`, `workspace`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepoUrl {
    /// Host, with its port if it has one.
    pub host: String,
    /// Names and values of the query, decoded.
    query: Vec<(String, String)>,
}

impl RepoUrl {
    /// Reads a `repoUrl`.
    ///
    /// # Errors
    /// The text with `https://` before it is not a URL.
    pub fn parse(text: &str) -> Result<Self, url::ParseError> {
        let url = Url::parse(&format!("https://{text}"))?;
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let pairs = url.query_pairs();
        let query = pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Ok(Self { host, query })
    }

    /// The first value of a part as it was written, which may be empty.
    pub fn written(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A part such as `owner`, without the slashes around it; `None` when nothing is left.
    pub fn part(&self, name: &str) -> Option<&str> {
        self.written(name).map(|value| value.trim_matches('/')).filter(|value| !value.is_empty())
    }
}

/// The web pages of one branch or tag of a repository.
#[derive(Debug, Clone)]
pub struct RepositoryPages {
    /// Address of the repository, without `.git`.
    base: Url,
    forge: Option<Forge>,
    reference: String,
    is_tag: bool,
}

impl RepositoryPages {
    /// Reads the address of a repository; `None` when it has no host. `reference` is the name of the
    /// branch or tag.
    pub fn new(url: &Url, reference: &str, is_tag: bool) -> Option<Self> {
        let forge = Forge::of_host(url.host_str()?);
        let mut base = url.clone();
        base.set_query(None);
        base.set_fragment(None);
        let path = url.path().trim_end_matches('/');
        base.set_path(path.strip_suffix(".git").unwrap_or(path));
        Some(Self { base, forge, reference: reference.to_owned(), is_tag })
    }

    /// The page of a file; `None` when the forge is unknown.
    pub fn file(&self, file: &str) -> Option<String> {
        match self.forge? {
            Forge::AzureDevOps => Some(self.azure_page(file)),
            forge => self.page(forge.page_names()?.file, file),
        }
    }

    /// The page of a folder, which ends with `/`; an empty path is the root.
    pub fn folder(&self, folder: &str) -> Option<String> {
        let mut page = match self.forge? {
            Forge::AzureDevOps if folder.is_empty() => return Some(self.azure_page("")),
            Forge::AzureDevOps => return Some(self.azure_page(&format!("{folder}/"))),
            forge => self.page(forge.page_names()?.folder, folder)?,
        };
        page.push('/');
        Some(page)
    }

    /// The page where a file is edited; `None` for a tag, whose files nobody can edit.
    pub fn edit(&self, file: &str) -> Option<String> {
        if self.is_tag {
            return None;
        }
        self.page(self.forge?.page_names()?.edit, file)
    }

    /// The path in this repository that the address of a web page or of a raw file leads to; `None` when
    /// it leads to another repository, branch or server.
    pub fn path_of(&self, address: &Url) -> Option<String> {
        if self.forge == Some(Forge::AzureDevOps) {
            return self.azure_path(address);
        }
        let path = percent::decode(address.path())?;
        let base = percent::decode(self.base.path())?;
        let rest = path.strip_prefix(&*base).and_then(|rest| rest.strip_prefix('/'));
        let rest = if address.host_str() == Some("raw.githubusercontent.com")
            && self.base.host_str() == Some("github.com")
        {
            format!("raw/{}", rest?)
        } else if address.origin() == self.base.origin() {
            rest?.to_owned()
        } else {
            return None;
        };
        let rest = rest.strip_prefix("-/").unwrap_or(&rest);
        let (page, rest) = rest.split_once('/')?;
        if !matches!(page, "blob" | "tree" | "raw" | "edit" | "src" | "_edit") {
            return None;
        }
        let kinds = ["refs/heads/", "refs/tags/", "branch/", "tag/"];
        let rest = kinds.iter().find_map(|kind| rest.strip_prefix(kind)).unwrap_or(rest);
        let file = rest.strip_prefix(&self.reference).or_else(|| rest.strip_prefix("HEAD"))?;
        Some(file.strip_prefix('/')?.to_owned())
    }

    /// The address of a page whose parts are segments of its path.
    fn page(&self, name: &str, path: &str) -> Option<String> {
        let name =
            if self.is_tag { name.replace("src/branch", "src/tag") } else { name.to_owned() };
        let mut url = self.base.clone();
        let parts = [&*name, &self.reference, path].into_iter().flat_map(|part| part.split('/'));
        url.path_segments_mut().ok()?.extend(parts.filter(|part| !part.is_empty()));
        Some(url.into())
    }

    fn azure_page(&self, file: &str) -> String {
        let mut url = self.base.clone();
        let path = format!("/{file}");
        url.query_pairs_mut()
            .append_pair("path", &path)
            .append_pair("version", &self.azure_version());
        url.into()
    }

    fn azure_version(&self) -> String {
        format!("{}{}", if self.is_tag { "GT" } else { "GB" }, self.reference)
    }

    fn azure_path(&self, address: &Url) -> Option<String> {
        let value = |key: &str| {
            let pair = address.query_pairs().find(|(found, _)| found == key);
            pair.map(|(_, value)| value.into_owned())
        };
        let is_same = address.origin() == self.base.origin() && address.path() == self.base.path();
        if !is_same || value("version").is_some_and(|found| found != self.azure_version()) {
            return None;
        }
        Some(value("path")?.trim_start_matches('/').to_owned())
    }
}

/// The page that edits the file which an address shows; `None` when no forge shows files at such an
/// address.
pub fn edit_page_of(file_page: &str) -> Option<String> {
    with_edit(file_page, |names| names.file)
}

/// The page that edits a file, made from the pattern of the page that makes a new one (`new_file_url` of
/// the settings), whose query and `{path}` are dropped.
pub fn edit_page_beside(new_file_url: &str, file: &str) -> Option<String> {
    let page = with_edit(new_file_url.split('?').next()?, |names| names.new)?;
    let page = page.replace("{path}", "");
    Some(format!("{}/{}", page.trim_end_matches('/'), percent::encode_path(file)))
}

/// The page that makes a new file with this content: `{path}` and `{content}` of the pattern are
/// replaced; where it has no `{content}`, the parameter `value` is added, which GitHub, Gitea and Forgejo
/// read.
pub fn new_file_page(new_file_url: &str, file: &str, content: &str) -> String {
    let page = new_file_url.replace("{path}", &percent::encode(file));
    let content = percent::encode(content);
    if page.contains("{content}") {
        return page.replace("{content}", &content);
    }
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}value={content}")
}

/// Replaces the name of a page in an address by that of the page that edits. Of the names that the
/// address has, the first counts: what follows is the path of a file.
fn with_edit(address: &str, name: fn(&PageNames) -> &'static str) -> Option<String> {
    let names =
        [Forge::GitHub, Forge::GitLab, Forge::Gitea].into_iter().filter_map(Forge::page_names);
    let found = names.filter_map(|names| {
        let part = format!("/{}/", name(&names));
        Some((address.find(&part)?, part, names.edit))
    });
    let (_, part, edit) = found.min()?;
    Some(address.replacen(&part, &format!("/{edit}/"), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(url: &str) -> RepositoryPages {
        RepositoryPages::new(&Url::parse(url).expect("a URL"), "release/1", false).expect("a host")
    }

    #[test]
    fn each_forge_has_its_addresses_and_recognises_them() {
        let cases = [
            ("https://github.com/o/r.git", "https://github.com/o/r/blob/release/1/a%20b/c.yaml"),
            (
                "https://gitlab.acme.io/g/s/r",
                "https://gitlab.acme.io/g/s/r/-/blob/release/1/a%20b/c.yaml",
            ),
            (
                "https://codeberg.org/o/r",
                "https://codeberg.org/o/r/src/branch/release/1/a%20b/c.yaml",
            ),
            (
                "https://dev.azure.com/o/p/_git/r",
                "https://dev.azure.com/o/p/_git/r?path=%2Fa+b%2Fc.yaml&version=GBrelease%2F1",
            ),
        ];
        for (repository, page) in cases {
            let pages = pages(repository);
            assert_eq!(pages.file("a b/c.yaml").as_deref(), Some(page));
            let back = pages.path_of(&Url::parse(page).expect("a URL"));
            assert_eq!(back.as_deref(), Some("a b/c.yaml"), "{page}");
            assert_eq!(pages.edit("a b/c.yaml"), edit_page_of(page), "{page}");
        }
        assert_eq!(
            pages("https://github.com/o/r").folder("").as_deref(),
            Some("https://github.com/o/r/tree/release/1/")
        );
        let tag = RepositoryPages::new(
            &Url::parse("https://codeberg.org/o/r").expect("a URL"),
            "v1",
            true,
        );
        let page = tag.as_ref().and_then(|tag| tag.file("x"));
        assert_eq!(page.as_deref(), Some("https://codeberg.org/o/r/src/tag/v1/x"));
        assert_eq!(tag.and_then(|tag| tag.edit("x")), None);
    }

    #[test]
    fn other_repositories_and_branches_are_not_this_one() {
        let pages = pages("https://github.com/o/r");
        let path = |url: &str| pages.path_of(&Url::parse(url).expect("a URL"));
        assert_eq!(path("https://raw.githubusercontent.com/o/r/release/1/x").as_deref(), Some("x"));
        for other in [
            "https://github.com/o/r/blob/main/x",
            "https://github.com/o/r2/blob/release/1/x",
            "https://github.com/o/r/issues/release/1/x",
            "https://evil.example/o/r/blob/release/1/x",
            "https://github.com/o/r/blob/release/12/x",
        ] {
            assert_eq!(path(other), None, "{other}");
        }
    }

    #[test]
    fn the_first_name_of_a_page_counts() {
        let edit = |address: &str| edit_page_of(address).unwrap_or_default();
        assert_eq!(
            edit("https://h/o/r/blob/main/blob/src/branch/x"),
            "https://h/o/r/edit/main/blob/src/branch/x"
        );
        assert_eq!(edit("https://h/o/r/src/branch/main/blob/x"), "https://h/o/r/_edit/main/blob/x");
        assert_eq!(edit("https://h/g/r/-/blob/main/x"), "https://h/g/r/-/edit/main/x");
        assert_eq!(edit("https://h/o/r?path=/x"), "");
        let beside = |pattern: &str| edit_page_beside(pattern, "a b").unwrap_or_default();
        assert_eq!(
            beside("https://h/o/r/new/main?filename={path}"),
            "https://h/o/r/edit/main/a%20b"
        );
        assert_eq!(beside("https://h/o/r/_new/main/{path}"), "https://h/o/r/_edit/main/a%20b");
        assert_eq!(beside("https://h/g/r/-/new/main"), "https://h/g/r/-/edit/main/a%20b");
    }

    #[test]
    fn of_a_part_that_is_given_twice_the_first_counts() {
        let url = RepoUrl::parse("h:8443?owner=/a/&owner=b&repo=&repo=c").expect("a URL");
        assert_eq!(
            (url.host.as_str(), url.part("owner"), url.part("repo")),
            ("h:8443", Some("a"), None)
        );
        assert_eq!(url.written("owner"), Some("/a/"));
    }
}
