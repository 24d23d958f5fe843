//! Requests for each record: their addresses, the progress, and that one failure ends all of them.

use std::{
    collections::BTreeMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Path, Query},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::get,
};
use callboard_testing::{assert_text, json, serve, str};

use super::portal::{GROUPS, SnapshotTest, failure};
use crate::snapshot::{FailureKind, Progress, Volume};

async fn portal(router: Router, requests: &str) -> SnapshotTest {
    let mut portal = SnapshotTest::new();
    portal.environment = portal.environment.with("URL", serve(router).await);
    portal.source("org", &format!("kind: http\nrequests:\n{requests}"), GROUPS);
    portal
}

/// The records `1` to `count`.
fn records(count: usize) -> String {
    let records: Vec<_> = (1..=count).map(|id| format!(r#"{{"id": {id}}}"#)).collect();
    format!("[{}]", records.join(","))
}

#[tokio::test]
async fn a_record_goes_into_the_address_the_query_and_a_header() {
    let echo = |Path(id): Path<String>,
                Query(query): Query<BTreeMap<String, String>>,
                headers: HeaderMap| async move {
        let header = headers["x-id"].to_str().expect("ASCII").to_owned();
        let name = format!("{id} | {} | {header}", query["q"]);
        json(serde_json::json!([{ "code": "c", "name": name }]).to_string())
    };
    let router = Router::new()
        .route("/all", get(|| async { json(r#"[{"id": "a/b ?&%é", "n": 7}]"#) }))
        .route("/one/{id}/x", get(echo));
    let requests = "- name: all\n  url: ${URL}/all\n- name: one\n  each: all\n  url: ${URL}/one/{.id}/x\n  \
                    query: { q: \"a={.id}&{.n}\" }\n  headers: { X-Id: \"{.n}-{.n > 5}\" }\n";
    let mut portal = portal(router, requests).await;
    portal.source(
        "org",
        &format!("kind: http\nrequests:\n{requests}"),
        "select($parent) | error(.name)",
    );
    let text = failure(&portal.run().await);
    assert_text(
        text.lines().next().unwrap_or_default(),
        str![
            "error: catalog-data/sources/org.jq: record 1 of `one`: a/b ?&%é | a=a/b ?&%é&7 | 7-true"
        ],
    );
}

#[tokio::test]
async fn one_failure_ends_the_others_at_once() {
    let one = |Path(id): Path<usize>| async move {
        if id == 1 {
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        StatusCode::FORBIDDEN
    };
    let router = Router::new()
        .route("/all", get(|| async { json(records(50)) }))
        .route("/one/{id}", get(one));
    let requests =
        "- name: all\n  url: ${URL}/all\n- name: one\n  each: all\n  url: ${URL}/one/{.id}\n";
    let portal = portal(router, requests).await;
    portal.had(3);
    let before = (portal.entities(), portal.times());
    let started = Instant::now();
    let report = portal.run().await;
    assert!(started.elapsed() < Duration::from_secs(20), "the slow one was waited for");
    assert_eq!(report.failure(), Some(FailureKind::Outside));
    assert!(failure(&report).contains("answered 403 Forbidden"), "{report}");
    assert_eq!((portal.entities(), portal.times()), before);
    assert!(report.sources[0].volume.pages < 30);
}

#[derive(Default)]
struct VolumeLog(Mutex<Vec<Volume>>);

impl Progress for VolumeLog {
    fn page(&self, _source: &str, volume: Volume) {
        self.0.lock().expect("no panic").push(volume);
    }
}

#[tokio::test]
async fn progress_is_told_after_every_page() {
    let one = |Path(id): Path<usize>| async move {
        json(format!(r#"[{{"code": "{id}", "name": "n{id}"}}]"#)).into_response()
    };
    let router = Router::new()
        .route("/all", get(|| async { json(records(9)) }))
        .route("/one/{id}", get(one));
    let requests = "- name: all\n  url: ${URL}/all\n- name: own\n  each: all\n  url: ${URL}/one/{.id}\n\
                    - name: part\n  each: all\n  into: parts\n  url: ${URL}/one/{.id}\n";
    let mut portal = portal(router, requests).await;
    portal.source(
        "org",
        &format!("kind: http\nrequests:\n{requests}"),
        &format!("select($request == \"own\") | {GROUPS}"),
    );
    let seen = VolumeLog::default();
    let report = portal.follow(&seen).await;
    assert_eq!(report.failure(), None, "{report}");
    let seen = seen.0.lock().expect("no panic");
    let pages: Vec<_> = seen.iter().map(|volume| volume.pages).collect();
    assert_eq!(seen.len(), 19);
    assert!(pages.is_sorted(), "{pages:?}");
    // Nine records, nine of their own, and nine that became parts of the first ones.
    let last = seen.last().expect("pages");
    assert_eq!((last.records, last.pages), (18, 19));
    assert_eq!(report.sources[0].volume, *last);
}

#[tokio::test]
async fn mistakes_in_requests_have_their_place() {
    let requests = "- name: all
  url: ${URL}/{.id}
- name: all
  url: https://{.host}/x
  each: al
- name: one
  each: all
  where: .a |
  url: ${URL}/{.id | nothing}
  into: parts
- name: two
  url: x
  each: one
- name: three
  url: x
  where: .a
";
    let portal = portal(Router::new(), requests).await;
    assert_text(
        failure(&portal.run().await),
        str![[r#"
error: catalog-data/sources/org.yaml:4:8: `${URL}/{.id}` needs a record, and this request is sent for none
hint: say with `each` of which request's records
error: catalog-data/sources/org.yaml:5:9: there are two requests named `all`
error: catalog-data/sources/org.yaml:6:8: `{.host}` could lead to another host
hint: write the host out, with a `/` after it
error: catalog-data/sources/org.yaml:7:9: there is no request `al` before this one
hint: did you mean `all`?
error: catalog-data/sources/org.yaml:11:8: in `.id | nothing`: unknown filter `nothing`
error: catalog-data/sources/org.yaml:10:10: in `.a |`: expected term, found the end
error: catalog-data/sources/org.yaml:15:9: `one` has no records: it puts them into others with `into`
error: catalog-data/sources/org.yaml:18:3: `where` goes with `each`
"#]],
    );
}
