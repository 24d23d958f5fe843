//! `source test`: reads a few records, maps them, and writes nothing.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, extract::Path, routing::get};
use serde_json::json as value;

use callboard_testing::{json, serve};

use super::portal::{GROUPS, SnapshotTest, failure};
use crate::snapshot::{FailureKind, RecordChoice};

/// Endless pages of two groups each; counts what is asked for.
fn endless(calls: &Arc<AtomicUsize>) -> Router {
    let calls = Arc::clone(calls);
    let page = move |Path(page): Path<usize>| {
        calls.fetch_add(1, Ordering::SeqCst);
        async move {
            let group = |at: usize| format!(r#"{{"code": "{at}", "name": "n{at}"}}"#);
            let next = format!("</{}>; rel=next", page + 1);
            ([("link", next)], json(format!("[{},{}]", group(2 * page), group(2 * page + 1))))
        }
    };
    Router::new().route("/{page}", get(page))
}

#[tokio::test]
async fn the_first_records_are_read_mapped_and_not_written() {
    let calls = Arc::new(AtomicUsize::new(0));
    let url = serve(endless(&calls)).await;
    let portal = SnapshotTest::of_groups(&format!("{url}/0"), "paging: { type: link }");
    let trial = portal.try_source("org", RecordChoice::First(3)).await.expect("it is read");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    let numbers: Vec<_> = trial.records.iter().map(|tried| tried.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let last = &trial.records[2];
    assert_eq!(last.record, value!({"code": "2", "name": "n2"}));
    assert_eq!(last.entities[0].pointer("/metadata/name"), Some(&value!("n2")));
    assert_eq!((last.diagnostics.len(), &*last.request, &last.parent), (0, "default", &None));
    let one = portal.try_source("org", RecordChoice::Number(5)).await.expect("it is read").records;
    assert_eq!((one.len(), one[0].number, &one[0].record["code"]), (1, 5, &value!("4")));
    assert_eq!(portal.entities().len(), 0);
}

#[tokio::test]
async fn what_is_wrong_with_a_record_does_not_hide_the_others() {
    let records = r#"[{"code": "A", "name": "a"}, {"code": 1, "name": "b"}, {"code": "C"}]"#;
    let url = serve(Router::new().route("/", get(move || async move { json(records) }))).await;
    let portal = SnapshotTest::of_groups(&url, "");
    let trial = portal.try_source("org", RecordChoice::First(9)).await.expect("it is read");
    let said: Vec<_> = trial
        .records
        .iter()
        .map(|tried| (tried.entities.len(), tried.diagnostics.iter().map(|d| d.code).collect()))
        .collect();
    let expected: [(usize, Vec<&str>); 3] =
        [(1, vec![]), (1, vec!["wrong-shape"]), (0, vec!["mapping-failed"])];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn records_of_a_request_for_each_come_with_their_parent_and_earlier_entities_are_found() {
    let router =
        Router::new().route("/all", get(|| async { json(r#"[{"id": "x"}, {"id": "y"}]"#) })).route(
            "/of/{id}",
            get(|Path(id): Path<String>| async move { json(format!(r#"[{{"of": "{id}"}}]"#)) }),
        );
    let url = serve(router).await;
    let mut portal = SnapshotTest::new();
    portal.source("org", "kind: http\nurl: http://127.0.0.1:1/\n", GROUPS);
    portal.write(
        "catalog-data/entities/org/group/default/pay.yaml",
        "apiVersion: v1\nkind: Group\nmetadata: { name: pay, annotations: { org/code: x } }\n",
    );
    let yaml = format!(
        "kind: http\nrequests:\n- name: all\n  url: {url}/all\n- name: of\n  each: all\n  url: {url}/of/{{.id}}\n"
    );
    let mapping = r#"{ apiVersion: "v1", kind: "Thing", metadata: { name: "n" },
        owner: entity_ref("group"; "org/code"; $parent.id) }"#;
    portal.source("things", &yaml, mapping);
    let trial = portal.try_source("things", RecordChoice::First(1)).await.expect("it is read");
    let requests: Vec<_> = trial.records.iter().map(|tried| &*tried.request).collect();
    assert_eq!(requests, ["all", "of"]);
    assert_eq!(trial.records[1].parent, Some(value!({"id": "x"})));
    assert_eq!(trial.records[1].entities[0]["owner"], "group:default/pay");
}

#[tokio::test]
async fn a_source_that_cannot_be_tried_says_why() {
    let portal = SnapshotTest::of_groups("http://127.0.0.1:1/", "retries: 0");
    let failed = portal.try_source("org", RecordChoice::First(1)).await.expect_err("no server");
    assert_eq!(failed.kind, FailureKind::Outside);
    let mut portal = SnapshotTest::of_groups("http://127.0.0.1:1/", "");
    portal.source("org", "kind: http\nurl: x\n", ".a | mapp(1)");
    let failed = portal.try_source("org", RecordChoice::First(1)).await.expect_err("no mapping");
    assert_eq!(failed.kind, FailureKind::Data);
    assert!(failed.problems[0].to_string().contains("unknown filter `mapp`"));
    assert!(failure(&portal.run().await).contains("unknown filter `mapp`"));
}
