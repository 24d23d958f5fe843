//! `catalogFilter` of the entity pickers, and what else limits their choice.

use serde_json::Value;

use crate::catalog::{Catalog, Entity, EntityRef};

/// What a picker may choose from.
#[derive(Debug)]
pub(super) struct Choice<'s> {
    filter: Option<&'s Value>,
    kinds: Vec<&'s str>,
    /// Owners whose entities may be chosen; `None`: any.
    owners: Option<Vec<EntityRef>>,
    /// The only entities that may be chosen; `None`: any.
    among: Option<Vec<EntityRef>>,
}

impl<'s> Choice<'s> {
    /// Reads `ui:field` and `ui:options` of a property. `None` when it does not pick entities.
    pub(super) fn of(schema: &'s Value, catalog: &Catalog, requester: &EntityRef) -> Option<Self> {
        let field = schema.get("ui:field")?.as_str()?;
        let options = schema.get("ui:options");
        let option = |name: &str| options.and_then(|options| options.get(name));
        let groups = || {
            let user = catalog.get(requester);
            user.map(|user| user.related("memberOf").cloned().collect::<Vec<_>>())
                .unwrap_or_default()
        };
        let mut choice = Self {
            filter: option("catalogFilter"),
            kinds: texts(option("allowedKinds")),
            owners: None,
            among: None,
        };
        match field {
            "OwnerPicker" if choice.kinds.is_empty() && choice.filter.is_none() => {
                choice.kinds = vec!["Group", "User"];
            }
            "EntityPicker" | "MultiEntityPicker" | "OwnerPicker" => {}
            "OwnedEntityPicker" => {
                let mut owners = groups();
                owners.push(requester.clone());
                choice.owners = Some(owners);
            }
            "MyGroupsPicker" => {
                choice.kinds = vec!["Group"];
                choice.among = Some(groups());
            }
            _ => return None,
        }
        Some(choice)
    }

    /// True when the entity may be chosen.
    pub(super) fn allows(&self, entity: &Entity) -> bool {
        let is_kind = |kind: &&str| kind.eq_ignore_ascii_case(entity.kind());
        (self.kinds.is_empty() || self.kinds.iter().any(is_kind))
            && self.filter.is_none_or(|filter| matches(filter, entity))
            && self
                .owners
                .as_ref()
                .is_none_or(|owners| entity.related("ownedBy").any(|owner| owners.contains(owner)))
            && self.among.as_ref().is_none_or(|among| among.contains(&entity.reference))
    }

    /// The kind that all choices have, when there is just one.
    pub(super) fn kind(&self) -> Option<&'s str> {
        match self.kinds.as_slice() {
            [kind] => return Some(kind),
            [_, ..] => return None,
            [] => {}
        }
        let maps: Vec<_> = match self.filter? {
            Value::Array(maps) => maps.iter().collect(),
            map => vec![map],
        };
        let kinds: Vec<_> = maps.iter().map(|map| map.get("kind")?.as_str()).collect();
        match kinds.as_slice() {
            [Some(first), rest @ ..] if rest.iter().all(|kind| *kind == Some(first)) => Some(first),
            _ => None,
        }
    }

    /// What the choice is limited to, for messages: `kind Resource, spec.type team-project`.
    pub(super) fn describe(&self) -> String {
        let mut parts = Vec::new();
        if !self.kinds.is_empty() {
            parts.push(format!("kind {}", self.kinds.join(" or ")));
        }
        if let Some(Value::Object(map)) = self.filter {
            parts.extend(map.iter().map(|(key, value)| match value {
                Value::String(text) => format!("{key} {text}"),
                Value::Array(items) => {
                    let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
                    format!("{key} {}", items.join(" or "))
                }
                _ => format!("any {key}"),
            }));
        }
        if self.owners.is_some() {
            parts.push("owned by the requester or one of their groups".to_owned());
        }
        if self.among.is_some() {
            parts.push("with the requester as a member".to_owned());
        }
        parts.join(", ")
    }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => vec![text],
        _ => Vec::new(),
    }
}

/// Backstage's rule: a list of maps is "or", a map is "and", a list of values is "or".
fn matches(filter: &Value, entity: &Entity) -> bool {
    match filter {
        Value::Array(maps) => maps.iter().any(|map| matches(map, entity)),
        Value::Object(map) => {
            map.iter().all(|(key, wanted)| is_wanted(wanted, &facts(entity, key)))
        }
        _ => false,
    }
}

fn is_wanted(wanted: &Value, facts: &[String]) -> bool {
    match wanted {
        Value::Array(any) => any.iter().any(|one| is_wanted(one, facts)),
        Value::Object(map) if map.contains_key("exists") => {
            map.get("exists") == Some(&Value::Bool(!facts.is_empty()))
        }
        Value::String(text) => facts.contains(&text.to_lowercase()),
        other => facts.contains(&other.to_string()),
    }
}

/// What an entity has under a catalog filter path, in lower case.
fn facts(entity: &Entity, key: &str) -> Vec<String> {
    let key = key.to_lowercase();
    if let Some(relation) = key.strip_prefix("relations.") {
        let of_type = |kind: &str| kind.eq_ignore_ascii_case(relation);
        let related = entity.relations.iter().filter(|r| of_type(r.kind));
        return related.map(|r| r.target.to_string()).collect();
    }
    let mut found = Vec::new();
    collect(&entity.document, &key, &mut found);
    if key == "metadata.namespace" && found.is_empty() {
        found.push(entity.namespace().to_lowercase());
    }
    found
}

fn collect(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.to_lowercase();
                match path.strip_prefix(&key) {
                    Some("") => collect(value, "", found),
                    Some(rest) => {
                        if let Some(rest) = rest.strip_prefix('.') {
                            collect(value, rest, found);
                        }
                    }
                    None => {}
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                match item.as_str() {
                    Some(text) if !path.is_empty() => {
                        if text.to_lowercase() == path {
                            found.push("true".to_owned());
                        }
                    }
                    _ => collect(item, path, found),
                }
            }
        }
        Value::Null => {}
        Value::String(text) if path.is_empty() => found.push(text.to_lowercase()),
        other if path.is_empty() => found.push(other.to_string()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::Arc;

    fn entity() -> Entity {
        let document = json!({
            "kind": "Resource",
            "metadata": {
                "name": "shop", "tags": ["Java"],
                "annotations": {"dev.azure.com/project": "Shop"}
            },
            "spec": {"type": "team-project", "size": 3}
        });
        Entity::new(EntityRef::new("resource", "default", "shop"), Arc::new(document), Vec::new())
    }

    #[test]
    fn filters_follow_backstage() {
        for (filter, expected) in [
            (json!({"kind": "resource", "spec.type": "Team-Project"}), true),
            (json!({"kind": ["Component", "Resource"]}), true),
            (json!([{"kind": "Component"}, {"kind": "Resource"}]), true),
            (json!({"kind": "Resource", "spec.type": "database"}), false),
            (json!({"metadata.annotations.dev.azure.com/project": {"exists": true}}), true),
            (json!({"metadata.annotations.nope": {"exists": true}}), false),
            (json!({"metadata.annotations.nope": {"exists": false}}), true),
            (json!({"metadata.tags": "java"}), true),
            (json!({"metadata.tags.java": true}), true),
            (json!({"metadata.namespace": "default"}), true),
            (json!({"spec.size": 3}), true),
        ] {
            assert_eq!(matches(&filter, &entity()), expected, "{filter}");
        }
    }
}
