//! The portal's repository on its forge, by the address of its remote: for commands that run outside of a CI system.

use std::collections::BTreeMap;

use callboard_planner::effect::Api;
use url::Url;

use super::CiRepository;
use crate::base::{
    forges::{Forge, ForgeHost},
    percent::decode_lossy,
};

/// The variables of tokens that are taken outside of a CI system.
const TOKENS: &[&str] = &["CALLBOARD_GIT_TOKEN"];

/// Finds the repository of a remote; `None` when no forge with pull requests that this program can open is known at its host.
pub(in crate::cli) fn repository(
    remote: &str,
    hosts: &BTreeMap<String, ForgeHost>,
) -> Option<CiRepository> {
    let url = web_url(remote)?;
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str()?),
        None => url.host_str()?.to_owned(),
    };
    // Azure DevOps has a host of its own for SSH.
    let host = host.strip_prefix("ssh.").unwrap_or(&host).to_owned();
    let known = hosts.get(&host).cloned().or_else(|| ForgeHost::public(&host))?;
    let below = Url::parse(&known.web).ok()?.path().trim_end_matches('/').to_owned();
    let path = url.path().strip_prefix(&*below)?.trim_matches('/').trim_end_matches(".git");
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "_git" | "v3")).collect();
    let decoded = |part: &&str| decode_lossy(part).into_owned();
    let (api, parts_needed) = match known.forge {
        Forge::GitHub => (Api::GitHub, 2),
        Forge::Gitea => (Api::Gitea, 2),
        Forge::GitLab => (Api::GitLab, 2),
        Forge::AzureDevOps => (Api::AzureDevOps, 3),
        Forge::BitbucketCloud | Forge::BitbucketServer | Forge::Gerrit => return None,
    };
    let is_whole = match api {
        Api::GitLab => parts.len() >= parts_needed,
        _ => parts.len() == parts_needed,
    };
    let path: Vec<String> = parts.iter().map(decoded).collect();
    let web = match (api, &*path) {
        (Api::AzureDevOps, [organization, project, name]) => {
            format!("{}/{organization}/{project}/_git/{name}", known.web).replace(' ', "%20")
        }
        _ => format!("{}/{}", known.web, path.join("/")),
    };
    is_whole.then(|| CiRepository {
        api,
        base_url: known.api.clone(),
        web,
        path: path.join("/"),
        job: None,
        tokens: TOKENS,
    })
}

/// The address of a remote as a URL; `git@host:owner/name` is one of SSH.
pub(in crate::cli) fn web_url(remote: &str) -> Option<Url> {
    if remote.contains("://") {
        return Url::parse(remote).ok();
    }
    let (user_and_host, path) = remote.split_once(':')?;
    Url::parse(&format!("ssh://{user_and_host}/{path}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forge_of_a_remote_is_known_by_its_host() {
        let own = BTreeMap::from([(
            "git.acme.io:8443".to_owned(),
            ForgeHost::new(Forge::Gitea, "https://git.acme.io:8443/forge", None),
        )]);
        let found = |remote: &str| {
            let found = repository(remote, &own)?;
            Some((found.api, found.base_url, found.path))
        };
        let github = Some((Api::GitHub, "https://api.github.com".into(), "acme/portal".into()));
        for remote in [
            "https://github.com/acme/portal.git",
            "https://github.com/acme/portal",
            "git@github.com:acme/portal.git",
            "ssh://git@github.com/acme/portal.git",
        ] {
            assert_eq!(found(remote), github, "{remote}");
        }
        let deep = found("https://gitlab.com/acme/tools/portal.git").expect("a project");
        assert_eq!((deep.0, &*deep.2), (Api::GitLab, "acme/tools/portal"));
        for remote in [
            "https://acme@dev.azure.com/acme/My%20Team/_git/portal",
            "git@ssh.dev.azure.com:v3/acme/My%20Team/portal",
        ] {
            let azure = found(remote).expect("a repository");
            assert_eq!((azure.0, &*azure.2), (Api::AzureDevOps, "acme/My Team/portal"), "{remote}");
        }
        let gitea = found("https://git.acme.io:8443/forge/tools/portal.git").expect("a repository");
        assert_eq!(&*gitea.1, "https://git.acme.io:8443/forge/api/v1");
        assert_eq!(&*gitea.2, "tools/portal");
        for remote in
            ["/srv/portal.git", "https://github.com.evil.example/a/b", "https://github.com/a"]
        {
            assert_eq!(found(remote), None, "{remote}");
        }
    }
}
