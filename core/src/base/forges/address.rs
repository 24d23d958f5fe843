//! Addresses of files and folders on forges: which repository one names, which branch, tag or commit, and which path.

use std::collections::BTreeMap;

use url::Url;

use super::Forge;
use crate::base::percent;

/// What the address of a file, a folder or a repository names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentAddress {
    /// Address from which git fetches the repository.
    pub repository: Url,
    /// What of the repository it names.
    pub target: ContentTarget,
}

/// What an address names in its repository. Paths have no `/` around them, and are empty for the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentTarget {
    /// A path on the default branch.
    Default(String),
    /// A path at a branch or tag: its name, with or without `refs/heads/` or `refs/tags/` before it.
    Reference(String, String),
    /// The name of a branch or tag, or a commit, and behind it a path. As names can have slashes, where the path begins
    /// is only known from the list of the server.
    Joined(String),
    /// A path at a commit: 40 hexadecimal digits.
    Commit(String, String),
}

/// Why an address names nothing that can be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no URL.
    #[error("it is no URL")]
    Url,
    /// Its scheme is another one.
    #[error("only `https` addresses are read, and `http` ones of this machine")]
    Scheme,
    /// It has a user name or a password.
    #[error("an address holds no user name and no password")]
    User,
    /// It is another page of a forge.
    #[error("it is no address of a file, a folder or a repository")]
    Page,
}

/// Names of pages that show files or folders. What follows is a branch, tag or commit, and a path.
const PAGES: &[&str] = &["tree", "blob", "raw", "edit", "src"];
/// What Gitea's addresses say before the name of a branch, tag or commit.
const KINDS: &[(&str, &str)] = &[("branch", "refs/heads/"), ("tag", "refs/tags/")];

impl ContentAddress {
    /// Reads the address of a file, a folder or a repository. `hosts` are forges beside those that are known by their
    /// name ([`Forge::of_host`]).
    ///
    /// # Errors
    /// It cannot be fetched, or is another page of a forge.
    pub fn parse(text: &str, hosts: &BTreeMap<String, Forge>) -> Result<Self, AddressError> {
        let url = readable(text)?;
        let host = url.host_str().unwrap_or_default();
        let with_port = url.port().map(|port| format!("{host}:{port}"));
        let known = with_port.and_then(|host| hosts.get(&host)).or_else(|| hosts.get(host));
        let forge = known.copied().or_else(|| Forge::of_host(host));
        let mut parts = Vec::new();
        for part in url.path().split('/').filter(|part| !part.is_empty()) {
            parts.push(percent::decode(part).ok_or(AddressError::Url)?.into_owned());
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if host == "raw.githubusercontent.com" {
            let (repository, rest) = parts.split_at_checked(2).ok_or(AddressError::Page)?;
            let mut home = url.clone();
            home.set_host(Some("github.com")).map_err(|_| AddressError::Url)?;
            let repository = repository_of(&home, repository, Some(Forge::GitHub));
            return Ok(Self { repository, target: joined(rest)? });
        }
        let (count, rest, found) = split(&parts, forge)?;
        let (repository, mut target) = match found {
            Shape::Azure => (parts[..count].to_vec(), azure(&url)),
            Shape::BitbucketServer => {
                (vec!["scm", parts[1], parts[3]], bitbucket_server(&url, rest)?)
            }
            Shape::Path => (parts[..count].to_vec(), target(rest, forge)?),
        };
        let forge =
            if found == Shape::BitbucketServer { Some(Forge::BitbucketServer) } else { forge };
        let repository = repository_of(&url, &repository, forge);
        if let ContentTarget::Joined(text) = &target
            && let Some(path) =
                text.strip_prefix("HEAD").filter(|p| p.is_empty() || p.starts_with('/'))
        {
            target = ContentTarget::Default(path.trim_start_matches('/').to_owned());
        }
        Ok(Self { repository, target })
    }
}

/// Reads the address of something that git may fetch.
///
/// # Errors
/// It is no URL, its content could be changed on the way, or it has a user name.
pub fn readable(text: &str) -> Result<Url, AddressError> {
    let url = Url::parse(text).map_err(|_| AddressError::Url)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::User);
    }
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" | "file" => Ok(url),
        "http" if is_here => Ok(url),
        _ => Err(AddressError::Scheme),
    }
}

