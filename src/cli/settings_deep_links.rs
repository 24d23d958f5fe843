//! `site.deep_links` of `callboard.yaml`: annotations whose values become links.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    base::diagnostics::{Diagnostic, Place},
    site::{DeepLink, DeepLinkError},
};

/// An annotation whose value becomes a link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeepLinkSettings {
    /// The annotation, such as `jira/project-key`. It replaces a built-in rule for the same annotation.
    annotation: String,
    /// Title of the link; built-in annotations have one.
    label: Option<String>,
    /// `board`, `book`, `chat`, `code`, `link`, `log`, `mail`, `pipeline` or `ticket`.
    icon: Option<String>,
    /// Where it leads, such as `https://jira.example.com/browse/{value}`. `{value.0}` is the part of the
    /// value before its first slash, `{name}` the entity's name, any other name in braces that
    /// annotation of the entity; `{url}` alone is the value itself.
    url: String,
}

impl DeepLinkSettings {
    fn parse(&self) -> Result<DeepLink, DeepLinkError> {
        DeepLink::new(&self.annotation, self.label.as_deref(), self.icon.as_deref(), &self.url)
    }
}

/// The rows without problems.
pub(super) fn rows(settings: &[DeepLinkSettings]) -> Vec<DeepLink> {
    settings.iter().filter_map(|row| row.parse().ok()).collect()
}

/// The problems of the other rows.
pub(super) fn problems(
    settings: &[DeepLinkSettings],
    at: impl Fn(&str) -> Place,
) -> Vec<Diagnostic> {
    let problem = |(index, row): (usize, &DeepLinkSettings)| {
        let error = row.parse().err()?;
        let (field, hint) = match &error {
            DeepLinkError::Scheme(_) => {
                ("url", "begin with `https://` or `http://`, or write `{url}`")
            }
            DeepLinkError::Brace(_) => {
                ("url", "write `{value}`, `{value.0}`, `{name}` or an annotation")
            }
            DeepLinkError::Icon(_) => {
                ("icon", "write one that the description of the setting names")
            }
        };
        let place = at(&format!("/site/deep_links/{index}/{field}"));
        Some(Diagnostic::error("invalid-settings", place, error.to_string()).hint(hint))
    };
    settings.iter().enumerate().filter_map(problem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::yaml;

    #[test]
    fn rows_that_make_no_link_are_diagnostics() {
        let text = "- {annotation: a, url: 'https://x.example/{value}'}\n\
                    - {annotation: b, url: 'javascript:{value}'}\n\
                    - {annotation: c, url: 'https://x.example/{', label: C}\n\
                    - {annotation: d, url: '{url}', icon: skull}\n";
        let settings: Vec<DeepLinkSettings> = yaml::from_str(text).expect("settings");
        let problems = problems(&settings, |pointer| Place::file(pointer));
        let places: Vec<_> = problems.iter().map(|p| p.place.file.as_str()).collect();
        assert_eq!(
            places,
            ["/site/deep_links/1/url", "/site/deep_links/2/url", "/site/deep_links/3/icon"]
        );
        assert!(problems.iter().all(|problem| problem.hint.is_some()));
        assert_eq!(rows(&settings).len(), 1);
    }
}
