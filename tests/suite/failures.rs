//! Failures of the network, of settings and of files: the message names the place, and the exit code the cause.

use std::net::TcpListener;

use callboard_testing::Portal;

use crate::program::RunProgram;

const MAPPING: &str = "{apiVersion: \"backstage.io/v1alpha1\", kind: \"Group\", metadata: {name: .n}, spec: {type: \"team\", children: []}}";

fn with_source(yaml: &str, mapping: &str) -> Portal {
    Portal::new()
        .with("callboard.yaml", "title: Test\nsources: [teams]\n")
        .with("catalog-data/sources/teams.yaml", yaml)
        .with("catalog-data/sources/teams.jq", mapping)
}

#[test]
fn an_api_that_cannot_be_reached_ends_with_three() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let source = format!("kind: http\nurl: http://127.0.0.1:{port}/teams\nretries: 0\n");
    let ran = with_source(&source, MAPPING).run(&["snapshot", "--no-commit"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("http://127.0.0.1:{port}/teams")), "{}", ran.stderr);
}

#[test]
fn a_missing_variable_ends_with_two_and_names_it() {
    let portal = with_source("kind: http\nurl: ${TEAMS_URL}/teams\n", MAPPING);
    let ran = portal.run(&["snapshot", "--no-commit"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("TEAMS_URL"), "{}", ran.stderr);
}

#[test]
fn a_mapping_that_is_not_jq_ends_with_one_and_its_place() {
    let portal = with_source("kind: http\nurl: http://127.0.0.1:9/\n", "{a: }\n");
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("catalog-data/sources/teams.jq:1:"), "{}", ran.stderr);
}

#[test]
fn a_template_with_a_syntax_error_ends_with_one_and_its_place() {
    let template = "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: t}\nspec:\n  type: service\n  steps:\n    - id: log\n      action: debug:log\n      input:\n        message: ${{ parameters.a || 'b' }}\n";
    let portal = Portal::new().with("scaffolds/templates/t/template.yaml", template);
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("scaffolds/templates/t/template.yaml:10:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("use `or`"), "{}", ran.stderr);
}

#[test]
fn a_site_never_replaces_what_is_not_a_site() {
    let portal = Portal::new().with("notes/todo.txt", "keep me");
    let ran = portal.run(&["build", "--out", "notes"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert_eq!(portal.read("notes/todo.txt"), "keep me");
}
