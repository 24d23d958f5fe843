//! What Backstage's entity pickers (`ui:field` of a template's parameters) let people choose: the same
//! rules for the form that offers the entities and for the plan that checks the request.
//!
//! The rules are those of `@backstage/plugin-scaffolder`: `catalogFilter`, `allowedKinds`, `defaultKind`,
//! `defaultNamespace` and `allowArbitraryValues` of `ui:options`, and of the catalog's `EntityFilterQuery`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    Catalog, Entity, EntityRef,
    reference::{DEFAULT_NAMESPACE, RefError},
};

/// The entities that one parameter may name.
#[derive(Debug)]
pub struct Choices<'s> {
    /// Alternatives of conditions that hold together; `None` without a `catalogFilter`.
    alternatives: Option<Vec<Vec<Condition<'s>>>>,
    /// Kinds, in any case; empty: all.
    kinds: Vec<&'s str>,
    audience: Audience,
    /// What a reference without a kind or namespace means.
    default_kind: Option<&'s str>,
    default_namespace: &'s str,
    /// Whether a text that names no such entity is taken, too.
    pub is_free: bool,
}

/// Whether the choice depends on who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    Everybody,
    /// Who owns the entity, in person or by a group.
    Owners,
    /// The members of the group.
    Members,
}

/// One entry of a `catalogFilter`.
#[derive(Debug)]
struct Condition<'s> {
    /// The path as the template writes it, such as `metadata.tags`.
    key: &'s str,
    /// The path in lower case.
    path: String,
    wanted: &'s Value,
}

/// Who asks, and the groups of which they are a member.
#[derive(Debug)]
pub struct Requester {
    /// The user.
    pub reference: EntityRef,
    /// Their groups, as the catalog has them.
    pub groups: Vec<EntityRef>,
}

impl Requester {
    /// Finds the groups of a user; a user who is not in the catalog has none.
    pub fn of(catalog: &Catalog, user: &EntityRef) -> Self {
        let entity = catalog.get(user);
        let groups = entity.map(|user| user.related("memberOf").cloned().collect());
        Self { reference: user.clone(), groups: groups.unwrap_or_default() }
    }

    fn is_or_is_in(&self, reference: &EntityRef) -> bool {
        self.reference == *reference || self.groups.contains(reference)
    }
}

impl<'s> Choices<'s> {
    /// Reads `ui:field` and `ui:options` of the schema of a parameter. `None` when it does not pick
    /// entities.
    pub fn of(schema: &'s Value) -> Option<Self> {
        let field = schema.get("ui:field")?.as_str()?;
        let options = schema.get("ui:options");
        let option = |name: &str| options.and_then(|options| options.get(name));
        let text = |name: &str| option(name).and_then(Value::as_str);
        let filter = option("catalogFilter");
        let mut kinds = texts(option("allowedKinds"));
        let audience = match field {
            "EntityPicker" | "MultiEntityPicker" | "OwnerPicker" => Audience::Everybody,
            "OwnedEntityPicker" => Audience::Owners,
            "MyGroupsPicker" => Audience::Members,
            _ => return None,
        };
        match field {
            "OwnerPicker" if kinds.is_empty() && filter.is_none() => kinds = vec!["Group", "User"],
            "MyGroupsPicker" => kinds = vec!["Group"],
            _ => {}
        }
        let mut choices = Self {
            alternatives: filter.map(alternatives),
            kinds,
            audience,
            default_kind: None,
            default_namespace: text("defaultNamespace").unwrap_or(DEFAULT_NAMESPACE),
            is_free: option("allowArbitraryValues") == Some(&Value::Bool(true)),
        };
        let default_kind = text("defaultKind").or_else(|| choices.kind());
        choices.default_kind = default_kind.or((field == "OwnerPicker").then_some("Group"));
        Some(choices)
    }

    /// The entities for which a filter of the form of `catalogFilter` holds.
    pub fn filtered(filter: &'s Value) -> Self {
        Self {
            alternatives: Some(alternatives(filter)),
            kinds: Vec::new(),
            audience: Audience::Everybody,
            default_kind: None,
            default_namespace: DEFAULT_NAMESPACE,
            is_free: false,
        }
    }

    /// True when somebody may choose the entity.
    pub fn offers(&self, entity: &Entity) -> bool {
        let is_kind = |kind: &&str| kind.eq_ignore_ascii_case(entity.kind());
        let holds = |all: &Vec<Condition<'_>>| all.iter().all(|condition| condition.holds(entity));
        (self.kinds.is_empty() || self.kinds.iter().any(is_kind))
            && self.alternatives.as_ref().is_none_or(|any| any.iter().any(holds))
    }

