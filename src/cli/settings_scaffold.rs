//! `scaffold` of `callboard.yaml`: where new repositories are made, and which servers get the token.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        environment::{Environment, Secret},
        path::RelativePath,
        text::did_you_mean,
    },
    catalog::issue::escape,
    cli::{
        settings_notifications::NotificationSettings,
        settings_template_secrets::TemplateSecretSettings,
    },
    scaffold::{Expressions, HOST, actions::MAPPED, is_writable_folder},
};

/// The action to which others can be mapped.
const GIT: &str = "publish:git";

/// Settings of scaffolding.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScaffoldSettings {
    /// Directory below which `publish:git` creates bare repositories; relative to the portal.
    pub(super) repositories: Option<PathBuf>,
    /// Where `publish:git` pushes instead: a URL with `{owner}` and `{repo}`. The token for pushing goes to
    /// its server, and to no other.
    pub(super) remote: Option<String>,
    /// Hosts that a request may choose, where `remote` or `url` have `{host}` as their host.
    #[serde(default)]
    pub(super) hosts: Vec<String>,
    /// How mistakes in expressions of templates are taken, where a template does not say it.
    #[serde(default)]
    pub(super) expressions: ExpressionsSetting,
    /// URL at which people reach a new repository, with the same placeholders.
    pub(super) url: Option<String>,
    /// Folders of the portal that `callboard:portal:write` may write to, such as `[deploy]`; none when missing.
    #[serde(default)]
    pub(super) portal_folders: Vec<String>,
    /// Actions of templates that stand for others: `publish:git` by the name of an action that creates a repository on
    /// one kind of forge, such as `publish:github`.
    #[serde(default)]
    pub(super) actions: BTreeMap<String, String>,
    /// Secrets that templates may send, by the names by which they read them, as in `${{ secrets.NAME }}`.
    #[serde(default)]
    pub(super) secrets: TemplateSecretSettings,
    /// Where `notification:send` sends notifications, and whether requesters hear how their runs ended.
    pub(super) notifications: Option<NotificationSettings>,
    /// How the site shows runs.
    #[serde(default)]
    pub(super) runs: RunsSettings,
}

/// How the site shows runs.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunsSettings {
    /// Where a browser can read the record of a run on the branch `callboard-runs`: a URL with `{id}` for the id of
    /// the request. With it, the page of a run that has not ended follows it.
    pub(super) live: Option<String>,
}

impl RunsSettings {
    /// Pages of the site may ask the server of the URL, so no part of it is left open.
    pub(super) fn problem(&self, at: impl Fn(&str) -> Place) -> Option<Diagnostic> {
        let live = self.live.as_deref()?;
        let url = url::Url::parse(live).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let message = match url {
            None => format!("`{live}` is not a URL of the web"),
            Some(url) if !url.username().is_empty() || url.password().is_some() => {
                "`scaffold.runs.live` has a user or a password, which every visitor would read"
                    .into()
            }
            Some(_) if server_of(live).is_some_and(|server| server.contains(['{', '}'])) => {
                "a placeholder in the server of `scaffold.runs.live`".into()
            }
            Some(_) if live.matches("{id}").count() != 1 => {
                "`scaffold.runs.live` does not have `{id}` once".into()
            }
            Some(_) => return None,
        };
        let hint =
            "such as `https://raw.githubusercontent.com/acme/portal/callboard-runs/runs/{id}.yaml`";
        let place = at("/scaffold/runs/live");
        Some(Diagnostic::error("invalid-settings", place, message).hint(hint))
    }
}

/// How mistakes in expressions of templates are taken.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ExpressionsSetting {
    /// They are errors.
    #[default]
    Strict,
    /// The text stays as it is written, as in Backstage; a warning says so.
    Lenient,
}

impl From<ExpressionsSetting> for Expressions {
    fn from(setting: ExpressionsSetting) -> Self {
        match setting {
            ExpressionsSetting::Strict => Self::Strict,
            ExpressionsSetting::Lenient => Self::Lenient,
        }
    }
}

