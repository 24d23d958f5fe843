//! Servers and pagings that are broken on purpose: each is a failure of the API with a clear message, and no
//! file changes.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router, body::Body, extract::Query, http::StatusCode, response::IntoResponse, routing::get,
};
use futures_util::stream;

use callboard_testing::{json, serve, serve_cut_off};

use super::{
    faults::{answering, fails},
    portal::SnapshotTest,
};
use crate::snapshot::FailureKind;

type Parameters = Query<BTreeMap<String, String>>;

/// Every type of paging over one API: `c` says which page, or how many records came before it.
const PAGINGS: [&str; 7] = [
    "{ type: page, parameter: c, first: 0 }",
    "{ type: offset, parameter: c, limit: 1 }",
    "{ type: cursor, next: .next, parameter: c }",
    "{ type: cursor, next: .address }",
    "{ type: odata }",
    "{ type: link }",
    "{ type: continuation, header: x-next, parameter: c }",
];

/// Says that `next(c)` follows page `c`, in every way at once, with one record named by `record(c)`.
fn pages(
    next: impl Fn(usize) -> usize + Clone + Send + Sync + 'static,
    record: impl Fn(usize) -> usize + Clone + Send + Sync + 'static,
) -> Router {
    Router::new().route(
        "/",
        get(|Query(query): Parameters| async move {
            let page = query.get("c").map_or(0, |text| text.parse().expect("a number"));
            let (next, name) = (next(page), record(page));
            let body = format!(
                r#"{{"next": {next}, "address": "?c={next}", "@odata.nextLink": "/?c={next}",
                    "v": [{{"code": "{name}", "name": "n{name}"}}]}}"#
            );
            (
                [("link", format!("</?c={next}>; rel=next")), ("x-next", next.to_string())],
                json(body),
            )
        }),
    )
}

#[tokio::test]
async fn endless_paging_of_every_type_ends_at_the_cap() {
    let url = serve(pages(|page| page + 1, |page| page)).await;
    for paging in PAGINGS {
        let text = fails(&url, &format!("items: .v[]\npaging: {paging}\nmax_pages: 5")).await;
        assert!(text.contains("there are more than 5 pages"), "{paging}: {text}");
    }
}

#[tokio::test]
async fn the_same_page_again_is_noticed_in_every_type_of_paging() {
    let url = serve(pages(|page| page + 1, |_| 0)).await;
    for paging in PAGINGS {
        let text = fails(&url, &format!("items: .v[]\npaging: {paging}")).await;
        assert!(text.contains("page 2 is the same as page 1"), "{paging}: {text}");
    }
}

#[tokio::test]
async fn circles_are_noticed_in_every_type_of_paging_that_the_server_leads() {
    let calls = Arc::new(AtomicUsize::new(0));
    let url =
        serve(pages(|page| (page + 1) % 3, move |_| calls.fetch_add(1, Ordering::SeqCst))).await;
    for paging in &PAGINGS[2..] {
        let text = fails(&url, &format!("items: .v[]\npaging: {paging}")).await;
        assert!(text.contains("paging repeats itself: `http://host/?c=…`"), "{paging}: {text}");
    }
}

/// Answers page `p`, or what begins at `offset`, with these bodies one after another.
fn bodies(of: &'static [&'static str]) -> Router {
    let calls = Arc::new(AtomicUsize::new(0));
    answering(move || json(of[calls.fetch_add(1, Ordering::SeqCst).min(of.len() - 1)]))
}

const A: &str = r#"{"code": "A", "name": "a"}"#;

