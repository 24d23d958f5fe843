//! `callboard.yaml`: parses and checks the settings of a portal, and gives each job its part.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    exit::Failure,
    settings_access::OriginAccess,
    settings_credentials::CredentialSettings,
    settings_deep_links::{self, DeepLinkSettings},
    settings_forges::ForgeSettings,
    settings_look::FooterSettings,
    settings_notifications::NotificationSettings,
    settings_scaffold::ScaffoldSettings,
    settings_secrets::SecretSettings,
    settings_servers::ServerSettings,
    settings_sign_in::SignInSettings,
};
use crate::{
    base::{
        clock,
        diagnostics::{Diagnostic, Place},
        environment::{Environment, GIT_TOKEN},
        files::{Directory, Files},
        http::Tls,
        leaks::Exceptions,
        origin::Origin,
        path::shown,
        text::did_you_mean,
        yaml::{self, EntryPart, FormatVersion, YamlText},
    },
    git::{
        self, commit,
        transport::{self, trust},
    },
    scaffold::{self, Expressions, Repositories, RepositoryHome},
    site,
};

/// Folders of a portal that the program reads or writes, besides files that settings name.
const FOLDERS: [&str; 9] = [
    ".callboard",
    "catalog-data/docs",
    "catalog-data/entities",
    "catalog-data/manual",
    "catalog-data/sources",
    "catalog-data/templates",
    "scaffolds/requests",
    "scaffolds/templates",
    "site-templates",
];

/// Name of the settings file.
pub(super) const FILE: &str = "callboard.yaml";
/// The newest version of the file that this program reads.
pub(super) const VERSION: u32 = 1;

/// The settings of one portal.
#[derive(Debug)]
pub(super) struct Settings {
    /// Directory of the portal.
    pub(super) portal: PathBuf,
    /// Environment variables.
    pub(super) environment: Environment,
    /// The time of this run.
    pub(super) now: Timestamp,
    /// The content of the file.
    pub(super) file: SettingsFile,
    /// How each origin is reached.
    pub(super) access: Vec<OriginAccess>,
    /// Authorities that servers are trusted by in addition.
    pub(super) trusted: Vec<(Origin, Tls)>,
}

/// Settings of a portal: `callboard.yaml`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsFile {
    /// Version of the format of this file; 1 when missing.
    #[serde(default)]
    #[expect(dead_code, reason = "reading it refuses the file of a newer program")]
    pub(super) version: FormatVersion<VERSION>,
    /// Name of the company or portal, shown on every page.
    pub(super) title: String,
    /// Sources in the order in which they are read; the fields of a later one win.
    #[serde(default)]
    pub(super) sources: Vec<String>,
    /// Sources that may have entities which another source has, too: they are merged, the later source
    /// being stronger. Of other sources only the stronger one is kept, and the other is an error.
    #[serde(default)]
    pub(super) overlapping_sources: Vec<String>,
    /// The site.
    #[serde(default)]
    pub(super) site: SiteSettings,
    /// The author of commits.
    #[serde(default)]
    pub(super) author: Author,
    /// Whether this is the portal of the sample company: its two APIs then answer from within the program, unless
    /// `LA_CARTO_URL` and `ORG_URL` say where they are.
    #[serde(default)]
    pub(super) sample: bool,
    /// Scaffolding.
    #[serde(default)]
    pub(super) scaffold: ScaffoldSettings,
    /// Exceptions for values that look like credentials and are not.
    #[serde(default)]
    pub(super) secrets: SecretSettings,
    /// Names of the environment variables with the credentials of servers, by origin (`https://host` or
    /// `https://host/path`). A credential is sent to its origin only.
    #[serde(default)]
    pub(super) credentials: CredentialSettings,
    /// The company's own hosts of repositories, by their names.
    #[serde(default)]
    pub(super) forges: ForgeSettings,
    /// Clusters of Kubernetes, servers of Argo CD and others, by the names that steps use.
    #[serde(default)]
    pub(super) servers: ServerSettings,
}

