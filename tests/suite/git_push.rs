//! `callboard snapshot --push` over HTTP: shallow checkouts, conflicts, refusals.

use std::path::Path;

use callboard_testing::{GitServer, Portal, git, group};

use crate::program::{ProgramOutput, RunProgram, isolated};

const MAPPING: &str = "{apiVersion: \"backstage.io/v1alpha1\", kind: \"Group\", metadata: {name: .n}, spec: {type: \"team\", children: []}}";

#[test]
fn a_snapshot_is_pushed_with_the_token_and_refused_without() {
    let server = GitServer::new(&[]);
    let source = format!("kind: http\nurl: {}/teams.json\n", server.address);
    let portal = Portal::new()
        .with("callboard.yaml", "title: Test\nsources: [teams]\n")
        .with("catalog-data/sources/teams.yaml", &source)
        .with("catalog-data/sources/teams.jq", MAPPING);
    portal.init();
    portal.git(&["remote", "add", "origin", &server.url("/private")]);

    let refused = portal.run(&["snapshot", "--push"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("401 Unauthorized"), "{}", refused.stderr);
    assert!(refused.stderr.contains("CALLBOARD_GIT_TOKEN"), "{}", refused.stderr);

    let pushed = push(portal.path());
    assert_eq!(pushed.code, 0, "{}", pushed.stderr);
    assert_eq!(server.commits().len(), 1);
    assert!(server.commits()[0].contains("teams"), "{:?}", server.commits());
}

const SETTINGS: &str = "title: Test\nsources: [files]\n";
const SOURCE: &str = "kind: file\npath: data\nglobs: ['*.yaml']\n";

/// A repository of a portal that takes its entities from its own folder `data`.
fn server() -> GitServer {
    let server = GitServer::new(&[
        (".gitignore", "/.callboard\n"),
        ("callboard.yaml", SETTINGS),
        ("catalog-data/sources/files.yaml", SOURCE),
        ("data/a.yaml", &group("a", "title: One")),
        ("notes.txt", "old\n"),
    ]);
    server.change("second", &[("notes.txt", "new\n")]);
    server
}

/// Clones as CI does: the newest commit of the branch only.
fn checkout(server: &GitServer, into: &Path) {
    let url = server.url("");
    git(into, &["clone", "-q", "--depth", "1", "--branch", "main", &url, "portal"]);
    git(into, &["-C", "portal", "remote", "set-url", "origin", &server.url("/private")]);
}

fn push(portal: &Path) -> ProgramOutput {
    let mut command = isolated(portal);
    command.env("HOME", "/nonexistent").env("CALLBOARD_GIT_TOKEN", "sesame");
    ProgramOutput::of(&command.args(["snapshot", "--push"]).output().expect("it starts"))
}

#[test]
fn a_shallow_checkout_pushes_on_top_of_what_others_pushed() {
    let (server, scratch) = (server(), tempfile::tempdir().expect("a scratch directory"));
    checkout(&server, scratch.path());
    let portal = scratch.path().join("portal");
    // The remote goes back to a content that the shallow checkout never had.
    server.change("back", &[("notes.txt", "old\n"), ("more.txt", "more\n")]);

    let pushed = push(&portal);
    assert_eq!(pushed.code, 0, "{}", pushed.stderr);
    let commits = server.commits();
    assert_eq!(commits[1..], ["back", "second", "first"]);
    let file = "catalog-data/entities/files/group/default/a.yaml";
    assert!(git(&server.bare(), &["show", &format!("main:{file}")]).contains("title: One"));
    assert_eq!(git(&server.bare(), &["show", "main:notes.txt"]), "old\n");
    git(&server.bare(), &["fsck", "--strict"]);

    assert_eq!(std::fs::read_to_string(portal.join("more.txt")).expect("a file"), "more\n");
    assert_eq!(std::fs::read_to_string(portal.join("notes.txt")).expect("a file"), "old\n");
    assert_eq!(git(&portal, &["status", "--porcelain"]), "");
    assert_eq!(git(&portal, &["rev-parse", "HEAD"]), git(&server.bare(), &["rev-parse", "main"]));
    git(&portal, &["fsck", "--connectivity-only"]);

    server.change("again", &[("more.txt", "")]);
    std::fs::write(portal.join("data/b.yaml"), group("b", "title: Two")).expect("writable");
    let pushed = push(&portal);
    assert_eq!(pushed.code, 0, "{}", pushed.stderr);
    assert_eq!(server.commits()[1..3], ["again".to_owned(), commits[0].clone()]);
    assert!(!portal.join("more.txt").exists());
    assert_eq!(git(&portal, &["status", "--porcelain"]), "?? data/b.yaml\n");
    git(&server.bare(), &["fsck", "--strict"]);
}

#[test]
fn records_of_sources_are_pushed_from_shallow_checkouts_one_on_top_of_the_other() {
    let (server, scratch) = (server(), tempfile::tempdir().expect("a scratch directory"));
    for night in 1..=3 {
        let folder = scratch.path().join(night.to_string());
        std::fs::create_dir(&folder).expect("writable");
        checkout(&server, &folder);
        let portal = folder.join("portal");
        let pushed = push(&portal);
        assert_eq!(
            (pushed.code, pushed.stderr.contains("warning")),
            (0, false),
            "{}",
            pushed.stderr
        );
        let records = git(&server.bare(), &["log", "--format=%s", "callboard-sources"]);
        assert_eq!(records.lines().count(), night, "{records}");
        assert_eq!(git(&portal, &["rev-parse", "--is-shallow-repository"]).trim(), "true");
        git(&portal, &["fsck", "--connectivity-only"]);
        let built = ProgramOutput::of(&isolated(&portal).arg("build").output().expect("it starts"));
        assert_eq!(built.code, 0, "{}", built.stderr);
    }
    git(&server.bare(), &["fsck", "--strict"]);
    assert_eq!(server.commits().len(), 3, "{:?}", server.commits());
}

#[test]
fn a_conflict_stops_the_push_and_changes_nothing() {
    let (server, scratch) = (server(), tempfile::tempdir().expect("a scratch directory"));
    checkout(&server, scratch.path());
    let portal = scratch.path().join("portal");
    let file = "catalog-data/entities/files/group/default/a.yaml";
    server.change("theirs", &[(file, "theirs\n")]);
    let refused = push(&portal);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("both sides changed `{file}`")), "{}", refused.stderr);
    assert_eq!(server.commits(), ["theirs", "second", "first"]);
    assert_eq!(git(&portal, &["log", "--format=%s"]).lines().count(), 2);
    assert!(std::fs::read_to_string(portal.join(file)).expect("a file").contains("title: One"));
    assert_eq!(git(&portal, &["status", "--porcelain"]), "");
}

