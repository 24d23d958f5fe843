//! What each lint reports, and what it does not report.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::lint;
use crate::{
    base::diagnostics::Level,
    catalog::{
        Catalog,
        testing::{document as entity, entity_in},
    },
};

fn component(name: &str, spec: Value) -> Value {
    let mut whole = json!({"type": "service", "lifecycle": "production", "owner": "team"});
    if let (Some(whole), Value::Object(spec)) = (whole.as_object_mut(), spec) {
        whole.extend(spec);
    }
    entity("Component", name, whole)
}

/// What is found, as `level code: message`, in the order of files, which is that of the list.
fn found(entities: Vec<Value>) -> Vec<String> {
    let entities = entities.into_iter().enumerate();
    let entities = entities.map(|(at, document)| entity_in(&format!("{at:03}.yaml"), document));
    let problems = lint(&BTreeMap::<String, String>::new(), &Catalog::new(entities.collect()));
    problems.iter().map(|d| format!("{} {}: {}", d.level.as_str(), d.code, d.message)).collect()
}

#[test]
fn an_owner_needs_people_somewhere_below_it() {
    let group = |name: &str, spec: Value| entity("Group", name, spec);
    let groups = || {
        vec![
            component("a", json!({"owner": "unit"})),
            component("b", json!({"owner": "ghosts"})),
            group("unit", json!({"type": "unit", "children": ["people"]})),
            group("people", json!({"type": "team", "children": []})),
            group("ghosts", json!({"type": "team", "children": [], "parent": "unit"})),
        ]
    };
    assert!(found(groups()).is_empty(), "a catalog without members says nothing");
    let mut with_people = groups();
    with_people.push(entity("User", "ada", json!({"memberOf": ["people"]})));
    with_people.push(entity("User", "bob", json!({"memberOf": []})));
    assert_eq!(
        found(with_people),
        [
            "warning empty-owner: `group:default/ghosts` owns entities, but has no members",
            "note user-without-group: `user:default/bob` is in no group",
        ]
    );
}

#[test]
fn a_group_outside_the_hierarchy_is_only_odd_when_it_is_nearly_alone() {
    let mut groups: Vec<_> = (0..12)
        .map(|n| {
            entity(
                "Group",
                &format!("g{n}"),
                json!({"type": "team", "children": [], "parent": "root"}),
            )
        })
        .collect();
    groups.push(entity("Group", "root", json!({"type": "root", "children": []})));
    groups.push(entity("Group", "lost", json!({"type": "team", "children": []})));
    assert_eq!(
        found(groups),
        ["note isolated-group: `group:default/lost` has neither a parent nor children"]
    );
    let flat = ["a", "b", "c"].map(|n| entity("Group", n, json!({"type": "team", "children": []})));
    assert!(found(flat.to_vec()).is_empty());
}

#[test]
fn names_that_differ_in_writing_are_found_and_numbered_ones_left_alone() {
    let names = |names: &[&str]| found(names.iter().map(|n| component(n, json!({}))).collect());
    assert_eq!(
        names(&["Panier_API", "panier-api", "panierapi"]),
        [
            "warning same-name: `Panier_API` is written almost as `panier-api`",
            "warning same-name: `panierapi` is written almost as `panier-api`",
        ]
    );
    assert_eq!(
        names(&["order-service", "ordre-service"]),
        ["note similar-name: `ordre-service` differs from `order-service` by one letter"]
    );
    let fine = ["v1.1", "v11", "team-a-web", "team-b-web", "worker-1", "worker-2", "prod", "prof"];
    assert!(names(&fine).is_empty(), "{:?}", names(&fine));
    let people = ["marie.martin", "maria.martin"];
    let people = people.map(|name| entity("User", name, json!({"memberOf": []})));
    assert!(found(people.to_vec()).is_empty());
}

#[test]
fn rings_are_found_once_with_the_shortest_way_round() {
    let group = |name: &str, parent: &str| {
        entity("Group", name, json!({"type": "team", "children": [], "parent": parent}))
    };
    let api = |name: &str, on: &[&str]| component(name, json!({"dependsOn": on}));
    let entities = vec![
        group("a", "c"),
        group("b", "a"),
        group("c", "b"),
        group("below", "a"),
        api("x", &["component:y", "component:z"]),
        api("y", &["component:z"]),
        api("z", &["component:x"]),
        api("self", &["component:self"]),
    ];
    assert_eq!(
        found(entities),
        [
            "warning cycle: the hierarchy is a ring: `group:default/a` → `group:default/c` → \
             `group:default/b` → `group:default/a`",
            "note dependency-cycle: the dependencies are a ring: `component:default/x` → \
             `component:default/z` → `component:default/x`",
            "note dependency-cycle: the dependencies are a ring: `component:default/self` → \
             `component:default/self`",
        ]
    );
}

#[test]
fn leftovers_are_notes() {
    let api = |name: &str| {
        let spec =
            json!({"type": "grpc", "lifecycle": "production", "owner": "team", "definition": "x"});
        entity("API", name, spec)
    };
    assert!(found(vec![api("a"), api("b")]).is_empty(), "nobody writes down providers");
    let entities = vec![
        api("a"),
        api("b"),
        component("c", json!({"providesApis": ["a"]})),
        entity("System", "s", json!({"owner": "team"})),
        json!({"apiVersion": "scaffolder.backstage.io/v1beta3", "kind": "Template",
               "metadata": {"name": "t"}, "spec": {"type": "x", "steps": []}}),
    ];
    assert_eq!(
        found(entities),
        [
            "note unprovided-api: nobody provides `api:default/b`",
            "note empty-system: `system:default/s` has no parts",
            "note no-owner: nobody owns this",
        ]
    );
}

#[test]
fn slips_of_the_pen_among_many_and_deprecated_annotations_are_warnings() {
    let mut entities: Vec<_> = (0..60).map(|n| component(&format!("c{n}"), json!({}))).collect();
    entities.push(component("slip", json!({"lifecycle": "producton"})));
    entities.push(component("case", json!({"lifecycle": "Production"})));
    entities.push(component("other", json!({"lifecycle": "sunset", "type": "library"})));
    let mut old = component("old", json!({}));
    old["metadata"]["annotations"] = json!({"jenkins.io/github-folder": "x"});
    entities.push(old);
    assert_eq!(
        found(entities),
        [
            "warning rare-value: hardly any Component has the lifecycle `producton`",
            "warning rare-value: hardly any Component has the lifecycle `Production`",
            "warning deprecated-annotation: the annotation `jenkins.io/github-folder` is deprecated",
        ]
    );
    assert!(Level::Note < Level::Warning);
}
