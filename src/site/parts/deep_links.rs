//! Links that the annotations of an entity make, such as to its dashboard or its pipeline.
//!
//! The table has the rows of the settings, then the built-in rows of annotations that the settings do not name.

use std::collections::HashMap;

use super::facts::{self, Link};
use crate::{
    catalog::Entity,
    site::{
        input::deep_link::{DeepLink, KNOWN},
        text::address,
    },
};

/// The table, by annotation.
#[derive(Debug)]
pub(crate) struct DeepLinks(HashMap<String, Vec<DeepLink>>);

impl DeepLinks {
    /// Joins the rows of the settings with the built-in ones.
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

    /// The links that the annotations of an entity make, each address once, without those of `given`. An annotation
    /// without a row whose value is an address is a link, too.
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
                // Of rows with the same label, the first that makes an address is used.
                if !made.contains(&&*row.label)
                    && let Some(url) = row.address(entity, value)
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
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{catalog::testing, site::DeepLinkError};

    fn entity(annotations: &serde_json::Value) -> Entity {
        let document =
            json!({"kind": "Component", "metadata": {"name": "cart", "annotations": annotations}});
        testing::entity(document)
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
    fn settings_add_to_the_built_in_table_and_replace_its_rows() {
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
    fn an_instance_replaces_the_public_host_and_full_addresses_stay() {
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
    fn rows_that_cannot_make_a_link_are_refused() {
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
        fn a_value_changes_only_its_part_of_the_address(value in ".{0,24}") {
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
