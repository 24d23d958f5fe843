//! Servers that answer wrongly: each failure has a clear message, and no file changes.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use std::{collections::BTreeMap, time::Duration};

use axum::{Router, extract::Query, http::StatusCode, response::IntoResponse, routing::get};
use callboard_testing::{assert_text, json, serve, serve_bytes, str};

use super::portal::{SnapshotTest, failure};
use crate::snapshot::FailureKind;

/// Runs against a server that fails, and returns the message without its host.
pub(super) async fn fails(url: &str, more: &str) -> String {
    let portal = SnapshotTest::of_groups(url, more);
    portal.had(3);
    let before = (portal.entities(), portal.times());
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Outside), "{report}");
    assert_eq!((portal.entities(), portal.times()), before);
    let text = failure(&report);
    assert!(!text.contains("hunter2"), "{text}");
    let host = url.split('/').take(3).collect::<Vec<_>>().join("/");
    text.replace(&host, "http://host")
}

pub(super) fn answering<R: IntoResponse + 'static>(
    answer: impl Fn() -> R + Clone + Send + Sync + 'static,
) -> Router {
    Router::new().route("/", get(move || async move { answer().into_response() }))
}

#[tokio::test]
async fn an_error_is_tried_again_and_then_quoted_without_secrets() {
    let url =
        serve(answering(|| (StatusCode::INTERNAL_SERVER_ERROR, "no database for hunter2"))).await;
    assert_text(
        fails(&url, "retries: 2\nquery: {key: \"${KEY}\"}").await,
        str![[r#"
error: catalog-data/sources/org.yaml:2:6: GET http://host/?key=…: answered 500 Internal Server Error: `no database for ${KEY}` (tried 3 times)
"#]],
    );
    let url = serve(Router::new()).await;
    assert_text(
        fails(&url, "").await,
        str![[r#"
error: catalog-data/sources/org.yaml:2:6: GET http://host/: answered 404 Not Found
hint: is the URL right?
"#]],
    );
}

#[tokio::test]
async fn a_busy_server_says_how_long_to_wait() {
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&calls);
    let url = serve(answering(move || match seen.fetch_add(1, Ordering::SeqCst) {
        0 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")]).into_response(),
        1 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => json(r#"[{"code": "A", "name": "a"}]"#).into_response(),
    }))
    .await;
    let portal = SnapshotTest::of_groups(&url, "");
    let report = portal.run().await;
    assert!(report.commit_message().starts_with("org: 1 added\n\n+ group:default/a\n"));
    assert_eq!(
        *portal.pauses.lock().expect("no panic"),
        [Duration::from_secs(7), Duration::from_secs(1)]
    );
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn answers_that_are_not_json_are_named() {
    let url = serve(answering(|| axum::response::Html("<html>Log in</html>"))).await;
    assert_text(
        fails(&url, "").await,
        str![[r#"
error: catalog-data/sources/org.yaml:2:6: GET http://host/: answered an HTML page
hint: is the URL right, or is there a login page in front?
"#]],
    );
    let url = serve(answering(|| json(" <!doctype html>"))).await;
    assert!(fails(&url, "").await.contains("HTML page"));
    let url = serve(answering(|| "a,b")).await;
    assert_text(
        fails(&url, "").await,
        str![[r#"
error: catalog-data/sources/org.yaml:2:6: GET http://host/: answered `text/plain; charset=utf-8` instead of JSON
hint: does the URL need an `Accept` header or a format parameter?
"#]],
    );
    let url = serve(answering(|| json("[{\n\"a\": tru }]"))).await;
    assert_text(
        fails(&url, "").await,
        str![[r#"
error: catalog-data/sources/org.yaml:2:6: GET http://host/: 2:9: invalid JSON: expected ident
"#]],
    );
    let url = serve(answering(|| json("[{\"code\": \"A\","))).await;
    assert_text(
        fails(&url, "").await,
        str![[r#"
error: catalog-data/sources/org.yaml:2:6: GET http://host/: the JSON is cut short after 14 bytes
"#]],
    );
}

#[tokio::test]
async fn truncated_answers_are_errors() {
    let url = serve_bytes(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n[]".into(),
    );
    let text = fails(url.as_str(), "retries: 1").await;
    assert!(text.contains("GET http://host/: the answer broke off: "), "{text}");
    assert!(text.ends_with("(tried 2 times)"), "{text}");
    let url = serve_bytes(b"HTTP/1.1 200 OK\r\nContent-Le".into());
    assert!(fails(url.as_str(), "retries: 1").await.contains("no answer: "));
    let url = serve_bytes(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n".into(),
    );
    assert!(fails(url.as_str(), "retries: 0").await.contains("the answer broke off: "));
    assert!(fails("http://127.0.0.1:1/", "retries: 0").await.contains("no answer: "));
}

#[tokio::test]
async fn a_server_that_does_not_answer_times_out() {
    let url = serve(Router::new().route(
        "/",
        get(|| async {
            tokio::time::sleep(Duration::from_mins(1)).await;
        }),
    ))
    .await;
    assert_text(
        fails(&url, "timeout: 50ms\nretries: 0").await,
        str![[r#"
error: catalog-data/sources/org.yaml:2:6: GET http://host/: no complete answer within 50ms
hint: raise `timeout`, or ask for smaller pages
"#]],
    );
}

fn numbered(make: impl Fn(usize) -> String + Clone + Send + Sync + 'static) -> Router {
    Router::new().route(
        "/",
        get(|Query(query): Query<BTreeMap<String, usize>>| async move { json(make(query["p"])) }),
    )
}

#[tokio::test]
async fn paging_without_end_ends() {
    let endless =
        serve(numbered(|page| format!(r#"[{{"code": "{page}", "name": "n{page}"}}]"#))).await;
    assert_text(
        fails(&endless, "paging: { type: page, parameter: p }\nmax_pages: 5").await,
        str![[r#"
error: catalog-data/sources/org.yaml:4:9: there are more than 5 pages
hint: raise `max_pages`, if there can be so many
"#]],
    );
    assert_text(
        fails(&endless, "paging: { type: page, parameter: p }\nmax_bytes: 100").await,
        str![[r#"
error: catalog-data/sources/org.yaml:2:6: there are more than 100 bytes
hint: raise `max_bytes`, or ask for less
"#]],
    );
    let same = serve(numbered(|_| r#"[{"code": "A", "name": "a"}]"#.into())).await;
    assert_text(
        fails(&same, "paging: { type: page, parameter: p }").await,
        str![[r#"
error: catalog-data/sources/org.yaml:4:9: page 2 is the same as page 1
hint: is the paging of the right type, with the right parameter?
"#]],
    );
    let short = serve(numbered(|page| match page {
        0 => r#"{"of": 3, "a": [{"code": "A", "name": "a"}]}"#.into(),
        _ => r#"{"of": 3, "a": []}"#.into(),
    }))
    .await;
    assert_text(
        fails(&short, "items: .a[]\npaging: { type: page, parameter: p, first: 0, pages: .of }")
            .await,
        str![[r#"
error: catalog-data/sources/org.yaml:5:9: page 2 of 3 is empty
"#]],
    );
    let circle = serve(answering(|| ([("link", "</>; rel=next")], json("[]")))).await;
    assert_text(
        fails(&circle, "paging: { type: link }").await,
        str![[r#"
error: catalog-data/sources/org.yaml:4:9: paging repeats itself: `http://host/` was read already
"#]],
    );
    let away =
        serve(answering(|| ([("link", "<http://evil.example/?a=b>; rel=next")], json("[]")))).await;
    assert_text(
        fails(&away, "paging: { type: link }").await,
        str![[r#"
error: catalog-data/sources/org.yaml:4:9: the next page is on another host: `http://evil.example/?a=…`
hint: list it in `hosts` if it may be asked; it never sees credentials
"#]],
    );
}

#[tokio::test]
async fn redirects_stay_on_their_host() {
    let other = serve(answering(|| json("[]"))).await;
    let target = other.clone();
    let url = serve(answering(move || {
        axum::response::Redirect::temporary(&format!("{target}/?token=1"))
    }))
    .await;
    let text = fails(&url, "").await.replace(&other, "http://other");
    assert_text(
        text,
        str![[r#"
error: catalog-data/sources/org.yaml:2:6: GET http://host/: refused to go on to another host, `http://other/?token=…`
hint: if it may be read, list it in `hosts`; headers and credentials will not go there
"#]],
    );
    let url = serve(answering(|| axum::response::Redirect::temporary("/"))).await;
    assert!(fails(&url, "").await.contains("the redirects cannot be followed"));
    let here = serve(
        answering(|| axum::response::Redirect::permanent("/b"))
            .route("/b", get(|| async { json(r#"[{"code": "A", "name": "a"}]"#) })),
    )
    .await;
    assert_eq!(SnapshotTest::of_groups(&here, "").run().await.failure(), None);
}

/// A gzip stream of `runs` × 258 zeros: one literal, then copies of length 258 at distance 1.
fn bomb(runs: usize) -> Vec<u8> {
    let mut bits = vec![true, true, false];
    let huffman = |code: u32, length: u32| (0..length).rev().map(move |at| code >> at & 1 == 1);
    bits.extend(huffman(0x30, 8));
    for _ in 0..runs {
        bits.extend(huffman(0xc5, 8).chain(huffman(0, 5)));
    }
    bits.extend(huffman(0, 7));
    let deflated = bits
        .chunks(8)
        .map(|byte| byte.iter().enumerate().fold(0, |made, (at, bit)| made | u8::from(*bit) << at));
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    header.into_iter().chain(deflated).chain([0; 8]).collect()
}

#[tokio::test]
async fn a_gzip_bomb_is_stopped_at_the_cap() {
    let bytes = bomb(40_000);
    assert!(bytes.len() < 70_000);
    let url = serve(answering(move || {
        ([("content-encoding", "gzip"), ("content-type", "application/json")], bytes.clone())
    }))
    .await;
    assert!(fails(&url, "max_bytes: 10000000").await.contains("more than 10000000 bytes"));
}

#[tokio::test]
async fn records_elsewhere_or_nowhere_are_said() {
    let url = serve(answering(|| json(r#"{"error": "busy"}"#))).await;
    assert_text(
        fails(&url, "").await,
        str![[r#"
error: catalog-data/sources/org.yaml:2:6: the answer is not a list: `{"error":"busy"}`
hint: say with `items` where its records are, as in `items: .data[]`
"#]],
    );
    let text = fails(&url, "items: .data[]").await;
    assert!(text.contains("`.data[]`: cannot use null as iterable"), "{text}");
    assert!(text.contains(r#"hint: the answer is `{"error":"busy"}`"#), "{text}");
}

#[tokio::test]
async fn a_source_that_shrinks_changes_nothing_until_it_may() {
    let empty = serve(answering(|| json("[]"))).await;
    let mut portal = SnapshotTest::of_groups(&empty, "");
    portal.had(2);
    let before = portal.entities();
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Guard));
    assert_eq!(portal.entities(), before);
    assert_text(
        report.to_string(),
        str![[r#"
error: org: refused by the shrink guard; nothing was changed
  the source has no entities left, it had 2 entities
  - group:default/old-0
  - group:default/old-1
hint: when that is right, run `callboard snapshot --source org --allow-shrink org`

"#]],
    );
    portal.allow_shrink = ["org".to_owned()].into();
    let report = portal.run().await;
    let changes = report.sources[0].outcome.changes().expect("taken");
    assert!(changes.losses.len() == 1 && changes.removed.len() == 2);
    assert!(report.commit_message().ends_with("\nAllow-Shrink: org all=2/2\n"));
    assert_eq!(portal.entities().len(), 0);

    let few = serve(answering(|| json(r#"[{"code": "A", "name": "a"}]"#))).await;
    let portal = SnapshotTest::of_groups(&few, "");
    portal.had(10);
    let report = portal.run().await;
    assert!(
        report
            .to_string()
            .contains("10 of 10 entities would be lost, more than 20 % and more than 5"),
        "{report}"
    );
    assert_eq!(portal.entities().len(), 10);
}
