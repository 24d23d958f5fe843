//! Sources of kind `git`: repositories that the snapshot fetches over HTTP.

use std::path::{Path, PathBuf};

use callboard_testing::{GitServer, Portal, component, git};

use crate::program::{ProgramOutput, RunProgram, isolated};

/// A portal with one source of kind `git`.
fn portal(url: &str, more: &str) -> Portal {
    let source = format!("kind: git\nrepositories:\n  - url: {url}\n{more}");
    Portal::new()
        .with("callboard.yaml", "title: Test\nsources: [code]\n")
        .with("catalog-data/sources/code.yaml", &source)
}

fn snapshot(portal: &Portal, variables: &[(&str, &str)]) -> ProgramOutput {
    let mut command = isolated(portal.path());
    command.envs(variables.iter().copied()).args(["snapshot", "--no-commit"]);
    ProgramOutput::of(&command.output().expect("it starts"))
}

/// The only repository of a portal's cache.
fn cache(portal: &Path) -> PathBuf {
    let mut folders = std::fs::read_dir(portal.join(".callboard/git")).expect("a cache");
    folders.next().expect("a repository").expect("readable").path()
}

const AUTH: &str = "auth: { type: bearer, token: \"${CODE_TOKEN}\" }\n";
const TOKEN: &[(&str, &str)] = &[("CODE_TOKEN", "sesame")];

#[test]
fn the_newest_commit_is_fetched_and_one_request_shows_that_nothing_changed() {
    let server =
        GitServer::new(&[("catalog-info.yaml", &component("a", "team-a", "")), ("big", "first\n")]);
    server.change("second", &[("big", "second\n")]);
    let portal = portal(&server.url("/private"), AUTH);

    let first = snapshot(&portal, TOKEN);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stdout.contains("1 added"), "{}", first.stdout);
    let cached = cache(portal.path());
    assert_eq!(git(&cached, &["log", "--all", "--format=%s"]), "second\n");
    server.requests();

    let again = snapshot(&portal, TOKEN);
    assert!(again.stdout.contains("unchanged"), "{}", again.stdout);
    assert_eq!(server.requests(), ["GET /private/r.git/info/refs with credentials"]);

    // Back to a content that the cache never had.
    server.change(
        "third",
        &[("big", "first\n"), ("x/catalog-info.yaml", &component("b", "team-a", ""))],
    );
    let changed = snapshot(&portal, TOKEN);
    assert_eq!(changed.code, 0, "{}", changed.stderr);
    assert!(changed.stdout.contains("1 added"), "{}", changed.stdout);
    git(&cached, &["fsck", "--connectivity-only"]);
    assert_eq!(
        portal.read(".callboard/.gitignore"),
        "*
"
    );
}

#[test]
fn a_branch_and_a_tag_are_read_too() {
    let server = GitServer::new(&[("catalog-info.yaml", &component("old", "team-a", ""))]);
    git(&server.bare(), &["tag", "-a", "-m", "one", "v1", "main"]);
    server.change("second", &[("catalog-info.yaml", &component("new", "team-a", ""))]);
    git(&server.bare(), &["branch", "other", "main"]);
    for (reference, name) in [("v1", "old"), ("other", "new"), ("refs/tags/v1", "old")] {
        let portal = portal(&server.url(""), &format!("    ref: {reference}\n"));
        let ran = snapshot(&portal, &[]);
        assert_eq!(ran.code, 0, "{reference}: {}", ran.stderr);
        portal.read(&format!("catalog-data/entities/code/component/default/{name}.yaml"));
    }
}

