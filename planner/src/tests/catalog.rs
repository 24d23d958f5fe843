//! `catalog:*`.

use super::{Portal, step};

fn component(name: &str, more: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n\
         spec: {{type: service, lifecycle: production, owner: platform{more}}}\n"
    )
}

/// A portal that publishes the skeleton and registers its descriptor.
fn register() -> Portal {
    let steps = step("fetch:plain", "{url: ./skeleton}")
        + "    - id: publish\n      action: publish:git\n      input: {repoUrl: 'github.com?owner=a&repo=b'}\n"
        + &step(
            "catalog:register",
            "{repoContentsUrl: '${{ steps.publish.output.repoContentsUrl }}'}",
        );
    Portal::with_steps(&steps)
}

/// The entities that the plan registers: reference and document.
fn registered(portal: &Portal) -> Vec<(String, serde_json::Value)> {
    let plan = portal.plan().unwrap_or_else(|problems| panic!("{problems:?}"));
    let entities = plan.effects().flat_map(crate::Effect::entities);
    entities.map(|entity| (entity.reference, entity.document)).collect()
}

#[test]
fn a_descriptor_includes_files_and_has_several_entities() {
    let api = "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: pay}\nspec:\n  type: openapi\n  \
               lifecycle: production\n  owner: platform\n  definition: {$text: ./api/pay.yaml}\n";
    let portal = register()
        .with_file(
            "catalog-info.yaml",
            &(component("cart", ", providesApis: [pay]") + "---\n" + api),
        )
        .with_file("api/pay.yaml", "openapi: 3.1.0\n");
    let entities = registered(&portal);
    let names: Vec<_> = entities.iter().map(|(reference, _)| reference.as_str()).collect();
    assert_eq!(names, ["component:default/cart", "api:default/pay"]);
    assert_eq!(entities[1].1["spec"]["definition"], "openapi: 3.1.0\n");
    assert_eq!(portal.warnings(), "");
    let portal = portal.with_file("catalog-info.yaml", &api.replace("./api/", "../"));
    assert!(portal.problems().contains("is outside of what is published"), "{}", portal.problems());
    let portal = portal
        .with_file("catalog-info.yaml", &api.replace("./api/pay.yaml", "https://x.example/y"));
    assert!(portal.problems().contains("a plan has no network"), "{}", portal.problems());
    let portal = portal.with_file("catalog-info.yaml", &api.replace("pay.yaml", "nope.yaml"));
    let found = portal.problems();
    assert!(
        found.contains("catalog-info.yaml (rendered):8:") && found.contains("not in the workspace"),
        "{found}"
    );
}