/// The address of a repository's web page, from the address of a remote: without user, query and `.git`. Addresses of
/// SSH (`git@host:owner/name`) become those of HTTPS. `None` for a path of this machine.
pub fn web_address(remote: &str) -> Option<Url> {
    let url = match remote.split_once(':') {
        _ if remote.contains("://") => Url::parse(remote).ok()?,
        // `C:\path` is a path.
        Some((host, path)) if host.len() > 1 && !host.contains(['/', '\\']) => {
            Url::parse(&format!("ssh://{host}/{path}")).ok()?
        }
        _ => return None,
    };
    let host = url.host_str()?;
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (server, path) = match (url.scheme(), path.strip_prefix("/v3/")) {
        ("ssh" | "git", Some(rest)) if host == "ssh.dev.azure.com" => {
            let (project, name) = rest.rsplit_once('/')?;
            ("https://dev.azure.com".to_owned(), format!("/{project}/_git/{name}"))
        }
        ("ssh" | "git", _) => (format!("https://{host}"), path.to_owned()),
        ("http" | "https", _) => (url.origin().ascii_serialization(), path.to_owned()),
        _ => return None,
    };
    Url::parse(&format!("{server}{path}")).ok()
}

/// How an address says its branch and path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Azure,
    BitbucketServer,
    Path,
}

/// Splits the path of an address: how many parts name the repository, and the parts behind it.
fn split<'p>(
    parts: &'p [&'p str],
    forge: Option<Forge>,
) -> Result<(usize, &'p [&'p str], Shape), AddressError> {
    let at = |count: usize, shape| Ok((count, &parts[count..], shape));
    if parts.is_empty() {
        return Err(AddressError::Page);
    }
    if let Some(found) = parts.iter().position(|part| *part == "_git") {
        return if parts.len() == found + 2 {
            at(found + 2, Shape::Azure)
        } else {
            Err(AddressError::Page)
        };
    }
    if let Some(found) = parts.iter().position(|part| part.ends_with(".git") && *part != ".git") {
        return at(found + 1, Shape::Path);
    }
    if let ["projects", _, "repos", _, ..] = parts {
        return at(4, Shape::BitbucketServer);
    }
    if let Some(found) = parts.iter().position(|part| *part == "-") {
        return at(found, Shape::Path);
    }
    let page = parts.iter().skip(2).position(|part| PAGES.contains(part)).map(|found| found + 2);
    let is_flat = matches!(forge, Some(Forge::GitHub | Forge::Gitea | Forge::BitbucketCloud));
    match page {
        Some(page) if !is_flat || page == 2 => at(page, Shape::Path),
        _ if is_flat && parts.len() != 2 => Err(AddressError::Page),
        _ => at(parts.len(), Shape::Path),
    }
}

/// What the parts behind the repository name.
fn target(rest: &[&str], forge: Option<Forge>) -> Result<ContentTarget, AddressError> {
    let rest = rest.strip_prefix(&["-"]).unwrap_or(rest);
    let Some((page, rest)) = rest.split_first() else {
        return Ok(ContentTarget::Default(String::new()));
    };
    if !PAGES.contains(page) {
        return Err(AddressError::Page);
    }
    let has_kinds = matches!(*page, "src" | "raw")
        && !matches!(forge, Some(Forge::BitbucketCloud | Forge::GitHub | Forge::GitLab));
    if let (true, Some((first, rest))) = (has_kinds, rest.split_first()) {
        if let Some((_, prefix)) = KINDS.iter().find(|(kind, _)| kind == first) {
            let ContentTarget::Joined(name) = joined(rest)? else { return Err(AddressError::Page) };
            return Ok(ContentTarget::Joined(format!("{prefix}{name}")));
        }
        if let ("commit", Some((commit, path))) = (*first, rest.split_first()) {
            return match is_commit(commit) {
                true => Ok(ContentTarget::Commit((*commit).to_owned(), path.join("/"))),
                false => Err(AddressError::Page),
            };
        }
    }
    joined(rest)
}

