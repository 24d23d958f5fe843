//! Entity references: `kind:namespace/name`.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use serde::{Serialize, Serializer};
use xxhash_rust::xxh3::xxh3_64;

/// The namespace of entities and references that name none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// The reference of an entity: `kind:namespace/name` in lower case, because references are compared
/// without regard to case (Backstage, "string references").
#[derive(Clone, Eq)]
pub struct EntityRef {
    text: Arc<str>,
    colon: u32,
    slash: u32,
    /// Hash of the text, computed once because a build looks up millions of references.
    hash: u64,
}

/// Why a text is not an entity reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefError {
    /// An empty part, or nothing at all.
    #[error("`{0}` is not an entity reference")]
    Malformed(String),
    /// The kind is missing, and there is no default.
    #[error("the reference `{0}` names no kind")]
    MissingKind(String),
}

impl RefError {
    /// How to correct it.
    pub fn hint(&self) -> String {
        match self {
            Self::Malformed(_) => "write it as `[kind:][namespace/]name`".into(),
            Self::MissingKind(text) => {
                format!("write the kind before it, as in `component:{text}`")
            }
        }
    }
}

impl EntityRef {
    /// Makes a reference from its three parts.
    pub fn new(kind: &str, namespace: &str, name: &str) -> Self {
        let mut text = [kind, ":", namespace, "/", name].concat();
        match text.is_ascii() {
            true => text.make_ascii_lowercase(),
            false => text = text.to_lowercase(),
        }
        let colon = text.find(':').unwrap_or(0);
        let slash = text[colon..].find('/').map_or(colon, |at| colon + at);
        let (colon, slash) = (colon as u32, slash as u32);
        Self { hash: xxh3_64(text.as_bytes()), text: text.into(), colon, slash }
    }

    /// Reads `[kind:][namespace/]name`; missing parts are taken from the context.
    ///
    /// The first `:` and the first `/` separate; a `/` before the `:` makes the colon part of the
    /// name (Backstage, `parseEntityRef`).
    pub fn parse(
        text: &str,
        default_kind: Option<&str>,
        default_namespace: &str,
    ) -> Result<Self, RefError> {
        let [kind, namespace, name] = Self::split(text, default_kind, default_namespace)?;
        Ok(Self::new(kind, namespace, name))
    }

    /// The kind, namespace and name of a text, as [`EntityRef::parse`] reads it.
    pub fn split<'t>(
        text: &'t str,
        default_kind: Option<&'t str>,
        default_namespace: &'t str,
    ) -> Result<[&'t str; 3], RefError> {
        let malformed = || RefError::Malformed(text.to_owned());
        let (kind, rest) = match (text.find(':'), text.find('/')) {
            (Some(colon), slash) if slash.is_none_or(|slash| colon < slash) => {
                (Some(&text[..colon]), &text[colon + 1..])
            }
            _ => (None, text),
        };
        let (namespace, name) = match rest.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, rest),
        };
        if name.trim().is_empty() || kind == Some("") || namespace == Some("") {
            return Err(malformed());
        }
        let kind = kind.or(default_kind).ok_or_else(|| RefError::MissingKind(text.to_owned()))?;
        Ok([kind, namespace.unwrap_or(default_namespace), name])
    }

    /// The whole reference.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The kind, in lower case.
    pub fn kind(&self) -> &str {
        &self.text[..self.colon as usize]
    }

    /// The namespace, in lower case.
    pub fn namespace(&self) -> &str {
        &self.text[self.colon as usize + 1..self.slash as usize]
    }

    /// The name, in lower case.
    pub fn name(&self) -> &str {
        &self.text[self.slash as usize + 1..]
    }

    /// The short form for display: without the namespace when it is `default`, and without the kind
    /// when it is `default_kind`.
    pub fn humanize(&self, default_kind: Option<&str>) -> String {
        let mut text = String::new();
        if default_kind.is_none_or(|kind| !kind.eq_ignore_ascii_case(self.kind())) {
            text.push_str(self.kind());
            text.push(':');
        }
        if self.namespace() != DEFAULT_NAMESPACE {
            text.push_str(self.namespace());
            text.push('/');
        }
        text.push_str(self.name());
        text
    }
}

// Only the text is compared; the other fields are derived from it.
impl PartialEq for EntityRef {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.text, &other.text) || self.hash == other.hash && self.text == other.text
    }
}

impl Ord for EntityRef {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl PartialOrd for EntityRef {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for EntityRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntityRef({})", self.text)
    }
}

impl Serialize for EntityRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_parts_come_from_the_context() {
        let parse = |text| EntityRef::parse(text, Some("Component"), "shop").map(|r| r.to_string());
        assert_eq!(parse("Cart"), Ok("component:shop/cart".into()));
        assert_eq!(parse("API:Prod/PetStore"), Ok("api:prod/petstore".into()));
        assert_eq!(parse("prod/a:b"), Ok("component:prod/a:b".into()));
    }

    #[test]
    fn broken_references_say_why() {
        for bad in ["", " ", ":x", "a:", "a:/b", "/b", "a:b/"] {
            let error = EntityRef::parse(bad, Some("x"), "default").expect_err(bad);
            assert!(matches!(error, RefError::Malformed(_)), "{bad}");
        }
        assert!(matches!(EntityRef::parse("foo", None, "d"), Err(RefError::MissingKind(_))));
    }

    #[test]
    fn people_see_the_short_form() {
        let reference = EntityRef::new("Group", "default", "Team-A");
        assert_eq!(reference.humanize(Some("Group")), "team-a");
        assert_eq!(EntityRef::new("api", "prod", "x").humanize(Some("Group")), "api:prod/x");
    }
}
