//! Digests of entities: hashes of their documents and relations. A file that is made from entities and the titles
//! of related entities is kept when their digests have not changed.

use rayon::prelude::*;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use xxhash_rust::xxh3::Xxh3;

use crate::{
    catalog::{Catalog, Entity},
    site::{error::Error, key::key},
};

/// Fields that only the page of the entity itself and those of its neighbours show. Of teams and people, other
/// pages show these fields, too.
const OWN: [(&str, &str); 5] = [
    ("metadata", "description"),
    ("metadata", "annotations"),
    ("metadata", "labels"),
    ("metadata", "links"),
    ("spec", "definition"),
];

/// The digests of all entities.
#[derive(Debug)]
pub(crate) struct Digests {
    /// In the order of the catalog.
    entities: Vec<Digest>,
    /// The hash of everything that pages may show of entities that are no neighbours.
    pub(crate) outline: u128,
}

/// The digests of one entity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digest {
    /// Of its document without [`OWN`].
    outline: u128,
    /// Of its document.
    pub(crate) document: u128,
    /// Of its document and its relations.
    pub(crate) whole: u128,
    /// Of its document, its relations, and the titles of related entities that exist.
    pub(crate) related: u128,
}

impl Digests {
    pub(crate) fn new(catalog: &Catalog) -> Result<Self, Error> {
        let digest = |entity: &Entity| {
            let outline = key(0, entity.reference.as_str(), &Fields { entity, are_own: false })?;
            let document = key(outline, "document", &Fields { entity, are_own: true })?;
            let ends = entity.relations.iter();
            let relations: Vec<_> = ends.clone().map(|to| (to.kind, to.target.as_str())).collect();
            let whole = key(document, "relations", &relations)?;
            let titles: Vec<_> = ends.map(|to| catalog.target(to).map(Entity::title)).collect();
            Ok(Digest { outline, document, whole, related: key(whole, "titles", &titles)? })
        };
        let entities: Vec<Digest> =
            catalog.entities().par_iter().map(digest).collect::<Result<_, Error>>()?;
        let mut outline = Xxh3::new();
        entities.iter().for_each(|digest| outline.update(&digest.outline.to_le_bytes()));
        Ok(Self { entities, outline: outline.digest128() })
    }

    /// The hashes of an entity of the catalog.
    pub(crate) fn of(&self, entity: &Entity) -> Digest {
        self.entities[entity.index]
    }

    /// The hash of several entities and their relations, in this order.
    pub(crate) fn of_all(&self, entities: &[&Entity]) -> Result<u128, Error> {
        let digests = entities.iter().map(|entity| self.of(entity).whole);
        key(0, "all", &digests.collect::<Vec<_>>())
    }

    /// The hashes of all entities, in the order of the catalog.
    pub(crate) fn all(&self) -> &[Digest] {
        &self.entities
    }
}

/// The fields of a document that are among [`OWN`], or all others.
struct Fields<'e> {
    entity: &'e Entity,
    are_own: bool,
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let has_own = !matches!(self.entity.reference.kind(), "group" | "user");
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.entity.document.as_object().into_iter().flatten() {
            match value {
                Value::Object(fields) if has_own && OWN.iter().any(|(of, _)| of == name) => {
                    map.serialize_entry(name, &FieldsOf { name, fields, are_own: self.are_own })?;
                }
                _ if self.are_own => {}
                _ => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}

/// The same for an object of a document.
struct FieldsOf<'e> {
    name: &'e str,
    fields: &'e Map<String, Value>,
    are_own: bool,
}

impl Serialize for FieldsOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_own = |field: &str| OWN.contains(&(self.name, field));
        let wanted = self.fields.iter().filter(|(field, _)| is_own(field) == self.are_own);
        serializer.collect_map(wanted)
    }
}
