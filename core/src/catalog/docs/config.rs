//! Parses `mkdocs.yml`: the title, the folder of the pages and the navigation. Other keys are ignored.

use serde::Deserialize;
use serde_json::Value;

use crate::base::yaml::{self, YamlError};

/// File names of the configuration.
pub(super) const CONFIGS: [&str; 2] = ["mkdocs.yml", "mkdocs.yaml"];

/// Most levels of the navigation.
const DEEPEST: usize = 6;

/// The keys that are used. Other keys, and the tags of `MkDocs` plugins, are ignored.
#[derive(Debug, Default, Deserialize)]
pub struct Config {
    /// Title of the documentation.
    pub site_name: Option<String>,
    /// Folder of the pages, `docs` when missing.
    pub docs_dir: Option<String>,
    /// Pages in their order.
    #[serde(default)]
    nav: Option<Value>,
}

/// An entry of the navigation in the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Entry {
    /// A page, or an external link.
    Page {
        /// Its title in the navigation.
        title: Option<String>,
        /// File below the folder of the pages, or an address.
        target: String,
    },
    /// Entries under a title.
    Section {
        /// The title.
        title: String,
        /// The entries of the section.
        entries: Vec<Entry>,
    },
}

impl Config {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is not YAML, or a key has the wrong shape.
    pub fn parse(text: &str) -> Result<Self, YamlError> {
        yaml::from_str(text)
    }

    /// The navigation; `None` when the file has none, or one that cannot be read.
    pub fn nav(&self) -> Option<Vec<Entry>> {
        let entries = entries(self.nav.as_ref()?, 0);
        (!entries.is_empty()).then_some(entries)
    }
}

fn entries(list: &Value, depth: usize) -> Vec<Entry> {
    if depth == DEEPEST {
        return Vec::new();
    }
    list.as_array().into_iter().flatten().flat_map(|item| entry(item, depth)).collect()
}

fn entry(item: &Value, depth: usize) -> Vec<Entry> {
    let page = |title, target: &str| Entry::Page { title, target: target.to_owned() };
    match item {
        Value::String(target) => vec![page(None, target)],
        Value::Object(titled) => titled
            .iter()
            .filter_map(|(title, value)| match value {
                Value::String(target) => Some(page(Some(title.clone()), target)),
                Value::Array(_) => Some(Entry::Section {
                    title: title.clone(),
                    entries: entries(value, depth + 1),
                }),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_navigation_has_pages_sections_and_what_plugins_need_is_passed_over() {
        let config = Config::parse(
            "site_name: Cart\nmarkdown_extensions:\n  - emoji:\n      gen: !!python/name:x.y.z\n\
             plugins: [techdocs-core]\nextra: {key: !ENV [A, b]}\n\
             nav:\n  - index.md\n  - Guide:\n      - Start: a/b.md\n  - Other: https://x.example\n",
        )
        .expect("YAML");
        let page = |title: Option<&str>, target: &str| Entry::Page {
            title: title.map(str::to_owned),
            target: target.to_owned(),
        };
        let guide =
            Entry::Section { title: "Guide".into(), entries: vec![page(Some("Start"), "a/b.md")] };
        let expected =
            vec![page(None, "index.md"), guide, page(Some("Other"), "https://x.example")];
        assert_eq!(config.nav(), Some(expected));
        assert_eq!(config.site_name.as_deref(), Some("Cart"));
    }
}
