//! The difference between two catalogs: entities added, removed, renamed and changed, field by field.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Catalog, Entity, EntityRef, renames::renames, spec::spec_refs};

/// The difference between two catalogs. Each list is sorted by reference.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// Entities that only the newer catalog has.
    pub added: Vec<EntitySummary>,
    /// Entities that only the older catalog has, except for renamed ones.
    pub removed: Vec<EntitySummary>,
    /// Entities with a new name.
    pub renamed: Vec<EntityRename>,
    /// Entities with changed fields.
    pub changed: Vec<EntityChange>,
}

/// How an entity is shown in a list of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntitySummary {
    /// Its reference.
    pub entity: String,
    /// Its title, when it differs from the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Reference of its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// An entity with a new name.
#[derive(Debug, PartialEq, Serialize)]
pub struct EntityRename {
    /// Its old reference.
    pub from: String,
    /// The entity in the newer catalog.
    #[serde(flatten)]
    pub to: EntitySummary,
    /// Its other changes, the most important first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
}

/// An entity with changed fields.
#[derive(Debug, PartialEq, Serialize)]
pub struct EntityChange {
    /// The entity in the newer catalog.
    #[serde(flatten)]
    pub entity: EntitySummary,
    /// The changes, the most important first; at least one.
    pub changes: Vec<FieldChange>,
}

/// A change of one field of an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field: `owner`, `dependsOn`, `links`, `annotations.a/b`, `spec.x`.
    pub field: String,
    /// The old value, unless it is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The new value, unless it is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// Most characters of a value that is shown.
const LONGEST: usize = 120;

/// The most important fields, in order; other fields come after them, by group and name.
const ORDER: &[&str] = &["owner", "lifecycle", "type", "system", "domain", "parent", "memberOf"];

/// Compares two catalogs.
pub fn compare(old: &Catalog, new: &Catalog) -> Difference {
    let only = |entities: &'_ Catalog, others: &Catalog| -> Vec<EntityRef> {
        let all = entities.entities().iter().map(|entity| entity.reference.clone());
        all.filter(|reference| others.get(reference).is_none()).collect()
    };
    let (removed, added) = (only(old, new), only(new, old));
    let documents = |catalog: &'_ Catalog,
                     references: &[EntityRef]|
     -> Vec<(EntityRef, Arc<Value>)> {
        let entities = references.iter().filter_map(|reference| catalog.get(reference));
        entities.map(|entity| (entity.reference.clone(), Arc::clone(&entity.document))).collect()
    };
    let (gone, come) = (documents(old, &removed), documents(new, &added));
    let pairs = renames(
        &gone.iter().map(|(r, v)| (r.clone(), &**v)).collect::<Vec<_>>(),
        &come.iter().map(|(r, v)| (r.clone(), &**v)).collect::<Vec<_>>(),
        new.entities().iter().filter(|e| old.get(&e.reference).is_some()).map(|e| &*e.document),
    );
    let (from, to): (BTreeSet<_>, BTreeSet<_>) = pairs.iter().cloned().unzip();
    let named = |catalog: &Catalog, references: &[EntityRef], without: &BTreeSet<EntityRef>| {
        let left = references.iter().filter(|reference| !without.contains(reference));
        left.filter_map(|reference| catalog.get(reference)).map(EntitySummary::of).collect()
    };
    let renamed = pairs.iter().filter_map(|(from, to)| {
        let (before, after) = (old.get(from)?, new.get(to)?);
        let changes = changes(before, after);
        Some(EntityRename { from: from.to_string(), to: EntitySummary::of(after), changes })
    });
    let changed = new.entities().iter().filter_map(|after| {
        let changes = changes(old.get(&after.reference)?, after);
        (!changes.is_empty()).then(|| EntityChange { entity: EntitySummary::of(after), changes })
    });
    Difference {
        added: named(new, &added, &to),
        removed: named(old, &removed, &from),
        renamed: renamed.collect(),
        changed: changed.collect(),
    }
}

