//! `callboard scaffold`: the commands for authors of templates and for people who look after runs.

use callboard_testing::{Portal, git};

use crate::{
    program::{ProgramOutput, RunProgram},
    scaffold::portal,
};

pub(crate) fn ok(ran: ProgramOutput) -> String {
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// A portal with an applied request `a`.
pub(crate) fn applied() -> Portal {
    let request = "template: t\nrequester: user:default/u\nparameters: {name: first}\n";
    let portal = portal().with("scaffolds/requests/a.yaml", request);
    portal.commit("ask");
    ok(portal.run(&["scaffold", "apply", "scaffolds/requests/a.yaml"]));
    portal
}

#[test]
fn templates_and_actions_are_listed_and_shown() {
    let portal = portal();
    assert!(ok(portal.run(&["scaffold", "list"])).contains("✓ template:default/t"));
    let listed = ok(portal.run(&["scaffold", "list", "--json"]));
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!(listed[0]["file"], "scaffolds/templates/t/template.yaml");
    let shown = ok(portal.run(&["scaffold", "show", "t"]));
    for part in ["name string", "default \"README.md\"", "fetch:template", "publish:git"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let unknown = portal.run(&["scaffold", "show", "tt"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("did you mean `t`?"), "{}", unknown.stderr);
    assert!(ok(portal.run(&["scaffold", "actions"])).contains("catalog:register"));
    assert!(ok(portal.run(&["scaffold", "actions", "publish:git"])).contains("repoUrl"));
}

#[test]
fn a_new_request_is_planned_before_it_is_written() {
    let portal = portal();
    let new = |name: &str, more: &[&str]| {
        let set = format!("name={name}");
        let mut args = vec!["scaffold", "new", "t", "--set", &set, "--requester", "user:default/u"];
        args.extend(more);
        portal.run(&args)
    };
    let printed = ok(new("shop", &["--dry-run"]));
    assert_eq!(
        printed,
        "template: template:default/t\nrequester: user:default/u\nparameters:\n  name: shop\n"
    );
    assert!(!portal.path().join("scaffolds/requests/shop.yaml").exists());
    let written = ok(new("shop", &[]));
    assert!(written.contains("callboard scaffold plan scaffolds/requests/shop.yaml"), "{written}");
    assert_eq!(portal.read("scaffolds/requests/shop.yaml"), printed);
    ok(portal.run(&["scaffold", "plan", "scaffolds/requests/shop.yaml"]));
    let again = new("shop", &[]);
    assert_eq!(again.code, 4, "{}", again.stderr);
    let wrong = new("a/b", &[]);
    assert_eq!(wrong.code, 1, "{}", wrong.stderr);
    let nobody = portal.run(&["scaffold", "new", "t", "--set", "name=x"]);
    assert_eq!(nobody.code, 2);
    assert!(nobody.stderr.contains("--requester"), "{}", nobody.stderr);
}

#[test]
fn rendered_files_are_written_and_compared_with_test_cases() {
    let portal = portal()
        .with("values.yaml", "name: shop\n")
        .with("scaffolds/templates/t/tests/plain/values.yaml", "name: shop\n");
    let render = ["scaffold", "render", "t", "--values", "values.yaml", "--out", "made"];
    ok(portal.run(&render));
    assert_eq!(portal.read("made/README.md"), "# shop\n");
    let again = portal.run(&render);
    assert_eq!(again.code, 2, "the directory is not empty: {}", again.stderr);

    let failed = portal.run(&["scaffold", "test"]);
    assert_eq!(failed.code, 1);
    assert!(failed.stdout.contains("README.md is not expected"), "{}", failed.stdout);
    ok(portal.run(&["scaffold", "test", "--update"]));
    assert_eq!(portal.read("scaffolds/templates/t/tests/plain/expected/README.md"), "# shop\n");
    assert!(ok(portal.run(&["scaffold", "test"])).contains("1 case, 0 failed"));
    portal.write("scaffolds/templates/t/tests/plain/expected/README.md", "# other\n");
    let differs = portal.run(&["scaffold", "test", "t"]);
    assert!(differs.stdout.contains("README.md differs"), "{}", differs.stdout);
}

#[test]
fn the_files_of_a_plan_can_be_looked_at() {
    let portal = applied();
    let request = "template: t\nrequester: user:default/u\nparameters: {name: next}\n";
    portal.write("scaffolds/requests/b.yaml", request);
    ok(portal.run(&["scaffold", "plan", "scaffolds/requests/b.yaml", "--out", "plans/"]));
    assert_eq!(portal.read("plans/b/README.md"), "# next\n");
}

#[test]
fn a_run_is_shown_and_what_cannot_be_undone_is_said() {
    let portal = applied();
    assert!(ok(portal.run(&["scaffold", "status"])).contains("✓ a"));
    let shown = ok(portal.run(&["scaffold", "status", "a"]));
    assert!(shown.contains("done: creates repository `o/first`"), "{shown}");
    let record = ok(portal.run(&["scaffold", "status", "a", "--json"]));
    assert!(record.contains("\"version\": 2"), "{record}");
    let undo = portal.run(&["scaffold", "undo", "a"]);
    assert!(
        ok(undo)
            .contains("creates repository `o/first` with branch `main`, 2 files cannot be undone")
    );
    let again = portal.run(&["scaffold", "retry", "a"]);
    assert!(ok(again).contains("nothing to do"));
    let wrong = portal.run(&["scaffold", "resume", "a", "--step", "step-2/1", "--was", "done"]);
    assert_eq!(wrong.code, 4, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("what became of `step-2/1` is known"), "{}", wrong.stderr);
}

#[test]
fn registered_entities_are_undone_unless_they_were_changed() {
    let portal = portal();
    let template = portal.read("scaffolds/templates/t/template.yaml")
        + "    - action: catalog:register\n      input: {repoContentsUrl: \"${{ steps['step-2'].output.repoContentsUrl }}\"}\n";
    portal.write("scaffolds/templates/t/template.yaml", &template);
    portal.write(
        "scaffolds/templates/t/skeleton/catalog-info.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: '${{ values.name }}'}\n\
         spec: {type: service, lifecycle: production, owner: g}\n",
    );
    let request = "template: t\nrequester: user:default/u\nparameters: {name: first}\n";
    portal.write("scaffolds/requests/a.yaml", request);
    portal.commit("ask");
    ok(portal.run(&["scaffold", "apply", "--pending"]));
    let fragment = "catalog-data/entities/registered/component/default/first.yaml";
    let registered = portal.read(fragment);
    portal.write(fragment, registered.replace("production", "experimental"));
    let refused = portal.run(&["scaffold", "undo", "a", "--yes"]);
    assert_eq!(refused.code, 4, "{}", refused.stderr);
    assert!(refused.stderr.contains("was changed since it was registered"), "{}", refused.stderr);
    portal.write(fragment, &registered);
    let shown = ok(portal.run(&["scaffold", "undo", "a"]));
    assert!(shown.contains("removes the files of the entities"), "{shown}");
    assert!(portal.path().join(fragment).exists());
    ok(portal.run(&["scaffold", "undo", "a", "--yes"]));
    assert!(!portal.path().join(fragment).exists());
    let again = portal.run(&["scaffold", "apply", "--pending"]);
    assert_eq!(again.code, 4, "{}", again.stderr);
    assert!(again.stderr.contains("the run of `a` was undone"), "{}", again.stderr);
}

#[test]
fn what_a_run_made_is_compared_with_what_is_there_also_when_the_template_has_changed() {
    let portal = applied();
    let drift = |code: i32| {
        let ran = portal.run(&["scaffold", "drift", "--json"]);
        assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
        serde_json::from_str::<serde_json::Value>(&ran.stdout).expect("JSON")["runs"][0].clone()
    };
    let same = drift(0);
    assert_eq!((&same["request"], &same["same"]), (&"a".into(), &1.into()), "{same}");

    let template = portal.read("scaffolds/templates/t/template.yaml");
    portal
        .write("scaffolds/templates/t/template.yaml", template.replace("publish:git", "debug:log"));
    portal.commit("another template");
    assert_eq!(drift(0), same);

    let repository = portal.path().join(".callboard/repositories/o/first.git");
    std::fs::remove_dir_all(&repository).expect("a repository");
    let gone = drift(1);
    assert_eq!(gone["effects"][0]["state"], "gone", "{gone}");
    let shown = portal.run(&["scaffold", "drift", "a"]);
    assert!(
        shown.stdout.contains("gone: `.callboard/repositories/o/first.git` is gone"),
        "{}",
        shown.stdout
    );
    assert!(shown.stderr.contains("1 run: 1 effect is no longer as made"), "{}", shown.stderr);

    assert_eq!(portal.run(&["scaffold", "drift", "--record"]).code, 1);
    let recorded = git(portal.path(), &["rev-parse", "callboard-runs"]);
    assert_eq!(portal.run(&["scaffold", "drift", "--record"]).code, 1);
    assert_eq!(git(portal.path(), &["rev-parse", "callboard-runs"]), recorded, "nothing is new");
    ok(portal.run(&["build"]));
    let page = portal.read("site/runs/a.html");
    assert!(page.contains("No longer as it was made"), "{page}");
    assert!(page.contains("<code>.callboard/repositories/o/first.git</code> is gone"), "{page}");
    let list = portal.read("site/runs.html");
    assert!(list.contains("st-drifted"), "{list}");
}

#[test]
fn a_cancelled_request_is_not_applied_and_a_pull_request_removes_its_file() {
    let portal = portal();
    let request = "template: t\nrequester: user:default/u\nparameters: {name: first}\n";
    portal.write("scaffolds/requests/a.yaml", request);
    portal.commit("ask");
    let remote = portal.path().join(".callboard/remote.git");
    git(portal.path(), &["clone", "-q", "--bare", ".", &remote.to_string_lossy()]);
    git(portal.path(), &["remote", "add", "origin", &remote.to_string_lossy()]);

    let ran = portal.run(&["scaffold", "cancel", "a"]);
    assert!(ran.stderr.contains("`scaffolds/requests/a.yaml` is still there"), "{}", ran.stderr);
    assert_eq!(ok(ran).trim(), "a is cancelled");
    let refused = portal.run(&["scaffold", "apply", "--pending"]);
    assert_eq!(refused.code, 4, "{}", refused.stderr);
    assert!(refused.stderr.contains("the run of `a` was cancelled"), "{}", refused.stderr);
    assert!(!portal.path().join(".callboard/repositories").exists());

    let opened = ok(portal.run(&["scaffold", "cancel", "a", "--pull-request"]));
    assert!(
        opened.contains("the branch `callboard/take-back-a` takes the request back"),
        "{opened}"
    );
    let files = git(&remote, &["ls-tree", "-r", "--name-only", "callboard/take-back-a"]);
    assert!(files.contains("callboard.yaml") && !files.contains("requests/a.yaml"), "{files}");
    ok(portal.run(&["scaffold", "cancel", "a", "--pull-request"]));

    // The name is free again.
    portal.write("scaffolds/requests/b.yaml", request);
    ok(portal.run(&["scaffold", "plan", "scaffolds/requests/b.yaml"]));
    let completed = applied().run(&["scaffold", "cancel", "a"]);
    assert_eq!(completed.code, 4, "{}", completed.stderr);
    assert!(completed.stderr.contains("callboard scaffold undo a"), "{}", completed.stderr);
}

#[test]
fn templates_of_another_portal_are_imported_with_a_report() {
    let source = portal();
    source.write(
        "scaffolds/templates/other/template.yml",
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: other}\n\
         spec: {type: service, steps: [{action: acme:make}]}\n",
    );
    let portal = Portal::new().with("callboard.yaml", "title: T\n");
    let from = source.path().to_string_lossy().into_owned();
    let shown = ok(portal.run(&["scaffold", "import", &from, "--dry-run"]));
    assert!(shown.contains("2 templates: 1 run, 1 lack actions only, 0 differ"), "{shown}");
    assert!(shown.contains("`acme:make` is missing in 1 template"), "{shown}");
    assert!(!portal.path().join("scaffolds").exists());
    ok(portal.run(&["scaffold", "import", &from]));
    assert!(portal.read("scaffolds/templates/other/template.yaml").contains("acme:make"));
    assert!(portal.path().join("scaffolds/templates/t/skeleton").is_dir());
    let again = ok(portal.run(&["scaffold", "import", &from]));
    assert!(again.contains("not copied: `scaffolds/templates/t` exists already"), "{again}");
}

#[test]
fn an_imported_template_comes_with_what_it_reads_outside_of_its_folder() {
    let step = |url: &str| {
        format!("    - action: fetch:template\n      input: {{url: {url}, targetPath: a}}\n")
    };
    let template = format!(
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata:\n  name: made\n\
         spec:\n  type: service\n  parameters:\n    - $yaml: ../page.yaml\n  steps:\n{}{}",
        step("../../skeletons/one/"),
        step("'../../more/${{ parameters.kind }}'"),
    );
    let source = Portal::new()
        .with("all/templates/made/template.yaml", &template)
        .with("all/templates/page.yaml", "properties: {kind: {type: string}}\n")
        .with("all/skeletons/one/a.txt", "${{ now() }}${{ values.a | mine }}\n")
        .with("all/more/two/b.txt", "b\n")
        .with("all/unused.txt", "u\n")
        .with(
            "broken.yaml",
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\na: b: c\n",
        );
    let portal = Portal::new().with("callboard.yaml", "title: T\n");
    let from = source.path().to_string_lossy().into_owned();
    let shown = portal.run(&["scaffold", "import", &from]);
    assert!(shown.stdout.contains("reads `all/skeletons/one`, which is"), "{}", shown.stdout);
    assert!(shown.stderr.contains("broken.yaml:3:"), "{}", shown.stderr);
    let folder = "scaffolds/templates/made";
    let copied = portal.read(&format!("{folder}/templates/made/template.yaml"));
    assert!(copied.contains("callboard.dev/expressions: lenient"), "{copied}");
    for file in ["templates/page.yaml", "skeletons/one/a.txt", "more/two/b.txt"] {
        assert!(portal.path().join(folder).join(file).exists(), "{file}");
    }
    assert!(!portal.path().join(folder).join("unused.txt").exists());
    let shown = portal.run(&["check"]);
    assert!(!shown.stderr.contains("outside"), "{}", shown.stderr);
    assert!(shown.stderr.contains("skeletons/one/a.txt:1:"), "{}", shown.stderr);
}

#[test]
fn from_the_answers_alone_the_same_files_are_made_again() {
    let portal = applied();
    let repository =
        git2::Repository::open(portal.path().join(".callboard/repositories/o/first.git"));
    let repository = repository.expect("a repository");
    let tree = repository.head().expect("a head").peel_to_tree().expect("a tree");
    let mut made = std::collections::BTreeMap::new();
    tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
        if let Ok(blob) = entry.to_object(&repository).expect("an object").into_blob() {
            made.insert(
                format!("{folder}{}", entry.name().expect("UTF-8")),
                blob.content().to_vec(),
            );
        }
        git2::TreeWalkResult::Ok
    })
    .expect("readable");
    assert_eq!(made.keys().collect::<Vec<_>>(), [".callboard/answers.yaml", "README.md"]);
    let answers = portal.path().join("answers.yaml");
    std::fs::write(&answers, &made[".callboard/answers.yaml"]).expect("writable");
    let render = ["scaffold", "render", "--answers", "answers.yaml", "--out", "again"];
    ok(portal.run(&render));
    for (path, bytes) in &made {
        let again = std::fs::read(portal.path().join("again").join(path)).expect(path);
        assert_eq!(&again, bytes, "{path}");
    }
    // A template that has changed since, or is gone, is taken from the history.
    portal.write("scaffolds/templates/t/skeleton/more", "x");
    portal.commit("change the template");
    std::fs::remove_dir_all(portal.path().join("scaffolds/templates/t")).expect("removed");
    portal.commit("remove the template");
    let earlier =
        portal.run(&["scaffold", "render", "--answers", "answers.yaml", "--out", "earlier"]);
    assert_eq!(earlier.code, 0, "{}", earlier.stderr);
    assert!(earlier.stderr.contains("with the template of commit "), "{}", earlier.stderr);
    for (path, bytes) in &made {
        let again = std::fs::read(portal.path().join("earlier").join(path)).expect(path);
        assert_eq!(&again, bytes, "{path}");
    }
    assert!(!portal.path().join("earlier/more").exists());
    let text = portal.read("answers.yaml");
    let digest = text.lines().find(|line| line.starts_with("digest: ")).expect("a digest");
    let other = text.replace(digest, &format!("digest: {}", "0".repeat(64)));
    portal.write("answers.yaml", &other);
    let other = portal.run(&["scaffold", "render", "--answers", "answers.yaml", "--out", "other"]);
    assert_eq!(other.code, 4, "{}", other.stderr);
    assert!(
        other.stderr.contains("no commit of this branch has `template:default/t`"),
        "{}",
        other.stderr
    );
}
