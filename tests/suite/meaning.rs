//! `callboard explain` and `callboard diff`: which source a field comes from, and which fields changed.

use callboard_testing::{Portal, assert_text, group, str};

use crate::program::RunProgram;

const CART: &str = "apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: cart
  description: from the inventory
  tags: [java]
spec:
  type: service
  lifecycle: experimental
  owner: group:default/shop
  dependsOn: [resource:default/store]
";

fn portal() -> Portal {
    Portal::empty()
        .with("callboard.yaml", "title: Test\nsources: [inventory]\n")
        .with("catalog-data/entities/inventory/component/default/cart.yaml", CART)
        .with(
            "catalog-data/manual/cart.yaml",
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: cart\n  description: by hand\n  tags: [critical]\nspec: { type: service, lifecycle: experimental, owner: shop }\n",
        )
}

#[test]
fn an_entity_is_explained_field_by_field() {
    let ran = portal().run(&["explain", "cart"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_text(
        ran.stdout,
        str![[r#"
component:default/cart
inventory: catalog-data/entities/inventory/component/default/cart.yaml
manual: catalog-data/manual/cart.yaml

apiVersion: backstage.io/v1alpha1  manual:1, also inventory:1
kind: Component                    manual:2, also inventory:2
metadata:
  name: cart                       manual:4, also inventory:4
  description: by hand             manual:5, not inventory:5: from the inventory
  tags:
    - java                         inventory:6
    - critical                     manual:6
spec:
  type: service                    manual:7, also inventory:8
  lifecycle: experimental          manual:7, also inventory:9
  owner: shop                      manual:7, not inventory:10: group:default/shop
  dependsOn:
    - resource:default/store       inventory:11
# dependsOn resource:default/store  does not exist
# ownedBy group:default/shop  does not exist

"#]],
    );
    let json: serde_json::Value =
        serde_json::from_str(&portal().run(&["explain", "Component:cart", "--json"]).stdout)
            .expect("JSON");
    let fields = json["fields"].as_array().expect("fields");
    let found = fields.iter().find(|field| field["pointer"] == "/metadata/description");
    let found = found.expect("the description");
    assert_eq!(found["said_by"]["file"], "catalog-data/manual/cart.yaml");
    assert_eq!(found["said_by"]["line"], 5);
    assert_eq!(found["others"][0]["instead"], "from the inventory");
}

#[test]
fn an_unknown_entity_gets_a_suggestion() {
    let ran = portal().run(&["explain", "component:crat"]);
    assert_eq!(ran.code, 1);
    assert_text(
        ran.stderr,
        str![[r#"
error: there is no entity `component:crat`
hint: did you mean `component:default/cart`?

"#]],
    );
}

#[test]
fn differences_are_reported_by_entity_and_field() {
    let portal = portal();
    portal.commit("before");
    let entities = "catalog-data/entities/inventory";
    let changed = CART
        .replace("experimental", "production")
        .replace("resource:default/store", "resource:store, api:default/prices");
    let portal = portal
        .with(&format!("{entities}/component/default/cart.yaml"), &changed)
        .with("catalog-data/manual/cart.yaml", "# nothing by hand any more\n")
        .with(&format!("{entities}/group/default/shop.yaml"), group("shop", "title: The Shop"));
    let told = "1 added\n  + group:default/shop The Shop\n";
    assert!(portal.run(&["diff", "HEAD"]).stdout.starts_with(told));
    portal.commit("after");
    let ran = portal.run(&["diff", "HEAD~1..HEAD"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_text(
        ran.stdout,
        str![[r#"
1 added
  + group:default/shop The Shop

1 changed
  ~ component:default/cart
    lifecycle: experimental → production
    dependsOn + api:default/prices
    description: by hand → from the inventory
    tags - critical

1 owner
  group:default/shop 1

"#]],
    );
    let ran = portal.run(&["diff", "HEAD~1...HEAD", "--format", "markdown"]);
    assert_text(
        ran.stdout,
        str![[r#"
**Catalog: 1 added, 1 changed**

Of `group:default/shop` (1)

<details open>
<summary>1 added</summary>

- `group:default/shop` `The Shop`

</details>

<details open>
<summary>1 changed</summary>

- `component:default/cart`
  - `lifecycle`: `experimental` → `production`
  - `dependsOn` + `api:default/prices`
  - `description`: `by hand` → `from the inventory`
  - `tags` - `critical`

</details>

"#]],
    );
    let ran = portal.run(&["diff", "HEAD~1..HEAD", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(json["changed"][0]["changes"][0]["field"], "lifecycle");
    assert_text(
        portal.run(&["diff", "HEAD"]).stdout,
        str![[r#"
no difference in meaning

"#]],
    );
    let ran = portal.run(&["diff", "HEAD~9..HEAD"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("A shallow clone has only its newest commits"), "{}", ran.stderr);
}
