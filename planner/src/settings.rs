//! What the portal's settings say about scaffolding.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    base::{
        author::Author,
        forges::ForgeHost,
        leaks::Exceptions,
        origin::{self, Origin, server_of},
        path::RelativePath,
    },
    catalog::EntityRef,
    effect::Target,
};

/// What the portal's settings say about scaffolding.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The author of commits, unless a template sets another.
    pub author: Author,
    /// Where `publish:git` makes repositories.
    pub repositories: Repositories,
    /// Folders of the portal that `callboard:portal:write` may write to; see [`is_writable_folder`].
    pub portal_folders: Vec<RelativePath>,
    /// Hosts of repositories by their names (with a port if they have one), beside the public ones.
    pub hosts: BTreeMap<String, ForgeHost>,
    /// Actions that stand for others: `publish:git` by the name of an action of [`MAPPED`](crate::actions::MAPPED).
    pub actions: BTreeMap<String, String>,
    /// How mistakes in expressions are taken where a template does not say it.
    pub expressions: Expressions,
    /// Exceptions for values of requests that look like credentials and are not.
    pub exceptions: Exceptions,
    /// Secrets that templates may send, by their names in templates.
    pub secrets: BTreeMap<String, TemplateSecret>,
    /// The webhook that notifications go to; none without it.
    pub notifications: Option<Webhook>,
    /// How notifications are mailed to people; not at all without it.
    pub mail: Option<MailSettings>,
    /// Clusters, servers of Argo CD and others, by the names that steps use.
    pub servers: BTreeMap<String, Server>,
    /// The names of the credential of each origin.
    pub credentials: Vec<(Origin, CredentialNames)>,
}

impl Settings {
    /// Settings that say nothing but who commits.
    pub fn of_author(name: &str, email: &str) -> Self {
        Self {
            author: Author { name: name.to_owned(), email: email.to_owned() },
            repositories: Repositories::default(),
            portal_folders: Vec::new(),
            actions: BTreeMap::new(),
            hosts: BTreeMap::new(),
            expressions: Expressions::Strict,
            exceptions: Exceptions::default(),
            secrets: BTreeMap::new(),
            notifications: None,
            mail: None,
            servers: BTreeMap::new(),
            credentials: Vec::new(),
        }
    }
}

/// A server that steps name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// What it is.
    pub kind: ServerKind,
    /// Its address without a slash at its end.
    pub url: String,
}

/// Kinds of servers that steps name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// A cluster of Kubernetes.
    Kubernetes,
    /// Argo CD.
    ArgoCd,
    /// A server with an API of which nothing is known.
    Http,
}

impl ServerKind {
    /// The word in the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::ArgoCd => "argo-cd",
            Self::Http => "http",
        }
    }
}

/// A secret that templates may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateSecret {
    /// The environment variable that has it.
    pub variable: String,
    /// The templates that may send it.
    pub templates: Vec<EntityRef>,
}

/// The address that notifications are posted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Webhook {
    /// The address; the credential is that of its origin.
    Url(String),
    /// The environment variable that has the whole address, which is a secret by itself.
    Variable(String),
}

impl Webhook {
    /// What an effect changes that sends a notification to it.
    pub(crate) fn target(&self) -> Target {
        match self {
            Self::Url(url) => {
                let origin = server_of(url).unwrap_or(url);
                Target { origin: origin.to_owned(), path: url[origin.len()..].to_owned() }
            }
            Self::Variable(name) => Target { origin: "webhook".to_owned(), path: name.clone() },
        }
    }

    /// The name of the variable with a secret that it needs.
    pub(crate) fn secret(&self, settings: &Settings) -> Option<String> {
        match self {
            Self::Url(url) => settings.credential_of(url).map(|names| names.token.clone()),
            Self::Variable(name) => Some(name.clone()),
        }
    }
}

/// How notifications are mailed to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// The mail server: `smtps://host` or `smtp://host`, with a port if it is not the usual one.
    pub server: String,
    /// Who sends: an address of mail, which may have a name before it.
    pub from: String,
    /// The account on the server, and the environment variable with its password.
    pub account: Option<(String, String)>,
    /// The environment variable with the certificate authority of the server.
    pub ca: Option<String>,
}

