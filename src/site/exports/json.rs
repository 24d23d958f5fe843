//! The JSON of an entity, in the form of Backstage's catalog API: the merged descriptor with what a catalog adds.
//!
//! A catalog adds the namespace, the relations (sorted by type, then by target), an `etag` that changes when
//! anything else of the entity does, a `uid`, and `status.items` when the entity could not be read in the last
//! snapshot. Backstage draws a random `uid` and stores it. A site has nowhere to store it, so here it is a hash
//! of the reference: it is the same in each build, and changes when the entity is renamed.

use serde::{
    Serialize, Serializer,
    ser::{Error as _, SerializeMap},
};
use serde_json::{Map, Value, json};
use xxhash_rust::xxh3::xxh3_128;

use crate::{
    catalog::{Entity, Relation},
    site::{error::Error, model::read_failures::ReadFailure},
};

/// Fields of `metadata` that a catalog sets; those of a descriptor are ignored.
const SERVERS: [&str; 3] = ["namespace", "uid", "etag"];

/// The type of the items of `status` for entities that could not be read.
const UNREAD: &str = "callboard/unread";

/// The JSON of an entity; `digest` is the hash of everything in it.
pub(super) fn of(
    entity: &Entity,
    unread: &[ReadFailure<'_>],
    digest: u128,
) -> Result<Vec<u8>, Error> {
    let whole = EntityJson { entity, unread, etag: format!("{digest:032x}") };
    serde_json::to_vec(&whole).map_err(|e| Error::Template(e.to_string()))
}

/// A UUID of version 8 (RFC 9562), made from the reference.
fn uid(entity: &Entity) -> String {
    let hash = xxh3_128(entity.reference.as_str().as_bytes());
    let hex = format!("{hash:032x}");
    let variant = 8 | (hash >> 60 & 3);
    format!(
        "{}-{}-8{}-{variant:x}{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

struct EntityJson<'e> {
    entity: &'e Entity,
    unread: &'e [ReadFailure<'e>],
    etag: String,
}

impl Serialize for EntityJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = self.entity.document.as_object();
        let document = document.ok_or_else(|| S::Error::custom("an entity is a map"))?;
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in document {
            match (key.as_str(), value) {
                ("relations" | "status", _) => {}
                ("metadata", Value::Object(metadata)) => {
                    map.serialize_entry(key, &MetadataJson { whole: self, metadata })?;
                }
                _ => map.serialize_entry(key, value)?,
            }
        }
        map.serialize_entry("relations", &RelationsJson(&self.entity.relations))?;
        if !self.unread.is_empty() {
            let item = |failure: &ReadFailure<'_>| json!({ "type": UNREAD, "level": "warning", "message": failure.sentence() });
            let items: Vec<_> = self.unread.iter().map(item).collect();
            map.serialize_entry("status", &json!({ "items": items }))?;
        }
        map.end()
    }
}

struct MetadataJson<'e> {
    whole: &'e EntityJson<'e>,
    metadata: &'e Map<String, Value>,
}

impl Serialize for MetadataJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let entity = self.whole.entity;
        map.serialize_entry("namespace", entity.namespace())?;
        for (key, value) in self.metadata.iter().filter(|(key, _)| !SERVERS.contains(&key.as_str()))
        {
            map.serialize_entry(key, value)?;
        }
        map.serialize_entry("uid", &uid(entity))?;
        map.serialize_entry("etag", &self.whole.etag)?;
        map.end()
    }
}

/// Relations are sorted by the catalog: by type, then by target.
struct RelationsJson<'e>(&'e [Relation]);

impl Serialize for RelationsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct RelationJson<'e> {
            r#type: &'e str,
            #[serde(rename = "targetRef")]
            target: &'e str,
        }
        serializer.collect_seq(
            self.0.iter().map(|r| RelationJson { r#type: r.kind, target: r.target.as_str() }),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::{Catalog, testing::entity},
        site::rebuild::digest::{Digest, Digests},
    };

    fn of(documents: Vec<Value>) -> Vec<Value> {
        let catalog = Catalog::new(documents.into_iter().map(entity).collect());
        let digests = Digests::new(&catalog).expect("valid");
        let text = |(entity, digest): (&Entity, &Digest)| {
            let text = super::of(entity, &[], digest.whole).expect("an entity");
            serde_json::from_slice(&text).expect("JSON")
        };
        catalog.entities().iter().zip(digests.all()).map(text).collect()
    }

    fn cart(description: &str) -> Value {
        json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
            "metadata": {"name": "Cart", "uid": "mine", "etag": "mine", "description": description},
            "spec": {"type": "service", "lifecycle": "production", "owner": "shop",
                     "dependsOn": ["resource:db", "component:stock"]},
            "relations": [{"type": "made", "targetRef": "up"}], "status": {"items": []},
        })
    }

    #[test]
    fn json_of_an_entity_equals_that_of_backstage() {
        let mut found = of(vec![cart("a")]).remove(0);
        let metadata = found["metadata"].as_object_mut().expect("a map");
        let uid = metadata.remove("uid").expect("a uid").as_str().map(str::to_owned);
        let etag = metadata.remove("etag").expect("an etag");
        assert_eq!(etag.as_str().map(str::len), Some(32));
        let uid = uid.expect("a text");
        assert_eq!(uid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(uid.chars().nth(14) == Some('8') && "89ab".contains(&uid[19..20]), "{uid}");
        let expected = json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
            "metadata": {"namespace": "default", "name": "Cart", "description": "a"},
            "spec": {"type": "service", "lifecycle": "production", "owner": "shop",
                     "dependsOn": ["resource:db", "component:stock"]},
            "relations": [
                {"type": "dependsOn", "targetRef": "component:default/stock"},
                {"type": "dependsOn", "targetRef": "resource:default/db"},
                {"type": "ownedBy", "targetRef": "group:default/shop"},
            ],
        });
        assert_eq!(found, expected);
        let keys =
            |value: &Value| value.as_object().expect("a map").keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&found), keys(&expected));
    }

    #[test]
    fn the_etag_changes_with_the_entity_and_the_uid_does_not() {
        let [one, same, other] =
            [cart("a"), cart("a"), cart("b")].map(|cart| of(vec![cart]).remove(0));
        let get = |value: &Value, field: &str| value["metadata"][field].to_string();
        assert_eq!(get(&one, "etag"), get(&same, "etag"));
        assert_ne!(get(&one, "etag"), get(&other, "etag"));
        assert_eq!(get(&one, "uid"), get(&other, "uid"));
        // The etag changes with relations from other entities, too.
        let group = json!({"apiVersion": "backstage.io/v1alpha1", "kind": "Group",
            "metadata": {"name": "shop"}, "spec": {"type": "team", "children": []}});
        let alone = of(vec![group.clone()]).remove(0);
        let both = of(vec![cart("a"), group]);
        assert_ne!(get(&alone, "etag"), get(&both[1], "etag"));
    }
}