impl Difference {
    /// True when nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The owners of changed entities with the number of their entities, largest first.
    pub fn owners(&self) -> Vec<(String, usize)> {
        let mut counts = BTreeMap::new();
        let all = self.added.iter().chain(&self.removed);
        let all = all.chain(self.renamed.iter().map(|renamed| &renamed.to));
        for named in all.chain(self.changed.iter().map(|changed| &changed.entity)) {
            if let Some(owner) = &named.owner {
                *counts.entry(owner.clone()).or_insert(0) += 1;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        counts
    }
}

impl EntitySummary {
    fn of(entity: &Entity) -> Self {
        let refs = spec_refs(&entity.document);
        let owner = refs.into_iter().find(|made| made.field == "owner");
        Self {
            entity: entity.reference.to_string(),
            title: (entity.title() != entity.name()).then(|| entity.title().to_owned()),
            owner: owner.map(|made| made.target.to_string()),
        }
    }
}

/// Lists the changes between two versions of an entity.
fn changes(old: &Entity, new: &Entity) -> Vec<FieldChange> {
    if old.document == new.document {
        return Vec::new();
    }
    let (before, after) = (facts(&old.document), facts(&new.document));
    let mut changes = Vec::new();
    for (field, from) in &before {
        match after.get(field) {
            Some(to) if to == from => {}
            to => changes.extend(difference(field, Some(from), to)),
        }
    }
    let new_ones = after.iter().filter(|(field, _)| !before.contains_key(*field));
    changes.extend(new_ones.flat_map(|(field, to)| difference(field, None, Some(to))));
    changes.sort_by_cached_key(|change| {
        let rank = ORDER.iter().position(|known| *known == change.field);
        let group = match change.field.split('.').next() {
            _ if rank.is_some() => 0,
            Some("annotations" | "labels") => 4,
            Some("spec" | "metadata" | "definition") => 3,
            Some("links" | "tags" | "title" | "description") => 2,
            _ => 1,
        };
        (group, rank, change.field.clone(), change.to.is_some(), change.clone().to)
    });
    changes
}

/// The value of a field: one value, or a set without order.
#[derive(Debug, PartialEq, Eq)]
enum Fact {
    One(String),
    Set(BTreeSet<String>),
}

/// The values of an entity by field. References are written in full.
fn facts(document: &Value) -> BTreeMap<String, Fact> {
    let mut facts = BTreeMap::new();
    let mut references = BTreeSet::new();
    for made in spec_refs(document) {
        let (field, is_item) = (made.field, made.item.is_some());
        references.insert(field.to_owned());
        let target = made.target.to_string();
        match facts.get_mut(field) {
            Some(Fact::Set(set)) => drop(set.insert(target)),
            _ if is_item => drop(facts.insert(field.to_owned(), Fact::Set([target].into()))),
            _ => drop(facts.insert(field.to_owned(), Fact::One(target))),
        }
    }
    let spec = document.get("spec").and_then(Value::as_object);
    for (key, value) in spec.into_iter().flatten() {
        let is_empty_list = value.as_array().is_some_and(Vec::is_empty);
        if !references.contains(key) && !is_empty_list {
            let is_plain = matches!(key.as_str(), "type" | "lifecycle" | "definition");
            let field = if is_plain { key.clone() } else { format!("spec.{key}") };
            facts.insert(field, fact(value));
        }
    }
    let metadata = document.get("metadata").and_then(Value::as_object);
    for (key, value) in metadata.into_iter().flatten() {
        match (key.as_str(), value) {
            ("name" | "namespace", _) => {}
            ("labels" | "annotations", Value::Object(map)) => {
                for (name, value) in map {
                    facts.insert(format!("{key}.{name}"), fact(value));
                }
            }
            ("links", Value::Array(links)) => {
                let links = links.iter().map(link).collect();
                facts.insert(key.clone(), Fact::Set(links));
            }
            ("title" | "description" | "tags", _) => {
                facts.insert(key.clone(), fact(value));
            }
            _ => {
                facts.insert(format!("metadata.{key}"), fact(value));
            }
        }
    }
    facts
}

fn fact(value: &Value) -> Fact {
    match value {
        Value::Array(items) if items.iter().all(Value::is_string) => {
            Fact::Set(items.iter().map(text).collect())
        }
        other => Fact::One(text(other)),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn link(link: &Value) -> String {
    let part = |key| link.get(key).and_then(Value::as_str);
    match (part("title"), part("url")) {
        (Some(title), Some(url)) => format!("{title} <{url}>"),
        (None, Some(url)) => url.to_owned(),
        _ => link.to_string(),
    }
}

/// The changes of one field: one change, or one for each item of a set.
fn difference(field: &str, from: Option<&Fact>, to: Option<&Fact>) -> Vec<FieldChange> {
    let shown = |text: &String| {
        let is_short = text.chars().count() <= LONGEST && !text.contains('\n');
        (is_short && field != "definition").then(|| text.clone())
    };
    let empty = BTreeSet::new();
    let set = |fact: Option<&'_ Fact>| match fact {
        Some(Fact::Set(set)) => Some(set.clone()),
        Some(Fact::One(_)) => None,
        None => Some(empty.clone()),
    };
    if let (Some(from), Some(to)) = (set(from), set(to)) {
        let change = |from, to| FieldChange { field: field.to_owned(), from, to };
        let lost = from.difference(&to).map(|item| change(Some(item.clone()), None));
        let gained = to.difference(&from).map(|item| change(None, Some(item.clone())));
        return lost.chain(gained).collect();
    }
    let one = |fact: Option<&Fact>| match fact {
        Some(Fact::One(text)) => shown(text),
        Some(Fact::Set(set)) => shown(&set.iter().cloned().collect::<Vec<_>>().join(", ")),
        None => None,
    };
    vec![FieldChange { field: field.to_owned(), from: one(from), to: one(to) }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::testing::catalog;

    fn compared(old: &str, new: &str) -> Difference {
        compare(&catalog(old), &catalog(new))
    }

    #[test]
    fn what_means_the_same_is_no_difference() {
        let one = "{kind: Component, metadata: {name: a}, \
                   spec: {owner: team, dependsOn: [api:x, api:y]}}";
        let other = "{kind: Component, metadata: {name: a}, \
                     spec: {dependsOn: ['api:default/y', API:x], owner: 'group:default/team'}}";
        assert!(compared(one, other).is_empty());
    }

    #[test]
    fn changes_are_listed_by_importance() {
        let old = "
kind: Component
metadata: {name: a, annotations: {x/y: '1'}, tags: [a, b]}
spec: {owner: x, lifecycle: experimental, dependsOn: [api:a], definition: '1'}
";
        let new = "
kind: Component
metadata:
  name: a
  annotations: {x/y: '2'}
  tags: [b, c]
  links: [{url: 'https://u', title: t}]
spec: {owner: y, lifecycle: production, dependsOn: [api:b], definition: '2'}
";
        let found = compared(old, new);
        assert_eq!(found.owners(), [("group:default/y".to_owned(), 1)]);
        let told: Vec<_> = found.changed[0]
            .changes
            .iter()
            .map(|change| {
                let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "…".into());
                format!("{}: {} -> {}", change.field, said(&change.from), said(&change.to))
            })
            .collect();
        assert_eq!(
            told,
            [
                "owner: group:default/x -> group:default/y",
                "lifecycle: experimental -> production",
                "dependsOn: api:default/a -> …",
                "dependsOn: … -> api:default/b",
                "links: … -> t <https://u>",
                "tags: a -> …",
                "tags: … -> c",
                "definition: … -> …",
                "annotations.x/y: 1 -> 2",
            ]
        );
    }

    #[test]
    fn an_entity_under_another_name_is_renamed() {
        let with = |name| {
            format!(
                "{{kind: Component, metadata: {{name: {name}, annotations: {{x/id: '1'}}}}, spec: {{owner: x}}}}"
            )
        };
        let found = compared(&with("a"), &with("b"));
        assert!(found.added.is_empty() && found.removed.is_empty() && found.changed.is_empty());
        assert_eq!(found.renamed[0].from, "component:default/a");
        assert_eq!(found.renamed[0].to.entity, "component:default/b");
    }
}
