//! Content of other repositories in templates: `callboard scaffold lock` and `fetch`, and plans that use it.

use callboard_testing::{GitServer, Portal, commit_all_files, git};

use crate::{
    program::{ProgramOutput, RunProgram, isolated},
    scaffold::portal,
};

const LOCK: &str = "scaffolds/lock.yaml";
const TEMPLATE: &str = "scaffolds/templates/t/template.yaml";
const REQUEST: &str = "scaffolds/requests/a.yaml";
const PLAN: [&str; 3] = ["scaffold", "plan", REQUEST];

/// A repository with a skeleton, a file, a page of parameters and steps.
fn server() -> GitServer {
    GitServer::new(&[
        ("java/README.md", "# ${{ values.name }}\n"),
        ("java/src/${{ values.name }}.java", "class A {}\n"),
        ("go/main.go", "package main\n"),
        ("files/LICENSE", "free\n"),
        ("page.yaml", "properties:\n  team: {type: string, default: core}\n"),
    ])
}

/// A portal whose template has these steps before it publishes, and a request for it.
fn with_steps(steps: &str) -> Portal {
    with_template("", steps)
}

fn with_template(pages: &str, steps: &str) -> Portal {
    let template = format!(
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: t}}\nspec:\n  type: service\n  \
         owner: group:default/g\n  parameters:\n    - properties:\n        name: {{type: string, default: some}}\n        lang: {{enum: \
         [java, go], default: java}}\n{pages}  steps:\n{steps}    - {{action: publish:git, input: {{repoUrl: \
         'forge.example?owner=o&repo=${{{{ parameters.name }}}}'}}}}\n"
    );
    portal()
        .with(TEMPLATE, template)
        .with(REQUEST, "template: t\nrequester: user:default/u\nparameters: {name: shop}\n")
}

/// A step that renders the folder at an address.
fn rendering(url: &str) -> String {
    format!(
        "    - action: fetch:template\n      input: {{url: '{url}', values: {{name: '${{{{ parameters.name }}}}'}}}}\n"
    )
}