/// Settings of the site.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteSettings {
    /// Languages of the pages, such as `[en, fr]`: the first at the root, each other in its own folder.
    /// English when missing.
    #[serde(default)]
    pub(super) languages: Vec<String>,
    /// Address of the site, such as `https://portal.example/`: for feeds, the sitemap, search from the
    /// browser's bar and whatever else needs whole addresses.
    pub(super) url: Option<String>,
    /// Accent colour: any CSS colour.
    pub(super) accent: Option<String>,
    /// The logo in the bar at the top of each page: an SVG or PNG file, relative to the portal.
    pub(super) logo: Option<String>,
    /// The logo of the dark theme, when it is another file.
    pub(super) logo_dark: Option<String>,
    /// The icon of the site in the tabs of browsers: an SVG or PNG file.
    pub(super) favicon: Option<String>,
    /// Links at the bottom of every page.
    #[serde(default)]
    pub(super) footer: Vec<FooterSettings>,
    /// Page of the forge that makes a new file in the portal's repository; `{path}` is replaced by
    /// the file's path. The form of a template ends there.
    pub(super) new_file_url: Option<String>,
    /// Annotations whose values become links, besides the built-in ones.
    #[serde(default)]
    pub(super) deep_links: Vec<DeepLinkSettings>,
    /// Path at which the site is served, such as `/portal/`; only the page for missing addresses
    /// needs it. The path of `url` when missing.
    pub(super) base_path: Option<String>,
    /// Sign-in with an `OpenID` provider such as Keycloak; without it, visitors choose their name.
    pub(super) sign_in: Option<SignInSettings>,
    /// Whether browsers keep search, and the pages that somebody has seen, for when there is no network.
    #[serde(default)]
    pub(super) offline: bool,
}

/// Author of the commits that Callboard makes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Author {
    /// Name.
    pub(super) name: String,
    /// Address.
    pub(super) email: String,
}

impl Default for Author {
    fn default() -> Self {
        Self { name: "Callboard".into(), email: "callboard@localhost".into() }
    }
}

impl SettingsFile {
    /// Problems that the JSON Schema does not express: keys that exclude each other, the same name twice.
    fn problems(&self, text: &YamlText) -> Vec<Diagnostic> {
        let at = |pointer: &str| Place::at(FILE, text.locate(0, pointer, EntryPart::Value));
        let wrong = |pointer: &str, message: String| {
            Diagnostic::error("invalid-settings", at(pointer), message)
        };
        let mut problems = Vec::new();
        for (index, name) in self.sources.iter().enumerate() {
            if self.sources[..index].contains(name) {
                let message = format!("the source `{name}` is there twice");
                problems.push(wrong(&format!("/sources/{index}"), message));
            }
        }
        for (index, name) in self.overlapping_sources.iter().enumerate() {
            if !self.sources.contains(name) {
                let message = format!("`{name}` is not one of the `sources`");
                let hint = did_you_mean(name, self.sources.iter().map(String::as_str));
                let problem = wrong(&format!("/overlapping_sources/{index}"), message);
                problems.push(problem.hint_opt(hint));
            }
        }
        problems.extend(settings_deep_links::problems(&self.site.deep_links, at));
        problems.extend(self.site.look_problems(at));
        if self.scaffold.repositories.is_some() && self.scaffold.remote.is_some() {
            let message = "`scaffold.repositories` and `scaffold.remote` exclude each other";
            problems.push(wrong("/scaffold/remote", message.into()).hint("keep one of the two"));
        }
        if let Err((pointer, error)) = self.secrets.exceptions() {
            let problem = wrong(&format!("/secrets{pointer}"), error.message);
            problems.push(problem.hint_opt(error.hint));
        }
        problems.extend(self.scaffold.host_problems(at));
        problems.extend(self.scaffold.action_problems(at));
        problems.extend(self.scaffold.runs.problem(at));
        problems.extend(self.credentials.problems(&self.forges.hosts(), at));
        problems.extend(self.forges.problems(at));
        problems.extend(self.servers.problems(at));
        problems.extend(self.scaffold.folder_problems(at));
        problems.extend(self.scaffold.notifications.iter().flat_map(|all| all.problems(at)));
        problems.extend(self.scaffold.secrets.problems(at));
        if let Some((key, message, hint)) =
            self.site.sign_in.as_ref().and_then(SignInSettings::problem)
        {
            problems.push(wrong(&format!("/site/sign_in/{key}"), message).hint(hint));
        }
        problems
    }
}

impl Settings {
    /// Reads the settings of the portal in `portal`.
    pub(super) fn load(portal: &Path) -> Result<Self, Failure> {
        Self::load_with(portal, Environment::from_process())
    }

    /// Reads the settings of the portal in `portal`, for a run with this environment.
    pub(super) fn load_with(portal: &Path, environment: Environment) -> Result<Self, Failure> {
        Self::read(portal, environment)?.map_err(|problems| {
            let texts: Vec<_> = problems.iter().map(Diagnostic::text).collect();
            Failure::Usage(anyhow!(texts.join("\n")))
        })
    }