#[test]
fn the_descriptors_that_a_location_names_are_registered_too() {
    let location = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec:\n  \
                    targets: [./a/catalog-info.yaml, './b.yaml', https://x.example/c.yaml]\n";
    let portal = register()
        .with_file("catalog-info.yaml", location)
        .with_file("a/catalog-info.yaml", &component("one", ""))
        .with_file("b.yaml", &component("two", ""));
    let entities = registered(&portal);
    let names: Vec<_> = entities.iter().map(|(reference, _)| reference.as_str()).collect();
    assert_eq!(names, ["location:default/all", "component:default/one", "component:default/two"]);
    let url = &entities[1].1["metadata"]["annotations"]["backstage.io/managed-by-location"];
    assert_eq!(url, "url:https://git.acme.example/a/b/a/catalog-info.yaml");
    assert!(
        portal.warnings().contains("`https://x.example/c.yaml` is not read"),
        "{}",
        portal.warnings()
    );
    // A Location that names itself is read once.
    let portal = portal.with_file("b.yaml", &location.replace("./b.yaml", "./catalog-info.yaml"));
    assert_eq!(registered(&portal).len(), 3);
    let portal = portal.with_file("catalog-info.yaml", &location.replace("./b", "./nope"));
    assert!(
        portal.problems().contains("`nope.yaml` is not in the workspace"),
        "{}",
        portal.problems()
    );
}

#[test]
fn what_a_descriptor_has_of_an_earlier_effect_is_not_known() {
    let text = component("cart", "")
        .replace("spec:", "  \nspec:")
        .replace("{name: cart}", "{name: cart, description: '${{ values.hash }}'}");
    let steps = step("fetch:plain", "{url: ./skeleton, targetPath: raw}")
        + "    - id: first\n      action: publish:git\n      input: {repoUrl: 'github.com?owner=a&repo=b'}\n"
        + &step(
            "fetch:template",
            "{url: ./skeleton, targetPath: out, values: {hash: '${{ steps.first.output.commitHash }}'}}",
        )
        + "    - id: second\n      action: publish:git\n      input: {repoUrl: 'github.com?owner=a&repo=c', sourcePath: out}\n"
        + &step(
            "catalog:register",
            "{repoContentsUrl: '${{ steps.second.output.repoContentsUrl }}'}",
        );
    let portal = Portal::with_steps(&steps).with_file("catalog-info.yaml", &text);
    let entities = registered(&portal);
    assert!(crate::engine::is_unknown(&entities[0].1["metadata"]["description"]), "{entities:?}");
}

#[test]
fn entities_are_read_and_written() {
    let steps = "    - {id: f, action: 'catalog:fetch', input: {entityRef: 'user:ada', entityRefs: [platform, nobody], \
                 optional: true, defaultKind: group}}\n"
        .to_owned()
        + &step("debug:log", "{message: '${{ steps.f.output.entity.kind }} ${{ steps.f.output.entities | dump }}'}")
        + &step("catalog:write", "{entity: {kind: X, metadata: {name: '${{ parameters.name }}'}}}");
    let portal = Portal::with_steps(&steps);
    let logged = portal.logged();
    assert!(
        logged[0].starts_with("User [{\"apiVersion\"") && logged[0].ends_with(",null]"),
        "{logged:?}"
    );
    assert_eq!(portal.made(), ["catalog-info.yaml: kind: X\nmetadata:\n  name: cart\n"]);
    for (input, message) in [
        ("{entityRef: 'group:default/platfrom'}", "did you mean `group:default/platform`?"),
        ("{entityRef: 'platform'}", "names no kind"),
        ("{entityRefs: ['user:x', 'user:y']}", "`user:default/y` is not in the catalog"),
        ("{}", "one of `entityRef` and `entityRefs` is needed"),
    ] {
        let found = Portal::with_step("catalog:fetch", input).problems();
        assert!(found.contains(message), "{input}: {found}");
    }
}

#[test]
fn a_descriptor_gets_annotations_and_the_version_of_its_template() {
    let fetch = step("fetch:plain", "{url: ./skeleton}");
    let with = |steps: &str| {
        Portal::with_steps(&(fetch.clone() + steps))
            .with_file("catalog-info.yaml", &component("cart", ""))
    };
    let steps = step(
        "catalog:annotate",
        "{labels: {tier: gold}, annotations: {a/b: c}, spec: {system: shop}}",
    ) + &step(
        "catalog:template:version",
        "{annotations: {backstage.io/template-version: '1.2.0'}}",
    ) + "    - id: from\n      action: catalog:scaffolded-from\n"
        + &step("debug:log", "{message: '${{ steps.from.output.annotatedObject }}'}");
    let portal = with(&steps);
    let expected = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: cart\n  annotations:\n    a/b: c\n    \
                    backstage.io/template-version: 1.2.0\n  labels:\n    tier: gold\nspec:\n  type: service\n  \
                    lifecycle: production\n  owner: platform\n  system: shop\n  \
                    scaffoldedFrom: template:default/small\n";
    assert_eq!(portal.made(), [format!("catalog-info.yaml: {expected}")]);
    assert_eq!(portal.logged(), [expected]);
    assert_eq!(portal.warnings(), "");

    let version = step("catalog:template:version", "{}");
    let problems = with(&version).problems();
    assert!(
        problems.contains("the template has no annotation `backstage.io/template-version`"),
        "{problems}"
    );
    let file = "scaffolds/templates/small/template.yaml";
    let portal = with(&version);
    let template = portal.files[file].replace(
        "{name: small}",
        "{name: small, annotations: {backstage.io/template-version: v7}}",
    );
    let portal = portal.with(file, &template);
    assert!(
        portal.made()[0].contains("backstage.io/template-version: v7\n"),
        "{:?}",
        portal.made()
    );

    for (input, file, expected) in [
        ("{entityFilePath: other.yaml}", "x: y", "there is no file `other.yaml` in the workspace"),
        ("{labels: {a: b}}", "[a]", "`catalog-info.yaml`: it must be one entity"),
        ("{labels: {a: b}}", "a: b\n---\nc: d", "`catalog-info.yaml`: it must be one entity"),
        ("{labels: {a: b}}", "metadata: [a]", "its `metadata.labels` is no map"),
    ] {
        let portal = with(&step("catalog:annotate", input)).with_file("catalog-info.yaml", file);
        assert!(portal.problems().contains(expected), "{}", portal.problems());
    }
}
