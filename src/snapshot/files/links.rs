//! Addresses of files in a forge's web pages: made for annotations, and recognised in targets.

use crate::base::http::Url;

/// Where a repository's files are seen.
#[derive(Debug, Clone)]
pub(super) struct Links {
    /// Address of the repository, without `.git`.
    base: Url,
    form: Option<Form>,
    reference: String,
    is_tag: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    GitHub,
    GitLab,
    Gitea,
    AzureDevOps,
}

impl Form {
    fn of(host: &str) -> Option<Self> {
        match host {
            "dev.azure.com" => Some(Self::AzureDevOps),
            host if host.ends_with(".visualstudio.com") => Some(Self::AzureDevOps),
            "codeberg.org" => Some(Self::Gitea),
            host if host.contains("gitea") || host.contains("forgejo") => Some(Self::Gitea),
            host if host.contains("gitlab") => Some(Self::GitLab),
            host if host.contains("github") => Some(Self::GitHub),
            _ => None,
        }
    }
}

impl Links {
    /// Knows a repository by its address; `None` for one that is not on a server.
    pub(super) fn new(url: &Url, reference: &str, is_tag: bool) -> Option<Self> {
        let form = Form::of(url.host_str()?);
        let mut base = url.clone();
        base.set_query(None);
        base.set_fragment(None);
        let path = url.path().trim_end_matches('/');
        base.set_path(path.strip_suffix(".git").unwrap_or(path));
        Some(Self { base, form, reference: reference.to_owned(), is_tag })
    }

    /// The page of a file.
    pub(super) fn view(&self, file: &str) -> Option<String> {
        Some(match self.form? {
            Form::GitHub => self.below(&["blob", &self.reference, file]),
            Form::GitLab => self.below(&["-", "blob", &self.reference, file]),
            Form::Gitea => self.below(&["src", self.gitea(), &self.reference, file]),
            Form::AzureDevOps => self.azure(file),
        })
    }

    /// The page of a folder; empty: the root. Ends with `/`.
    pub(super) fn folder(&self, folder: &str) -> Option<String> {
        let reference = &self.reference;
        let mut page = match self.form? {
            Form::GitHub => self.below(&["tree", reference, folder]),
            Form::GitLab => self.below(&["-", "tree", reference, folder]),
            Form::Gitea => self.below(&["src", self.gitea(), reference, folder]),
            Form::AzureDevOps if folder.is_empty() => return Some(self.azure("")),
            Form::AzureDevOps => return Some(self.azure(&format!("{folder}/"))),
        };
        page.push('/');
        Some(page)
    }

    /// The page where a file is edited; only branches can be.
    pub(super) fn edit(&self, file: &str) -> Option<String> {
        if self.is_tag {
            return None;
        }
        match self.form? {
            Form::GitHub => Some(self.below(&["edit", &self.reference, file])),
            Form::GitLab => Some(self.below(&["-", "edit", &self.reference, file])),
            Form::Gitea => Some(self.below(&["_edit", &self.reference, file])),
            Form::AzureDevOps => None,
        }
    }

    /// The path in this repository that an address of a web page leads to; `None` when it leads to
    /// another repository, branch or server.
    pub(super) fn path_of(&self, address: &Url) -> Option<String> {
        if self.form == Some(Form::AzureDevOps) {
            return self.azure_path(address);
        }
        let path = decoded(address.path())?;
        let base = decoded(self.base.path())?;
        let rest = if address.host_str() == Some("raw.githubusercontent.com")
            && self.base.host_str() == Some("github.com")
        {
            format!("raw/{}", path.strip_prefix(&base)?.strip_prefix('/')?)
        } else if address.origin() == self.base.origin() {
            path.strip_prefix(&base)?.strip_prefix('/')?.to_owned()
        } else {
            return None;
        };
        let rest = rest.strip_prefix("-/").unwrap_or(&rest);
        let (verb, rest) = rest.split_once('/')?;
        if !matches!(verb, "blob" | "tree" | "raw" | "edit" | "src" | "_edit") {
            return None;
        }
        let kinds = ["refs/heads/", "refs/tags/", "branch/", "tag/"];
        let rest = kinds.iter().find_map(|kind| rest.strip_prefix(kind)).unwrap_or(rest);
        let file = rest.strip_prefix(&self.reference).or_else(|| rest.strip_prefix("HEAD"))?;
        Some(file.strip_prefix('/')?.to_owned())
    }

    fn gitea(&self) -> &'static str {
        if self.is_tag { "tag" } else { "branch" }
    }

    fn below(&self, parts: &[&str]) -> String {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            let parts = parts.iter().flat_map(|part| part.split('/'));
            segments.extend(parts.filter(|part| !part.is_empty()));
        }
        url.into()
    }

    fn azure(&self, file: &str) -> String {
        let mut url = self.base.clone();
        let version = format!("{}{}", if self.is_tag { "GT" } else { "GB" }, self.reference);
        let mut query = url.query_pairs_mut();
        query.append_pair("path", &format!("/{file}")).append_pair("version", &version);
        drop(query);
        url.into()
    }

    fn azure_path(&self, address: &Url) -> Option<String> {
        let value = |key: &str| {
            let pair = address.query_pairs().find(|(found, _)| found == key);
            pair.map(|(_, value)| value.into_owned())
        };
        let is_same = address.origin() == self.base.origin() && address.path() == self.base.path();
        let version = format!("{}{}", if self.is_tag { "GT" } else { "GB" }, self.reference);
        if !is_same || value("version").is_some_and(|found| found != version) {
            return None;
        }
        Some(value("path")?.trim_start_matches('/').to_owned())
    }
}

/// Resolves `%20` and the like.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(url: &str) -> Links {
        Links::new(&Url::parse(url).expect("a URL"), "release/1", false).expect("a server")
    }

    #[test]
    fn each_forge_has_its_addresses_and_knows_them_again() {
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
            let links = links(repository);
            assert_eq!(links.view("a b/c.yaml").as_deref(), Some(page));
            let back = links.path_of(&Url::parse(page).expect("a URL"));
            assert_eq!(back.as_deref(), Some("a b/c.yaml"), "{page}");
        }
        assert_eq!(
            links("https://github.com/o/r").folder("").as_deref(),
            Some("https://github.com/o/r/tree/release/1/")
        );
    }

    #[test]
    fn other_repositories_and_branches_are_not_this_one() {
        let links = links("https://github.com/o/r");
        let path = |url: &str| links.path_of(&Url::parse(url).expect("a URL"));
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
}
