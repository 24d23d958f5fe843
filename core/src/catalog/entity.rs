//! Entities, their relations, and the fragments that they were merged from.

use std::sync::Arc;

use serde_json::Value;

use super::reference::{DEFAULT_NAMESPACE, EntityRef};

/// A valid entity, merged from its fragments.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    /// Its identity.
    pub reference: EntityRef,
    /// The whole document: `apiVersion`, `kind`, `metadata`, `spec`.
    pub document: Arc<Value>,
    /// Its relations in both directions, sorted by type, then target, without duplicates.
    pub relations: Vec<Relation>,
    /// The fragments it was merged from, weakest first; at least one.
    pub fragments: Vec<Fragment>,
    /// Its index in [`Catalog::entities`](super::Catalog::entities), set by the catalog.
    pub index: usize,
    /// The texts that pages need most often, looked up once.
    texts: EntityTexts,
}

/// Texts of an entity's document that are looked up when the entity is made.
#[derive(Debug, Clone, PartialEq)]
struct EntityTexts {
    kind: Box<str>,
    namespace: Box<str>,
    name: Box<str>,
    title: Box<str>,
    kind_type: Option<Box<str>>,
    lifecycle: Option<Box<str>>,
}

/// A directed, typed edge; its reverse is stored with the other entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    /// Type, such as `ownedBy`.
    pub kind: &'static str,
    /// The other end, which may not exist.
    pub target: EntityRef,
    /// Index of the other end in [`Catalog::entities`](super::Catalog::entities); `None` when there is no
    /// such entity.
    pub target_index: Option<u32>,
}

/// What one source says about one entity: a document of one of its files.
#[derive(Debug, Clone, PartialEq)]
pub struct Fragment {
    /// Name of the source.
    pub source: Arc<str>,
    /// File, relative to the portal.
    pub file: Arc<str>,
    /// Index of the document in the file.
    pub index: usize,
    /// The document.
    pub document: Arc<Value>,
}

/// Most keys of a map that is searched linearly, which is faster than hashing.
const FEW: usize = 12;

/// Returns a value of a map. Rendering a site calls this millions of times.
fn field<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value.as_object()? {
        map if map.len() > FEW => map.get(key),
        map => map.iter().find(|(name, _)| *name == key).map(|(_, value)| value),
    }
}

/// Returns the value at a JSON pointer whose parts are plain names of maps; nothing is allocated.
pub fn value_at<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    pointer.split('/').skip(1).try_fold(value, field)
}

/// Returns the text at a JSON pointer whose parts are plain names of maps.
pub fn text_at<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value_at(value, pointer)?.as_str()
}

impl Entity {
    /// Makes an entity of a valid document and the fragments that it was merged from. The catalog adds its
    /// relations.
    pub fn new(reference: EntityRef, document: Arc<Value>, fragments: Vec<Fragment>) -> Self {
        let text = |pointer| text_at(&document, pointer);
        let titles = ["/metadata/title", "/spec/profile/displayName", "/metadata/name"];
        let texts = EntityTexts {
            kind: text("/kind").unwrap_or_default().into(),
            namespace: text("/metadata/namespace").unwrap_or(DEFAULT_NAMESPACE).into(),
            name: text("/metadata/name").unwrap_or_default().into(),
            title: titles.into_iter().find_map(text).unwrap_or_default().into(),
            kind_type: text("/spec/type").map(Into::into),
            lifecycle: text("/spec/lifecycle").map(Into::into),
        };
        Self { reference, document, relations: Vec::new(), fragments, index: 0, texts }
    }

    /// Kind as written, such as `API`.
    pub fn kind(&self) -> &str {
        &self.texts.kind
    }

    /// Name as written.
    pub fn name(&self) -> &str {
        &self.texts.name
    }

    /// Namespace; `default` when none is written.
    pub fn namespace(&self) -> &str {
        &self.texts.namespace
    }

    /// Title: `metadata.title`, else `spec.profile.displayName`, else the name.
    pub fn title(&self) -> &str {
        &self.texts.title
    }

    /// Description; empty when there is none.
    pub fn description(&self) -> &str {
        text_at(&self.document, "/metadata/description").unwrap_or_default()
    }

    /// The value at a JSON pointer whose parts are plain names of maps.
    pub fn value(&self, pointer: &str) -> Option<&Value> {
        value_at(&self.document, pointer)
    }

    /// A text of `spec`, such as `type` or `lifecycle`.
    pub fn spec_text(&self, name: &str) -> Option<&str> {
        match name {
            "type" => self.texts.kind_type.as_deref(),
            "lifecycle" => self.texts.lifecycle.as_deref(),
            name => field(field(&self.document, "spec")?, name)?.as_str(),
        }
    }

    /// Tags, in their order.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.value("/metadata/tags")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    /// Value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        field(self.value("/metadata/annotations")?, key)?.as_str()
    }

    /// Targets of one type of relation, sorted.
    pub fn related<'e>(&'e self, kind: &'e str) -> impl Iterator<Item = &'e EntityRef> {
        self.relations_of(kind).map(|relation| &relation.target)
    }

    /// Relations of one type, sorted by target.
    pub fn relations_of<'e>(&'e self, kind: &'e str) -> impl Iterator<Item = &'e Relation> {
        // Relations are sorted by type first.
        let start = self.relations.partition_point(|relation| *relation.kind < *kind);
        self.relations[start..].iter().take_while(move |relation| relation.kind == kind)
    }

    /// Returns the fragment that a field of the merged document is from: the strongest one that has the
    /// field; for an item of a united list the strongest one that lists it; for a field that no
    /// fragment has, the strongest one that has its parent.
    pub fn fragment_of(&self, pointer: &str) -> &Fragment {
        let wanted = self.document.pointer(pointer);
        let holds = |fragment: &&Fragment| match fragment.document.pointer(pointer) {
            Some(found) => wanted.is_none_or(|wanted| wanted.is_object() || found == wanted),
            None => false,
        };
        let lists = |fragment: &&Fragment| {
            let list =
                pointer.rsplit_once('/').and_then(|(list, _)| fragment.document.pointer(list));
            list.and_then(Value::as_array)
                .is_some_and(|list| wanted.is_some_and(|item| list.contains(item)))
        };
        let strongest_first = || self.fragments.iter().rev();
        match strongest_first().find(holds).or_else(|| strongest_first().find(lists)) {
            Some(fragment) => fragment,
            None => match pointer.rsplit_once('/') {
                Some((parent, _)) => self.fragment_of(parent),
                None => &self.fragments[self.fragments.len() - 1],
            },
        }
    }
}
