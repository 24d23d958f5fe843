//! What is searched, and the part of it that results show.

use serde::{Deserialize, Serialize};

/// One thing to find: an entity and its page.
///
/// Everything is text as people read it; an absent value is empty. `url` comes back as it is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Document {
    /// Address of the page, relative to the site's root.
    pub url: String,
    /// Kind, as it is shown: `Component`, `API`, ….
    pub kind: String,
    /// Namespace of the entity.
    pub namespace: String,
    /// Name of the entity: the strongest match.
    pub name: String,
    /// Title, or empty when it has none of its own.
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
    /// Lifecycle; `production` comes first and `deprecated` last where all else is equal.
    pub lifecycle: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Words of this kind of entity that people search for: type, system, e-mail, operations, ….
    pub keywords: Vec<String>,
    /// Longer text: documentation, definition, ….
    pub text: String,
}

/// What a result shows of a document; the only part that the index stores.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Shown {
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
    /// The description's beginning, as far as two lines of a result hold it.
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

impl Shown {
    /// Reference of the entity, in lower case.
    pub fn reference(&self) -> String {
        let Self { kind, namespace, name, .. } = self;
        format!("{kind}:{namespace}/{name}").to_lowercase()
    }
}

/// How much of a description is stored.
#[cfg(feature = "build")]
const DESCRIPTION_CHARS: usize = 200;

#[cfg(feature = "build")]
impl Document {
    /// Takes the part that results show.
    pub(crate) fn shown(&self) -> Shown {
        Shown {
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
