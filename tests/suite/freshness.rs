//! The age and the failures of sources: recorded on the branch `callboard-sources`, and shown on pages.

use callboard_testing::{Portal, group};
use serde_json::Value;

use crate::{
    program::{ProgramOutput, isolated},
    snapshot::Company,
};

const PAGE: &str = "site/catalog/default/group/a.html";

/// Runs the program on a day of January 2026.
fn on(portal: &Portal, day: u64, args: &[&str]) -> ProgramOutput {
    let now = 1_767_225_600 + (day - 1) * 86_400;
    let mut command = isolated(portal.path());
    let output = command.args(args).env("SOURCE_DATE_EPOCH", now.to_string()).output();
    ProgramOutput::of(&output.expect("the program starts"))
}

impl Company {
    fn on(&self, day: u64, args: &[&str]) -> ProgramOutput {
        on(&self.portal, day, args)
    }

    /// Takes a snapshot, builds the site, and returns the snapshot's exit code and the page of a team.
    fn night(&self, day: u64) -> (i32, String) {
        let ran = self.on(day, &["snapshot"]);
        let built = self.on(day, &["build"]);
        assert_eq!(built.code, 0, "{}", built.stderr);
        (ran.code, self.portal.read(PAGE))
    }

    fn state(&self) -> Value {
        let state: Value =
            serde_json::from_str(&self.portal.read("site/assets/state.json")).expect("JSON");
        state["sources"][0].clone()
    }

    fn record(&self) -> String {
        self.portal.git(&["show", "callboard-sources:sources/teams.yaml"])
    }
}