#[cfg(unix)]
#[test]
fn a_remote_that_refuses_is_quoted() {
    use std::os::unix::fs::PermissionsExt;
    let (server, scratch) = (server(), tempfile::tempdir().expect("a scratch directory"));
    checkout(&server, scratch.path());
    let hook = server.bare().join("hooks/update");
    std::fs::write(&hook, "#!/bin/sh\nexit 1\n").expect("writable");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("settable");
    server.requests();
    let refused = push(&scratch.path().join("portal"));
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    let expected = "the remote refused `refs/heads/main`: hook declined";
    assert!(refused.stderr.contains(expected), "{}", refused.stderr);
    let posts = server.requests().iter().filter(|line| line.contains("POST")).count();
    assert_eq!(posts, 1, "a refusal is not tried again");
    assert_eq!(server.commits(), ["second", "first"]);
}

#[cfg(unix)]
#[test]
fn the_words_of_a_server_that_refuses_are_explained() {
    use std::os::unix::fs::PermissionsExt;
    let (server, scratch) = (server(), tempfile::tempdir().expect("a scratch directory"));
    checkout(&server, scratch.path());
    let portal = scratch.path().join("portal");
    let hook = server.bare().join("hooks/pre-receive");
    for (said, meaning) in [
        (
            "error: GH006: Protected branch update failed for refs/heads/main.",
            "the branch is protected",
        ),
        (
            "error: GH013: Repository rule violations found for refs/heads/main.",
            "the branch is protected",
        ),
        (
            "GitLab: You are not allowed to push code to protected branches on this project.",
            "the branch is protected",
        ),
        ("Gitea: branch main is protected from force push", "the branch is protected"),
        ("TF402455: Pushes to this branch are not permitted", "the branch is protected"),
        ("GH009: Secrets detected! This push failed.", "the server found a credential"),
        ("", "a rule of the server refused the push"),
    ] {
        std::fs::write(&hook, format!("#!/bin/sh\necho '{said}' >&2\nexit 1\n")).expect("writable");
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("settable");
        let refused = push(&portal);
        assert_eq!(refused.code, 3, "{}", refused.stderr);
        let line = refused.stderr.lines().find(|line| line.contains("hook declined"));
        let line = line.unwrap_or_else(|| panic!("{}", refused.stderr));
        assert!(line.contains(said) && line.contains(meaning), "{line}");
        git(&portal, &["reset", "-q", "--hard", "origin/main"]);
    }
    std::fs::remove_file(hook).expect("a hook");
    server.requests();

    for (place, said) in [
        (
            "/archived",
            "the git server answered 403 Forbidden: This repository was archived so it is read-only.; the repository is archived",
        ),
        ("/moved", "answered 301 Moved Permanently"),
    ] {
        git(&portal, &["remote", "set-url", "origin", &server.url(place)]);
        let refused = push(&portal);
        assert_eq!(refused.code, 3, "{}", refused.stderr);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    let refused = push(&portal);
    let moved = format!(
        "`{}` was renamed or moved to `{}`: use that name",
        server.url("/moved"),
        server.url("")
    );
    assert!(refused.stderr.contains(&moved), "{}", refused.stderr);
    assert!(server.requests().iter().all(|request| !request.starts_with("POST /r.git")));
}

#[test]
fn a_detached_head_is_explained() {
    let (server, scratch) = (server(), tempfile::tempdir().expect("a scratch directory"));
    checkout(&server, scratch.path());
    let portal = scratch.path().join("portal");
    git(&portal, &["checkout", "-q", "--detach"]);
    let refused = push(&portal);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("`HEAD` is on no branch"), "{}", refused.stderr);
    assert!(refused.stderr.contains("hint: check out the branch"), "{}", refused.stderr);
}