impl ScaffoldSettings {
    /// A request fills in the placeholders, so no placeholder may choose a server, except `{host}` from a list.
    pub(super) fn host_problems(&self, at: impl Fn(&str) -> Place) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        for (key, url) in [("remote", &self.remote), ("url", &self.url)] {
            let Some(server) = url.as_deref().and_then(server_of) else { continue };
            if server != HOST && server.contains(['{', '}']) {
                let message = format!("a placeholder in the server of `scaffold.{key}`");
                let place = at(&format!("/scaffold/{key}"));
                let hint = "write the server's name, or `{host}` for the whole of it";
                problems.push(Diagnostic::error("invalid-settings", place, message).hint(hint));
            }
        }
        for (index, host) in self.hosts.iter().enumerate() {
            let is_host = !host.contains(['/', '@', '?', '#'])
                && url::Url::parse(&format!("https://{host}/"))
                    .is_ok_and(|url| url.as_str() == format!("https://{host}/"));
            if !is_host {
                let message = format!("`{host}` is not the name of a host");
                let place = at(&format!("/scaffold/hosts/{index}"));
                problems.push(Diagnostic::error("invalid-settings", place, message));
            }
        }
        problems
    }

    /// Names of the variables of [`Self::secret_values`].
    pub(super) fn secret_variables(&self) -> Vec<String> {
        let mut names = self.secrets.variables();
        let notifications = self.notifications.iter();
        names.extend(notifications.flat_map(NotificationSettings::secret_variables));
        names
    }

    /// The secrets of scaffolding that are set.
    pub(super) fn secret_values(&self, environment: &Environment) -> Vec<Secret> {
        let mut values = self.secrets.values(environment);
        let names = self.notifications.iter().flat_map(NotificationSettings::secret_variables);
        values.extend(names.filter_map(|name| environment.secret(&name)));
        values
    }

    /// Folders that requests may write to must not have what Callboard or a CI system runs.
    pub(super) fn folder_problems(&self, at: impl Fn(&str) -> Place) -> Vec<Diagnostic> {
        let folders = self.portal_folders.iter().enumerate();
        let bad = folders.filter(|(_, folder)| {
            !RelativePath::new(*folder).is_ok_and(|folder| is_writable_folder(&folder))
        });
        let problem = |(index, folder): (usize, &String)| {
            let message = format!("requests cannot be allowed to write to `{folder}`");
            let place = at(&format!("/scaffold/portal_folders/{index}"));
            let hint = "name a folder of its own, such as `deploy`";
            Diagnostic::error("invalid-settings", place, message).hint(hint)
        };
        bad.map(problem).collect()
    }

    /// The folders of the portal that requests may write to. Settings with an unusable one are refused when they are
    /// read.
    pub(super) fn portal_folders(&self) -> Vec<RelativePath> {
        let folders = self.portal_folders.iter().map(RelativePath::new);
        folders.filter_map(Result::ok).filter(is_writable_folder).collect()
    }

    /// Only actions that create repositories can be mapped, and only to `publish:git`.
    pub(super) fn action_problems(&self, at: impl Fn(&str) -> Place) -> Vec<Diagnostic> {
        let wrong = |(from, to): (&String, &String)| {
            let (message, hint) = if !MAPPED.contains(&from.as_str()) {
                let hint = did_you_mean(from, MAPPED.iter().copied());
                let list = || format!("these can be: `{}`", MAPPED.join("`, `"));
                (format!("`{from}` cannot be mapped"), hint.unwrap_or_else(list))
            } else if to == GIT {
                return None;
            } else {
                (format!("`{from}` cannot be mapped to `{to}`"), format!("write `{GIT}`"))
            };
            let place = at(&format!("/scaffold/actions/{}", escape(from)));
            Some(Diagnostic::error("invalid-settings", place, message).hint(hint))
        };
        self.actions.iter().filter_map(wrong).collect()
    }

    /// URLs on the servers to which `publish:git` may push with the token.
    pub(super) fn servers(&self) -> Vec<String> {
        let Some(remote) = &self.remote else { return Vec::new() };
        match server_of(remote) {
            Some(HOST) => self.hosts.iter().map(|host| remote.replacen(HOST, host, 1)).collect(),
            Some(_) => vec![remote.clone()],
            None => Vec::new(),
        }
    }
}

