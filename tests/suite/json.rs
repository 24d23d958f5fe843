//! `--json`: standard output is JSON alone, and what the command prints for people is on standard error.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use callboard_testing::Portal;
use serde_json::{Value, json};

use crate::{
    program::{RunProgram, isolated},
    upgrade::portal,
};

/// The answer of a command that ends well.
fn answer(portal: &Portal, args: &[&str]) -> Value {
    let ran = portal.run(args);
    assert_eq!(ran.code, 0, "{args:?}: {}", ran.stderr);
    serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|error| panic!("{args:?}: {error}: {}", ran.stdout))
}

#[test]
fn commands_of_scaffolding_answer_with_their_requests_and_records() {
    let portal = portal("1");
    let values = [
        "--requester",
        "user:default/ann",
        "--set",
        "name=pay",
        "--set",
        "owner=group:default/team-a",
    ];
    let render = ["scaffold", "render", "service", "--out", "made", "--json"];
    let rendered = answer(&portal, &[&render[..], &values].concat());
    assert!(
        rendered["files"].as_array().expect("a list").contains(&"README.md".into()),
        "{rendered}"
    );
    let new = ["scaffold", "new", "service", "--no-input", "--json"];
    let made = answer(&portal, &[&new[..], &values].concat());
    assert_eq!(made["file"], "scaffolds/requests/pay.yaml");
    assert_eq!(made["request"]["parameters"]["name"], "pay");
    portal.commit("Ask for it");

    let applied = portal.run(&["scaffold", "apply", "scaffolds/requests/open.yaml", "--json"]);
    assert_eq!(applied.code, 0, "{}", applied.stderr);
    assert!(applied.stderr.contains("✓ Make the files"), "{}", applied.stderr);
    let runs: Value = serde_json::from_str(&applied.stdout).expect("JSON alone");
    assert_eq!((&runs[0]["request"], &runs[0]["status"]), (&"open".into(), &"completed".into()));
    let again = answer(&portal, &["scaffold", "apply", "scaffolds/requests/open.yaml", "--json"]);
    assert_eq!(again[0]["status"], "completed");
    let undone = answer(&portal, &["scaffold", "undo", "open", "--json"]);
    assert_eq!(undone["undone"], false);
    assert_eq!(undone["plan"]["request"], "open");
    let cancelled = answer(&portal, &["scaffold", "cancel", "pay", "--json"]);
    assert_eq!((&cancelled["request"], &cancelled["status"]), (&"pay".into(), &"cancelled".into()));
    let retried = portal.run(&["scaffold", "retry", "pay", "--json"]);
    assert_ne!(retried.code, 0);
    let record: Value = serde_json::from_str(&retried.stdout).expect("JSON alone");
    assert_eq!(record[0]["status"], "cancelled");
}

#[test]
fn commands_of_sources_and_the_site_answer_with_what_they_made() {
    let portal = portal("1");
    let url =
        ["source", "new", "api", "--url", "https://api.example/x", "--auth", "bearer", "--json"];
    assert_eq!(
        answer(&portal, &url),
        json!({
            "source": "api",
            "files": ["catalog-data/sources/api.yaml", "catalog-data/sources/api.jq"],
            "unset_variables": ["API_TOKEN"],
        })
    );
    let presets = answer(&portal, &["source", "new", "--json"]);
    assert!(
        presets.as_array().expect("a list").iter().any(|p| p["name"] == "kubernetes"),
        "{presets}"
    );
    for (shard, out) in [("1/2", "one"), ("2/2", "two")] {
        let built = portal.run(&["build", "--shard", shard, "--out", out, "--offline"]);
        assert_eq!(built.code, 0, "{}", built.stderr);
    }
    let merged = answer(&portal, &["merge", "one", "two", "--json"]);
    assert!(merged["files"].as_u64().is_some_and(|files| files > 50), "{merged}");
    let mut child = isolated(portal.path())
        .args(["serve", "--port", "0", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let read = BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line);
    child.kill().expect("it runs");
    child.wait().expect("it ended");
    read.expect("a line");
    let served: Value = serde_json::from_str(&line).expect("JSON");
    assert!(
        served["url"].as_str().is_some_and(|url| url.starts_with("http://127.0.0.1:")),
        "{line}"
    );
}
