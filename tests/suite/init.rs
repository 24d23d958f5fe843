//! `callboard init`: a portal from an empty folder, its CI definitions, and bringing them up to date.

use std::{collections::BTreeMap, fs, path::Path};

use callboard_testing::{Portal, assert_text, expected_file, is_overwriting};
use serde_json::Value;

use crate::{program::RunProgram, sample::tree};

/// Forges with the address of a portal's repository there.
const FORGES: [(&str, &[&str]); 4] = [
    ("github", &["--repository", "https://github.com/acme/portal"]),
    ("gitlab", &["--repository", "https://gitlab.com/acme/portal"]),
    ("gitea", &["--repository", "https://git.acme.example/acme/portal", "--forge", "gitea"]),
    ("azure-devops", &["--repository", "https://dev.azure.com/acme/team/_git/portal"]),
];

/// Makes a portal in an empty folder.
fn init(args: &[&str]) -> Portal {
    let portal = Portal::empty();
    let ran = portal.run(&[&["init", "--yes", "--company", "Acme"], args].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    portal
}

/// The files below a folder, without those of git and what it ignores, and the home folder of tests.
fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = tree(folder).into_iter();
    let files = files.map(|(path, bytes)| (path.to_string_lossy().into_owned(), bytes));
    let left_out = [".git/", ".callboard/", "home/"];
    files.filter(|(path, _)| !left_out.iter().any(|folder| path.starts_with(folder))).collect()
}

fn files(portal: &Portal) -> BTreeMap<String, Vec<u8>> {
    files_below(portal.path())
}

/// True for the CI definitions, which the program owns.
fn is_definition(path: &str) -> bool {
    let folders = ["ci/", ".github/workflows/", ".gitea/workflows/", ".gitlab-ci.yml"];
    folders.iter().any(|folder| path.starts_with(folder))
}

#[test]
fn every_forge_has_its_ci_definitions() {
    let guides = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/ci");
    for (forge, args) in FORGES {
        let portal = init(args);
        let mut written = files(&portal);
        written.retain(|path, _| is_definition(path));
        let golden = guides.join(forge);
        if is_overwriting() {
            drop(fs::remove_dir_all(&golden));
        }
        for (path, bytes) in &written {
            assert_text(String::from_utf8_lossy(bytes), expected_file(&golden.join(path)));
        }
        let expected: Vec<String> = files_below(&golden).into_keys().collect();
        assert_eq!(written.into_keys().collect::<Vec<_>>(), expected, "{forge}");
    }
}

#[test]
fn a_new_portal_has_no_problems_and_its_template_plans_as_it_stands() {
    let own: (&str, &[&str]) = ("none", &[]);
    for (forge, args) in FORGES.into_iter().chain([own]) {
        let portal = init(args);
        let checked = portal.run(&["check", "--strict"]);
        assert_eq!(checked.code, 0, "{forge}: {}{}", checked.stdout, checked.stderr);
        let request = ["scaffold", "new", "service", "--set", "name=cart"];
        let who = ["--set", "owner=group:default/platform", "--requester", "user:default/you"];
        let asked = portal.run(&[&request[..], &who].concat());
        assert_eq!(asked.code, 0, "{forge}: {}", asked.stderr);
        let plan = portal.run(&["scaffold", "plan", "scaffolds/requests/cart.yaml"]);
        assert_eq!(plan.code, 0, "{forge}: {}{}", plan.stdout, plan.stderr);
        assert!(plan.stdout.contains("adds `component:default/cart` to the catalog"), "{forge}");
    }
}

#[test]
fn a_portal_is_committed_and_made_once() {
    let portal = init(FORGES[0].1);
    assert_eq!(portal.git(&["status", "--porcelain", "--", ":!home"]), "");
    assert_eq!(portal.git(&["rev-list", "--count", "HEAD"]).trim(), "1");
    assert_eq!(portal.git(&["branch", "--show-current"]).trim(), "main");
    assert_eq!(
        portal.git(&["remote", "get-url", "origin"]).trim(),
        "https://github.com/acme/portal"
    );
    portal.write("ci/get-callboard.sh", "exit 0\n");
    let before = files(&portal);
    let again = portal.run(&["init", "--yes", "--company", "Other"]);
    assert_eq!((again.code, files(&portal) == before), (0, true), "{}", again.stderr);
    assert!(again.stdout.contains("is a portal already: nothing changed"), "{}", again.stdout);
}

