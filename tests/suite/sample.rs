//! The sample portal, which is this repository: `check`, `scaffold plan` and `build`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use callboard::base::{fs, path::RelativePath, yaml};
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

/// The files that the test cases of the templates expect, by their path in this repository.
fn expected_files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scaffolds/templates");
    let all = fs::walk_files(&root).expect("readable");
    let expected = all.iter().filter(|path| path.as_str().contains("/expected/"));
    let read = |path: &RelativePath| {
        let text = fs::read_text(&path.below(&root)).expect("UTF-8");
        (path.to_string(), text)
    };
    expected.map(read).collect()
}

#[test]
fn what_the_templates_make_is_well_formed() {
    let files = expected_files();
    assert!(files.len() > 100, "{}", files.len());
    for (path, text) in &files {
        for rest in ["${{", "{%", "undefined", "[object"] {
            assert!(!text.contains(rest), "{path} has {rest}");
        }
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path} ends with one line end");
        if path.ends_with(".json") {
            serde_json::from_str::<serde_json::Value>(text).expect(path);
        }
        if path.ends_with(".yaml") || path.ends_with(".yml") {
            for document in yaml::parse_documents(text) {
                check_manifest(path, &document.expect(path), &files);
            }
        }
    }
}

/// Checks that a manifest of Kubernetes is an object with a name, and that what a kustomization lists is there.
fn check_manifest(path: &str, document: &serde_json::Value, files: &[(String, String)]) {
    let (folder, name) = path.rsplit_once('/').expect("it is in a folder");
    if !folder.ends_with("/k8s") && !folder.ends_with("/manifests") {
        return;
    }
    for field in ["apiVersion", "kind"] {
        assert!(document[field].is_string(), "{path} has no {field}");
    }
    if name != "kustomization.yaml" {
        assert!(document["metadata"]["name"].is_string(), "{path} has no name");
        return;
    }
    let listed: Vec<_> = document["resources"].as_array().expect(path).iter().collect();
    let present = files.iter().filter_map(|(file, _)| file.strip_prefix(&format!("{folder}/")));
    let present: Vec<_> =
        present.filter(|file| file.ends_with(".yaml") && *file != "kustomization.yaml").collect();
    assert_eq!(listed.len(), present.len(), "{path} lists each manifest");
    assert!(listed.iter().all(|file| present.iter().any(|other| **file == *other)), "{path}");
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
