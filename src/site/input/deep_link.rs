//! A row of the table of deep links: an annotation, and the address that its value makes.
//!
//! An address is a pattern with placeholders: `{value}` is the annotation, with its slashes; `{value.0}` is the
//! part before its first slash, `{value.1}` the next; `{name}`, `{namespace}` and `{kind}` are the entity's; any
//! other name is that annotation of the entity, with the same parts. Values are percent-encoded, except by
//! `{url}`, which is a whole pattern and takes the annotation as it is. An entity without one of the values has
//! no such link.

use crate::{catalog::Entity, site::text::address};

/// A row: an annotation, and the link that it makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeepLink {
    pub(crate) annotation: String,
    pub(crate) label: String,
    pub(crate) icon: String,
    pattern: Pattern,
}

/// Why a row of the settings is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeepLinkError {
    /// The pattern is no address of the web.
    #[error("`{0}` is not the beginning of a web address")]
    Scheme(String),
    /// The pattern has an unmatched brace, or a placeholder without a name.
    #[error("`{0}` has a brace that does not name anything")]
    Brace(String),
    /// There is no such icon.
    #[error("there is no icon `{0}`")]
    Icon(String),
}

/// An address with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// The name of a value, and which part of it.
    Placeholder(String, Option<usize>),
    /// The annotation, which is an address.
    Whole,
}

/// The icons of links.
const ICONS: [&str; 9] =
    ["board", "book", "chat", "code", "link", "log", "mail", "pipeline", "ticket"];

/// The built-in rows: annotation, label, icon, and address where it is the same for everybody. Rows without an
/// address need one in the settings.
pub(crate) const KNOWN: &[(&str, &str, &str, Option<&str>)] = &[
    ("github.com/project-slug", "GitHub", "code", Some("https://github.com/{value.0}/{value.1}")),
    (
        "github.com/project-slug",
        "GitHub Actions",
        "pipeline",
        Some("https://github.com/{value.0}/{value.1}/actions"),
    ),
    (
        "github.com/team-slug",
        "GitHub",
        "code",
        Some("https://github.com/orgs/{value.0}/teams/{value.1}"),
    ),
    ("github.com/user-login", "GitHub", "code", Some("https://github.com/{value}")),
    ("github.com/source-url", "GitHub", "code", Some("{url}")),
    ("gitlab.com/project-slug", "GitLab", "code", Some("https://{gitlab.com/instance}/{value}")),
    ("gitlab.com/project-slug", "GitLab", "code", Some("https://gitlab.com/{value}")),
    ("gitlab.com/source-url", "GitLab", "code", Some("{url}")),
    (
        "bitbucket.com/project-slug",
        "Bitbucket",
        "code",
        Some("https://bitbucket.org/{value.0}/{value.1}"),
    ),
    (
        "dev.azure.com/project-repo",
        "Azure Repos",
        "code",
        Some(
            "https://{dev.azure.com/host-org.0}/{dev.azure.com/host-org.1}/{value.0}/_git/{value.1}",
        ),
    ),
    (
        "dev.azure.com/build-definition",
        "Azure Pipelines",
        "pipeline",
        Some(
            "https://{dev.azure.com/host-org.0}/{dev.azure.com/host-org.1}/{dev.azure.com/project}/_build",
        ),
    ),
    (
        "circleci.com/project-slug",
        "CircleCI",
        "pipeline",
        Some("https://app.circleci.com/pipelines/{value.0}/{value.1}/{value.2}"),
    ),
    ("jenkins.io/job-full-name", "Jenkins", "pipeline", None),
    ("argocd/app-name", "Argo CD", "pipeline", None),
    ("backstage.io/kubernetes-id", "Kubernetes", "board", None),
    ("quay.io/repository-slug", "Quay", "code", Some("https://quay.io/repository/{value}")),
    ("sonarqube.org/project-key", "SonarQube", "board", None),
    (
        "sentry.io/project-slug",
        "Sentry",
        "log",
        Some("https://sentry.io/organizations/{value.0}/projects/{value.1}/"),
    ),
    ("grafana/dashboard-selector", "Grafana", "board", None),
    ("datadoghq.com/dashboard-url", "Datadog", "board", Some("{url}")),
    (
        "newrelic.com/dashboard-guid",
        "New Relic",
        "board",
        Some("https://one.newrelic.com/redirect/entity/{value}"),
    ),
    ("kiali.io/namespace", "Kiali", "board", None),
    ("lighthouse.com/website-url", "Website", "link", Some("{url}")),
    ("pagerduty.com/service-id", "PagerDuty", "chat", None),
    ("opsgenie.com/component-selector", "Opsgenie", "chat", None),
    ("jira/project-key", "Jira", "ticket", None),
    ("jira.com/project-key", "Jira", "ticket", None),
    ("dependencytrack/project-id", "Dependency-Track", "board", None),
    ("vault.io/secrets-path", "Vault", "code", None),
];