/// The part of a URL with placeholders between scheme and path: user, server and port.
fn server_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    Some(rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(remote: &str, hosts: &[&str]) -> ScaffoldSettings {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        ScaffoldSettings { remote: Some(remote.into()), hosts, ..ScaffoldSettings::default() }
    }

    #[test]
    fn only_a_listed_host_is_chosen_by_a_request() {
        let problems = |remote, hosts: &[&str]| {
            settings(remote, hosts).host_problems(|_| Place::file("callboard.yaml")).len()
        };
        for bad in
            ["https://{owner}.example/x", "https://git.example{owner}/x", "https://{owner}@g/x"]
        {
            assert_eq!(problems(bad, &[]), 1, "{bad}");
        }
        for bad in ["evil.example/x", "a@b", "", "A B"] {
            assert_eq!(problems("https://{host}/{owner}", &[bad]), 1, "{bad}");
        }
        assert_eq!(problems("https://{host}/{owner}/{repo}", &["a.example", "b.example:8443"]), 0);
        assert_eq!(problems("https://git.example/{host}/{repo}", &[]), 0);
    }

    #[test]
    fn records_of_runs_are_read_from_one_server() {
        let problem = |live: &str| {
            let runs = RunsSettings { live: Some(live.to_owned()) };
            runs.problem(|_| Place::file("callboard.yaml")).map(|problem| problem.message)
        };
        for (bad, why) in [
            ("runs/{id}.yaml", "is not a URL"),
            ("javascript:{id}", "is not a URL"),
            ("https://{id}.example/x", "a placeholder in the server"),
            ("https://token@git.example/{id}", "has a user"),
            ("https://git.example/runs", "does not have `{id}` once"),
            ("https://git.example/{id}/{id}", "does not have `{id}` once"),
        ] {
            assert!(problem(bad).is_some_and(|message| message.contains(why)), "{bad}");
        }
        assert_eq!(problem("https://git.example/runs/{id}.yaml?ref=callboard-runs"), None);
    }

    #[test]
    fn folders_of_the_program_s_own_files_cannot_be_written_to() {
        let problems = |folder: &str| {
            let portal_folders = vec![folder.to_owned()];
            let settings = ScaffoldSettings { portal_folders, ..ScaffoldSettings::default() };
            let problems = settings.folder_problems(|_| Place::file("callboard.yaml")).len();
            assert_eq!(settings.portal_folders().len() + problems, 1, "{folder}");
            problems
        };
        for bad in [
            "",
            ".",
            "..",
            "/etc",
            "deploy/../scaffolds",
            ".git",
            ".github/workflows",
            "deploy/.git",
            "scaffolds",
            "Scaffolds/templates",
            "catalog-data/sources",
            "site-templates",
            "callboard.yaml",
        ] {
            assert_eq!(problems(bad), 1, "{bad}");
        }
        for good in ["deploy", "deploy/kafka", "docs/scaffolds"] {
            assert_eq!(problems(good), 0, "{good}");
        }
    }

    #[test]
    fn only_actions_that_create_repositories_are_mapped_to_the_one_for_all() {
        let problems = |from: &str, to: &str| {
            let actions = BTreeMap::from([(from.to_owned(), to.to_owned())]);
            let settings = ScaffoldSettings { actions, ..ScaffoldSettings::default() };
            let found = settings.action_problems(|pointer| Place::file(pointer));
            found.iter().map(ToString::to_string).collect::<String>()
        };
        assert_eq!(problems("publish:github", "publish:git"), "");
        let found = problems("publish:githb", "publish:git");
        assert!(found.contains("did you mean `publish:github`?"), "{found}");
        let found = problems("publish:gitlab", "fs:delete");
        assert!(found.contains("`publish:gitlab` cannot be mapped to `fs:delete`"), "{found}");
    }

    #[test]
    fn the_token_s_servers_are_those_of_the_settings() {
        let of = |remote, hosts: &[&str]| settings(remote, hosts).servers();
        assert_eq!(of("https://{host}/{repo}", &["a.example"]), ["https://a.example/{repo}"]);
        assert_eq!(of("https://g.example/{host}", &["a.example"]), ["https://g.example/{host}"]);
        assert!(of("https://{host}/{repo}", &[]).is_empty());
        assert!(of("/srv/git/{repo}", &[]).is_empty());
    }
}