    /// Reads the settings of the portal in `portal`; their problems are a list of diagnostics.
    pub(super) fn read(
        portal: &Path,
        environment: Environment,
    ) -> Result<Result<Self, Vec<Diagnostic>>, Failure> {
        let files = Directory::new(portal);
        files.check(&FOLDERS)?;
        let text = files.text(FILE)?.ok_or_else(|| {
            Failure::Usage(anyhow!(
                "there is no `{FILE}` in `{}`\nhint: a portal has one; `-C DIR` names its directory",
                shown(portal)
            ))
        })?;
        let file: SettingsFile = match yaml::from_versioned_str(&text, VERSION) {
            Ok(file) => file,
            Err(error) => {
                let (place, (message, hint)) = (Place::at(FILE, error.position), error.explain());
                return Ok(Err(vec![
                    Diagnostic::error("invalid-settings", place, message).hint_opt(hint),
                ]));
            }
        };
        let text = text.into();
        let mut problems = file.problems(&text);
        let at = |pointer: &str| Place::at(FILE, text.locate(0, pointer, EntryPart::Value));
        let hosts = file.forges.hosts();
        let trusted = match file.credentials.authorities(&files, &environment, &hosts, at) {
            Ok(trusted) if problems.is_empty() => trusted,
            Ok(_) => return Ok(Err(problems)),
            Err(others) => {
                problems.extend(others);
                return Ok(Err(problems));
            }
        };
        if environment.secret(GIT_TOKEN).is_some() {
            // The token is sent to the server of the portal's own repository, and to those of the settings.
            git::remote_of(portal).iter().chain(&file.scaffold.servers()).for_each(|u| trust(u));
        }
        let access = file.credentials.access(&environment, &hosts);
        for OriginAccess { origin, credential, .. } in &access {
            if let Ok((_, git)) = credential {
                transport::add_credential(origin.clone(), git.clone());
            }
        }
        for (origin, tls) in &trusted {
            transport::add_authorities(origin.clone(), tls.clone());
        }
        let now = clock::now(environment.get("SOURCE_DATE_EPOCH"));
        Ok(Ok(Self { portal: portal.to_owned(), environment, now, file, access, trusted }))
    }
}

impl Settings {
    /// Names of the environment variables with the secrets of the settings, for jobs that have to pass them.
    pub(super) fn secret_variables(&self) -> BTreeSet<String> {
        let mut names = self.file.credentials.variables();
        names.extend(self.file.scaffold.secret_variables());
        names.remove(GIT_TOKEN);
        names
    }

    /// Author of the commits that Callboard makes.
    pub(super) fn author(&self) -> commit::Author {
        let Author { name, email } = &self.file.author;
        commit::Author { name: name.clone(), email: email.clone() }
    }

    /// Whether requesters are told how their runs ended.
    pub(super) fn tells_requesters(&self) -> bool {
        self.file.scaffold.notifications.as_ref().is_some_and(|notifications| notifications.runs)
    }

    /// The settings of the site.
    pub(super) fn site(&self) -> Result<site::Settings, Failure> {
        let file = &self.file.site;
        let languages = match file.languages.as_slice() {
            [] => vec!["en".into()],
            some => some.to_vec(),
        };
        let [logo, logo_dark, favicon] = file.read_images(&self.portal)?;
        Ok(site::Settings {
            title: self.file.title.clone(),
            languages,
            url: file.url.as_ref().map(|url| format!("{}/", url.trim_end_matches('/'))),
            accent: file.accent.clone(),
            logo,
            logo_dark,
            favicon,
            footer: file.footer(),
            new_file_url: file.new_file_url.clone(),
            deep_links: settings_deep_links::rows(&file.deep_links),
            base_path: file.base_path(),
            sign_in: file.sign_in.as_ref().map(SignInSettings::resolve),
            offline: file.offline,
            live_runs: self.file.scaffold.runs.live.clone(),
        })
    }

    /// The settings of scaffolding.
    pub(super) fn scaffold(&self) -> scaffold::Settings {
        let file = &self.file.scaffold;
        let directory = file.repositories.clone().map(RepositoryHome::Directory);
        let home = directory.or_else(|| file.remote.clone().map(RepositoryHome::Remote));
        scaffold::Settings {
            author: self.author(),
            repositories: Repositories { home, url: file.url.clone(), hosts: file.hosts.clone() },
            portal_folders: file.portal_folders(),
            hosts: self.file.forges.hosts(),
            actions: file.actions.clone(),
            expressions: self.expressions(),
            exceptions: self.exceptions(),
            secrets: file.secrets.secrets(),
            notifications: file.notifications.as_ref().and_then(NotificationSettings::webhook),
            mail: file.notifications.as_ref().and_then(NotificationSettings::mail),
            servers: self.file.servers.servers(),
            credentials: self.file.credentials.names(),
        }
    }

    /// How mistakes in expressions of templates are taken.
    pub(super) fn expressions(&self) -> Expressions {
        self.file.scaffold.expressions.into()
    }

    /// Exceptions for values that look like credentials and are not.
    pub(super) fn exceptions(&self) -> Exceptions {
        // Settings with unusable exceptions were refused when they were read.
        self.file.secrets.exceptions().unwrap_or_default()
    }
}
