//! Errors of single documents: the last good fragments of such a document stay, and the other documents of
//! the source are read.

use std::collections::BTreeSet;

use axum::{Router, extract::Path, http::StatusCode, response::IntoResponse, routing::get};
use callboard_testing::{assert_text, json, serve, str};
use proptest::prelude::*;

use super::portal::{GROUPS, SnapshotTest, failure, left_out};
use crate::snapshot::{FailureKind, Report};

fn component(name: &str) -> String {
    callboard_testing::component(name, "team-a", "")
}

/// A portal with a source of files in `data/`.
fn portal(more: &str) -> SnapshotTest {
    let mut portal = SnapshotTest::new();
    portal.source("files", &format!("kind: file\npath: data\n{more}"), "");
    portal
}

fn names(portal: &SnapshotTest) -> BTreeSet<String> {
    let files = portal.entities().into_keys();
    files
        .filter_map(|file| Some(file.rsplit_once('/')?.1.trim_end_matches(".yaml").into()))
        .collect()
}

fn stale(report: &Report) -> Vec<String> {
    report.sources[0].failures.iter().flat_map(|failure| failure.entities.clone()).collect()
}

#[tokio::test]
async fn a_broken_file_keeps_its_entities_and_a_deleted_one_does_not() {
    let portal = portal("");
    for name in ["a", "b", "c"] {
        portal.write(&format!("data/{name}/catalog-info.yaml"), component(name));
    }
    assert_eq!(portal.run().await.failure(), None);
    portal.write("data/a/catalog-info.yaml", "kind: [\n");
    portal.remove("data/b/catalog-info.yaml");
    let report = portal.run().await;
    assert_eq!(report.failure(), None);
    assert_eq!(names(&portal), ["a", "c"].map(str::to_owned).into());
    assert_eq!(stale(&report), ["component:default/a"]);
    assert_eq!(report.sources[0].failures[0].place.to_string(), "data/a/catalog-info.yaml:2:1");
    // Nothing new, nothing to write; mended, it is as it was.
    let times = portal.times();
    assert!(!portal.run().await.has_changes());
    assert_eq!(portal.times(), times);
    portal.write("data/a/catalog-info.yaml", component("a"));
    let report = portal.run().await;
    assert!(report.sources[0].failures.is_empty() && !report.has_changes());
}

#[tokio::test]
async fn what_a_broken_location_led_to_stays() {
    let portal = portal("");
    let location = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec: {target: \
                    ./more/x.yaml}\n";
    portal.write("data/catalog-info.yaml", location);
    portal.write("data/more/x.yaml", component("x"));
    portal.write("data/b/catalog-info.yaml", component("b"));
    assert_eq!(portal.run().await.failure(), None);
    portal.write("data/catalog-info.yaml", "\u{0}");
    let report = portal.run().await;
    assert_eq!(stale(&report), ["component:default/x", "location:default/all"]);
    assert_eq!(names(&portal).len(), 3);
}

#[tokio::test]
async fn without_an_index_nothing_goes_while_a_file_is_broken() {
    let portal = portal("");
    portal.write("data/a/catalog-info.yaml", component("a"));
    portal.write("data/b/catalog-info.yaml", "kind: [\n");
    portal.write("catalog-data/entities/files/component/default/old.yaml", component("old"));
    let report = portal.run().await;
    assert_eq!(stale(&report), ["component:default/old"]);
}