    /// True when the requester may choose the entity.
    pub fn allows(&self, entity: &Entity, requester: &Requester) -> bool {
        let is_for = |audience: Vec<&EntityRef>| audience.iter().any(|r| requester.is_or_is_in(r));
        self.offers(entity) && self.audience_of(entity).is_none_or(is_for)
    }

    /// The users and groups for whom an entity is a choice: who is none of them and a member of none of
    /// them may not choose it. `None`: everybody may.
    pub fn audience_of<'e>(&self, entity: &'e Entity) -> Option<Vec<&'e EntityRef>> {
        match self.audience {
            Audience::Everybody => None,
            Audience::Owners => Some(entity.related("ownedBy").collect()),
            Audience::Members => Some(vec![&entity.reference]),
        }
    }

    /// True when the choice depends on who asks.
    pub fn depends_on_requester(&self) -> bool {
        self.audience != Audience::Everybody
    }

    /// Reads a value of the parameter as a reference; a kind or namespace that is not written is the one
    /// that the picker defaults to.
    ///
    /// # Errors
    /// The text is no reference, or has no kind where the picker has no default.
    pub fn reference(&self, text: &str) -> Result<EntityRef, RefError> {
        EntityRef::parse(text, self.default_kind, self.default_namespace)
    }

    /// The kind that all choices have as the template writes it, when there is just one.
    pub fn kind(&self) -> Option<&'s str> {
        match self.kinds.as_slice() {
            [kind] => return Some(kind),
            [_, ..] => return None,
            [] => {}
        }
        let kind = |all: &Vec<Condition<'s>>| {
            all.iter().find(|condition| condition.key == "kind")?.wanted.as_str()
        };
        let kinds: Vec<_> = self.alternatives.iter().flatten().map(kind).collect();
        match kinds.as_slice() {
            [Some(first), rest @ ..] if rest.iter().all(|kind| *kind == Some(first)) => Some(first),
            _ => None,
        }
    }

    /// What the choice is limited to, for messages: `kind Resource, spec.type team-project`.
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        if !self.kinds.is_empty() {
            parts.push(format!("kind {}", self.kinds.join(" or ")));
        }
        if let Some([all]) = self.alternatives.as_deref() {
            parts.extend(all.iter().map(Condition::describe));
        }
        match self.audience {
            Audience::Everybody => {}
            Audience::Owners => {
                parts.push("owned by the requester or one of their groups".to_owned());
            }
            Audience::Members => parts.push("with the requester as a member".to_owned()),
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

/// Reads a filter: of a list of maps one has to hold, of a map all entries. Anything else never holds.
fn alternatives(filter: &Value) -> Vec<Vec<Condition<'_>>> {
    let maps = match filter {
        Value::Array(maps) => maps.as_slice(),
        map => std::slice::from_ref(map),
    };
    maps.iter().filter_map(Value::as_object).map(conditions).collect()
}

fn conditions(map: &Map<String, Value>) -> Vec<Condition<'_>> {
    let conditions = map.iter();
    conditions.map(|(key, wanted)| Condition { key, path: key.to_lowercase(), wanted }).collect()
}

impl Condition<'_> {
    fn holds(&self, entity: &Entity) -> bool {
        is_wanted(self.wanted, &values(entity, &self.path))
    }

    fn describe(&self) -> String {
        let key = self.key;
        match self.wanted {
            Value::String(text) => format!("{key} {text}"),
            Value::Array(items) => {
                let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
                format!("{key} {}", items.join(" or "))
            }
            _ => format!("any {key}"),
        }
    }
}

/// Of a list of wanted values one has to be there; `exists` asks whether there is any.
fn is_wanted(wanted: &Value, values: &[Cow<'_, str>]) -> bool {
    match wanted {
        Value::Array(any) => any.iter().any(|one| is_wanted(one, values)),
        Value::Object(map) if map.contains_key("exists") => {
            map.get("exists") == Some(&Value::Bool(!values.is_empty()))
        }
        Value::String(text) => values.iter().any(|value| is_same(value, text)),
        other => values.iter().any(|value| is_same(value, &other.to_string())),
    }
}

/// Texts are compared without regard to case.
fn is_same(one: &str, other: &str) -> bool {
    let is_ascii = one.is_ascii() && other.is_ascii();
    one.eq_ignore_ascii_case(other) || (!is_ascii && one.to_lowercase() == other.to_lowercase())
}

/// What an entity has under a path in lower case.
fn values<'e>(entity: &'e Entity, path: &str) -> Vec<Cow<'e, str>> {
    if let Some(relation) = path.strip_prefix("relations.") {
        let relations = entity.relations.iter();
        let of_type = relations.filter(|found| found.kind.eq_ignore_ascii_case(relation));
        return of_type.map(|found| found.target.as_str().into()).collect();
    }
    let mut found = Vec::new();
    collect(&entity.document, path, &mut found);
    if path == "metadata.namespace" && found.is_empty() {
        found.push(entity.namespace().into());
    }
    found
}

