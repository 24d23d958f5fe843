//! The documents of the index, and the part of a document that results show.

use serde::{Deserialize, Serialize};

/// One document: an entity, an operation or a page of documentation.
///
/// All values are readable text; an absent value is empty. `url` is returned unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Document {
    /// Address of the page, relative to the site's root.
    pub url: String,
    /// Kind, as it is shown: `Component`, `API`, ….
    pub kind: String,
    /// Namespace of the entity.
    pub namespace: String,
    /// Name of the entity: matches in it have the largest weight.
    pub name: String,
    /// Title; empty when the entity has none.
    pub title: String,
    /// One or two sentences.
    pub description: String,
    /// The owner's name or title.
    pub owner: String,
    /// Reference of the owner.
    pub owner_ref: String,
    /// Address of the owner's page, or empty.
    pub owner_url: String,
    /// The system's name or title.
    pub system: String,
    /// Reference of the system.
    pub system_ref: String,
    /// Address of the system's page, or empty.
    pub system_url: String,
    /// `spec.type`.
    #[serde(rename = "type")]
    pub kind_type: String,
    /// Lifecycle: of documents with equal scores, `production` is first and `deprecated` last.
    pub lifecycle: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Other searched values of the entity: type, system, e-mail, operations, ….
    pub keywords: Vec<String>,
    /// Longer text: documentation, definition, ….
    pub text: String,
}

/// The part of a document that results show and that the index stores.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Address of the page, relative to the site's root.
    pub url: String,
    /// Kind, as it is shown.
    pub kind: String,
    /// Namespace of the entity.
    pub namespace: String,
    /// Name of the entity.
    pub name: String,
    /// Title, or empty.
    pub title: String,
    /// The beginning of the description, as long as two lines of a result.
    pub description: String,
    /// The owner's name or title.
    pub owner: String,
    /// Address of the owner's page, or empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner_url: String,
    /// The system's name or title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// Address of the system's page, or empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub system_url: String,
    /// `spec.type`, or empty.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind_type: String,
    /// Lifecycle, or empty.
    pub lifecycle: String,
    /// Tags.
    pub tags: Vec<String>,
}

impl Summary {
    /// Reference of the entity, in lower case.
    pub fn reference(&self) -> String {
        let Self { kind, namespace, name, .. } = self;
        format!("{kind}:{namespace}/{name}").to_lowercase()
    }
}

/// The length of a stored description.
#[cfg(feature = "build")]
const DESCRIPTION_CHARS: usize = 200;

#[cfg(feature = "build")]
impl Document {
    /// The shown part of a document.
    pub(crate) fn shown(&self) -> Summary {
        Summary {
            url: self.url.clone(),
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            title: self.title.clone(),
            description: shorten(&self.description),
            owner: self.owner.clone(),
            owner_url: self.owner_url.clone(),
            system: self.system.clone(),
            system_url: self.system_url.clone(),
            kind_type: self.kind_type.clone(),
            lifecycle: self.lifecycle.clone(),
            tags: self.tags.clone(),
        }
    }
}

/// Joins the lines of a description and cuts it after a word.
#[cfg(feature = "build")]
fn shorten(text: &str) -> String {
    let mut short = String::new();
    let mut chars = 0;
    for word in text.split_whitespace() {
        chars += word.chars().count() + 1;
        if chars > DESCRIPTION_CHARS {
            short.push_str(" …");
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    short
}

#[cfg(all(test, feature = "build"))]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_one_line_cut_after_a_word() {
        assert_eq!(shorten("Takes\n  orders. "), "Takes orders.");
        let long = shorten(&"commande ".repeat(40));
        assert!(long.ends_with("commande …"), "{long}");
        assert!(long.chars().count() <= DESCRIPTION_CHARS + 2, "{long}");
    }
}
