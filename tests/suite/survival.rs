//! A source of 200 repositories of which 30 break, in ten ways: the others are updated, and entities of the
//! broken ones stay as they were.

use std::{collections::BTreeSet, path::Path};

use callboard_testing::{Portal, commit_all_files, component};

use crate::program::{ProgramOutput, RunProgram};

/// How many repositories there are; `CALLBOARD_REPOSITORIES` says another number.
const REPOSITORIES: usize = 200;
/// How many of them break in each way.
const EACH: usize = 3;

fn api(name: &str, definition: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {{name: {name}}}\nspec: {{type: openapi, \
         lifecycle: production, owner: team-a, definition: {definition}}}\n"
    )
}

fn location(name: &str, target: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {{name: {name}}}\nspec: {{target: \
         {target}}}\n"
    )
}

/// Breaks a repository in one of ten ways; `other` is the name of a component elsewhere.
fn break_one(folder: &Path, way: usize, name: &str, other: &str) {
    let says = |text: &str| commit_all_files(folder, &[("catalog-info.yaml", text.as_bytes())]);
    match way {
        0 => says("apiVersion: backstage.io/v1alpha1\nkind: [Component\n"),
        1 => says(&format!("metadata: {{name: {name}}}\n")),
        2 => says(&component(&format!("'{name} with spaces'"), "team-a", "")),
        3 => says(&component(name, "team-a", "").replace(", owner: team-a", "")),
        4 => says(&component(other, "team-a", "system: another")),
        5 => commit_all_files(folder, &[("catalog-info.yaml", b"kind: \xff\n")]),
        6 => says("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"),
        7 => says("- a list\n"),
        8 => {
            says(&format!(
                "{}---\n{}",
                component(name, "team-a", ""),
                location(name, "./api.yaml")
            ));
        }
        _ => std::fs::remove_dir_all(folder).expect("removable"),
    }
}

fn count() -> usize {
    let number = std::env::var("CALLBOARD_REPOSITORIES").ok();
    number.and_then(|number| number.parse().ok()).unwrap_or(REPOSITORIES)
}

fn name(at: usize) -> String {
    format!("service-{at:04}")
}

/// A portal with repositories of one component and one API each.
fn portal(folder: &Path, repositories: usize) -> Portal {
    let mut source = String::from("kind: git\nrepositories:\n");
    for at in 0..repositories {
        let name = name(at);
        let folder = folder.join(&name);
        let text =
            format!("{}---\n{}", component(&name, "team-a", ""), location(&name, "./api.yaml"));
        let api = api(&name, "{$text: ./openapi.yaml}");
        let files: [(&str, &[u8]); 3] = [
            ("catalog-info.yaml", text.as_bytes()),
            ("api.yaml", api.as_bytes()),
            ("openapi.yaml", b"openapi: 3.0.0\n"),
        ];
        commit_all_files(&folder, &files);
        source.push_str(&format!("  - url: file://{}\n", folder.display()));
    }
    Portal::new()
        .with("callboard.yaml", "title: Test\nsources: [code]\n")
        .with("catalog-data/sources/code.yaml", &source)
}

fn entities(portal: &Portal) -> BTreeSet<String> {
    let files = callboard::base::fs::walk_files(&portal.path().join("catalog-data/entities"));
    files.expect("readable").iter().map(ToString::to_string).collect()
}

fn snapshot(portal: &Portal, more: &[&str]) -> ProgramOutput {
    portal.run(&[&["snapshot", "--no-commit"], more].concat())
}

#[test]
fn broken_repositories_keep_their_last_entities_and_the_others_are_updated() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let all = count();
    let portal = portal(scratch.path(), all);
    let first = snapshot(&portal, &["--strict"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    let before = entities(&portal);
    assert_eq!(before.len(), 3 * all);

    // The broken ones stand among the others; one of the sound ones has changed.
    let broken: Vec<_> = (0..10 * EACH).map(|at| (at * all / (10 * EACH) + 1, at % 10)).collect();
    for (at, way) in &broken {
        break_one(&scratch.path().join(name(*at)), *way, &name(*at), &name(0));
    }
    let sound = scratch.path().join(name(all - 1));
    commit_all_files(
        &sound,
        &[("catalog-info.yaml", component(&name(all - 1), "team-a", "system: new").as_bytes())],
    );

    let ran = snapshot(&portal, &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // Of the sound one, two entities went. What each broken repository said stays.
    assert_eq!(before.difference(&entities(&portal)).count(), 2, "{}", ran.stdout);
    assert!(ran.stdout.contains("code: 1 changed, 2 removed"), "{}", ran.stdout);
    let warnings = ran.stderr.matches("warning: ").count();
    assert!((9..=12).contains(&warnings), "one line for each reason\n{}", ran.stderr);
    assert!(ran.stderr.contains("3 places: "), "{}", ran.stderr);

    let report = snapshot(&portal, &["--json", "--strict"]);
    assert_eq!(report.code, 1, "{}", report.stderr);
    let report: serde_json::Value = serde_json::from_str(&report.stdout).expect("JSON");
    let failures = report["sources"][0]["failures"].as_array().expect("failures");
    assert_eq!(failures.len(), 10 * EACH);
    for (at, way) in &broken {
        let address = format!("file://{}", scratch.path().join(name(*at)).display());
        let failure = failures.iter().find(|f| f["repository"] == *address);
        let failure = failure.unwrap_or_else(|| panic!("nothing about {address}"));
        let entities = failure["entities"].as_array().expect("a list");
        // Where only the target of the Location is gone, only what stood there is not said any more.
        let expected = if *way == 8 { 1 } else { 3 };
        assert_eq!(entities.len(), expected, "{way}: {failure}");
    }
}