/// Adds what is below a path. A text in a list is a value of the list, and its name below the list is
/// `true`: `metadata.tags.java`.
fn collect<'v>(value: &'v Value, path: &str, found: &mut Vec<Cow<'v, str>>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match without_key(path, key) {
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
                        if is_same(text, path) {
                            found.push("true".into());
                        }
                    }
                    _ => collect(item, path, found),
                }
            }
        }
        Value::Null => {}
        Value::String(text) if path.is_empty() => found.push(text.into()),
        other if path.is_empty() => found.push(other.to_string().into()),
        _ => {}
    }
}

/// The rest of a path in lower case that begins with a key in any case. Pages ask this often, so that
/// keys of ASCII are compared where they are.
fn without_key<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    if !key.is_ascii() {
        return path.strip_prefix(&*key.to_lowercase());
    }
    let start = path.get(..key.len())?;
    start.eq_ignore_ascii_case(key).then(|| &path[key.len()..])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::testing;

    fn catalog() -> Catalog {
        testing::catalog(
            "
kind: Resource
metadata: {name: shop, tags: [Java], annotations: {dev.azure.com/project: Shop}}
spec: {type: team-project, size: 3, owner: crew}
---
{kind: Group, metadata: {name: crew}, spec: {type: team, children: []}}
---
{kind: Group, metadata: {name: guests}, spec: {type: team, children: []}}
---
{kind: User, metadata: {name: ann}, spec: {memberOf: [crew]}}
---
{kind: Component, metadata: {name: own}, spec: {owner: 'user:ann'}}
",
        )
    }

    /// Names of what a picker offers to everybody, and of what it allows to Ann.
    fn offered(field: &str, options: Value) -> [String; 2] {
        let (catalog, schema) = (catalog(), json!({"ui:field": field, "ui:options": options}));
        let choices = Choices::of(&schema).expect("a picker");
        let ann = Requester::of(&catalog, &EntityRef::new("user", "default", "ann"));
        let names = |wanted: &dyn Fn(&Entity) -> bool| {
            let wanted = catalog.entities().iter().filter(|entity| wanted(entity));
            wanted.map(Entity::name).collect::<Vec<_>>().join(" ")
        };
        [names(&|e| choices.offers(e)), names(&|e| choices.allows(e, &ann))]
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
            (json!({"relations.ownedBy": "group:default/crew"}), true),
            (json!({"Relations.OwnedBy": "Group:default/Crew"}), true),
            (json!({"relations.ownedBy": "group:default/guests"}), false),
            (json!("Resource"), false),
        ] {
            let [offered, _] = offered("EntityPicker", json!({"catalogFilter": &filter}));
            assert_eq!(offered.split(' ').any(|name| name == "shop"), expected, "{filter}");
        }
    }

    #[test]
    fn each_picker_has_its_kinds_and_its_audience() {
        let of = |field: &str| offered(field, json!({}));
        assert_eq!(of("OwnerPicker"), ["crew guests ann"; 2]);
        assert_eq!(of("MyGroupsPicker"), ["crew guests", "crew"]);
        assert_eq!(of("EntityPicker"), ["own crew guests shop ann"; 2]);
        assert_eq!(of("MultiEntityPicker"), ["own crew guests shop ann"; 2]);
        assert_eq!(of("OwnedEntityPicker"), ["own crew guests shop ann", "own shop"]);
        let groups = offered("EntityPicker", json!({"allowedKinds": ["Group"]}));
        assert_eq!(groups, ["crew guests"; 2]);
        let both = json!({"allowedKinds": ["Group"], "catalogFilter": {"metadata.name": "crew"}});
        assert_eq!(offered("OwnerPicker", both), ["crew"; 2]);
        assert!(Choices::of(&json!({"ui:field": "EntityNamePicker"})).is_none());
    }

    #[test]
    fn a_choice_has_a_default_kind_and_a_description() {
        let schema = json!({"ui:field": "OwnerPicker"});
        let choices = Choices::of(&schema).expect("a picker");
        assert_eq!((choices.kind(), choices.describe().as_str()), (None, "kind Group or User"));
        let crew = choices.reference("crew").map(|reference| reference.to_string());
        assert_eq!(crew.as_deref(), Ok("group:default/crew"));
        let filter = json!([{"kind": "Resource", "spec.type": ["a", "b"], "spec.x": true}]);
        let schema =
            json!({"ui:field": "OwnedEntityPicker", "ui:options": {"catalogFilter": filter}});
        let choices = Choices::of(&schema).expect("a picker");
        assert_eq!(choices.kind(), Some("Resource"));
        assert_eq!(
            choices.describe(),
            "kind Resource, spec.type a or b, any spec.x, owned by the requester or one of their groups"
        );
    }
}
