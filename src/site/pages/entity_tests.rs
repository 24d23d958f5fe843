//! Pages of entities in a built site: they show all relations, sources and notices.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    catalog::{
        Catalog, Entity,
        testing::{entity, merged},
    },
    site::{
        tests::{simple, site_of},
        text::address,
    },
};

/// The element `main` of a page.
fn main_of(html: &str) -> &str {
    let start = html.find("<main").expect("a main part");
    &html[start..html.find("</main>").expect("its end")]
}

fn section<'h>(html: &'h str, id: &str) -> &'h str {
    let start = html.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}: {html}"));
    let rest = &html[start..];
    &rest[..rest.find("</section>").expect("its end")]
}

fn page_of(entities: Vec<Entity>, reference: &str) -> String {
    let catalog = Catalog::new(entities.clone());
    let found = catalog.entities().iter().find(|e| e.reference.as_str() == reference);
    let path = address::entity_page(&found.expect("an entity").reference);
    main_of(&site_of(entities)[&path]).to_owned()
}

/// Fourteen entities with the relations of `pairs`: the number of an entity, of a field, and of the target. Target
/// 14 does not exist.
fn related_entities(pairs: &[(usize, usize, usize)]) -> Vec<Entity> {
    const KINDS: [&str; 7] = ["Component", "API", "Resource", "System", "Domain", "Group", "User"];
    const FIELDS: [&str; 7] =
        ["owner", "system", "dependsOn", "providesApis", "consumesApis", "children", "memberOf"];
    let name = |at: usize| format!("{}-{at}", KINDS[at % 7].to_lowercase());
    let reference = |at: usize| format!("{}:{}", KINDS[at % 7], name(at));
    (0..14)
        .map(|at| {
            let mut spec = json!({"type": "t", "lifecycle": "production", "domain": reference(11)});
            for (_, field, to) in pairs.iter().filter(|(from, ..)| from % 14 == at) {
                let field = FIELDS[field % 7];
                let to = reference(to % 15);
                match (field, &mut spec[field]) {
                    ("owner" | "system", value) => *value = to.into(),
                    (_, Value::Array(list)) => list.push(to.into()),
                    (_, value) => *value = json!([to]),
                }
            }
            simple(KINDS[at % 7], &name(at), spec)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_relation_of_an_entity_is_on_its_page(
        pairs in prop::collection::vec((0_usize..14, 0_usize..7, 0_usize..15), 0..60)
    ) {
        let entities = related_entities(&pairs);
        let catalog = Catalog::new(entities.clone());
        let files = site_of(entities);
        for entity in catalog.entities() {
            let html = main_of(&files[&address::entity_page(&entity.reference)]);
            for relation in &entity.relations {
                let shown = match catalog.get(&relation.target) {
                    Some(target) => html.contains(&address::entity_page(&target.reference)),
                    None => html.contains(relation.target.name()),
                };
                prop_assert!(shown, "{} {:?}", entity.reference, relation);
            }
        }
    }
}

#[test]
fn many_relations_are_counted_with_a_link_to_a_list() {
    let component = |at: usize| {
        let spec = json!({"type": "service", "lifecycle": "production", "owner": "shop",
                          "system": "all", "dependsOn": ["resource:db"]});
        simple("Component", &format!("c{at:03}"), spec)
    };
    let mut entities: Vec<_> = (0..450).map(component).collect();
    entities.push(simple("Group", "shop", json!({"type": "team", "children": []})));
    entities.push(simple("System", "all", json!({"owner": "shop"})));
    entities.push(simple("Resource", "db", json!({"type": "database", "owner": "shop"})));
    let db = page_of(entities.clone(), "resource:default/db");
    assert!(section(&db, "dependencyOf-component").contains("Used by 450"));
    assert!(db.contains("50 more are only counted"));
    // The picture has twelve places: eleven entities, and the number of the others.
    assert!(db.contains("+ 438 more components"), "{db}");
    assert!(section(&db, "dependants").contains("250+"), "{db}");
    let shop = page_of(entities.clone(), "group:default/shop");
    let owned = section(&shop, "owned");
    assert!(
        owned.contains(
            "components.html?owner=group%3Adefault%2Fshop&amp;system=system%3Adefault%2Fall"
        ),
        "{owned}"
    );
    assert!(!owned.contains("c001.html") && shop.len() < 12_000, "{}", shop.len());
    let all = page_of(entities, "system:default/all");
    assert!(section(&all, "diagram").contains("450 parts"));
    assert!(section(&all, "diagram").contains("426 more components"), "{all}");
    assert!(section(&all, "hasPart-component").contains("components.html?system="));
}

#[test]
fn the_table_of_sources_has_the_value_of_each_source() {
    let cart = |owner: &str| {
        json!({"apiVersion": "backstage.io/v1alpha1", "kind": "Component",
            "metadata": {"name": "cart"}, "spec": {"type": "service", "lifecycle": "production", "owner": owner}})
    };
    let cart = merged(&[
        ("carto", "catalog-data/entities/carto/cart.yaml", cart("old")),
        ("manual", "catalog-data/entities/manual/cart.yaml", cart("new")),
    ]);
    let page = page_of(vec![cart], "component:default/cart");
    let table = &page[page.find("id=\"said\"").expect("the table")..];
    let row =
        "<code>spec.owner</code></td><td>new <small>carto: <del>old</del></small></td><td>manual";
    assert!(table.contains(row), "{table}");
}

#[test]
fn a_deprecated_entity_names_its_successor() {
    let spec = |lifecycle: &str| json!({"type": "service", "lifecycle": lifecycle, "owner": "x"});
    let mut old = json!({"apiVersion": "v1", "kind": "Component", "metadata": {"name": "old"}, "spec": spec("deprecated")});
    old["metadata"]["annotations"] =
        json!({"acme.example/replaced-by": "new", "backstage.io/orphan": "true"});
    let page = page_of(
        vec![entity(old), simple("Component", "new", spec("production"))],
        "component:default/old",
    );
    assert!(page.contains("Deprecated.") && page.contains("component/new.html\">new</a> instead"));
    assert!(page.contains("it can be removed"));
    assert!(page.contains("<bdi>x</bdi> (team)"), "the missing owner is named: {page}");
}

#[test]
fn hostile_annotations_become_no_script_addresses() {
    let evil = "\"><script>alert(1)</script>/../..//javascript:alert(1)";
    let document = json!({"apiVersion": "v1", "kind": "Component", "metadata": {"name": "evil",
        "annotations": {
            "github.com/project-slug": evil, "gitlab.com/instance": "javascript:x/", "gitlab.com/project-slug": evil,
            "github.com/source-url": "javascript:alert(1)", "datadoghq.com/dashboard-url": "data:text/html,x",
            "a/successor": evil, evil: "https://ok.example/\"onmouseover=x"
        }}, "spec": {"type": "x", "lifecycle": "deprecated", "dependsOn": [format!("{evil}:{evil}")]}});
    let page = page_of(vec![entity(document)], "component:default/evil");
    assert!(
        !page.contains("<script")
            && !page.contains("href=\"javascript")
            && !page.contains("href=\"data")
    );
    assert!(page.contains("href=\"https://ok.example/%22onmouseover=x\""), "{page}");
}