fn ok(ran: ProgramOutput) -> String {
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// What a command that fails with this code prints.
fn failed(ran: ProgramOutput, code: i32) -> String {
    assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
    ran.stdout + &ran.stderr
}

fn lock(portal: &Portal) -> String {
    ok(portal.run(&["scaffold", "lock"]))
}

/// The files that a plan makes, by a copy of them.
fn made(portal: &Portal, folder: &str) -> Vec<(String, String)> {
    ok(portal.run(&["scaffold", "plan", REQUEST, "--out", &format!("{folder}/")]));
    files(portal, &format!("{folder}/a"))
}

fn files(portal: &Portal, folder: &str) -> Vec<(String, String)> {
    let tree = crate::sample::tree(&portal.path().join(folder)).into_iter();
    tree.map(|(path, bytes)| {
        (path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned())
    })
    .collect()
}

fn head(server: &GitServer) -> String {
    git(&server.bare(), &["rev-parse", "main"]).trim().to_owned()
}

#[test]
fn a_folder_of_another_repository_is_locked_and_then_planned_from_the_cache() {
    let server = server();
    let url = format!("{}/tree/main/java", server.url(""));
    let portal = with_steps(&rendering(&url));

    for command in [&["check"][..], &PLAN] {
        let said = failed(portal.run(command), 1);
        let place = format!("{TEMPLATE}:13:20: `{url}` is not in `{LOCK}`");
        assert!(said.contains(&place), "{said}");
        assert!(said.contains("run `callboard scaffold lock`"), "{said}");
    }
    server.requests();
    let locked = lock(&portal);
    let commit = head(&server);
    assert!(locked.contains(&format!("+ {url}")) && locked.contains(&commit[..7]), "{locked}");
    let text = portal.read(LOCK);
    for line in [
        format!("  {url}:\n    repository: {}\n", server.url("")),
        format!(
            "    reference: refs/heads/main\n    commit: {commit}\n    path: java\n    kind: folder\n"
        ),
    ] {
        assert!(text.contains(&line), "{text}");
    }
    let lists = server.requests().into_iter().filter(|request| request.contains("info/refs"));
    assert_eq!(lists.count(), 1, "the list of branches is read once");

    let plan = ok(portal.run(&PLAN));
    let name = format!("{}@{}/java", server.url("").trim_end_matches(".git"), &commit[..7]);
    assert!(plan.contains(&format!("rendered 2 files of `{name}`")), "{plan}");
    assert!(
        plan.contains(&format!("content of other repositories\n  {url}\n      commit {commit}")),
        "{plan}"
    );
    let markdown = ok(portal.run(&["scaffold", "plan", REQUEST, "--format", "markdown"]));
    assert!(markdown.contains(&format!("- `{url}` at commit `{commit}`")), "{markdown}");
    let made = made(&portal, "made");
    assert_eq!(
        made[1..],
        [
            ("README.md".to_owned(), "# shop\n".to_owned()),
            ("src/shop.java".to_owned(), "class A {}\n".to_owned()),
        ]
    );
    assert!(made[0].1.contains(&commit), "the answers have the commit: {}", made[0].1);
    assert_eq!(server.requests(), Vec::<String>::new(), "a plan asks no server");
    ok(portal.run(&["scaffold", "apply", REQUEST]));
    assert!(lock(&portal).contains("nothing changed"));
    assert_eq!(
        server.requests(),
        Vec::<String>::new(),
        "what is locked and cached is not asked for"
    );
}

#[test]
fn a_locked_commit_stays_until_it_is_updated_and_is_fetched_again_by_its_id() {
    let server = server();
    let url = format!("{}/tree/main/java", server.url(""));
    let portal = with_steps(&rendering(&url));
    lock(&portal);
    let (first, before) = (head(&server), portal.read(LOCK));
    server.change("second", &[("java/README.md", "# new ${{ values.name }}\n")]);
    assert!(lock(&portal).contains("nothing changed"));
    assert_eq!(portal.read(LOCK), before);

    // First a server that gives commits by their ids, then one that gives branches only.
    for is_direct in [true, false] {
        git(&server.bare(), &["config", "uploadpack.allowAnySHA1InWant", &is_direct.to_string()]);
        std::fs::remove_dir_all(portal.path().join(".callboard")).expect("removable");
        let offline = failed(portal.run(&["scaffold", "plan", REQUEST, "--offline"]), 1);
        assert!(
            offline.contains("is not in the cache\nhint: run `callboard scaffold fetch`")
                || offline.contains("is not in the cache\n  hint: run `callboard scaffold fetch`"),
            "{offline}"
        );
        let plan = ok(portal.run(&PLAN));
        assert!(plan.contains(&format!("commit {first}")), "{plan}");
    }
    let dry = ok(portal.run(&["scaffold", "lock", "--update", &url, "--dry-run"]));
    let second = head(&server);
    let change = format!("commit {} instead of {}", &second[..7], &first[..7]);
    assert!(dry.contains(&change), "{dry}");
    assert_eq!(portal.read(LOCK), before);
    let updated = ok(portal.run(&["scaffold", "lock", "--update", "--json"]));
    let updated: serde_json::Value = serde_json::from_str(&updated).expect("JSON");
    assert_eq!(updated["changes"][0]["after"]["commit"], second);
    assert_eq!(updated["changes"][0]["before"]["commit"], first);
    assert_eq!(made(&portal, "made")[1].1, "# new shop\n");
    let wrong = failed(portal.run(&["scaffold", "lock", "--update", "https://a.example/b"]), 2);
    assert!(wrong.contains("is not locked"), "{wrong}");
}

#[test]
fn damaged_content_is_refused_and_fetched_again() {
    let server = server();
    let url = format!("{}/tree/main/java", server.url(""));
    let portal = with_steps(&rendering(&url));
    lock(&portal);
    let content = portal.path().join(".callboard/content");
    let folder =
        std::fs::read_dir(&content).expect("there").next().expect("one").expect("readable");
    std::fs::write(folder.path().join("README.md"), "changed").expect("writable");
    let refused = failed(portal.run(&PLAN), 1);
    assert!(refused.contains("is damaged in the cache"), "{refused}");
    assert!(ok(portal.run(&["scaffold", "fetch"])).contains("1 address fetched"));
    assert_eq!(made(&portal, "made")[1].1, "# shop\n");
    assert!(ok(portal.run(&["scaffold", "fetch"])).contains("0 addresses fetched, 1 in the cache"));
    let changed =
        portal.read(LOCK).replace("kind: folder\n    digest: ", "kind: folder\n    digest: 0000");
    let changed = changed.replace("digest: 0000", "digest: ");
    let at = changed.find("digest: ").expect("there") + "digest: ".len();
    portal.write(LOCK, format!("{}{}{}", &changed[..at], "0".repeat(64), &changed[at + 64..]));
    let refused = failed(portal.run(&["scaffold", "fetch"]), 1);
    assert!(refused.contains(&format!("{LOCK}:4:3: ")), "{refused}");
    assert!(refused.contains("has other bytes than"), "{refused}");
}

#[test]
fn check_tells_what_the_lock_lacks_and_what_no_template_names() {
    let server = server();
    let base = server.url("");
    let portal = with_steps(&rendering(&format!("{base}/tree/main/java")));
    let check = ["scaffold", "lock", "--check"];
    let said = failed(portal.run(&check), 1);
    assert!(
        said.contains("it is not locked") && said.contains(&format!("{TEMPLATE}:13:20")),
        "{said}"
    );
    assert!(!portal.path().join(LOCK).exists());
    lock(&portal);
    ok(portal.run(&check));
    let template = portal.read(TEMPLATE).replace("tree/main/java", "tree/main/go");
    portal.write(TEMPLATE, template);
    let said = failed(portal.run(&check), 1);
    assert!(said.contains("no template names it") && said.contains("it is not locked"), "{said}");
    let locked = lock(&portal);
    assert!(locked.contains("- http") && locked.contains("+ http"), "{locked}");
    ok(portal.run(&check));
    portal.write(
        TEMPLATE,
        portal.read(TEMPLATE).replace(&format!("{base}/tree/main/go"), "./skeleton"),
    );
    lock(&portal);
    assert!(!portal.path().join(LOCK).exists(), "an empty lock is removed");
}

#[test]
fn an_address_that_cannot_be_fetched_is_named_and_the_others_are_locked() {
    let server = server();
    let base = server.url("");
    let urls = [
        format!("{base}/tree/mian/java"),
        format!("{base}/tree/main/jav"),
        format!("{base}/tree/main/java"),
        "https://ann:secret@forge.example/a/b".to_owned(),
        format!("{base}/issues/1"),
    ];
    let steps: String = urls.iter().map(|url| rendering(url)).collect();
    let portal = with_steps(&steps);
    let said = failed(portal.run(&["scaffold", "lock"]), 1);
    for part in [
        "template.yaml:13:20: ",
        "there is no branch and no tag `mian/java`",
        "did you mean `main`?",
        "template.yaml:15:20: ",
        "there is no `jav` in this commit",
        "an address holds no user name and no password",
        "it is no address of a file, a folder or a repository",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let locked = portal.read(LOCK);
    assert!(locked.contains(&urls[2]) && locked.matches("digest").count() == 1, "{locked}");
}

#[test]
fn single_files_and_plain_folders_are_copied_with_their_modes() {
    let server = server();
    let base = server.url("");
    git(&server.bare(), &["tag", "v1", "main"]);
    git(&server.bare(), &["branch", "release/1.0", "main"]);
    let portal = with_steps(&format!(
        "    - {{action: fetch:plain, input: {{url: '{base}/tree/release/1.0/files', targetPath: all}}}}\n    - {{action: \
         'fetch:plain:file', input: {{url: '{base}/blob/v1/files/LICENSE', targetPath: LICENSE}}}}\n    - {{action: \
         'fetch:template:file', input: {{url: '{base}/raw/{}/java/README.md', targetPath: README.md, values: {{name: x}}}}}}\n",
        head(&server)
    ));
    lock(&portal);
    let text = portal.read(LOCK);
    assert!(text.contains("refs/heads/release/1.0") && text.contains("refs/tags/v1"), "{text}");
    assert_eq!(text.matches("reference:").count(), 2, "a commit has no reference: {text}");
    let made = made(&portal, "made");
    let paths: Vec<_> = made.iter().skip(1).map(|(path, text)| format!("{path}: {text}")).collect();
    assert_eq!(paths, ["LICENSE: free\n", "README.md: # x\n", "all/LICENSE: free\n"]);
    portal.write(TEMPLATE, portal.read(TEMPLATE).replace("fetch:plain,", "'fetch:plain:file',"));
    let said = failed(portal.run(&["check"]), 1);
    assert!(said.contains("is a folder, and no file"), "{said}");
}

#[test]
fn pages_and_steps_of_another_repository_are_included_with_what_they_name() {
    let server = server();
    let base = server.url("");
    server.change("steps", &[(
        "steps.yaml",
        &format!("- action: fetch:plain\n  input: {{url: '{base}/tree/main/go'}}\n- action: debug:log\n  input: {{message: '${{{{ parameters.team }}}}'}}\n"),
    )]);
    let portal = with_template(
        &format!("    - $yaml: {base}/blob/main/page.yaml\n"),
        &format!("    - $yaml: {base}/blob/main/steps.yaml\n"),
    );
    let said = failed(portal.run(&["check"]), 1);
    assert!(
        said.contains(&format!("{TEMPLATE}:11:14: `{base}/blob/main/page.yaml` is not in")),
        "{said}"
    );
    let locked = lock(&portal);
    assert!(locked.contains("3 addresses in"), "{locked}");
    ok(portal.run(&["check", "--strict"]));
    let plan = ok(portal.run(&PLAN));
    let name = format!("{}@{}", base.trim_end_matches(".git"), &head(&server)[..7]);
    for part in [
        "team: core".to_owned(),
        "       core".to_owned(),
        format!("(fetch:plain from {name}/steps.yaml): copied 1 file of `{name}/go`"),
        format!("{base}/blob/main/page.yaml"),
    ] {
        assert!(plan.contains(&part), "{part} in {plan}");
    }
    portal.commit("locked");
    let changes = ok(portal.run(&["diff", "HEAD"]));
    assert!(!changes.contains("template:"), "what a revision includes is read, too: {changes}");
    // A mistake is named where it is written.
    server.change("wrong", &[("steps.yaml", "- action: debug:lgo\n")]);
    ok(portal.run(&["scaffold", "lock", "--update"]));
    let name = format!("{}@{}", base.trim_end_matches(".git"), &head(&server)[..7]);
    let said = failed(portal.run(&["check"]), 1);
    assert!(
        said.contains(&format!("{name}/steps.yaml:1:11: there is no action `debug:lgo`")),
        "{said}"
    );
}

#[test]
fn the_choices_of_a_parameter_are_locked_and_other_computed_addresses_refused() {
    let server = server();
    let base = server.url("");
    let portal = with_steps(&rendering(&format!("{base}/tree/main/${{{{ parameters.lang }}}}")));
    server.requests();
    let locked = lock(&portal);
    let lists = server.requests().into_iter().filter(|request| request.contains("info/refs"));
    assert_eq!(lists.count(), 1, "a server lists its branches once for all addresses");
    assert!(locked.contains("/java") && locked.contains("/go"), "{locked}");
    ok(portal.run(&PLAN));
    portal.write(
        TEMPLATE,
        portal.read(TEMPLATE).replace("parameters.lang }}', values", "parameters.name }}', values"),
    );
    let said = failed(portal.run(&PLAN), 1);
    assert!(said.contains(&format!("`{base}/tree/main/shop` is not in")), "{said}");
    assert!(said.contains("an `enum`"), "{said}");
}

#[test]
fn answers_make_the_same_files_after_the_lock_has_moved_on() {
    let server = server();
    let portal = with_steps(&rendering(&format!("{}/tree/main/java", server.url(""))));
    lock(&portal);
    let first = made(&portal, "made");
    portal.write("answers.yaml", &first[0].1);
    server.change("second", &[("java/README.md", "# new\n")]);
    ok(portal.run(&["scaffold", "lock", "--update"]));
    std::fs::remove_dir_all(portal.path().join(".callboard")).expect("removable");
    ok(portal.run(&["scaffold", "render", "--answers", "answers.yaml", "--out", "again"]));
    assert_eq!(files(&portal, "again"), first);
    assert_eq!(made(&portal, "new")[1].1, "# new\n");
}

#[test]
fn a_credential_goes_to_its_origin_when_content_is_locked() {
    let server = server();
    let base = server.url("/private");
    let portal = with_steps(&rendering(&format!("{base}/tree/main/java")));
    let said = failed(portal.run(&["scaffold", "lock"]), 1);
    assert!(
        said.contains("it does not let this be read") && said.contains("`credentials`"),
        "{said}"
    );
    let settings = portal.read("callboard.yaml");
    portal.write(
        "callboard.yaml",
        format!("{settings}credentials:\n  {}/private: {{token: FORGE}}\n", server.address),
    );
    let mut command = isolated(portal.path());
    command.env("FORGE", "sesame").args(["scaffold", "lock"]);
    ok(ProgramOutput::of(&command.output().expect("it starts")));
    assert!(!portal.read(LOCK).contains("sesame"));
}

#[test]
fn links_that_lead_out_and_names_of_git_are_refused() {
    let scratch = Portal::empty();
    let bare = scratch.path().join("s.git");
    let url = |folder: &str| format!("file://{}/tree/main/{folder}", bare.display());
    commit_all_files(
        &bare,
        &[
            ("good/a", b"x".as_slice()),
            ("good/link", b"-> a"),
            ("out/link", b"-> ../../../etc/passwd"),
            ("names/CON", b"x"),
        ],
    );
    let steps: String = ["good", "out", "names"]
        .map(|folder| format!("    - {{action: fetch:plain, input: {{url: '{}'}}}}\n", url(folder)))
        .concat();
    let portal = with_steps(&steps);
    let said = failed(portal.run(&["scaffold", "lock"]), 1);
    assert!(said.contains("../../../etc/passwd`, which is not in the same folder"), "{said}");
    assert!(said.contains("CON"), "{said}");
    let locked = portal.read(LOCK);
    assert!(locked.contains(&url("good")) && locked.matches("digest").count() == 1, "{locked}");
    portal.write(
        TEMPLATE,
        portal
            .read(TEMPLATE)
            .replace("tree/main/out", "tree/main/good")
            .replace("tree/main/names", "tree/main/good"),
    );
    ok(portal.run(&PLAN));
}

#[test]
fn a_wrong_lock_is_named_with_its_place() {
    let server = server();
    let portal = with_steps(&rendering(&format!("{}/tree/main/java", server.url(""))));
    lock(&portal);
    portal.write(LOCK, portal.read(LOCK).replace("kind: folder", "kind: fodler"));
    let said = failed(portal.run(&["scaffold", "lock"]), 1);
    assert!(said.contains(&format!("{LOCK}:9:")) && said.contains("fodler"), "{said}");
    let said = failed(portal.run(&PLAN), 1);
    assert!(said.contains(LOCK) && said.contains("fodler"), "{said}");
}

#[test]
fn templates_of_a_repository_are_imported_at_its_commit_with_what_must_be_locked() {
    let template = |name: &str, url: &str| {
        format!(
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata:\n  name: {name}\nspec:\n  type: \
             service\n  steps:\n    - action: fetch:template\n      input: {{url: '{url}'}}\n"
        )
    };
    let server = GitServer::new(&[
        ("templates/one/template.yaml", &template("one", "../../skeletons/a")),
        ("skeletons/a/x.txt", "x\n"),
        ("other/two/template.yaml", &template("two", "https://git.acme.example/s.git/tree/main/b")),
    ]);
    let portal = Portal::new();
    let url = server.url("");
    let shown = ok(portal.run(&["scaffold", "import", &format!("{url}/tree/main/templates")]));
    let origin = format!("from `{url}` at commit {}", head(&server));
    assert!(shown.contains(&origin) && shown.contains("1 template: 1 run"), "{shown}");
    let folder = "scaffolds/templates/one";
    assert_eq!(portal.read(&format!("{folder}/skeletons/a/x.txt")), "x\n");
    assert!(!portal.path().join("scaffolds/templates/two").exists());
    let report = ok(portal.run(&["scaffold", "import", &url, "--json"]));
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let two =
        report.as_array().expect("a list").iter().find(|r| r["template"] == "template:default/two");
    let two = two.expect("a report");
    assert_eq!(two["commit"], head(&server));
    assert_eq!(two["verdict"], "runs");
    assert_eq!(two["addresses"][0], "https://git.acme.example/s.git/tree/main/b");
    let missing = failed(portal.run(&["scaffold", "import", &format!("{url}/tree/mian")]), 3);
    assert!(missing.contains("did you mean `main`?"), "{missing}");
}
