//! Sources of files: in the portal, and in repositories.

use callboard_testing::{assert_text, commit_all_files, git, str};

use super::portal::{SnapshotTest, failure, left_out};
use crate::{base::fs, snapshot::FailureKind};

fn component(name: &str, more: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n{more}spec:\n  \
         type: service\n  lifecycle: production\n  owner: team-a\n"
    )
}

fn location(spec: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata:\n  name: all\nspec:\n{spec}"
    )
}

/// A portal with a source of files in `data/`, and these files there.
fn portal(files: &[(&str, &str)]) -> SnapshotTest {
    let mut portal = SnapshotTest::new();
    portal.source("files", "kind: file\npath: data\n", "");
    for (path, text) in files {
        portal.write(&format!("data/{path}"), text);
    }
    portal
}

async fn taken(portal: &SnapshotTest) -> Vec<String> {
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    portal.entities().into_keys().collect()
}

async fn fails(files: &[(&str, &str)]) -> String {
    let portal = portal(files);
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Data), "{report}");
    assert!(portal.entities().is_empty());
    failure(&report)
}

#[tokio::test]
async fn entities_are_found_followed_and_completed() {
    let api = "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: pay}\nspec:\n  type: \
               openapi\n  lifecycle: production\n  owner: team-a\n  definition: {$text: ./pay.txt}\n  \
               extra: [{$json: /shared/x.json}, {$yaml: x.yaml}, {$ref: kept}]\n";
    let two = format!("---\n{}---\n---\n{}", component("one", ""), component("two", ""));
    let portal = portal(&[
        ("catalog-info.yaml", &location("  targets: [./apis/*.yml, 'teams/a.yaml']\n")),
        ("apis/b.yml", api),
        ("apis/deep/c.yml", "not: found"),
        ("apis/pay.txt", "openapi: 3.0.0\n"),
        ("apis/x.yaml", "a: 1\n"),
        ("shared/x.json", r#"{"$text": "not looked through again"}"#),
        (
            "teams/a.yaml",
            &location("  type: file\n  target: ../catalog-info.yaml\n").replace("all", "loop"),
        ),
        ("svc/catalog-info.yaml", &two),
        ("svc/node_modules/x/catalog-info.yaml", "not: read"),
        (".hidden/catalog-info.yaml", "not: read"),
    ]);
    assert_eq!(
        taken(&portal).await,
        [
            "files/api/default/pay.yaml",
            "files/component/default/one.yaml",
            "files/component/default/two.yaml",
            "files/location/default/all.yaml",
            "files/location/default/loop.yaml",
        ]
    );
    assert_text(
        portal.entities()["files/api/default/pay.yaml"].clone(),
        str![[r#"
apiVersion: backstage.io/v1alpha1
kind: API
metadata:
  name: pay
spec:
  type: openapi
  lifecycle: production
  owner: team-a
  definition: |
    openapi: 3.0.0
  extra:
  - $text: not looked through again
  - a: 1
  - $ref: kept

"#]],
    );
}

#[tokio::test]
async fn what_a_file_leads_to_and_cannot_be_read_is_placed_and_the_entity_stays() {
    let bad = "spec:\n  a: {$text: https://example.com/x}\n  b: {$json: bad.json}\n  c: {$yaml: two.yaml}\n  \
               d: {$text: ../../etc/passwd}\n  e: {$openapi: x}\n  f: {$text: lfs}\n";
    let portal = portal(&[
        ("catalog-info.yaml", &component("one", "").replace("spec:\n", bad)),
        ("bad.json", "{\n  \"a\": ,\n}"),
        ("two.yaml", "a: 1\n---\nb: 1\n"),
        ("lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n"),
    ]);
    let report = portal.run().await;
    let one = &portal.entities()["files/component/default/one.yaml"];
    assert!(one.contains("  a: https://example.com/x\n  b: bad.json\n"), "{one}");
    assert_text(
        left_out(&report),
        str![[r#"
warning: data/catalog-info.yaml:6:14: `https://example.com/x` is outside this repository, and is not read
hint: keep the file beside the entity
warning: data/catalog-info.yaml:7:14: data/bad.json:2:8: this is not JSON
warning: data/catalog-info.yaml:8:14: data/two.yaml: `$yaml` takes a file of exactly one document
warning: data/catalog-info.yaml:9:14: `../../etc/passwd` leads out of the repository
hint: keep the file inside the repository
warning: data/catalog-info.yaml:10:17: there is no file `x`
warning: data/catalog-info.yaml:11:14: `lfs` is kept in Git LFS, which is not read
hint: keep files of entities in git itself
"#]],
    );
    let targets = "  targets:\n    - missing.yaml\n    - ./none-*.yaml\n    - ../../x.yaml\n    - folder/\n    \
                   - \"a\\\\b\"\n";
    let portal = self::portal(&[("catalog-info.yaml", &location(targets))]);
    let report = portal.run().await;
    assert_eq!(portal.entities().len(), 1);
    let warnings: Vec<_> = report.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "warning: data/catalog-info.yaml:8:7: no file matches `none-*.yaml`\nhint: write `presence: \
          optional` when that is meant"
        ]
    );
    assert_text(
        left_out(&report),
        str![[r#"
warning: data/catalog-info.yaml:7:7: there is no file `missing.yaml`
hint: write `presence: optional` when that is meant
warning: data/catalog-info.yaml:9:7: `../../x.yaml` leads out of the repository
hint: keep the file inside the repository
warning: data/catalog-info.yaml:10:7: `folder/` is a folder
hint: name its files, as in `./dir/*.yaml`
warning: data/catalog-info.yaml:11:7: `a\b` cannot be the path of a file: it has a backslash or a control character
"#]],
    );
}

#[tokio::test]
async fn what_is_no_entity_is_told_apart() {
    let text = fails(&[
        ("a/catalog-info.yaml", "apiVersion: v1\nname: x\n"),
        ("b/catalog-info.yaml", "- a list\n"),
        ("c/catalog-info.yaml", "a: [1\n"),
        ("d/catalog-info.yaml", "\u{0}"),
        ("e/catalog-info.yaml", &component("Bad Name", "")),
    ])
    .await;
    assert_text(
        text,
        str![[r#"
error: data/a/catalog-info.yaml:1:1: this is not an entity: it has no `kind`
hint: leave the file out by a pattern under `globs`, as in `!**/examples/**`
error: data/b/catalog-info.yaml:1:1: this is not an entity: it is not a map
hint: leave the file out by a pattern under `globs`, as in `!**/examples/**`
error: data/c/catalog-info.yaml:2:1: while parsing a flow sequence, expected ',' or ']'
error: data/d/catalog-info.yaml:1:1: control characters are not allowed
error: data/e/catalog-info.yaml:4:9: Component `Bad Name`: `metadata.name`: `Bad Name` is not a valid name
hint: expected letters, digits and, between them, `-`, `_` or `.`, at most 63
"#]],
    );
}

#[tokio::test]
async fn optional_targets_may_be_missing() {
    let spec = "  presence: optional\n  targets: [missing.yaml, ./none/*.yaml]\n";
    let portal = portal(&[("catalog-info.yaml", &location(spec))]);
    assert_eq!(taken(&portal).await, ["files/location/default/all.yaml"]);
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let portal = portal(&[
        ("catalog-info.yaml", &component("one", "  description: {$text: linked/secret}\n")),
        ("real/catalog-info.yaml", &component("two", "")),
    ]);
    portal.write("outside/secret", "secret");
    symlink(portal.path().join("outside"), portal.path().join("data/linked")).expect("linkable");
    let text = left_out(&portal.run().await);
    let expected = "data/catalog-info.yaml:5:24: `linked/secret` is a symbolic link";
    assert!(text.contains(expected), "{text}");
    let one = &portal.entities()["files/component/default/one.yaml"];
    assert!(one.contains("description: linked/secret\n"), "{one}");

    portal.write("data/catalog-info.yaml", component("one", ""));
    symlink("../real/catalog-info.yaml", portal.path().join("data/linked.yaml")).expect("linkable");
    portal.write("catalog-data/sources/files.yaml", "kind: file\npath: data\nglobs: ['*.yaml']\n");
    let report = portal.run().await;
    assert_eq!(report.warnings.len(), 1);
    let warning = report.warnings[0].to_string();
    assert_eq!(warning, "warning: data/linked.yaml: a symbolic link is not followed");

    symlink(portal.path().join("outside"), portal.path().join("elsewhere")).expect("linkable");
    portal.write("catalog-data/sources/files.yaml", "kind: file\npath: elsewhere\n");
    let text = failure(&portal.run().await);
    assert!(
        text.contains("files.yaml:2:7: `elsewhere` is, or is below, a symbolic link"),
        "{text}"
    );
}

#[tokio::test]
async fn a_file_can_be_too_large() {
    let text = fails(&[("catalog-info.yaml", &"#".repeat(5_000_001))]).await;
    assert_eq!(
        text,
        "error: data/catalog-info.yaml: `catalog-info.yaml` has 5000001 bytes, and 5000000 are allowed"
    );
}

#[tokio::test]
async fn a_path_stays_in_the_portal() {
    for path in ["../x", "/etc", "missing"] {
        let mut portal = SnapshotTest::new();
        portal.source("files", &format!("kind: file\npath: {path}\n"), "");
        let report = portal.run().await;
        assert_eq!(report.failure(), Some(FailureKind::Data), "{path}");
        assert!(failure(&report).contains("files.yaml:2:7: "), "{}", failure(&report));
    }
}

/// The address of a bare repository with these files on `main` and on the tag `v1`.
fn repository(folder: &std::path::Path, files: &[(&str, &str)]) -> String {
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    commit_all_files(folder, &files);
    git(folder, &["tag", "--annotate", "--force", "--message=first", "v1"]);
    url::Url::from_directory_path(folder).expect("absolute").into()
}

#[tokio::test]
async fn repositories_are_read_without_checking_them_out() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let at = |name: &str| scratch.path().join(name);
    let location = location("  targets: [./svc/*.yaml, 'https://example.com/x.yaml']\n");
    let one = repository(
        &at("one.git"),
        &[
            ("catalog-info.yaml", &location),
            ("svc/a.yaml", &component("a", "")),
            ("svc/linked.yaml", "-> a.yaml"),
        ],
    );
    let two = repository(&at("two.git"), &[("x/catalog-info.yaml", &component("b", ""))]);
    let mut portal = SnapshotTest::new();
    let yaml = format!("kind: git\nrepositories: [{{url: '{one}'}}, {{url: '{two}', ref: v1}}]\n");
    let mapping = ".metadata.annotations = ($parent | del(.commit) | map_values(tostring))";
    portal.source("git", &yaml, mapping);
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    let files: Vec<_> = portal.entities().into_keys().collect();
    assert_eq!(
        files,
        [
            "git/component/default/a.yaml",
            "git/component/default/b.yaml",
            "git/location/default/all.yaml"
        ]
    );
    let b = &portal.entities()["git/component/default/b.yaml"];
    assert!(
        b.contains(&format!("    file: x/catalog-info.yaml\n    ref: v1\n    repository: {two}\n")),
        "{b}"
    );
    let a = &portal.entities()["git/component/default/a.yaml"];
    assert!(a.contains("    ref: main\n"), "{a}");
    let warnings: Vec<_> = report.warnings.iter().map(|w| w.message.as_str()).collect();
    assert_eq!(
        warnings,
        [
            "a symbolic link is not followed",
            "`https://example.com/x.yaml` is outside this repository: not followed",
        ]
    );
    let ignored = fs::read_text(&portal.path().join(".callboard/.gitignore")).expect("a file");
    assert_eq!(
        ignored,
        "*
"
    );
}

#[tokio::test]
async fn credentials_are_for_one_server() {
    let mut portal = SnapshotTest::new();
    let yaml = "kind: git\nrepositories:\n  - url: https://one.example/r\n  - url: https://two.example/r\nauth: \
                {type: bearer, token: '${KEY}'}\n";
    portal.source("git", yaml, "");
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Settings), "{report}");
    assert_text(
        failure(&report),
        str![[r#"
error: catalog-data/sources/git.yaml:4:10: `auth` is for one server, and this repository is on another
hint: make a source of its own for it
"#]],
    );
}

#[tokio::test]
async fn a_repository_that_cannot_be_read_is_left_out_until_there_are_too_many() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let good =
        repository(&scratch.path().join("one.git"), &[("catalog-info.yaml", &component("a", ""))]);
    let yaml = format!(
        "kind: git\nrepositories:\n  - url: {good}\n  - {{url: '{good}', ref: mian}}\n  - url: \
         file:///nowhere\n  - url: https://me:hunter2@example.com/r\n  - url: ssh://example.com/r\n"
    );
    let mut portal = SnapshotTest::new();
    portal.source("git", &yaml, "");
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_eq!(portal.entities().len(), 1);
    assert_text(
        left_out(&report).replace(&good, "URL"),
        str![[r#"
warning: catalog-data/sources/git.yaml:4:5: URL: there is no branch and no tag `mian`
hint: did you mean `main`?
warning: catalog-data/sources/git.yaml:5:5: file:///nowhere: the repository was not found
hint: is the address right, and may the token see the repository?
warning: catalog-data/sources/git.yaml:6:5: https://example.com/r: an address holds no user name and no password
hint: write `https://host/path`, and who reads under `auth`
warning: catalog-data/sources/git.yaml:7:5: ssh://example.com/r: only `https`, `http` and `file` addresses can be read
hint: write `https://host/path`, and who reads under `auth`
"#]],
    );
}
