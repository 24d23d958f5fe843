//! Finds renamed entities among removed and added ones.
//!
//! Entities are identified by name only, so that a rename looks like a removal and an addition. Two
//! entities are recognised as one by their annotations, which hold ids of other systems, or by
//! everything but their names. A rename that is ambiguous is not reported.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::EntityRef;

/// Prefix of annotations that do not identify an entity, because many entities have the same values.
const TREATMENT: &str = "backstage.io/";
/// Fields of `metadata` that a rename changes.
const NAMES: &[&str] = &["name", "title", "namespace"];

/// Pairs removed entities with added ones of the same kind that are the same thing under another
/// name, sorted by the old name.
///
/// Two are the same thing when all their annotations are equal, or when their documents are equal
/// apart from name, title and namespace; and when no third entity, removed, added or `kept` (those
/// on the new side that are neither), is like them too.
pub fn renames<'v>(
    removed: &[(EntityRef, &'v Value)],
    added: &[(EntityRef, &'v Value)],
    kept: impl Iterator<Item = &'v Value> + Clone,
) -> Vec<(EntityRef, EntityRef)> {
    let mut found = BTreeMap::new();
    for identity in [annotations, all_but_names] {
        let taken: BTreeSet<_> = found.values().cloned().collect();
        let left = removed.iter().filter(|(reference, _)| !found.contains_key(reference));
        let old = unambiguous(left, identity);
        let mut new = unambiguous(added.iter().filter(|(r, _)| !taken.contains(r)), identity);
        let mut pairs: BTreeMap<String, _> = old
            .into_iter()
            .filter_map(|(key, from)| new.remove(&key).map(|to| (key, (from, to))))
            .collect();
        if !pairs.is_empty() {
            for shared in kept.clone().filter_map(identity) {
                pairs.remove(&shared);
            }
        }
        found.extend(pairs.into_values());
    }
    found.into_iter().collect()
}

/// The entities by identity, without those that share their identity with another.
fn unambiguous<'a, 'v: 'a>(
    entities: impl Iterator<Item = &'a (EntityRef, &'v Value)>,
    identity: fn(&Value) -> Option<String>,
) -> BTreeMap<String, EntityRef> {
    let mut found: BTreeMap<_, Option<_>> = BTreeMap::new();
    for (reference, document) in entities {
        if let Some(key) = identity(document) {
            let only = Some(reference.clone());
            found.entry(key).and_modify(|other| *other = None).or_insert(only);
        }
    }
    found.into_iter().filter_map(|(key, only)| Some((key, only?))).collect()
}

/// An identity: the kind with all identifying annotations; `None` without any.
fn annotations(document: &Value) -> Option<String> {
    let all = document.get("metadata")?.get("annotations")?.as_object()?.iter();
    let telling: BTreeMap<_, _> = all.filter(|(key, _)| !key.starts_with(TREATMENT)).collect();
    let text = serde_json::to_string(&telling).ok()?;
    (!telling.is_empty()).then(|| format!("{} {text}", kind(document)))
}

/// An identity: the document without its names.
fn all_but_names(document: &Value) -> Option<String> {
    let mut document = document.clone();
    let kind = kind(&document);
    document.as_object_mut()?.shift_remove("kind");
    let metadata = document.get_mut("metadata")?.as_object_mut()?;
    metadata.retain(|key, _| !NAMES.contains(&key.as_str()));
    document.sort_all_objects();
    Some(format!("{kind} {document}"))
}

fn kind(document: &Value) -> String {
    document.get("kind").and_then(Value::as_str).unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{load::reference_of, testing::document};
    use serde_json::json;

    fn component(name: &str, annotations: Value, owner: &str) -> Value {
        let mut component = document("Component", name, json!({"owner": owner}));
        component["metadata"]["annotations"] = annotations;
        component
    }

    fn found(removed: &[Value], added: &[Value], kept: &[Value]) -> Vec<String> {
        let named = |documents: &'_ [Value]| -> Vec<EntityRef> {
            documents.iter().map(reference_of).collect()
        };
        let old: Vec<_> = named(removed).into_iter().zip(removed).collect();
        let new: Vec<_> = named(added).into_iter().zip(added).collect();
        let pairs = renames(&old, &new, kept.iter()).into_iter();
        pairs.map(|(from, to)| format!("{} -> {}", from.name(), to.name())).collect()
    }

    #[test]
    fn equal_annotations_are_one_record() {
        let id = json!({"carto/id": "7", "backstage.io/techdocs-ref": "dir:."});
        let old = component("old", id, "a");
        let new = component("new", json!({"carto/id": "7"}), "b");
        let other = component("other", json!({"carto/id": "8"}), "a");
        let all = [old.clone(), other.clone()];
        assert_eq!(found(&all, std::slice::from_ref(&new), &[]), ["old -> new"]);
        let mut system = new;
        system["kind"] = "System".into();
        assert!(found(&all, &[system], &[]).is_empty());
    }

    #[test]
    fn equal_documents_are_one_record_whatever_the_order_of_their_keys() {
        let old = json!({"kind": "System", "metadata": {"name": "a", "title": "A", "tags": ["x"]},
            "spec": {"owner": "o", "domain": "d"}});
        let new = json!({"spec": {"domain": "d", "owner": "o"}, "kind": "system",
            "metadata": {"tags": ["x"], "name": "b", "namespace": "n"}});
        assert_eq!(found(std::slice::from_ref(&old), std::slice::from_ref(&new), &[]), ["a -> b"]);
        let mut changed = new;
        changed["spec"]["owner"] = "p".into();
        assert!(found(&[old], &[changed], &[]).is_empty());
    }

    #[test]
    fn what_fits_more_than_one_is_no_rename() {
        let like = |name: &str| component(name, json!({"level": "high"}), name);
        assert_eq!(found(&[like("a")], &[like("b")], &[]), ["a -> b"]);
        assert!(found(&[like("a")], &[like("b"), like("c")], &[]).is_empty());
        assert!(found(&[like("a"), like("b")], &[like("c")], &[]).is_empty());
        assert!(found(&[like("a")], &[like("b")], &[like("c")]).is_empty());
    }

    #[test]
    fn treatment_identifies_nothing() {
        let documented =
            |name: &str| component(name, json!({"backstage.io/techdocs-ref": "dir:."}), name);
        assert!(found(&[documented("a")], &[documented("b")], &[]).is_empty());
    }
}