impl DeepLink {
    /// Makes a row. Without a label or icon, it has those of the built-in row of the annotation; without one, the
    /// label is the annotation.
    ///
    /// # Errors
    /// When the pattern or the icon is invalid.
    pub fn new(
        annotation: &str,
        label: Option<&str>,
        icon: Option<&str>,
        url: &str,
    ) -> Result<Self, DeepLinkError> {
        let pattern = Pattern::parse(url)?;
        let known = KNOWN.iter().find(|(name, ..)| *name == annotation);
        let label = label.or(known.map(|known| known.1)).unwrap_or(annotation);
        let icon = icon.or(known.map(|known| known.2)).unwrap_or("link");
        if !ICONS.contains(&icon) {
            return Err(DeepLinkError::Icon(icon.to_owned()));
        }
        let [annotation, label, icon] = [annotation, label, icon].map(str::to_owned);
        Ok(Self { annotation, label, icon, pattern })
    }
}

impl DeepLink {
    /// The address for an entity whose annotation has this value. `None` when a placeholder has no value, or
    /// the address is not one of the web.
    pub(crate) fn address(&self, entity: &Entity, value: &str) -> Option<String> {
        self.pattern.fill(entity, value)
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, DeepLinkError> {
        if text == "{url}" {
            return Ok(Self(vec![Piece::Whole]));
        }
        if !text.starts_with("https://") && !text.starts_with("http://") {
            return Err(DeepLinkError::Scheme(text.to_owned()));
        }
        let wrong = || DeepLinkError::Brace(text.to_owned());
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or_else(wrong)?;
            if before.contains('}') || name.is_empty() || name.contains('{') || name == "url" {
                return Err(wrong());
            }
            pieces.push(Piece::Text(before.to_owned()));
            let part = name
                .rsplit_once('.')
                .and_then(|(name, part)| Some((name.to_owned(), part.parse().ok()?)));
            let (name, part) =
                part.map_or_else(|| (name.to_owned(), None), |(name, part)| (name, Some(part)));
            pieces.push(Piece::Placeholder(name, part));
            rest = after;
        }
        if rest.contains('}') {
            return Err(wrong());
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }

    fn fill(&self, entity: &Entity, value: &str) -> Option<String> {
        let mut address = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => address.push_str(text),
                Piece::Whole => address.push_str(value),
                Piece::Placeholder(name, part) => {
                    let text = match name.as_str() {
                        "value" => value,
                        "name" => entity.name(),
                        "namespace" => entity.namespace(),
                        "kind" => entity.reference.kind(),
                        other => entity.annotation(other)?,
                    };
                    let text = match part {
                        Some(part) => text.split('/').nth(*part)?,
                        None => text,
                    };
                    // `..` and empty parts would change the path around the placeholder.
                    if text.split('/').any(|part| matches!(part.trim(), "" | "." | "..")) {
                        return None;
                    }
                    address.push_str(&address::path(text));
                }
            }
        }
        address::external(&address).filter(|address| !address.starts_with("mailto:"))
    }
}