#[tokio::test]
async fn of_two_documents_of_one_name_the_first_path_wins_and_both_places_are_named() {
    let portal = portal("");
    portal.write("data/b/catalog-info.yaml", component("x"));
    let other = component("x").replace("team-a", "team-b");
    portal.write("data/a/catalog-info.yaml", format!("{}---\n{other}", component("a")));
    let report = portal.run().await;
    assert!(portal.entities()["files/component/default/x.yaml"].contains("owner: team-b"));
    assert_text(
        left_out(&report),
        str![[r#"
warning: data/b/catalog-info.yaml:3:18: `component:default/x` is in data/a/catalog-info.yaml:8:18 already, which is used instead
hint: give the two different names, or the same content
"#]],
    );
}

#[tokio::test]
async fn a_source_is_refused_above_its_share_of_failures_or_when_it_says_so() {
    for (more, broken, expected) in [
        ("", 4, None),
        ("", 5, Some(FailureKind::Guard)),
        ("max_failures: {at_least: 6}\n", 5, None),
        ("max_failures: {share: 0.9}\n", 5, None),
        ("max_failures: {share: 0, at_least: 1}\n", 1, Some(FailureKind::Guard)),
        ("on_error: fail\n", 1, Some(FailureKind::Data)),
        ("on_error: continue\n", 1, None),
    ] {
        let portal = portal(more);
        for at in 0..10 {
            portal.write(&format!("data/{at}/catalog-info.yaml"), component(&format!("c{at}")));
        }
        assert_eq!(portal.run().await.failure(), None);
        for at in 0..broken {
            portal.write(&format!("data/{at}/catalog-info.yaml"), "- none\n");
        }
        portal.write("data/9/catalog-info.yaml", component("new"));
        let report = portal.run().await;
        assert_eq!(report.failure(), expected, "{more}{broken}: {report}");
        assert_eq!(names(&portal).contains("new"), expected.is_none());
        if expected == Some(FailureKind::Guard) {
            assert_eq!(report.sources[0].failures.len(), broken);
        }
    }
    let portal = portal("max_failures: {share: 20}\non_error: stop\n");
    let text = failure(&portal.run().await);
    assert!(text.contains("`stop`"), "{text}");
}

#[tokio::test]
async fn what_leads_nowhere_is_a_warning() {
    let portal = portal("");
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Data), "there is no such folder");
    portal.write("data/readme.md", "nothing");
    let report = portal.run().await;
    assert_eq!(report.failure(), None);
    let warning = report.warnings[0].to_string();
    assert!(warning.contains("files.yaml:2:7: no file of this folder matches"), "{warning}");
    let location =
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec: {}\n";
    portal.write("data/catalog-info.yaml", location);
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    let warning = report.warnings[0].to_string();
    assert!(
        warning.contains("data/catalog-info.yaml:4:7: this Location has no target"),
        "{warning}"
    );
}

/// A source of groups at an address of a server.
fn groups(url: &str) -> SnapshotTest {
    let mut portal = SnapshotTest::new();
    portal.source("org", &format!("kind: http\nurl: {url}\nitems: .items[]\n"), GROUPS);
    portal
}

#[tokio::test]
async fn a_record_of_which_nothing_can_be_made_keeps_its_entity() {
    let all = r#"{"items": [{"code": "P1", "name": "pay"}, {"code": "S1", "name": "shop"}, {"code": "Z1", "name": "old"}]}"#;
    let broken =
        r#"{"items": [null, {"code": "P1", "name": ["pay"]}, {"code": "S1", "name": "shop"}]}"#;
    let router = Router::new()
        .route("/all", get(move || async move { json(all) }))
        .route("/broken", get(move || async move { json(broken.replace("null, ", "")) }))
        .route("/null", get(move || async move { json(broken) }));
    let url = serve(router).await;
    let mut portal = groups(&format!("{url}/all"));
    assert_eq!(portal.run().await.failure(), None);
    portal.source("org", &format!("kind: http\nurl: {url}/null\nitems: .items[]\n"), GROUPS);
    let report = portal.run().await;
    // A record without any text may have been any of them.
    assert_eq!(names(&portal).len(), 3, "{report}");
    portal.source("org", &format!("kind: http\nurl: {url}/broken\nitems: .items[]\n"), GROUPS);
    let report = portal.run().await;
    assert_eq!(names(&portal), ["pay", "shop"].map(str::to_owned).into(), "{report}");
    assert_eq!(stale(&report), ["group:default/pay"]);
}

