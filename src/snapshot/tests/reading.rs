//! What can be read: pagings, requests for each record, credentials, programs that never end.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use callboard_testing::{assert_text, json, serve, str};

use super::portal::{FAR_LIMITS, GROUPS, ONE_SECOND, SnapshotTest, failure};
use crate::snapshot::FailureKind;

type Parameters = Query<BTreeMap<String, String>>;

/// The groups `a` to `g`, as JSON objects.
fn groups() -> Vec<String> {
    ('a'..='g').map(|name| format!(r#"{{"code": "{name}", "name": "{name}"}}"#)).collect()
}

/// Some of them as a list.
fn list(from: usize, count: usize) -> String {
    let all = groups();
    let end = (from + count).min(all.len());
    format!("[{}]", all[from.min(end)..end].join(","))
}

fn number(query: &BTreeMap<String, String>, key: &str) -> usize {
    query.get(key).map_or(0, |text| text.parse().expect("a number"))
}

/// One API in every kind of paging, three records at most on a page.
fn pages() -> Router {
    let offset = |Query(q): Parameters| async move {
        let (from, most) = (number(&q, "skip"), number(&q, "top").min(3));
        json(format!(r#"{{"of": 7, "value": {}}}"#, list(from, most)))
    };
    let next = |from: usize| (from < 7).then_some(from);
    let cursor = move |Query(q): Parameters| async move {
        let from = number(&q, "after");
        let next = next(from + 3).map_or("null".into(), |next| next.to_string());
        json(format!(r#"{{"meta": {{"next": {next}}}, "value": {}}}"#, list(from, 3)))
    };
    let address = move |Query(q): Parameters| async move {
        let from = number(&q, "s");
        let next = next(from + 3)
            .map_or(String::new(), |s| format!(r#""@odata.nextLink": "/odata?filter=x&s={s}","#));
        json(format!(r#"{{{next} "value": {}}}"#, list(from, 3)))
    };
    let token = move |Query(q): Parameters| async move {
        let from = number(&q, "continuationToken");
        let token = next(from + 3).map_or(String::new(), |token| token.to_string());
        ([("x-ms-continuationtoken", token)], json(format!(r#"{{"value": {}}}"#, list(from, 3))))
    };
    Router::new()
        .route("/offset", get(offset))
        .route("/cursor", get(cursor))
        .route("/odata", get(address))
        .route("/token", get(token))
}

#[tokio::test]
async fn every_paging_brings_every_record_once() {
    let url = serve(pages()).await;
    for (path, paging) in [
        ("offset", "{ type: offset, parameter: skip, limit: 3, limit_parameter: top, total: .of }"),
        ("offset", "{ type: offset, parameter: skip, limit: 50, limit_parameter: top }"),
        ("cursor", "{ type: cursor, next: .meta.next, parameter: after }"),
        ("odata?filter=x", "{ type: odata }"),
        ("odata?filter=x", "{ type: cursor, next: '.[\"@odata.nextLink\"]' }"),
        ("token", "{ type: continuation }"),
    ] {
        let more = format!("items: .value[]\npaging: {paging}");
        let portal = SnapshotTest::of_groups(&format!("{url}/{path}"), &more);
        let report = portal.run().await;
        assert_eq!(report.failure(), None, "{paging}: {report}");
        let names: Vec<_> = portal.entities().into_keys().collect();
        assert_eq!(names.len(), 7, "{paging}: {names:?}");
        assert_eq!(report.sources[0].volume.records, 7, "{paging}");
    }
}

/// Reads from an API that misbehaves, and returns the message without its host.
async fn fails(router: Router, more: &str) -> String {
    let url = serve(router).await;
    let portal = SnapshotTest::of_groups(&url, more);
    portal.had(3);
    let before = (portal.entities(), portal.times());
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Outside), "{report}");
    assert_eq!((portal.entities(), portal.times()), before);
    failure(&report).replace(&url, "http://host")
}

fn answers(
    make: impl Fn(&BTreeMap<String, String>) -> String + Clone + Send + Sync + 'static,
) -> Router {
    Router::new().route("/", get(|Query(q): Parameters| async move { json(make(&q)) }))
}

#[tokio::test]
async fn pages_that_go_round_in_circles_or_end_early_are_failures() {
    let cursor = "items: .v[]\npaging: { type: cursor, next: .n, parameter: c }";
    let circle = answers(|q| match number(q, "c") {
        0 => r#"{"n": 1, "v": [{"code": "A", "name": "a"}]}"#.into(),
        _ => r#"{"n": 1, "v": [{"code": "B", "name": "b"}]}"#.into(),
    });
    assert_text(
        fails(circle, cursor).await,
        str![[r#"
error: catalog-data/sources/org.yaml:5:9: paging repeats itself: `http://host/?c=…` was read already
"#]],
    );
    let endless = answers(|q| {
        let c = number(q, "c");
        format!(r#"{{"n": {}, "v": [{{"code": "{c}", "name": "n{c}"}}]}}"#, c + 1)
    });
    let text = fails(endless, &format!("{cursor}\nmax_pages: 4")).await;
    assert!(text.contains("more than 4 pages"), "{text}");
    let same = answers(|q| {
        format!(r#"{{"n": {}, "v": [{{"code": "A", "name": "a"}}]}}"#, number(q, "c") + 1)
    });
    assert!(fails(same, cursor).await.contains("page 2 is the same as page 1"));
    let two = answers(|_| r#"{"n": {"a": 1}, "v": []}"#.into());
    assert_text(
        fails(two, cursor).await,
        str![[r#"
error: catalog-data/sources/org.yaml:5:31: `.n` returns `{"a":1}` instead of one cursor
"#]],
    );
    let short = answers(|q| format!(r#"{{"of": 9, "v": {}}}"#, list(number(q, "offset"), 4)));
    assert_text(
        fails(short, "items: .v[]\npaging: { type: offset, limit: 4, total: .of }").await,
        str![[r#"
error: catalog-data/sources/org.yaml:5:9: only 7 of 9 records came
hint: `items` must not leave records out: the mapping can
"#]],
    );
    let away = answers(|_| r#"{"@odata.nextLink": "http://evil.example/?k=1", "v": []}"#.into());
    assert!(fails(away, "items: .v[]\npaging: { type: odata }").await.contains("on another host"));
}

/// Projects and their repositories; the first project answers last. Counts how many are asked at once.
fn projects(busy: Arc<Mutex<(usize, usize)>>) -> Router {
    let projects =
        r#"[{"id": "slow one/x", "open": true}, {"id": "shut"}, {"id": "fast", "open": true}]"#;
    let repositories =
        move |Path(id): Path<String>, State(busy): State<Arc<Mutex<(usize, usize)>>>| async move {
            {
                let mut busy = busy.lock().expect("no panic");
                busy.0 += 1;
                busy.1 = busy.1.max(busy.0);
            }
            // Waits, for a minute at most, until the other one has been asked for too and answered.
            for _ in 0..12_000 {
                if id == "fast" || busy.lock().expect("no panic").1 > 1 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            busy.lock().expect("no panic").0 -= 1;
            json(format!(
                r#"{{"value": [{{"name": "{0} one"}}, {{"name": "{0} two"}}]}}"#,
                id.replace('/', "-")
            ))
        };
    let file = |Path(name): Path<String>| async move {
        match name.as_str() {
            "fast two" => StatusCode::NOT_FOUND.into_response(),
            _ => format!("owner: o-{}\n---\nextra: 1\n", name.replace(' ', "-")).into_response(),
        }
    };
    Router::new()
        .route("/projects", get(move || async move { json(projects) }))
        .route("/projects/{id}/repositories", get(repositories))
        .route("/files/{name}", get(file))
        .with_state(busy)
}

const EACH: &str = "kind: http
requests:
  - name: projects
    url: ${URL}/projects
  - name: repositories
    each: projects
    where: .open
    url: ${URL}/projects/{.id}/repositories
    items: .value[]
  - name: files
    each: repositories
    into: files
    url: ${URL}/files/{.name}
    format: yaml
    optional: true
";

#[tokio::test]
async fn requests_for_each_record_are_answered_in_order_whatever_the_time() {
    let busy = Arc::new(Mutex::new((0, 0)));
    let mut portal = SnapshotTest::new();
    let url = serve(projects(Arc::clone(&busy))).await;
    portal.environment = portal.environment.with("URL", url);
    let mapping = r#"select($request == "repositories") | {
        apiVersion: "backstage.io/v1alpha1", kind: "Group",
        metadata: { name: (.name | entity_name), description: "\($parent.id) \(.files | length) \(.files[0].owner)" },
        spec: { type: "team", children: [] } }"#;
    portal.source("org", EACH, mapping);
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    let files = portal.entities();
    let descriptions: Vec<_> = files
        .values()
        .filter_map(|text| text.lines().find(|line| line.contains("description")))
        .collect();
    assert_text(
        descriptions.join("\n"),
        str![[r#"
  description: fast 2 o-fast-one
  description: fast 0 null
  description: slow one/x 2 o-slow-one-x-one
  description: slow one/x 2 o-slow-one-x-two
"#]],
    );
    assert!(busy.lock().expect("no panic").1 > 1, "they were asked one after another");
    // Records keep their numbers: a mistake names the same one every time.
    let wrong = r#"if $request == "repositories" then error("no: \(.name)") else empty end"#;
    portal.source("org", EACH, wrong);
    let text = failure(&portal.run().await);
    let first = text.lines().next().unwrap_or_default();
    assert_eq!(
        first,
        "error: catalog-data/sources/org.jq: record 1 of `repositories`: no: slow one-x one"
    );
}

#[tokio::test]
async fn what_a_record_cannot_say_is_named() {
    for (from, to, message) in [
        (
            "{.id}/",
            "{.nothing}/",
            "record 1 of `projects`: `.nothing` returns `null` instead of one text",
        ),
        ("{.id}/", "{\"..\"}/", "`\"..\"` returns `..`, which cannot be part of an address"),
        ("where: .open", "where: .id", "`.id` returns `\"slow one/x\"` for record 1 of `projects`"),
        (
            "each: projects",
            "each: project",
            "there is no request `project` before this one\nhint: did you mean `projects`?",
        ),
    ] {
        let mut portal = SnapshotTest::new();
        let url = serve(projects(Arc::default())).await;
        portal.environment = portal.environment.with("URL", url);
        portal.source("org", &EACH.replacen(from, to, 1), GROUPS);
        let text = failure(&portal.run().await);
        assert!(text.contains(message), "{text}");
    }
}

/// Lets only those in who come with this header.
fn guarded(header: &'static str, value: &'static str) -> Router {
    let guard = move |headers: HeaderMap, request: Request, next: Next| async move {
        match headers.get(header).map(|found| found.as_bytes() == value.as_bytes()) {
            Some(true) => next.run(request).await,
            _ => {
                (StatusCode::UNAUTHORIZED, format!("not {:?}", headers.get(header))).into_response()
            }
        }
    };
    Router::new().route("/", get(|| async { json(list(0, 2)) })).layer(middleware::from_fn(
        move |request: Request, next: Next| guard(request.headers().clone(), request, next),
    ))
}

#[tokio::test]
async fn credentials_come_from_the_environment_and_are_never_quoted() {
    let basic = "auth: { type: basic, username: me, password: \"${KEY}\" }";
    let bearer = "auth: { type: bearer, token: \"${KEY}\" }";
    for (value, auth) in [("Basic bWU6aHVudGVyMg==", basic), ("Bearer hunter2", bearer)] {
        let url = serve(guarded("authorization", value)).await;
        assert_eq!(SnapshotTest::of_groups(&url, auth).run().await.failure(), None, "{auth}");
        let wrong = serve(guarded("authorization", "Bearer other")).await;
        let portal = SnapshotTest::of_groups(&wrong, auth);
        let text = failure(&portal.run().await);
        assert!(text.contains("answered 401"), "{text}");
        assert!(!text.contains("hunter2") && !text.contains("bWU6aHVudGVyMg"), "{text}");
    }
    let written = "auth: { type: bearer, token: abc }";
    let text = failure(&SnapshotTest::of_groups("http://127.0.0.1:1/", written).run().await);
    assert!(text.contains(":4:30: a secret must not be written into a file"), "{text}");
    let missing = "auth: { type: bearer, token: \"${NOT_SET}\" }";
    let report = SnapshotTest::of_groups("http://127.0.0.1:1/", missing).run().await;
    assert_eq!(report.failure(), Some(FailureKind::Settings));
    assert!(failure(&report).contains("`NOT_SET` is not set"), "{report}");
}

#[tokio::test]
async fn a_token_is_fetched_and_renewed_when_it_is_refused() {
    let given = Arc::new(Mutex::new(0));
    let count = Arc::clone(&given);
    let token = move || {
        let count = Arc::clone(&count);
        async move {
            let mut count = count.lock().expect("no panic");
            *count += 1;
            json(format!(
                r#"{{"access_token": "token-{count}", "token_type": "bearer", "expires_in": 300}}"#
            ))
        }
    };
    // The first token is refused: it was withdrawn.
    let records = |headers: HeaderMap| async move {
        let answer: Response = match headers.get(AUTHORIZATION) {
            Some(value) if value == "Bearer token-2" => json(list(0, 2)).into_response(),
            _ => StatusCode::UNAUTHORIZED.into_response(),
        };
        answer
    };
    let api = Router::new().route("/", get(records)).route("/token", post(token));
    let url = serve(api).await;
    let auth = format!(
        "auth: {{ type: oauth2, token_url: {url}/token, client_id: callboard, client_secret: \"${{KEY}}\" }}"
    );
    let report = SnapshotTest::of_groups(&url, &auth).run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_eq!(*given.lock().expect("no panic"), 2);
}

#[tokio::test]
async fn values_are_seen_by_the_mapping_only_with_a_preset() {
    let mut portal = SnapshotTest::of_groups("http://127.0.0.1:1/", "values: { a: b }");
    assert!(failure(&portal.run().await).contains("`values` are for a `preset`"));
    portal.source("org", "preset: azure-devop\n", GROUPS);
    let text = failure(&portal.run().await);
    assert!(text.contains("there is no preset `azure-devop`"), "{text}");
    assert!(text.contains("did you mean `azure-devops`?"), "{text}");
}

#[tokio::test]
async fn a_mapping_that_never_ends_is_stopped_and_names_its_record() {
    let url = serve(Router::new().route("/", get(|| async { json(list(0, 3)) }))).await;
    let mut portal = SnapshotTest::of_groups(&url, "");
    portal.had(3);
    let before = portal.entities();
    portal.source(
        "org",
        &format!("kind: http\nurl: {url}\n"),
        "def f: f; if .name == \"b\" then f else empty end",
    );
    portal.program_budget = ONE_SECOND;
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Data));
    assert_text(
        failure(&report),
        str![[r"
error: catalog-data/sources/org.jq: record 2: the program does not end: it was stopped after 1 s
hint: look for a `def` that calls itself, `repeat`, `recurse` and large ranges
"]],
    );
    assert_eq!(portal.entities(), before);
}

#[tokio::test]
async fn a_mapping_that_breaks_leaves_the_other_sources_alone() {
    let url = serve(Router::new().route("/", get(|| async { json(list(0, 3)) }))).await;
    for (mapping, limits, expected) in [
        ("def f: 1 + f; f", FAR_LIMITS, "record 1: the program calls itself too deeply"),
        ("\"x\" * 1000000000000", FAR_LIMITS, "a text of 1 bytes is repeated 1000000000000 times"),
        ("reduce range(2000) as $i (0; [.])", FAR_LIMITS, "record 1: a value has too many levels"),
        ("def f: f; f", ONE_SECOND, "the program does not end: it was stopped after 1 s"),
    ] {
        let mut portal = SnapshotTest::new();
        portal.program_budget = limits;
        portal.source("bad", &format!("kind: http\nurl: {url}\n"), mapping);
        portal.source("org", &format!("kind: http\nurl: {url}\n"), GROUPS);
        let report = portal.run().await;
        let text = failure(&report);
        assert!(text.contains(expected), "{mapping}: {text}");
        assert!(report.sources[1].outcome.changes().is_some(), "{mapping}: {report}");
        assert_eq!(portal.entities().len(), 3);
    }
}

#[tokio::test]
async fn a_program_in_a_source_file_that_never_ends_is_stopped() {
    let url = serve(Router::new().route("/", get(|| async { json(list(0, 3)) }))).await;
    let stopped = "the program does not end: it was stopped after 1 s";
    for (more, limits, expected) in [
        ("items: 'def f: f; f'", ONE_SECOND, format!("org.yaml:4:8: `def f: f; f`: {stopped}")),
        (
            "items: 'def f: [f]; f'",
            FAR_LIMITS,
            "`def f: [f]; f`: the program calls itself too deeply".to_owned(),
        ),
        (
            "paging: { type: cursor, next: 'last(repeat(1))' }",
            ONE_SECOND,
            format!("`last(repeat(1))`: {stopped}"),
        ),
    ] {
        let mut portal = SnapshotTest::of_groups(&url, more);
        portal.program_budget = limits;
        let report = portal.run().await;
        assert_eq!(report.failure(), Some(FailureKind::Data), "{report}");
        assert!(failure(&report).contains(&expected), "{report}");
    }
}