#[test]
fn a_damaged_cache_is_rebuilt() {
    let server = GitServer::new(&[("catalog-info.yaml", &component("a", "team-a", ""))]);
    let portal = portal(&server.url(""), "");
    assert_eq!(snapshot(&portal, &[]).code, 0);
    let packs = cache(portal.path()).join("objects/pack");
    for file in std::fs::read_dir(packs).expect("packs") {
        let file = file.expect("readable").path();
        if file.extension().is_some_and(|kind| kind == "pack") {
            std::fs::remove_file(&file).expect("removable");
            std::fs::write(&file, "broken").expect("writable");
        }
    }
    server.change("second", &[("catalog-info.yaml", &component("b", "team-a", ""))]);
    let ran = snapshot(&portal, &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    portal.read("catalog-data/entities/code/component/default/b.yaml");
}

/// Address, more of the source, variables, exit code and what is said.
type Case<'t> = (&'t str, &'t str, &'t [(&'t str, &'t str)], i32, &'t str);

#[test]
fn failed_fetches_have_clear_messages_and_change_nothing() {
    let server = GitServer::new(&[("catalog-info.yaml", &component("a", "team-a", ""))]);
    let missing = server.url("").replace("r.git", "none.git");
    let large = "max_bytes: 200\n";
    let cases: [Case<'_>; 7] = [
        (&server.url("/private"), AUTH, &[], 2, "`CODE_TOKEN` is not set"),
        (&server.url("/private"), AUTH, &[("CODE_TOKEN", "wrong")], 3, "answered 401"),
        (&server.url("/moved"), "", &[], 3, "answered 301: the repository is at another address"),
        (&missing, "", &[], 3, "none.git: the repository was not found"),
        (&server.url(""), large, &[], 3, "the repository is larger than 200 bytes"),
        (&server.url("/slow"), "timeout: 300ms\n", &[], 3, "it took longer than 0.3 s"),
        (&server.url(""), "    ref: mian\n", &[], 3, "hint: did you mean `main`?"),
    ];
    for (url, more, variables, code, expected) in cases {
        let portal = portal(url, more);
        let ran = snapshot(&portal, variables);
        assert_eq!(ran.code, code, "{expected}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{expected}: {}", ran.stderr);
        assert!(!ran.stderr.contains("wrong"), "{}", ran.stderr);
        assert!(!portal.path().join("catalog-data/entities").exists());
    }
}

#[test]
fn the_portals_own_token_goes_to_the_portals_own_server_only() {
    let server = GitServer::new(&[("catalog-info.yaml", &component("a", "team-a", ""))]);
    let own = &[("CALLBOARD_GIT_TOKEN", "sesame")];
    let portal = portal(&server.url("/private"), "");
    git(portal.path(), &["init", "-q", "-b", "main"]);
    git(portal.path(), &["remote", "add", "origin", "http://127.0.0.1:1/portal.git"]);
    let refused = snapshot(&portal, own);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert_eq!(server.requests(), ["GET /private/r.git/info/refs"]);
    git(portal.path(), &["remote", "set-url", "origin", &server.url("/private")]);
    let read = snapshot(&portal, own);
    assert_eq!(read.code, 0, "{}", read.stderr);
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    for (retries, code) in [(1, 0), (0, 3)] {
        let server = GitServer::new(&[("catalog-info.yaml", &component("a", "team-a", ""))]);
        let portal = portal(&server.url("/busy"), &format!("retries: {retries}\n"));
        let ran = snapshot(&portal, &[]);
        assert_eq!(ran.code, code, "{}", ran.stderr);
        assert_eq!(ran.stderr.contains("the git server answered 503"), code == 3, "{}", ran.stderr);
    }
}

#[test]
fn an_empty_repository_is_a_failure() {
    let server = GitServer::new(&[]);
    let ran = snapshot(&portal(&server.url(""), ""), &[]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("the repository has no commits"), "{}", ran.stderr);
}

#[test]
fn documentation_is_added_changed_and_removed_with_its_entity() {
    let info = component("a", "team-a", "")
        .replace("{name: a}", "{name: a, annotations: {backstage.io/techdocs-ref: dir:.}}");
    let server = GitServer::new(&[
        ("catalog-info.yaml", &info),
        ("mkdocs.yml", "site_name: A\n"),
        ("docs/index.md", "# A\n\n![i](i.svg)\n"),
        ("docs/i.svg", "<svg/>"),
        ("src/main.rs", "x"),
        ("b/catalog-info.yaml", &component("b", "team-a", "")),
        ("b/README.md", "# B\n"),
    ]);
    let portal = portal(&server.url(""), "shrink: { at_least: 9 }\n");
    git(portal.path(), &["init", "-q", "-b", "main"]);
    let folder = "catalog-data/docs/code/component/default";
    let run = |args: &[&str]| {
        let ran = portal.run(&[&["snapshot"], args].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    let told = run(&["--dry-run"]);
    assert!(told.contains("2 added, 2 with other documentation"), "{told}");
    assert!(!portal.path().join("catalog-data/docs").exists());
    run(&[]);
    let committed =
        || git(portal.path(), &["ls-tree", "-r", "--name-only", "HEAD", "catalog-data/docs"]);
    let a =
        ["docs/i.svg", "docs/index.md", "mkdocs.yml"].map(|file| format!("{folder}/a/{file}\n"));
    assert_eq!(committed(), format!("{}{folder}/b/README.md\n", a.concat()));

    let head = git(portal.path(), &["rev-parse", "HEAD"]);
    assert!(run(&[]).contains("unchanged"));
    assert_eq!(git(portal.path(), &["rev-parse", "HEAD"]), head);

    // A snapshot that was killed half-way left what the folder had to become.
    let ready = portal.path().join(".callboard/snapshot-docs/code/ready/component/default/a");
    std::fs::create_dir_all(&ready).expect("writable");
    std::fs::write(ready.join("half.md"), "x").expect("writable");
    assert!(run(&[]).contains("2 with other documentation"));
    assert!(!portal.path().join(".callboard/snapshot-docs").exists());
    assert_eq!(git(portal.path(), &["rev-parse", "HEAD"]), head);
    assert!(!portal.path().join(format!("{folder}/a/half.md")).exists());

    server.change("second", &[("docs/index.md", "# A, again\n"), ("src/main.rs", "y")]);
    let told = run(&["--verbose"]);
    assert!(told.contains("code: 1 with other documentation"), "{told}");
    assert!(told.contains("~ documentation of component:default/a"), "{told}");
    assert_eq!(portal.read(&format!("{folder}/a/docs/index.md")), "# A, again\n");
    assert!(!portal.path().join(format!("{folder}/a/docs/i.svg")).exists());
    let subject = git(portal.path(), &["log", "-1", "--format=%s"]);
    assert_eq!(subject, "code: 1 with other documentation\n");

    // The entity goes, and what was said of it.
    server.change("third", &[("b/catalog-info.yaml", "")]);
    run(&[]);
    assert_eq!(committed().lines().count(), 2);
    assert!(!portal.path().join(format!("{folder}/b")).exists());

    let source = portal.read("catalog-data/sources/code.yaml") + "docs: false\n";
    let portal = portal.with("catalog-data/sources/code.yaml", &source);
    let ran = portal.run(&["snapshot"]);
    assert!(ran.stdout.contains("1 with other documentation"), "{}", ran.stdout);
    assert!(!portal.path().join("catalog-data/docs/code").exists());
}
