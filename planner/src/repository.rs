//! Where a new repository is made and reached, by its `repoUrl` and the settings.

use crate::{
    base::{
        forges::RepoUrl,
        path::{RelativePath, shown},
        percent::encode_path,
    },
    effect::Target,
    settings::{HOST, Repositories, RepositoryHome},
};

/// Why a `repoUrl` names no repository that can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum LocationError {
    /// It is not a `repoUrl`.
    #[error("`{0}` is not the address of a repository")]
    NotARepoUrl(String),
    /// It is of Azure DevOps, and has no organisation or no project.
    #[error("it names no `{0}`")]
    NoPart(&'static str),
    /// It has neither an owner nor a project.
    #[error("it names no `owner` and no `project`")]
    NoOwner,
    /// It has no name of a repository.
    #[error("it names no `repo`")]
    NoName,
    /// The name would be that of a folder and a repository in it.
    #[error("`{0}` cannot be the name of a repository")]
    NameWithSlash(RelativePath),
    /// An owner or a name is not safe in paths and URLs.
    #[error("`{0}` cannot be the name of a repository or its owner")]
    UnsafeName(String),
    /// The settings do not list the host, which the `repoUrl` chooses.
    #[error("`{0}` is not a host of the settings")]
    UnknownHost(String),
}

/// A repository that can be made: its owner and name are safe in paths and URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    /// The address as it was written.
    pub(super) address: RepoUrl,
    /// The organisation or collection of Azure DevOps.
    pub(super) organization: Option<RelativePath>,
    /// Who has it: the owner, or the project; may have several parts.
    pub(super) owner: RelativePath,
    /// Its name.
    pub(super) name: RelativePath,
}

impl Location {
    /// Reads a `repoUrl` that names an owner or project, and a repository.
    ///
    /// # Errors
    /// What is missing or cannot be used.
    pub(super) fn parse(text: &str) -> Result<Self, LocationError> {
        let address =
            RepoUrl::parse(text).map_err(|_| LocationError::NotARepoUrl(text.to_owned()))?;
        // Azure DevOps has organisations of projects; older templates name the project as the owner.
        let organization = address.part("organization").map(safe_path).transpose()?;
        let parts = match organization {
            Some(_) => ["project", "owner", "workspace"],
            None => ["owner", "project", "workspace"],
        };
        let owner = parts.iter().find_map(|part| address.part(part));
        let owner = owner.ok_or(LocationError::NoOwner)?;
        let name = address.part("repo").ok_or(LocationError::NoName)?;
        let (owner, name) = (safe_path(owner)?, safe_path(name)?);
        if name.as_str().contains('/') {
            return Err(LocationError::NameWithSlash(name));
        }
        Ok(Self { address, organization, owner, name })
    }

    /// The organisation and the project of a repository of Azure DevOps.
    ///
    /// # Errors
    /// One is not named, or the project has several parts.
    pub(super) fn organization(&self) -> Result<(&RelativePath, &RelativePath), LocationError> {
        let organization = self.organization.as_ref();
        let organization = organization.ok_or(LocationError::NoPart("organization"))?;
        match self.owner.as_str().contains('/') {
            true => Err(LocationError::NameWithSlash(self.owner.clone())),
            false => Ok((organization, &self.owner)),
        }
    }

    /// The same repository, whose owner is its workspace on Bitbucket Cloud.
    ///
    /// # Errors
    /// It names no workspace, or one that cannot be used.
    pub(super) fn in_workspace(self) -> Result<Self, LocationError> {
        let workspace = self.address.part("workspace").ok_or(LocationError::NoPart("workspace"))?;
        Ok(Self { owner: safe_path(workspace)?, ..self })
    }

    /// The repository of the same owner with another name.
    ///
    /// # Errors
    /// The name cannot be used.
    pub(super) fn named(&self, name: &str) -> Result<Self, LocationError> {
        let name = safe_path(name)?;
        if name.as_str().contains('/') {
            return Err(LocationError::NameWithSlash(name));
        }
        Ok(Self { name, ..self.clone() })
    }

