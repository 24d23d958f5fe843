//! Hostile or broken input files: bounded time and memory, and an error for that file alone.

use callboard_testing::{Portal, group};

use crate::program::RunProgram;

fn entity(kind: &str, spec: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata: {{name: x}}\nspec:\n  type: openapi\n  \
         lifecycle: production\n  owner: team-a\n{spec}"
    )
}

/// Eight kilobytes that unfold to a billion values.
fn bomb(indent: &str) -> String {
    let level = |item: &str| format!("[{}]", vec![item; 1000].join(","));
    let (a, b) = (level("1"), level("*a"));
    format!("{indent}x-a: &a {a}\n{indent}x-b: &b {b}\n{indent}x-c: {}\n", level("*b"))
}

#[test]
fn aliases_that_unfold_to_too_many_values_are_an_error_of_their_file() {
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", group("team-a", ""))
        .with("catalog-data/manual/x.yaml", entity("Component", &bomb("  ")));
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("manual/x.yaml:10:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("values, with aliases replaced"), "{}", ran.stderr);
}

#[test]
fn a_definition_that_is_too_large_is_a_note_on_its_page() {
    let start =
        "  definition: |\n    openapi: 3.0.0\n    info: {title: t, version: '1'}\n    paths: {}\n";
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", group("team-a", ""))
        .with("catalog-data/manual/x.yaml", entity("API", &format!("{start}{}", bomb("    "))));
    let ran = portal.run(&["build"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let page = std::fs::read_to_string(portal.path().join("site/catalog/default/api/x.html"))
        .expect("its page");
    assert!(page.contains("values, with aliases replaced"), "the page says why");
}

#[test]
fn a_duplicate_key_is_an_error_wherever_yaml_is_read() {
    let portal = Portal::new()
        .with("catalog-data/manual/x.yaml", entity("Component", "  owner: team-b\n"))
        .with("catalog-data/manual/team.yaml", group("team-a", ""));
    let ran = portal.run(&["check"]);
    let expected =
        "manual/x.yaml:8:3: the key `owner` is there twice: it is at line 7 column 3 already";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    let portal = portal.with("callboard.yaml", "title: a\ntitle: b\n");
    let ran = portal.run(&["check"]);
    let expected =
        "callboard.yaml:2:1: the key `title` is there twice: it is at line 1 column 1 already";
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
}

#[test]
fn many_problems_of_one_file_have_their_positions() {
    let names: Vec<_> = (0..3000).map(|at| format!("  - component:n{at}\n")).collect();
    let spec = format!("  dependsOn:\n{}", names.concat());
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", group("team-a", ""))
        .with("catalog-data/manual/x.yaml", entity("Component", &spec));
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 0);
    for at in [0, 1500, 2999] {
        let expected = format!("x.yaml:{}:5: `component:default/n{at}` does not exist", at + 9);
        assert!(ran.stderr.contains(&expected), "{expected}");
    }
}

#[test]
fn a_file_that_is_no_text_or_has_an_odd_name_is_one_diagnostic() {
    let portal = Portal::new().with("catalog-data/manual/team.yaml", group("team-a", ""));
    let manual = portal.path().join("catalog-data/manual");
    std::fs::write(manual.join("latin.yaml"), b"a: 1\nb: \"\xe9\"\n").expect("writable");
    std::fs::write(manual.join("bom.yaml"), format!("\u{feff}{}", entity("Component", "")))
        .expect("writable");
    if cfg!(unix) {
        std::fs::write(manual.join("a\\b.yaml"), "x").expect("writable");
    }
    for command in ["check", "build"] {
        let ran = portal.run(&[command]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains("manual/latin.yaml:2:5: it is not UTF-8"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("bom.yaml"), "{}", ran.stderr);
    }
    assert!(portal.run(&["check"]).stderr.contains("manual/a\\b.yaml: ") || !cfg!(unix));
    assert!(portal.path().join("site/catalog/default/component/x.html").exists());
}