impl MailSettings {
    /// What an effect changes that mails a notification.
    pub(crate) fn target(&self, address: &str) -> Target {
        Target { origin: self.server.clone(), path: format!("/{address}") }
    }

    /// The names of the variables that it needs.
    pub(crate) fn variables(&self) -> Vec<String> {
        self.account.iter().map(|(_, password)| password).chain(&self.ca).cloned().collect()
    }
}

/// Folders at the root of a portal whose files decide what Callboard does, in any case.
const RESERVED: &[&str] = &["catalog-data", "scaffolds", "site-templates"];

/// True for a folder that the settings may let requests write to: not the portal itself, none with a dot in front,
/// such as `.git` and `.github`, and none that has settings, sources, entities, templates or requests.
pub fn is_writable_folder(folder: &RelativePath) -> bool {
    let folded = folder.folded();
    let first = folded.split('/').next().unwrap_or_default();
    folder.check_portable().is_ok()
        && !first.starts_with('.')
        && first != "callboard.yaml"
        && !RESERVED.contains(&first)
}

/// How mistakes in the expressions of a template are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expressions {
    /// They are errors.
    #[default]
    Strict,
    /// The text stays as it is written, as in Backstage.
    Lenient,
}

/// Names of the environment variables with a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialNames {
    /// The variable with the token or password.
    pub token: String,
    /// The variable with the user name, where a password belongs to one.
    pub user: Option<String>,
    /// How an API gets it; as the forge wants it without this.
    pub form: Option<CredentialForm>,
}

/// How a credential is sent to an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialForm {
    /// `Authorization: Bearer …`.
    Bearer,
    /// `Authorization: Basic …`, with the user or without one.
    Basic,
    /// `PRIVATE-TOKEN: …`, as GitLab also takes it.
    PrivateToken,
    /// `JOB-TOKEN: …`, for the `CI_JOB_TOKEN` of a job of GitLab; git gets it with the user `gitlab-ci-token`.
    JobToken,
}

/// The placeholder for the host of a `repoUrl` in [`RepositoryHome::Remote`] and [`Repositories::url`].
pub const HOST: &str = "{host}";

/// Where new repositories are made, and their addresses for people.
#[derive(Debug, Clone, Default)]
pub struct Repositories {
    /// Where they are made; without it `publish:git` cannot be planned.
    pub home: Option<RepositoryHome>,
    /// URL at which people reach them, with `{host}`, `{organization}`, `{owner}` (or `{project}`)
    /// and `{repo}`.
    pub url: Option<String>,
    /// Hosts that may stand for `{host}`: a request chooses among them.
    pub hosts: Vec<String>,
}

/// Where new repositories are made.
#[derive(Debug, Clone)]
pub enum RepositoryHome {
    /// Bare repositories `<owner>/<repo>.git` below a directory, relative to the portal.
    Directory(PathBuf),
    /// A remote that makes them on the first push, or has them empty; placeholders as in
    /// [`Repositories::url`].
    Remote(String),
}

impl Settings {
    /// The host of this name: one of the settings, or a public one.
    pub(crate) fn host(&self, name: &str) -> Option<ForgeHost> {
        self.hosts.get(name).cloned().or_else(|| ForgeHost::public(name))
    }

    /// The names of the secrets that a template may send.
    pub(crate) fn secrets_of(&self, template: &EntityRef) -> impl Iterator<Item = &str> {
        let may = |(_, secret): &(&String, &TemplateSecret)| secret.templates.contains(template);
        self.secrets.iter().filter(may).map(|(name, _)| name.as_str())
    }

    /// The names of the credential that a URL needs: those of the nearest origin.
    pub fn credential_of(&self, url: &str) -> Option<&CredentialNames> {
        let all = self.credentials.iter().map(|(origin, names)| (origin, names));
        origin::nearest(all, url)
    }
}
