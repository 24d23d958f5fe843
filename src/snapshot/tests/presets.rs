//! What the tests of presets share, and what holds for every preset.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use callboard_testing::{assert_text, serve, str};
use serde_json::Value;

use super::portal::{SnapshotTest, failure};
use crate::snapshot::FailureKind;

/// A request to a fake API.
pub(super) struct ApiRequest {
    /// The path, decoded.
    pub(super) path: String,
    /// The query, decoded.
    pub(super) query: BTreeMap<String, String>,
    /// The headers.
    pub(super) headers: HeaderMap,
}

/// A fake API on its own socket, with the log of its requests.
pub(super) struct Fake {
    /// The address of the server, without a slash at the end.
    pub(super) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// Starts the server; `answer` gets its address and the request.
    pub(super) async fn start(
        answer: impl Fn(&str, &ApiRequest) -> Response + Clone + Send + Sync + 'static,
    ) -> Self {
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let log = Arc::clone(&asked);
        let handler = move |request: Request| {
            let (answer, log) = (answer.clone(), Arc::clone(&log));
            async move {
                let host = &request.headers()["host"];
                let base = format!("http://{}", host.to_str().expect("a host"));
                let url = url::Url::parse(&format!("{base}{}", request.uri())).expect("a URL");
                let path = url.path_segments().into_iter().flatten().map(|segment| {
                    let pair = format!("={}", segment.replace('+', "%2B"));
                    let pair = url::form_urlencoded::parse(pair.as_bytes()).next();
                    pair.expect("a pair").1.into_owned()
                });
                let asked = ApiRequest {
                    path: format!("/{}", path.collect::<Vec<_>>().join("/")),
                    query: url.query_pairs().into_owned().collect(),
                    headers: request.headers().clone(),
                };
                log.lock().expect("no panic").push(asked.path.clone());
                answer(&base, &asked)
            }
        };
        Self { url: serve(Router::new().fallback(handler)).await, asked }
    }

    /// How often a path that ends so was asked for.
    pub(super) fn times(&self, end: &str) -> usize {
        self.asked.lock().expect("no panic").iter().filter(|path| path.ends_with(end)).count()
    }

    /// All entity files as one text, in which this stand-in has the address `https://api.test`.
    pub(super) fn entities(&self, portal: &SnapshotTest) -> String {
        let files = portal.entities().into_iter();
        let texts = files.map(|(file, text)| format!("== {file}\n{text}"));
        texts.collect::<String>().replace(&self.url, "https://api.test")
    }
}

/// A body of JSON with a status.
pub(super) fn answer(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [("content-type", "application/json; charset=utf-8")], body.to_string())
        .into_response()
}

#[tokio::test]
async fn wrong_values_are_reported_in_the_file_of_the_source() {
    let mut portal = SnapshotTest::new();
    portal.preset(
        "ado",
        "preset: azure-devops\nvalues:\n  organization: acme\n  owner: team-a\n  role: bas\n",
    );
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Data));
    assert_text(
        failure(&report),
        str![[r#"
error: catalog-data/sources/ado.yaml:3:3: the preset `azure-devops` has no value `organization`
hint: did you mean `organisation`?
error: catalog-data/sources/ado.yaml:3:3: the value `organisation` is missing: Name of the organisation, the part after dev.azure.com/
hint: write it below `values`, as in `organisation: acme`
error: catalog-data/sources/ado.yaml:5:9: `bas` cannot be the value of `role`: Make entities (base), or only add to those of earlier sources (enrich)
hint: it matches `base|enrich`
"#]],
    );
}

#[tokio::test]
async fn an_unknown_preset_is_reported_with_those_there_are() {
    let mut portal = SnapshotTest::new();
    portal.preset("ado", "preset: azure-devop\n");
    let report = portal.run().await;
    assert_text(
        failure(&report),
        str![[r#"
error: catalog-data/sources/ado.yaml:1:9: there is no preset `azure-devop`
hint: did you mean `azure-devops`?
"#]],
    );
}

#[tokio::test]
async fn the_files_of_a_source_are_stronger_than_its_preset() {
    let fake = Fake::start(|_, asked| match asked.path.as_str() {
        "/mine" => answer(200, &serde_json::json!({ "teams": [{ "name": "A B" }] })),
        _ => answer(404, &Value::Null),
    })
    .await;
    let mut portal = SnapshotTest::new();
    let yaml = "preset: la-carto\nvalues: { url: \"${URL}/carto\", prefix: acme.example }\n\
                url: ${URL}/mine\nitems: .teams[]\npaging: { type: none }\n";
    let mapping = r#"{ apiVersion: "backstage.io/v1alpha1", kind: "Group",
        metadata: { name: .name | entity_name, annotations: { "\($values.prefix)/url": $values.url } },
        spec: { type: "team", children: [] } }"#;
    portal.source("carto", yaml, mapping);
    portal.environment =
        portal.environment.clone().with("URL", &fake.url).with("LA_CARTO_KEY", "k");
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_text(
        fake.entities(&portal),
        str![[r#"
== carto/group/default/a-b.yaml
apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: a-b
  annotations:
    acme.example/url: ${URL}/carto
spec:
  type: team
  children: []

"#]],
    );
}
