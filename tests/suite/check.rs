//! `callboard check`: every problem, with its place, its hint and the right exit code.

use crate::portal::Portal;

const TEAM: &str = "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: team-a}\nspec: {type: team, children: []}\n";

fn component(extra: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: cart\nspec:\n  type: service\n  lifecycle: production\n{extra}"
    )
}

#[test]
fn a_sound_catalog_has_no_problems() {
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", TEAM)
        .with("catalog-data/manual/cart.yaml", &component("  owner: team-a\n"));
    let ran = portal.run(&["check", "--strict"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "no problems in 2 entities\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_dangling_owner_is_a_warning_with_place_and_suggestion() {
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", TEAM)
        .with("catalog-data/manual/cart.yaml", &component("  owner: team-b\n"));
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.stderr,
        "warning: catalog-data/manual/cart.yaml:8:10: `group:default/team-b` does not exist\n  \
         hint: did you mean `team-a`?\n"
    );
    assert_eq!(portal.run(&["check", "--strict"]).code, 1);
}

#[test]
fn every_mistake_is_reported_at_once_and_in_its_place() {
    let portal = Portal::new()
        .with("catalog-data/manual/a.yaml", "a: [1\n")
        .with(
            "catalog-data/manual/b.yaml",
            &component("  owner: x\n").replace("Component", "Componnet"),
        )
        .with("catalog-data/manual/c.yaml", &component("  ownr: x\n"));
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 1);
    for expected in [
        "error: catalog-data/manual/a.yaml:2:1: did not find expected ',' or ']', while parsing a flow sequence at line 1 column 4",
        "error: catalog-data/manual/b.yaml:2:7: unknown kind `Componnet`\n  hint: did you mean `Component`?",
        "error: catalog-data/manual/c.yaml:5:1: `spec.owner` is missing",
    ] {
        assert!(ran.stderr.contains(expected), "missing:\n{expected}\nin:\n{}", ran.stderr);
    }
}

#[test]
fn one_entity_defined_twice_by_one_source_names_both_places() {
    let portal = Portal::new()
        .with("catalog-data/manual/a.yaml", TEAM)
        .with("catalog-data/manual/b.yaml", &TEAM.replace("team-a", "Team-A"));
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains(
            "b.yaml:3:18: `group:default/team-a` is already defined in `catalog-data/manual/a.yaml`"
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn wrong_settings_say_where_and_end_with_two() {
    let portal = Portal::new().with("callboard.yaml", "title: Test\nsourcs: [a]\n");
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("error: callboard.yaml:2:1: "), "{}", ran.stderr);
    assert_eq!(portal.run(&["chekc"]).code, 2);
}

#[test]
fn json_is_for_scripts_whatever_is_wrong() {
    let portal = Portal::new().with("catalog-data/manual/a.yaml", "kind: X\n");
    let ran = portal.run(&["check", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((ran.code, answer["entities"].as_u64()), (1, Some(0)));
    assert_eq!(answer["diagnostics"][0]["place"]["file"], "catalog-data/manual/a.yaml");
}
