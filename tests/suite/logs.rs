//! Escape sequences and workflow commands in texts of others reach neither a terminal nor a CI runner.

use callboard_testing::Portal;

use crate::program::{ProgramOutput, RunProgram};

/// Escape sequences, lines that GitHub obeys, and words that Azure obeys, as YAML writes them.
const HOSTILE: &str = r"x\n::error file=a::PWNED\n  ::add-mask::a\n##vso[task.setvariable variable=PATH]/tmp\n##[error]b\r::c\e]0;title\a\e[2J\u202e\u2028::d\x85::e";

const TEMPLATE: &str = "apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: t, title: \"HOSTILE\"}
spec:
  type: service
  owner: group:default/g
  parameters:
    - properties: {text: {type: string}}
  steps:
    - {id: log, name: \"HOSTILE\", action: debug:log, input: {message: '${{ parameters.text }}'}}
";

/// A portal in which everything that can have a text has this one.
fn portal() -> Portal {
    let hostile = |text: &str| text.replace("HOSTILE", HOSTILE);
    let organisation = hostile(
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: g, title: \"HOSTILE\", description: \
         \"HOSTILE\", annotations: {a/b: \"HOSTILE\", \"HOSTILE\": c}}\nspec: {type: \"HOSTILE\", children: [\"HOSTILE\"]}\n---\n\
         apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: u}\nspec: {memberOf: [g]}\n",
    );
    let request =
        hostile("template: t\nrequester: user:default/u\nparameters: {text: \"HOSTILE\"}\n");
    let wrong = hostile("template: t\nrequester: user:default/u\n\"HOSTILE\": 1\n");
    let portal = Portal::new()
        .with("catalog-data/manual/org.yaml", "")
        .with("scaffolds/templates/t/template.yaml", hostile(TEMPLATE))
        .with("scaffolds/requests/right.yaml", &request);
    portal.commit("before");
    let portal = portal
        .with("catalog-data/manual/org.yaml", &organisation)
        .with("scaffolds/requests/wrong.yaml", &wrong);
    portal.commit("after");
    portal
}

fn assert_is_text(what: &str, ran: &ProgramOutput) {
    for text in [&ran.stdout, &ran.stderr] {
        for line in text.split('\n') {
            let is_live = |c: char| c.is_control() && c != '\t' || "\u{202e}\u{2028}".contains(c);
            assert!(!line.contains(is_live), "{what}: {line:?}");
            assert!(!line.trim_start().starts_with("::"), "{what}: {line}");
            assert!(!line.contains("##[") && !line.contains("##vso["), "{what}: {line}");
        }
    }
}

#[test]
fn no_command_prints_escape_sequences_or_workflow_commands_of_others() {
    let portal = portal();
    let hostile = "x\n::error::PWNED\n##vso[x]\u{1b}[2J";
    for arguments in [
        &["check"][..],
        &["check", "--json"],
        &["check", "--format", "sarif"],
        &["check", "--baseline", hostile],
        &["check", "--explain", hostile],
        &["explain", "group:g"],
        &["explain", "group:g", "--json"],
        &["explain", hostile],
        &["search", "vso"],
        &["search", "vso", "--explain"],
        &["search", hostile],
        &["diff", "HEAD~1...HEAD"],
        &["diff", "HEAD~1...HEAD", "--format", "markdown"],
        &["diff", "HEAD~1...HEAD", "--format", "json"],
        &["diff", hostile],
        &["schema", hostile],
        &["source", "test", hostile],
        &["source", "new", hostile, "--url", hostile],
        &["snapshot", "--source", hostile],
        &["build", "--stats"],
        &["build", "--json"],
        &["scaffold", "plan", "scaffolds/requests/right.yaml"],
        &["scaffold", "plan", "scaffolds/requests/wrong.yaml", "--format", "markdown"],
        &["scaffold", "plan", "scaffolds/requests/right.yaml", "--format", "json"],
        &["scaffold", "plan", hostile],
        &["scaffold", "plan", "--base", "HEAD~1", "--head", "HEAD"],
        &["scaffold", "apply", "--pending"],
        &[hostile],
        &["build", hostile],
        &["-C", hostile, "build"],
    ] {
        let ran = portal.run(arguments);
        assert!(!(ran.stdout + &ran.stderr).is_empty(), "{arguments:?} prints nothing");
        assert_is_text(&format!("{arguments:?}"), &portal.run(arguments));
    }
}

#[test]
fn names_of_files_are_escaped_too() {
    let portal = portal().with("catalog-data/manual/a\n::error::PWNED.yaml", "kind: [");
    for arguments in [&["check"][..], &["build"]] {
        assert_is_text(&format!("{arguments:?}"), &portal.run(arguments));
    }
    portal.commit("names");
    let ran = portal.run(&["scaffold", "plan", "--base", "HEAD~1", "--head", "HEAD"]);
    assert!(ran.stderr.contains("PWNED"), "{}", ran.stderr);
    assert_is_text("plan", &ran);
}

#[test]
fn annotations_are_the_only_workflow_commands() {
    let ran = portal().run(&["check", "--format", "github"]);
    let commands: Vec<_> = ran.stdout.lines().filter(|line| line.contains("::")).collect();
    assert!(commands.len() > 2, "{}", ran.stdout);
    for command in commands {
        let levels = ["::error file=", "::warning file=", "::notice file="];
        assert!(levels.iter().any(|level| command.starts_with(level)), "{command}");
        assert!(!command.contains(char::is_control), "{command:?}");
    }
}

#[test]
fn a_long_list_of_changed_files_is_shortened_with_a_count() {
    let mut portal = Portal::new();
    portal.commit("before");
    for number in 0..250 {
        portal = portal.with(&format!("notes/{number:03}"), "x");
    }
    portal.commit("after");
    let ran = portal.run(&["scaffold", "plan", "--base", "HEAD~1", "--head", "HEAD"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("notes/009 and 240 more"), "{}", ran.stderr);
}
