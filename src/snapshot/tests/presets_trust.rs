//! Servers that treat a wrong token as an anonymous visitor, and lists that change while they are read: no
//! entity that still exists is removed.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{
    portal::{SnapshotTest, failure},
    presets::{ApiRequest, Fake, answer},
};
use crate::snapshot::{FailureKind, RecordChoice};

/// One repository of the organisation `acme`.
fn repository(base: &str, name: &str) -> Value {
    json!({ "name": name, "full_name": format!("acme/{name}"), "html_url": format!("{base}/acme/{name}"),
        "default_branch": "main", "owner": { "login": "acme" } })
}

/// A page of a list, with the number of all its records, and the next one when there is one.
fn page(base: &str, names: &[&str], total: usize, next: Option<usize>) -> Response {
    let list: Vec<_> = names.iter().map(|name| repository(base, name)).collect();
    let mut response = answer(200, &Value::Array(list));
    let headers = response.headers_mut();
    headers.insert("x-total-count", total.into());
    if let Some(next) = next {
        let link = format!("<{base}/api/v1/orgs/acme/repos?limit=50&page={next}>; rel=\"next\"");
        headers.insert("link", link.parse().expect("a header"));
    }
    response
}

fn descriptor(name: &str) -> Response {
    let text = format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{ name: {name} }}\n\
         spec: {{ type: service, lifecycle: production, owner: team }}\n"
    );
    ([("content-type", "text/plain")], text).into_response()
}

/// A Gitea whose list, and answers to single repositories, are given.
async fn gitea(
    user: u16,
    list: impl Fn(&str, &ApiRequest) -> Response + Clone + Send + Sync + 'static,
    there: &'static [&'static str],
) -> (Fake, SnapshotTest) {
    let fake = Fake::start(move |base, asked| {
        let parts: Vec<_> = asked.path.trim_start_matches("/api/v1/").split('/').collect();
        match parts.as_slice() {
            ["user"] => answer(user, &json!({ "login": "callboard-bot" })),
            ["orgs", "acme", "repos"] => list(base, asked),
            ["repos", "acme", name, "raw", "catalog-info.yaml"] => descriptor(name),
            ["repos", "acme", name] if there.contains(name) => answer(200, &repository(base, name)),
            _ => answer(404, &json!({ "message": "Not Found" })),
        }
    })
    .await;
    let mut portal = SnapshotTest::new();
    let values = format!("preset: gitea\nvalues: {{ organisation: acme, url: '{}' }}\n", fake.url);
    portal.preset("gitea", &values);
    portal.environment = portal.environment.clone().with("GITEA_TOKEN", "s3cret-s3cret");
    (fake, portal)
}

/// Names of the components that have a file.
fn names(portal: &SnapshotTest) -> Vec<String> {
    let files = portal.entities().into_keys();
    files
        .filter_map(|file| Some(file.rsplit('/').next()?.trim_end_matches(".yaml").to_owned()))
        .collect()
}

/// Writes a component of an earlier snapshot.
fn had(portal: &SnapshotTest, fake: &Fake, name: &str) {
    let text = format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n  annotations:\n    \
         backstage.io/managed-by-location: url:{}/acme/{name}/src/branch/main/catalog-info.yaml\n",
        fake.url
    );
    portal.write(&format!("catalog-data/entities/gitea/component/default/{name}.yaml"), &text);
}

#[tokio::test]
async fn a_wrong_token_that_is_taken_for_nobodys_removes_nothing() {
    let (fake, portal) = gitea(401, |base, _| page(base, &["open"], 1, None), &[]).await;
    had(&portal, &fake, "private");
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Outside));
    let text = failure(&report);
    assert!(
        text.contains("the credential is refused: GET ") && text.contains("/api/v1/user"),
        "{text}"
    );
    assert_eq!((names(&portal), fake.times("/repos")), (vec!["private".to_owned()], 0));
}

#[tokio::test]
async fn who_asks_is_shown_by_a_trial_or_what_is_known_of_it() {
    for (status, shown) in [
        (200, Some("`callboard-bot`")),
        (403, Some("an account that cannot read its own name (403)")),
        (404, None),
    ] {
        let (_, portal) = gitea(status, |base, _| page(base, &["open"], 1, None), &[]).await;
        let trial = portal.try_source("gitea", RecordChoice::First(1)).await.expect("it is read");
        assert_eq!(trial.identity.as_deref(), shown, "{status}");
        let codes: Vec<_> = trial.warnings.iter().map(|warning| warning.code).collect();
        let expected: &[&str] = if status == 404 { &["unproven-identity"] } else { &[] };
        assert_eq!(codes, expected, "{status}");
    }
}

#[tokio::test]
async fn an_azure_devops_that_answers_an_anonymous_visitor_is_refused() {
    let fake = Fake::start(|_, asked| match asked.path.as_str() {
        "/acme/_apis/connectionData" => answer(
            200,
            &json!({ "authenticatedUser": { "id": "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa",
                "providerDisplayName": "Anonymous" } }),
        ),
        _ => answer(200, &json!({ "count": 0, "value": [] })),
    })
    .await;
    let mut portal = SnapshotTest::new();
    let source = format!(
        "preset: azure-devops\nvalues: {{ organisation: acme, owner: 'group:default/a', server: '{}' }}\n",
        fake.url
    );
    portal.preset("ado", &source);
    portal.environment = portal.environment.clone().with("AZURE_DEVOPS_TOKEN", "s3cret-s3cret");
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Outside));
    let text = failure(&report);
    assert!(text.contains("the server treats the credential as anonymous"), "{text}");
    assert_eq!(fake.times("_apis/projects"), 0);
}

#[tokio::test]
async fn a_list_that_changes_while_it_is_read_is_read_again() {
    let readings = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&readings);
    // Between the two pages of the first reading, `a` is removed: `c` moves to the first page.
    let list = move |base: &str, asked: &ApiRequest| match asked.query.get("page") {
        None if counter.fetch_add(1, Ordering::SeqCst) == 0 => page(base, &["a", "b"], 4, Some(2)),
        None => page(base, &["b", "c"], 3, Some(2)),
        Some(_) => page(base, &["d"], 3, None),
    };
    let (_, portal) = gitea(200, list, &[]).await;
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_eq!(
        (names(&portal), readings.load(Ordering::SeqCst)),
        (vec!["b".into(), "c".into(), "d".into()], 2)
    );
    assert_eq!(report.sources[0].volume.records, 3);
    // One that never agrees with its number is not taken.
    let list = |base: &str, _: &ApiRequest| page(base, &["a"], 7, None);
    let (_, portal) = gitea(200, list, &[]).await;
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Outside));
    assert!(failure(&report).contains("the list changed each time while it was read"), "{report}");
}

#[tokio::test]
async fn a_repository_that_is_not_in_the_list_is_asked_for_before_it_goes() {
    let list = |base: &str, _: &ApiRequest| page(base, &["a"], 1, None);
    let (fake, portal) = gitea(200, list, &["b"]).await;
    for name in ["a", "b", "c"] {
        had(&portal, &fake, name);
    }
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_eq!(names(&portal), ["a", "b"]);
    let warnings: Vec<_> = report.warnings.iter().map(ToString::to_string).collect();
    assert!(
        warnings.len() == 1 && warnings[0].contains("records that still exist: \"acme/b\""),
        "{warnings:?}"
    );
    assert_eq!((fake.times("/repos/acme/b"), fake.times("/repos/acme/c")), (1, 1));
    assert_eq!(fake.times("/repos/acme/a"), 0);
}