#[test]
fn files_that_are_there_stay() {
    let portal =
        Portal::empty().with("README.md", "ours\n").with("callboard.yaml", "title: Ours\n");
    let ran = portal.run(&["init", "--yes", "--repository", "https://github.com/acme/portal"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        (portal.read("README.md"), portal.read("callboard.yaml")),
        ("ours\n".into(), "title: Ours\n".into())
    );
    assert!(portal.read(".github/workflows/plan.yml").contains("callboard scaffold plan --pr"));
}

#[test]
fn the_sample_company_is_there_without_a_network() {
    let portal = init(&["--sample", "--repository", "https://github.com/acme/portal"]);
    let snapshot = portal.run(&["snapshot"]);
    assert_eq!(snapshot.code, 0, "{}", snapshot.stderr);
    let checked = portal.run(&["check"]);
    assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
    let plan = portal.run(&["scaffold", "plan", "scaffolds/requests/panier-relance.yaml"]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);
    assert!(
        portal
            .read("callboard.yaml")
            .contains("\n  new_file_url: https://github.com/acme/portal/new/main")
    );
    assert!(
        !portal.read(".github/workflows/snapshot.yml").contains("LA_CARTO"),
        "the program has these APIs"
    );
}

/// `init --upgrade` with the result as JSON.
fn upgrade(portal: &Portal) -> (i32, Vec<(String, String)>) {
    let ran = portal.run(&["init", "--upgrade", "--json"]);
    let files: Vec<Value> = serde_json::from_str(&ran.stdout).expect("JSON");
    let text = |file: &Value, key: &str| file[key].as_str().expect("text").to_owned();
    (ran.code, files.iter().map(|file| (text(file, "path"), text(file, "outcome"))).collect())
}

#[test]
fn an_upgrade_passes_the_variables_of_new_sources_and_keeps_what_people_changed() {
    let portal = init(FORGES[0].1);
    assert_eq!(upgrade(&portal), (0, Vec::new()), "a new portal is current");
    let snapshot = ".github/workflows/snapshot.yml";
    let own = portal.read(snapshot).replace("17 3 * * *", "5 5 * * *");
    portal.write(snapshot, own);
    let source = ["source", "new", "teams", "--url", "${TEAMS_URL}/teams", "--no-input"];
    assert_eq!(portal.run(&source).code, 0);
    let file = "catalog-data/sources/teams.yaml";
    portal.write(file, portal.read(file) + "headers: { X-Api-Key: \"${TEAMS_KEY}\" }\n");
    let settings = portal.read("callboard.yaml");
    portal.write("callboard.yaml", settings + "servers: {}\n");

    let (code, changed) = upgrade(&portal);
    assert_eq!(code, 0, "{changed:?}");
    let expected = [(".callboard-init.yaml", "updated"), (snapshot, "updated")];
    assert_eq!(changed, expected.map(|(path, outcome)| (path.to_owned(), outcome.to_owned())));
    let text = portal.read(snapshot);
    for line in
        ["\"5 5 * * *\"", "TEAMS_KEY: ${{ secrets.TEAMS_KEY }}", "TEAMS_URL: ${{ vars.TEAMS_URL }}"]
    {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    assert_eq!(upgrade(&portal), (0, Vec::new()), "an upgrade is made once");
}

#[test]
fn an_upgrade_leaves_lines_that_both_changed_to_people_and_says_so() {
    let portal = init(FORGES[0].1);
    let record = portal
        .read(".callboard-init.yaml")
        .replace("  branch: main\n", "  branch: main\n  runner: linux-big\n");
    portal.write(".callboard-init.yaml", record);
    let drift = ".github/workflows/drift.yml";
    portal.write(drift, portal.read(drift).replace("runs-on: ubuntu-latest", "runs-on: ours"));
    portal.remove(".github/workflows/check.yml");

    let dry = portal.run(&["init", "--upgrade", "--dry-run"]);
    assert_eq!(dry.code, 1, "{}", dry.stderr);
    assert!(
        portal.read(".github/workflows/plan.yml").contains("ubuntu-latest"),
        "a dry run writes nothing"
    );

    let ran = portal.run(&["init", "--upgrade"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("+    runs-on: linux-big"),
        "what is left out is shown:\n{}",
        ran.stdout
    );
    assert!(portal.read(drift).contains("runs-on: ours"));
    assert!(portal.read(".github/workflows/plan.yml").contains("runs-on: linux-big"));
    assert!(
        !portal.path().join(".github/workflows/check.yml").exists(),
        "a file that was deleted stays deleted"
    );
}

#[test]
fn every_way_to_publish_gives_files_that_can_be_parsed() {
    let ways = [
        ("https://github.com/acme/portal", "artifact"),
        ("https://gitlab.com/acme/portal", "artifact"),
        ("https://dev.azure.com/acme/team/_git/portal", "storage"),
        ("https://dev.azure.com/acme/team/_git/portal", "folder"),
    ];
    for (repository, publish) in ways {
        let portal =
            init(&["--repository", repository, "--publish", publish, "--runner", "Our pool"]);
        for (path, bytes) in files(&portal) {
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("<%") && !text.contains("<<"), "{path}:\n{text}");
            if path.ends_with(".yml") {
                callboard::base::yaml::from_str::<Value>(&text)
                    .unwrap_or_else(|e| panic!("{path}: {e:?}\n{text}"));
            }
        }
    }
}

#[test]
fn answers_that_cannot_be_are_refused_and_nothing_is_written() {
    let cases: [(&[&str], &str); 6] = [
        (
            &["--repository", "https://git.acme.example/acme/portal"],
            "does not say which forge it is",
        ),
        (
            &["--repository", "https://github.com/acme"],
            "is not the address of a repository on GitHub",
        ),
        (&["--branch", "a b"], "cannot be the name of the default branch"),
        (&["--language", "eng"], "there is no language `eng`"),
        (&["--source", "kubernets"], "did you mean"),
        (
            &["--repository", "https://github.com/acme/portal", "--publish", "storage"],
            "does not publish a site as `storage`",
        ),
    ];
    for (args, message) in cases {
        let portal = Portal::empty();
        let ran = portal.run(&[&["init", "--yes"], args].concat());
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.stdout);
        assert!(
            ran.stderr.contains(message) && ran.stderr.contains("hint: ")
                || ran.stderr.contains("branch"),
            "{args:?}: {}",
            ran.stderr
        );
        assert!(files(&portal).is_empty(), "{args:?}");
    }
}

#[test]
fn a_dry_run_lists_what_init_writes() {
    let portal = Portal::empty();
    let args = [&["--dry-run", "--json"], FORGES[0].1].concat();
    let dry = portal.run(&[&["init", "--yes", "--company", "Acme"], &args[..]].concat());
    let listed: Vec<String> = serde_json::from_str(&dry.stdout).expect("JSON");
    assert!(files(&portal).is_empty());
    assert_eq!(listed, files(&init(FORGES[0].1)).into_keys().collect::<Vec<_>>());
}