#[tokio::test]
async fn a_list_that_changes_while_it_is_read_loses_no_record_silently() {
    let offset = "items: .v[]\npaging: { type: offset, limit: 1, total: .of }";
    let page = "items: .v[]\npaging: { type: page, pages: .of }";
    let shorter: &[&str] = &[
        r#"{"of": 3, "v": [{"code": "A", "name": "a"}]}"#,
        r#"{"of": 2, "v": [{"code": "B", "name": "b"}]}"#,
    ];
    for (paging, what) in [(offset, "records"), (page, "pages")] {
        let text = fails(&serve(bodies(shorter)).await, paging).await;
        let expected = format!(
            "the list became shorter while it was read: 3 {what}, and on page 2 only 2\n\
             hint: records may be missing: read it again"
        );
        assert!(text.contains(&expected), "{text}");
        assert!(text.contains("org.yaml:5:"), "{text}");
    }
    let ends: &[&str] =
        &[r#"{"of": 2, "v": [{"code": "A", "name": "a"}]}"#, r#"{"of": 2, "v": []}"#];
    let text = fails(&serve(bodies(ends)).await, offset).await;
    assert!(text.contains("only 1 of 2 records came"), "{text}");
    let text = fails(&serve(bodies(ends)).await, page).await;
    assert!(text.contains("page 2 of 2 is empty"), "{text}");
    let not: &[&str] = &[r#"{"of": "2", "v": [{"code": "A", "name": "a"}]}"#];
    let text = fails(&serve(bodies(not)).await, offset).await;
    assert!(text.contains("`.of` returns `\"2\"` instead of the number of records"), "{text}");

    // What is added while it is read is read too.
    let longer: &[&str] = &[
        r#"{"of": 1, "v": []}"#,
        r#"{"of": 2, "v": [{"code": "A", "name": "a"}]}"#,
        r#"{"of": 3, "v": [{"code": "B", "name": "b"}]}"#,
        r#"{"of": 3, "v": [{"code": "C", "name": "c"}]}"#,
    ];
    let url = serve(bodies(&longer[1..])).await;
    let portal = SnapshotTest::of_groups(&url, offset);
    assert_eq!(portal.run().await.failure(), None);
    assert_eq!(portal.entities().len(), 3);
}

#[tokio::test]
async fn an_empty_page_with_a_next_one_is_not_the_end() {
    let cursor = "items: .v[]\npaging: { type: cursor, next: .next, parameter: c }";
    let hole: &[&str] = &[
        r#"{"next": 1, "v": [{"code": "A", "name": "a"}]}"#,
        r#"{"next": 2, "v": []}"#,
        r#"{"v": [{"code": "B", "name": "b"}]}"#,
    ];
    let portal = SnapshotTest::of_groups(&serve(bodies(hole)).await, cursor);
    assert_eq!(portal.run().await.failure(), None);
    assert_eq!(portal.entities().len(), 2);
}

#[tokio::test]
async fn only_the_first_page_may_be_missing() {
    let first = move |Query(query): Parameters| async move {
        match query.get("c") {
            None => json(format!(r#"{{"next": 1, "v": [{A}]}}"#)).into_response(),
            Some(_) => StatusCode::NOT_FOUND.into_response(),
        }
    };
    let url = serve(Router::new().route("/", get(first))).await;
    let more = "optional: true\nitems: .v[]\npaging: { type: cursor, next: .next, parameter: c }";
    let text = fails(&url, more).await;
    assert!(text.contains("GET http://host/?c=…: answered 404 Not Found"), "{text}");

    let nothing = serve(Router::new()).await;
    let portal = SnapshotTest::of_groups(&nothing, "optional: true");
    assert_eq!(portal.run().await.failure(), None);
    portal.had(3);
    assert_eq!(portal.run().await.failure(), Some(FailureKind::Guard));
    assert_eq!(portal.entities().len(), 3);
}

#[tokio::test]
async fn connections_that_are_reset_are_tried_again_and_named() {
    let text = fails(serve_cut_off(Vec::new()).as_str(), "retries: 2").await;
    assert!(text.contains("GET http://host/: no answer: "), "{text}");
    assert!(text.ends_with("(tried 3 times)"), "{text}");
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n[1,";
    let text = fails(serve_cut_off(head.into()).as_str(), "retries: 1").await;
    assert!(text.contains("GET http://host/: ") && text.ends_with("(tried 2 times)"), "{text}");
}

#[tokio::test]
async fn a_body_that_never_ends_times_out() {
    let drip = || {
        let drops = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>("["), ()))
        });
        ([("content-type", "application/json")], Body::from_stream(drops))
    };
    let text = fails(&serve(answering(drip)).await, "timeout: 200ms\nretries: 1").await;
    assert!(text.contains("no complete answer within 200ms (tried 2 times)"), "{text}");
}

#[tokio::test]
async fn a_server_that_stays_busy_is_given_up() {
    let busy = serve(answering(|| StatusCode::TOO_MANY_REQUESTS)).await;
    let text = fails(&busy, "retries: 3").await;
    assert!(text.contains("answered 429 Too Many Requests (tried 4 times)"), "{text}");
    let asks = serve(answering(|| (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "2")]))).await;
    let portal = SnapshotTest::of_groups(&asks, "retries: 2");
    assert_eq!(portal.run().await.failure(), Some(FailureKind::Outside));
    assert_eq!(*portal.pauses.lock().expect("no panic"), [Duration::from_secs(2); 2]);
    // A nightly run does not wait for tomorrow.
    let later =
        serve(answering(|| (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "86400")]))).await;
    let text = fails(&later, "").await;
    assert!(text.contains("it asks to wait 24 hours"), "{text}");
}

#[tokio::test]
async fn an_error_that_comes_as_success_is_no_answer() {
    for (items, expected) in [
        ("", "the answer is not a list: `{\"error\":\"quota\",\"v\":null}`"),
        ("items: .v[]", "`.v[]`: cannot use null as iterable"),
        ("items: .error[]", "`.error[]`: cannot use \"quota\" as iterable"),
    ] {
        let url = serve(answering(|| json(r#"{"error": "quota", "v": null}"#))).await;
        let text = fails(&url, items).await;
        assert!(text.contains(expected), "{text}");
    }
    let page = serve(answering(|| json("<html>Sign in</html>"))).await;
    assert!(fails(&page, "").await.contains("answered an HTML page"));
}