#[test]
fn a_failing_source_is_shown_on_the_pages_of_its_entities_until_it_is_read_again() {
    let company = Company::new();
    company.says(&[(1, "a")]);
    let (code, sound) = company.night(1);
    assert_eq!(code, 0);
    assert!(!sound.contains("cannot be read"), "{sound}");
    company.answers("<html>");
    let (code, failing) = company.night(2);
    assert_ne!(code, 0);
    assert!(failing.contains("The source teams cannot be read."), "{failing}");
    for time in ["2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"] {
        assert!(failing.contains(time), "{time}: {failing}");
    }
    let json = company.portal.read("site/catalog/default/group/a.json");
    assert!(json.contains(r#""status":{"items":[{"type":"callboard/unread""#), "{json}");
    let markdown = company.portal.read("site/catalog/default/group/a.md");
    assert!(
        markdown.contains("the source \\`teams\\` cannot be read since 2026-01-02"),
        "{markdown}"
    );
    for page in ["site/health.html", "site/about.html"] {
        let page = company.portal.read(page);
        assert!(page.contains("2026-01-02T00:00:00Z"), "{page}");
    }
    assert_eq!(company.state()["since"], "2026-01-02T00:00:00Z");
    let (_, again) = company.night(3);
    assert_eq!(again, failing, "another night of the same failure makes no page anew");
    let record = company.record();
    for line in ["attempt: 2026-01-03T", "success: 2026-01-01T", "since: 2026-01-02T"] {
        assert!(record.contains(line), "{line}: {record}");
    }
    company.says(&[(1, "a")]);
    assert_eq!(company.night(4), (0, sound));
    assert!(company.record().contains("failure:\n  time: 2026-01-03T"), "{}", company.record());
}

#[test]
fn the_age_of_a_source_counts_from_its_last_reading_and_not_from_an_edit_by_hand() {
    let company = Company::new();
    company.says(&[(1, "a")]);
    company.night(1);
    let before = company.portal.git(&["rev-parse", "main"]);
    let (_, page) = company.night(3);
    assert_eq!(company.portal.git(&["rev-parse", "main"]), before, "nothing changed");
    assert_eq!(company.state()["read"], "2026-01-03T00:00:00Z");
    let file = "catalog-data/entities/teams/group/default/a.yaml";
    let edited = company.portal.read(file).replace("type: team", "type: unit");
    company.portal.write(file, edited);
    company.portal.commit("Edit");
    assert_eq!(company.on(20, &["build"]).code, 0);
    assert_ne!(company.portal.read(PAGE), page);
    assert_eq!(company.state()["read"], "2026-01-03T00:00:00Z");
}

#[test]
fn without_a_record_the_site_shows_when_a_source_changed() {
    let company = Company::new();
    company.says(&[(1, "a")]);
    company.night(1);
    company.portal.git(&["branch", "-D", "callboard-sources"]);
    assert_eq!(company.on(2, &["build"]).code, 0);
    let state = company.state();
    assert_eq!((&state["read"], &state["changed"]), (&Value::Null, &"2026-01-01T00:00:00Z".into()));
}

#[test]
fn an_unreadable_record_is_ignored() {
    let company = Company::new();
    company.says(&[(1, "a")]);
    company.night(1);
    let blob = company.portal.git(&["hash-object", "-w", "callboard.yaml"]);
    let entry = format!("100644,{},sources/teams.yaml", blob.trim());
    company.portal.git(&["read-tree", "--empty"]);
    company.portal.git(&["update-index", "--add", "--cacheinfo", &entry]);
    let tree = company.portal.git(&["write-tree"]);
    company.portal.git(&["read-tree", "HEAD"]);
    let commit = company.portal.git(&["commit-tree", "-m", "Odd", tree.trim()]);
    company.portal.git(&["update-ref", "refs/heads/callboard-sources", commit.trim()]);
    assert_eq!(company.on(2, &["build"]).code, 0);
    assert_eq!(company.state()["changed"], "2026-01-01T00:00:00Z");
    assert_eq!(company.night(3).0, 0);
    assert_eq!(company.state()["read"], "2026-01-03T00:00:00Z");
}

#[test]
fn the_record_is_pushed_with_the_snapshot_and_a_failure_of_that_is_a_warning() {
    let company = Company::new();
    company.says(&[(1, "a")]);
    let remote = tempfile::tempdir().expect("a scratch directory");
    let path = remote.path().display().to_string();
    company.portal.git(&["init", "--quiet", "--bare", &path]);
    company.portal.git(&["remote", "add", "origin", &path]);
    assert_eq!(company.on(1, &["snapshot"]).code, 0);
    let branches = || company.portal.git(&["ls-remote", "--heads", &path]);
    assert_eq!(branches(), "", "nothing is pushed unasked");
    company.portal.git(&["push", "--quiet", "origin", "main"]);
    let ran = company.on(2, &["snapshot", "--push"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(branches().contains("refs/heads/callboard-sources"), "{}", branches());
    assert!(company.record().contains("attempt: 2026-01-02T"));
    // A branch below that name is in the way of ours.
    company.portal.git(&[
        "push",
        "--quiet",
        "origin",
        ":callboard-sources",
        "main:callboard-sources/x",
    ]);
    let ran = company.on(3, &["snapshot", "--push"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("warning: callboard-sources: "), "{}", ran.stderr);
}

#[test]
fn an_unreadable_document_is_shown_on_the_pages_of_its_entities() {
    let portal = Portal::new()
        .with("callboard.yaml", "title: Test\nsources: [files]\n")
        .with(".gitignore", "/.callboard\n/site\n")
        .with("catalog-data/sources/files.yaml", "kind: file\npath: data\nglobs: ['*.yaml']\n")
        .with("data/a.yaml", group("a", ""))
        .with("data/b.yaml", group("b", ""));
    portal.commit("Start");
    let night = |day: u64| {
        let ran = on(&portal, day, &["snapshot"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(on(&portal, day, &["build"]).code, 0);
        portal.read(PAGE)
    };
    let write = |text: &str| portal.write("data/a.yaml", text);
    let sound = night(1);
    write("apiVersion: backstage.io/v1alpha1\nkind: [\n");
    let stale = night(2);
    assert!(stale.contains("A document of the source files cannot be read."), "{stale}");
    let told: String = stale.replace("&#x2F;", "/");
    assert!(told.contains("data/a.yaml:3:1"), "{stale}");
    for time in ["2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"] {
        assert!(stale.contains(time), "{time}: {stale}");
    }
    assert!(!portal.read("site/catalog/default/group/b.html").contains("cannot be read"));
    let health = portal.read("site/health.html");
    assert!(health.contains("id=\"unread\"") && health.contains("group/a.html"), "{health}");
    assert_eq!(night(3), stale, "another night makes no page anew");
    write(&group("a", ""));
    assert_eq!(night(4), sound);
}
