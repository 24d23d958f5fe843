//! The sample portal, which is this repository: `check`, `scaffold plan` and `build`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use callboard::base::{fs, path::RelativePath};
use callboard_testing::{assert_text, file};

use crate::program::{ProgramOutput, isolated};

const REQUEST: &str = "scaffolds/requests/panier-relance.yaml";

fn run(args: &[&str], threads: &str) -> ProgramOutput {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command: Command = isolated(root);
    ProgramOutput::of(
        &command.env("RAYON_NUM_THREADS", threads).args(args).output().expect("it starts"),
    )
}

#[test]
fn the_sample_portal_has_one_problem_an_owner_that_does_not_exist() {
    let ran = run(&["check"], "2");
    assert_eq!(ran.code, 0);
    assert_text(ran.stderr, file!["golden/check.txt"]);
}

#[test]
fn the_sample_request_is_planned_as_text_markdown_and_json() {
    let plan = |format| {
        let ran = run(&["scaffold", "plan", REQUEST, "--format", format], "2");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    assert_text(plan("text"), file!["golden/plan.txt"]);
    assert_text(plan("markdown"), file!["golden/plan.md"]);
    assert_text(plan("json"), file!["golden/plan.json": Text]);
}

#[test]
fn the_test_cases_of_the_templates_pass() {
    let ran = run(&["scaffold", "test", "--json"], "2");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let cases: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).expect("JSON");
    let mut templates: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &cases {
        let template = case["template"].as_str().expect("a text");
        *templates.entry(template.trim_start_matches("template:default/")).or_default() += 1;
    }
    let expected = [
        ("dotnet-worker", 2),
        ("java-service", 2),
        ("kafka-topic", 2),
        ("kubernetes-namespace", 2),
        ("node-website", 2),
    ];
    assert_eq!(Vec::from_iter(templates), expected);
}

#[test]
fn the_sample_site_is_the_same_with_one_thread_and_with_eight() {
    let build = |threads| {
        let out = tempfile::tempdir().expect("a scratch directory");
        let site = out.path().join("site");
        let ran = run(&["build", "--out", &site.to_string_lossy()], threads);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        tree(&site)
    };
    let (one, eight) = (build("1"), build("8"));
    let differing: Vec<_> =
        one.iter().filter(|(path, bytes)| eight.get(*path) != Some(bytes)).collect();
    assert!(one.len() > 500 && one.len() == eight.len(), "{} and {}", one.len(), eight.len());
    assert!(
        differing.is_empty(),
        "{:?}",
        differing.iter().map(|(path, _)| path).collect::<Vec<_>>()
    );
}

/// Every file below a directory with its content.
pub(crate) fn tree(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::walk_files(directory).expect("readable");
    let read = |file: &RelativePath| fs::read(&file.below(directory)).expect("readable");
    files.iter().map(|file| (PathBuf::from(file.as_str()), read(file))).collect()
}
