//! Links made of annotations: which annotation leads where, and the address that it makes.
//!
//! One table: the rows of the settings, then those built in for annotations that they do not name. An
//! address is a pattern with places: `{value}` is the annotation, with its slashes; `{value.0}` the
//! part before its first slash, `{value.1}` the next; `{name}`, `{namespace}` and `{kind}` are the
//! entity's; any other name is that annotation of the entity, with the same parts. What is filled in is
//! percent-encoded, except by `{url}`, which is the whole pattern and takes the annotation as it is.
//! Where something is missing there is no link.

use std::collections::HashMap;

use super::facts::{self, Link};
use crate::{catalog::Entity, site::text::address};

/// An annotation that leads somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeepLink {
    annotation: String,
    label: String,
    icon: String,
    pattern: Pattern,
}

/// Why a row of the settings is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeepLinkError {
    /// It leads to no address of the web.
    #[error("`{0}` is not the beginning of a web address")]
    Scheme(String),
    /// A brace without its partner, or a place without a name.
    #[error("`{0}` has a brace that does not name anything")]
    Brace(String),
    /// There is no such icon.
    #[error("there is no icon `{0}`")]
    Icon(String),
}

/// An address with places.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// What is named, and which part of it.
    Place(String, Option<usize>),
    /// The annotation, which is an address.
    Whole,
}

/// Icons that links can have.
const ICONS: [&str; 9] =
    ["board", "book", "chat", "code", "link", "log", "mail", "pipeline", "ticket"];