    /// `owner/name`, for people.
    pub(super) fn slug(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The URL at which people reach it, when the settings say so.
    pub(super) fn public_url(&self, settings: &Repositories) -> Option<String> {
        let ((Some(pattern), _) | (None, Some(RepositoryHome::Remote(pattern)))) =
            (&settings.url, &settings.home)
        else {
            return None;
        };
        Some(self.fill(pattern))
    }

    /// The URL that its first commit is pushed to; `None` where repositories are made in a directory.
    pub(super) fn push_url(&self, settings: &Repositories) -> Option<String> {
        match &settings.home {
            Some(RepositoryHome::Remote(pattern)) => Some(self.fill(pattern)),
            _ => None,
        }
    }

    /// Where it is made.
    pub(super) fn target(&self, settings: &Repositories) -> Target {
        match (&settings.home, self.push_url(settings)) {
            (_, Some(url)) => {
                let start = url.find("://").map_or(0, |at| at + 3);
                let end = url[start..].find('/').map_or(url.len(), |at| start + at);
                let (origin, path) = url.split_at(end);
                Target { origin: origin.to_owned(), path: path.to_owned() }
            }
            (Some(RepositoryHome::Directory(directory)), None) => {
                Target { origin: shown(directory), path: self.directory() }
            }
            _ => Target { origin: String::new(), path: self.directory() },
        }
    }

    /// Checks that the settings list the host, where they leave it to the `repoUrl`.
    pub(super) fn check_host(&self, settings: &Repositories) -> Result<(), LocationError> {
        let remote = match &settings.home {
            Some(RepositoryHome::Remote(pattern)) => Some(pattern),
            _ => None,
        };
        let is_chosen = remote.into_iter().chain(&settings.url).any(|url| url.contains(HOST));
        let host = &self.address.host;
        if is_chosen && !settings.hosts.contains(host) {
            return Err(LocationError::UnknownHost(host.clone()));
        }
        Ok(())
    }

    /// Where it is made, as far as the settings say: two addresses with the same key are one.
    pub(super) fn key(&self, settings: &Repositories) -> String {
        let location = match &settings.home {
            Some(RepositoryHome::Remote(pattern)) => self.fill(pattern),
            _ => self.slug(),
        };
        location.trim_end_matches(".git").to_lowercase()
    }

    /// Replaces `{host}`, `{organization}`, `{owner}`, `{project}` and `{repo}` in a URL.
    pub(super) fn fill(&self, pattern: &str) -> String {
        let part = |name: &str| encode_path(self.address.part(name).unwrap_or_default());
        pattern
            .replace(HOST, &self.address.host)
            .replace("{organization}", &part("organization"))
            .replace("{project}", &encode_path(self.owner.as_str()))
            .replace("{owner}", &encode_path(self.owner.as_str()))
            .replace("{repo}", &encode_path(self.name.as_str()))
    }

    /// Its path below a directory of bare repositories.
    fn directory(&self) -> String {
        format!("{}/{}.git", self.owner, self.name)
    }
}

/// Owners and names become directories: each part starts with a letter or digit, and neither ends
/// like a repository nor like a lock of git.
pub(super) fn safe_path(text: &str) -> Result<RelativePath, LocationError> {
    let is_safe = |part: &str| {
        part.starts_with(char::is_alphanumeric)
            && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' '))
            && !part.ends_with([' ', '.'])
            && !part.ends_with(".git")
            && !part.ends_with(".lock")
            && part.len() <= 100
    };
    let path = RelativePath::new(text).ok();
    path.filter(|path| path.as_str().split('/').all(is_safe))
        .ok_or_else(|| LocationError::UnsafeName(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_addresses_are_read() {
        let github = Location::parse("github.com?owner=acme&repo=shop").expect("valid");
        assert_eq!(github.slug(), "acme/shop");
        let azure = "dev.azure.com?organization=o&project=Mon%20Projet&repo=shop";
        let azure = Location::parse(azure).expect("valid");
        assert_eq!(azure.slug(), "Mon Projet/shop");
        let older = Location::parse("dev.azure.com?organization=o&owner=p&repo=shop");
        assert_eq!(older.expect("valid").slug(), "p/shop");
        assert_eq!(
            azure.fill("https://{host}/{organization}/{project}/_git/{repo}"),
            "https://dev.azure.com/o/Mon%20Projet/_git/shop"
        );
    }

    #[test]
    fn a_name_that_could_leave_the_directory_is_refused() {
        for bad in [
            "owner=..&repo=x",
            "owner=a&repo=..",
            "owner=a&repo=b/c",
            "owner=/&repo=x",
            "owner=a&repo=.git",
            "owner=a&repo=x.git",
            "owner=a%2F..%2Fb&repo=x",
            "repo=x",
            "owner=a",
            "owner=a%00&repo=x",
            "owner=a&repo=x%0Ay",
            "owner=-a&repo=x",
            "organization=..&project=a&repo=x",
            "organization=a/../b&project=a&repo=x",
        ] {
            let text = format!("github.com?{bad}");
            assert!(Location::parse(&text).is_err(), "{text}");
        }
    }
}
