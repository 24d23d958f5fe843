//! `callboard doctor`: what of a portal works.

use callboard_testing::{Portal, Server, answer};
use serde_json::{Value, json};

use crate::program::RunProgram;

/// The checks of a portal: subject, state, message and hint.
fn checks(portal: &Portal, args: &[&str]) -> (i32, Vec<Value>) {
    let ran = portal.run(&[&["doctor", "--json"], args].concat());
    let report: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {}", ran.stderr));
    (ran.code, report["checks"].as_array().expect("a list").clone())
}

fn find<'c>(checks: &'c [Value], subject: &str) -> &'c Value {
    checks
        .iter()
        .find(|check| check["subject"] == subject)
        .unwrap_or_else(|| panic!("{subject} in {checks:?}"))
}

#[test]
fn a_new_sample_portal_is_well_and_says_what_it_lacks() {
    let portal = Portal::empty();
    assert_eq!(portal.run(&["init", "--yes", "--sample"]).code, 0);
    assert_eq!(portal.run(&["snapshot"]).code, 0);
    let (code, checks) = checks(&portal, &[]);
    assert_eq!(code, 0, "{checks:?}");
    for subject in [
        "settings",
        "catalog",
        "git",
        "CI definitions",
        "source org",
        "source la-carto",
        "source depots",
    ] {
        assert_eq!(find(&checks, subject)["state"], "ok", "{subject}: {checks:?}");
    }
    for subject in ["git remote", "site"] {
        let check = find(&checks, subject);
        assert_eq!(check["state"], "warning", "{check}");
        assert!(check["hint"].is_string(), "{check}");
    }
}

#[test]
fn what_does_not_work_is_named_with_its_fix() {
    let other_issuer = Server::new(|_, _, to| {
        let body = json!({ "issuer": "https://other.example" }).to_string();
        drop(std::io::Write::write_all(to, &answer("200 OK", &[], body.as_bytes())));
    });
    let portal = Portal::empty();
    let init =
        ["init", "--yes", "--company", "Acme", "--repository", "https://github.com/acme/portal"];
    assert_eq!(portal.run(&init).code, 0);
    portal.git(&["remote", "set-url", "origin", "missing.git"]);
    assert_eq!(
        portal.run(&["source", "new", "teams", "--url", "${TEAMS_URL}/teams", "--no-input"]).code,
        0
    );
    let settings = portal.read("callboard.yaml");
    let site = format!(
        "site:\n  url: {0}/portal\n  sign_in: {{ issuer: '{0}', client_id: a }}\n",
        other_issuer.url.as_str().trim_end_matches('/').replace("127.0.0.1", "localhost")
    );
    portal.write("callboard.yaml", settings.replacen("site:\n", &site, 1));
    portal.write("catalog-data/manual/wrong.yaml", "kind: Component\n");

    let (code, found) = checks(&portal, &[]);
    assert_eq!(code, 3);
    for (subject, state, message, hint) in [
        ("catalog", "failed", "2 errors", "callboard check"),
        ("git", "ok", "commit", ""),
        ("git remote", "failed", "cannot list the branches", "CALLBOARD_GIT_TOKEN"),
        ("CI definitions", "warning", ".github/workflows/snapshot.yml", "init --upgrade"),
        ("source teams", "failed", "`TEAMS_URL`", "set them where the job of the snapshot runs"),
        ("sign-in", "failed", "calls itself `https://other.example`", "callboard help sign-in"),
    ] {
        let check = find(&found, subject);
        assert_eq!(check["state"], state, "{check}");
        assert!(check["message"].as_str().is_some_and(|text| text.contains(message)), "{check}");
        assert!(check["hint"].as_str().unwrap_or_default().contains(hint), "{check}");
    }
    let not_committed =
        found.iter().find(|check| check["subject"] == "git" && check["state"] == "warning");
    let files = not_committed.expect("a warning")["message"].to_string();
    assert!(
        files.contains(
            "callboard.yaml, catalog-data/sources/teams.jq, catalog-data/sources/teams.yaml"
        ),
        "{files}"
    );

    let (_, offline) = checks(&portal, &["--offline"]);
    assert!(
        offline
            .iter()
            .all(|check| check["subject"] != "sign-in" && check["subject"] != "git remote"),
        "{offline:?}"
    );
}