/// Annotations that people know: what the link is called, its icon, and its address where it is the
/// same for everybody. The settings complete the others.
const KNOWN: &[(&str, &str, &str, Option<&str>)] = &[
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
    /// Makes a row of the table. Label and icon may be missing: annotations that people know have them,
    /// others are called by their name.
    ///
    /// # Errors
    /// When the row can make no link.
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
            pieces.push(Piece::Place(name, part));
            rest = after;
        }
        if rest.contains('}') {
            return Err(wrong());
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }

    /// The address for an entity with this value; `None` when something is missing or it is no address
    /// of the web.
    fn fill(&self, entity: &Entity, value: &str) -> Option<String> {
        let mut address = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => address.push_str(text),
                Piece::Whole => address.push_str(value),
                Piece::Place(name, part) => {
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
                    // A part that steps up would lead to another place than the one meant.
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

/// The table of one portal, by annotation.
#[derive(Debug)]
pub(crate) struct DeepLinks(HashMap<String, Vec<DeepLink>>);

impl DeepLinks {
    /// Joins the rows of the settings with those built in.
    pub(crate) fn new(settings: &[DeepLink]) -> Self {
        let mut rows: HashMap<String, Vec<DeepLink>> = HashMap::new();
        for row in settings {
            rows.entry(row.annotation.clone()).or_default().push(row.clone());
        }
        let own: Vec<String> = rows.keys().cloned().collect();
        for (annotation, label, icon, url) in KNOWN {
            let Some(url) = url.filter(|_| !own.iter().any(|name| name == annotation)) else {
                continue;
            };
            if let Ok(row) = DeepLink::new(annotation, Some(label), Some(icon), url) {
                rows.entry(row.annotation.clone()).or_default().push(row);
            }
        }
        Self(rows)
    }

    /// The links that the annotations of an entity make, each place once, without those that `given`
    /// lead to. An annotation that no row knows and that is an address itself is a link, too.
    pub(crate) fn of<'a>(&'a self, entity: &'a Entity, given: &[Link<'a>]) -> Vec<Link<'a>> {
        let annotations = entity.value("/metadata/annotations");
        let Some(annotations) = annotations.and_then(serde_json::Value::as_object) else {
            return Vec::new();
        };
        let mut links: Vec<Link<'a>> = Vec::new();
        let mut add = |title: &'a str, icon: &'a str, url: String| {
            let is_same = |link: &Link<'_>| {
                link.url
                    .as_deref()
                    .is_some_and(|other| other.trim_end_matches('/') == url.trim_end_matches('/'))
            };
            if !given.iter().chain(&links).any(is_same) {
                links.push(Link { title, host: address::host(&url), icon, url: Some(url) });
            }
        };
        for (name, value) in annotations {
            let Some(value) = value.as_str() else { continue };
            let mut made: Vec<&str> = Vec::new();
            for row in self.0.get(name).into_iter().flatten() {
                // Rows of the same label are ways to the same place: the first that leads there.
                if !made.contains(&&*row.label)
                    && let Some(url) = row.pattern.fill(entity, value)
                {
                    made.push(&row.label);
                    add(&row.label, &row.icon, url);
                }
            }
            if !self.0.contains_key(name)
                && !name.starts_with("backstage.io/")
                && value.starts_with("http")
                && let Some(url) = address::external(value)
            {
                let title = name.rsplit('/').next().unwrap_or(name);
                add(title, facts::icon("", title, value), url);
            }
        }
        links
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::catalog::load::reference_of;

    fn entity(annotations: &serde_json::Value) -> Entity {
        let document =
            json!({"kind": "Component", "metadata": {"name": "cart", "annotations": annotations}});
        Entity::new(reference_of(&document), Arc::new(document), Vec::new())
    }

    fn links(settings: &[DeepLink], annotations: &serde_json::Value) -> Vec<String> {
        let (table, entity) = (DeepLinks::new(settings), entity(annotations));
        let links = table.of(&entity, &[]);
        links.iter().map(|l| format!("{} {}", l.title, l.url.clone().unwrap_or_default())).collect()
    }

    fn row(annotation: &str, url: &str) -> DeepLink {
        DeepLink::new(annotation, None, None, url).expect("a row")
    }

    #[test]
    fn known_annotations_need_no_settings() {
        let annotations = json!({
            "github.com/project-slug": "acme/cart",
            "gitlab.com/project-slug": "a/b/c",
            "dev.azure.com/host-org": "dev.azure.com/acme",
            "dev.azure.com/project-repo": "On line/cart",
            "jira/project-key": "CART",
        });
        assert_eq!(
            links(&[], &annotations),
            [
                "GitHub https://github.com/acme/cart",
                "GitHub Actions https://github.com/acme/cart/actions",
                "GitLab https://gitlab.com/a/b/c",
                "Azure Repos https://dev.azure.com/acme/On%20line/_git/cart",
            ]
        );
    }

    #[test]
    fn settings_complete_and_replace_what_is_built_in() {
        let settings = [
            row("jira/project-key", "https://jira.acme.example/browse/{value}?by={name}"),
            row("github.com/project-slug", "https://ghe.acme.example/{value}"),
        ];
        let annotations =
            json!({"github.com/project-slug": "acme/cart", "jira/project-key": "C A"});
        assert_eq!(
            links(&settings, &annotations),
            [
                "GitHub https://ghe.acme.example/acme/cart",
                "Jira https://jira.acme.example/browse/C%20A?by=cart",
            ]
        );
    }

    #[test]
    fn an_instance_comes_before_the_public_one_and_addresses_speak_for_themselves() {
        let annotations = json!({
            "gitlab.com/instance": "git.acme.example", "gitlab.com/project-slug": "a/b",
            "acme.example/runbook": "https://wiki.acme.example/cart",
            "backstage.io/view-url": "https://git.acme.example/x",
        });
        assert_eq!(
            links(&[], &annotations),
            ["GitLab https://git.acme.example/a/b", "runbook https://wiki.acme.example/cart"]
        );
    }

    #[test]
    fn rows_that_can_make_no_link_are_refused() {
        for bad in ["javascript:{value}", "{value}", "ftp://x/{value}", "//x/{value}", "https"] {
            let error = DeepLink::new("a", None, None, bad).expect_err(bad);
            assert!(matches!(error, DeepLinkError::Scheme(_)), "{bad}");
        }
        for bad in
            ["https://x/{", "https://x/}", "https://x/{}", "https://x/{url}", "https://x/{a{b}"]
        {
            let error = DeepLink::new("a", None, None, bad).expect_err(bad);
            assert!(matches!(error, DeepLinkError::Brace(_)), "{bad}");
        }
        let error = DeepLink::new("a", None, Some("skull"), "https://x/").expect_err("no icon");
        assert_eq!(error, DeepLinkError::Icon("skull".into()));
    }

    proptest! {
        #[test]
        fn a_value_never_leaves_its_place(value in ".{0,24}") {
            let settings = [row("x", "https://a.example/in/{value}?q={value.0}#f")];
            for link in links(&settings, &json!({"x": value})) {
                let url = link.strip_prefix("x ").expect("the title");
                let parsed = url::Url::parse(url).expect("an address");
                prop_assert_eq!(parsed.host_str(), Some("a.example"));
                prop_assert!(parsed.path().starts_with("/in/"), "{}", url);
                prop_assert_eq!(parsed.fragment(), Some("f"));
                prop_assert_eq!(parsed.query_pairs().count(), 1);
            }
        }
    }
}
