//! What the program says of itself: its version, and its manual pages.

use std::fs;

use callboard_testing::Portal;
use serde_json::Value;

use crate::program::RunProgram;

#[test]
fn the_version_says_how_the_program_was_built() {
    let portal = Portal::new();
    let short = portal.run(&["-V"]);
    let line = format!("callboard {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((short.code, short.stdout), (0, line), "{}", short.stderr);
    let answer = portal.run(&["--version", "--json"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let build: Value = serde_json::from_str(&answer.stdout).expect("JSON");
    let keys: Vec<_> = build.as_object().expect("an object").keys().collect();
    let expected = ["version", "commit", "dirty", "date", "target", "profile", "features"];
    assert_eq!(keys, expected);
    assert_eq!(build["profile"], "debug");
    let target = build["target"].as_str().expect("a text");
    assert!(target.starts_with(std::env::consts::ARCH), "{target}");
    // A debug build has no commit, so that commits compile nothing.
    assert_eq!(build["commit"], Value::Null);
}

#[test]
fn json_alone_and_no_command_are_mistakes_in_the_command_line() {
    let portal = Portal::new();
    let alone = portal.run(&["--json"]);
    assert_eq!(alone.code, 2);
    assert!(alone.stderr.contains("--version"), "{}", alone.stderr);
    let nothing = portal.run(&[]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("Usage: callboard"), "{}", nothing.stderr);
    let missing = portal.run(&["-C", "."]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("a command is missing"), "{}", missing.stderr);
}

#[test]
fn each_command_has_a_manual_page() {
    let portal = Portal::new();
    let answer = portal.run(&["man", "share/man1"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (0, ""), "{}", answer.stderr);
    let page =
        |name: &str| fs::read_to_string(portal.path().join("share/man1").join(name)).expect(name);
    assert!(page("callboard.1").contains(".TH callboard 1"));
    assert!(page("callboard-build.1").contains("Render the catalog as a static site"));
    assert!(page("callboard-scaffold-plan.1").contains("\\-\\-pr"));
}