/// A branch, tag or commit, and a path.
fn joined(rest: &[&str]) -> Result<ContentTarget, AddressError> {
    match rest {
        [] => Err(AddressError::Page),
        rest => Ok(ContentTarget::Joined(rest.join("/"))),
    }
}

/// Whether a text is the full id of a commit.
pub fn is_commit(text: &str) -> bool {
    text.len() == 40
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Azure DevOps: `?path=/java&version=GBmain`, with `GB` for a branch, `GT` for a tag and `GC` for a commit.
fn azure(url: &Url) -> ContentTarget {
    let path = query(url, "path").unwrap_or_default().trim_matches('/').to_owned();
    let version = query(url, "version").unwrap_or_default();
    let named = |prefix: &str| version.strip_prefix(prefix).map(str::to_owned);
    if let Some(branch) = named("GB") {
        return ContentTarget::Reference(format!("refs/heads/{branch}"), path);
    }
    if let Some(tag) = named("GT") {
        return ContentTarget::Reference(format!("refs/tags/{tag}"), path);
    }
    match named("GC").filter(|commit| is_commit(commit)) {
        Some(commit) => ContentTarget::Commit(commit, path),
        None => ContentTarget::Default(path),
    }
}

/// Bitbucket Server: `/projects/P/repos/R/browse/java?at=refs/heads/main`.
fn bitbucket_server(url: &Url, rest: &[&str]) -> Result<ContentTarget, AddressError> {
    let path = match rest {
        [] => String::new(),
        ["browse" | "raw", path @ ..] => path.join("/"),
        _ => return Err(AddressError::Page),
    };
    Ok(match query(url, "at") {
        Some(at) if is_commit(&at) => ContentTarget::Commit(at, path),
        Some(at) => ContentTarget::Reference(at, path),
        None => ContentTarget::Default(path),
    })
}

fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The address of a repository as git fetches it. Forges with `.git` behind it redirect without, which git follows and
/// this program does not.
fn repository_of(url: &Url, parts: &[&str], forge: Option<Forge>) -> Url {
    let mut repository = url.clone();
    repository.set_query(None);
    repository.set_fragment(None);
    let mut path = percent::encode_path(&parts.join("/"));
    let has_ending = !matches!(forge, None | Some(Forge::AzureDevOps | Forge::Gerrit));
    if has_ending && !path.ends_with(".git") {
        path.push_str(".git");
    }
    repository.set_path(&path);
    repository
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(String, ContentTarget), AddressError> {
        let hosts = BTreeMap::from([("code.acme.example:8443".to_owned(), Forge::GitLab)]);
        let address = ContentAddress::parse(text, &hosts)?;
        Ok((address.repository.to_string(), address.target))
    }

    #[test]
    fn each_address_of_a_remote_is_one_web_page() {
        for (remote, page) in [
            ("https://x:y@github.com/acme/cart.git", Some("https://github.com/acme/cart")),
            ("git@github.com:acme/cart.git", Some("https://github.com/acme/cart")),
            ("ssh://git@git.acme.io:2222/acme/cart/", Some("https://git.acme.io/acme/cart")),
            ("http://localhost:3000/acme/cart", Some("http://localhost:3000/acme/cart")),
            (
                "git@ssh.dev.azure.com:v3/acme/My%20Team/cart",
                Some("https://dev.azure.com/acme/My%20Team/_git/cart"),
            ),
            ("/srv/git/cart.git", None),
            ("file:///srv/git/cart.git", None),
            ("C:\\git\\cart", None),
            ("../cart", None),
        ] {
            assert_eq!(web_address(remote).as_ref().map(Url::as_str), page, "{remote}");
        }
    }

    #[test]
    fn each_forge_has_its_addresses_of_files_and_folders() {
        use ContentTarget::{Commit, Default, Joined, Reference};
        let text = str::to_owned;
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let cases = [
            ("https://github.com/o/r", "https://github.com/o/r.git", Default(String::new())),
            ("https://github.com/o/r.git", "https://github.com/o/r.git", Default(String::new())),
            (
                "https://github.com/o/r/tree/feat/x/a%20b/",
                "https://github.com/o/r.git",
                Joined(text("feat/x/a b")),
            ),
            (
                "https://github.com/o/r/blob/v1/a.yaml",
                "https://github.com/o/r.git",
                Joined(text("v1/a.yaml")),
            ),
            (
                "https://github.com/o/r/tree/HEAD/a",
                "https://github.com/o/r.git",
                Default(text("a")),
            ),
            (
                "https://raw.githubusercontent.com/o/r/refs/heads/main/a.yaml",
                "https://github.com/o/r.git",
                Joined(text("refs/heads/main/a.yaml")),
            ),
            (
                "https://gitlab.com/g/sub/r/-/tree/main/a?ref_type=heads",
                "https://gitlab.com/g/sub/r.git",
                Joined(text("main/a")),
            ),
            (
                "https://gitlab.com/g/sub/r",
                "https://gitlab.com/g/sub/r.git",
                Default(String::new()),
            ),
            (
                "https://code.acme.example:8443/g/sub/r/-/raw/main/a",
                "https://code.acme.example:8443/g/sub/r.git",
                Joined(text("main/a")),
            ),
            (
                "https://dev.azure.com/o/p/_git/r?path=%2Fa%2Fb&version=GBfeat%2Fx&_a=contents",
                "https://dev.azure.com/o/p/_git/r",
                Reference(text("refs/heads/feat/x"), text("a/b")),
            ),
            (
                "https://dev.azure.com/o/p/_git/r?path=/a&version=GTv1",
                "https://dev.azure.com/o/p/_git/r",
                Reference(text("refs/tags/v1"), text("a")),
            ),
            (
                "https://dev.azure.com/o/p/_git/r",
                "https://dev.azure.com/o/p/_git/r",
                Default(String::new()),
            ),
            (
                "https://codeberg.org/o/r/src/branch/feat/x/a",
                "https://codeberg.org/o/r.git",
                Joined(text("refs/heads/feat/x/a")),
            ),
            (
                "https://codeberg.org/o/r/raw/tag/v1/a",
                "https://codeberg.org/o/r.git",
                Joined(text("refs/tags/v1/a")),
            ),
            (
                "https://codeberg.org/o/r/src/commit/0123456789abcdef0123456789abcdef01234567/a/b",
                "https://codeberg.org/o/r.git",
                Commit(text(commit), text("a/b")),
            ),
            (
                "https://bitbucket.org/w/r/src/main/a/",
                "https://bitbucket.org/w/r.git",
                Joined(text("main/a")),
            ),
            (
                "https://bitbucket.acme.example/projects/P/repos/r/browse/a?at=refs%2Fheads%2Fmain",
                "https://bitbucket.acme.example/scm/P/r.git",
                Reference(text("refs/heads/main"), text("a")),
            ),
            (
                "file:///srv/git/skeletons.git/tree/main/java",
                "file:///srv/git/skeletons.git",
                Joined(text("main/java")),
            ),
            (
                "https://git.acme.example/r/tree",
                "https://git.acme.example/r/tree",
                Default(String::new()),
            ),
        ];
        for (address, repository, target) in cases {
            assert_eq!(parse(address), Ok((repository.to_owned(), target)), "{address}");
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        for (address, error) in [
            ("https://github.com/o/r/issues/1", AddressError::Page),
            ("https://github.com/o", AddressError::Page),
            ("https://github.com/o/r/tree", AddressError::Page),
            ("https://github.com/o/r.git/pulls/1", AddressError::Page),
            ("https://gitlab.com/g/r/-/issues/1", AddressError::Page),
            ("https://codeberg.org/o/r/src/commit/abc/a", AddressError::Page),
            ("https://ann:secret@github.com/o/r", AddressError::User),
            ("http://github.com/o/r", AddressError::Scheme),
            ("ssh://git@github.com/o/r", AddressError::User),
            ("git://github.com/o/r", AddressError::Scheme),
            ("https://", AddressError::Url),
        ] {
            assert_eq!(parse(address), Err(error), "{address}");
        }
    }
}