#[tokio::test]
async fn a_list_that_is_null_is_an_empty_one_and_a_missing_one_is_an_error() {
    let router = Router::new()
        .route("/null", get(|| async { json(r#"{"kind": "List", "items": null}"#) }))
        .route("/missing", get(|| async { json(r#"{"kind": "List"}"#) }))
        .route("/error", get(|| async { json(r#"{"errors": ["x"], "items": null}"#) }));
    let url = serve(router).await;
    assert_eq!(groups(&format!("{url}/null")).run().await.failure(), None);
    for path in ["missing", "error"] {
        let report = groups(&format!("{url}/{path}")).run().await;
        assert_eq!(report.failure(), Some(FailureKind::Outside), "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_fetched_for_one_record_concerns_that_record() {
    let one = |Path(id): Path<String>| async move {
        match id.as_str() {
            "2" => StatusCode::FORBIDDEN.into_response(),
            "3" => json("{").into_response(),
            "4" => ([("content-type", "text/yaml")], "a: [\n").into_response(),
            _ => json(r#"[{"more": 1}]"#).into_response(),
        }
    };
    let all =
        r#"[{"code": "1", "name": "a"}, {"code": "2", "name": "b"}, {"code": "3", "name": "c"}]"#;
    let router = Router::new()
        .route("/all", get(move || async move { json(all) }))
        .route("/one/{id}", get(one));
    let url = serve(router).await;
    let mut portal = SnapshotTest::new();
    let yaml = format!(
        "kind: http\nrequests:\n- name: all\n  url: {url}/all\n- name: one\n  each: all\n  into: one\n  url: \
         {url}/one/{{.code}}\n"
    );
    portal.source("org", &yaml, GROUPS);
    portal.write(
        "catalog-data/entities/org/group/default/b.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: b\n",
    );
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_eq!(names(&portal), ["a", "b"].map(str::to_owned).into());
    assert_eq!(stale(&report), ["group:default/b"]);
    let text = left_out(&report);
    assert!(text.contains("/one/2: answered 403 Forbidden"), "{text}");
    assert!(text.contains("/one/3: the JSON is cut short"), "{text}");
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Sound,
    Gone,
    ProgramError(&'static str),
}

fn fate() -> impl Strategy<Value = Fate> {
    let broken = prop::sample::select(vec![
        "kind: [\n",
        "- a list\n",
        "just text\n",
        "apiVersion: v1\n",
        "\u{0}",
        "a: b: c\n",
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {}\n",
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: \"a b\"}\nspec: {}\n",
        "apiVersion: backstage.io/v1alpha1\nkind: Componnet\nmetadata: {name: x}\n",
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: x, tags: 7}\nspec: 1\n",
    ]);
    prop_oneof![2 => Just(Fate::Sound), 1 => Just(Fate::Gone), 2 => broken.prop_map(Fate::ProgramError)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn exactly_what_broken_files_said_stays(fates in prop::collection::vec(fate(), 1..8)) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let portal = portal("max_failures: {share: 1}\nshrink: {share: 1, kinds: {Component: {share: 1}}}\n");
        // One that is always there, so that the source is never empty.
        portal.write("data/catalog-info.yaml", component("always"));
        for at in 0..fates.len() {
            portal.write(&format!("data/{at}/catalog-info.yaml"), component(&format!("c{at}")));
        }
        runtime.block_on(portal.run());
        for (at, fate) in fates.iter().enumerate() {
            let file = format!("data/{at}/catalog-info.yaml");
            match fate {
                Fate::Sound => {}
                Fate::Gone => portal.remove(&file),
                Fate::ProgramError(text) => portal.write(&file, text),
            }
        }
        let report = runtime.block_on(portal.run());
        prop_assert_eq!(report.failure(), None);
        let of = |is: fn(&Fate) -> bool| {
            let numbered = fates.iter().enumerate().filter(move |(_, fate)| is(fate));
            numbered.map(|(at, _)| format!("c{at}")).collect::<BTreeSet<_>>()
        };
        let mut expected = of(|fate| !matches!(fate, Fate::Gone));
        expected.insert("always".to_owned());
        prop_assert_eq!(names(&portal), expected);
        let stale: BTreeSet<_> = stale(&report).iter().map(|e| e.rsplit_once('/').expect("a reference").1.to_owned()).collect();
        prop_assert_eq!(stale, of(|fate| matches!(fate, Fate::ProgramError(_))));
    }
}

#[tokio::test]
async fn many_wrong_documents_of_one_file_have_their_places_in_linear_time() {
    const COUNT: usize = 10_000;
    let wrong = "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: '-'}\nspec: {type: x}\n";
    let portal = portal("max_failures: {share: 1, at_least: 1}\n");
    portal.write("data/a/catalog-info.yaml", component("a"));
    portal.write("data/b/catalog-info.yaml", wrong.repeat(COUNT));
    let started = std::time::Instant::now();
    let report = portal.run().await;
    let time = started.elapsed();
    assert_eq!(names(&portal), ["a".to_owned()].into());
    let failures = &report.sources[0].failures;
    assert_eq!(failures.len(), COUNT);
    for at in [0, COUNT / 2, COUNT - 1] {
        let expected = format!("data/b/catalog-info.yaml:{}:18", 5 * at + 4);
        assert_eq!(failures[at].place.to_string(), expected);
    }
    // Reading the file again for each of them takes many minutes.
    assert!(time.as_secs() < 30, "{time:?}");
}

#[tokio::test]
async fn an_entity_whose_file_some_system_reads_as_another_is_left_out() {
    let portal = portal("max_failures: {share: 1, at_least: 9}\n");
    for name in ["a", "con", "Aux.x", "console"] {
        portal.write(&format!("data/{name}x/catalog-info.yaml"), component(name));
    }
    let named = component("b").replace("name: b", "name: b, namespace: nul");
    portal.write("data/b/catalog-info.yaml", &named);
    let report = portal.run().await;
    assert_eq!(names(&portal), ["a", "console"].map(str::to_owned).into());
    let failures = report.sources[0].failures.iter().map(|failure| failure.place.to_string());
    assert_eq!(
        failures.collect::<Vec<_>>(),
        ["Aux.xx", "b", "conx"].map(|name| format!("data/{name}/catalog-info.yaml:3:18"))
    );
    let reason = &report.sources[0].failures[2].reason;
    assert!(
        reason.contains("`component/default/con.yaml` cannot be the path of a file"),
        "{reason}"
    );
}
