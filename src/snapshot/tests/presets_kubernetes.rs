//! The preset `kubernetes` against a stand-in that answers as an API server does.

use axum::response::Response;
use callboard_testing::{assert_text, file};
use serde_json::{Value, json};

use super::{
    portal::{SnapshotTest, failure},
    presets::{ApiRequest, Fake, answer},
};
use crate::snapshot::FailureKind;

const ID: &str = "backstage.io/kubernetes-id";

fn status(code: u16, reason: &str, message: &str) -> Response {
    answer(
        code,
        &json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code }),
    )
}

/// Two of a list at a time; the token of the next part is good for this list only.
fn part(asked: &ApiRequest, kind: &str, all: &[Value]) -> Response {
    assert_eq!(asked.query["limit"], "500");
    let prefix = format!("v1:{}:", asked.path);
    let start = match asked.query.get("continue") {
        None => 0,
        Some(token) => match token.strip_prefix(&prefix).and_then(|at| at.parse().ok()) {
            Some(start) => start,
            None => return status(410, "Expired", "The provided continue parameter is too old"),
        },
    };
    let end = (start + 2).min(all.len());
    let mut metadata = json!({ "resourceVersion": "48211" });
    if end < all.len() {
        metadata["continue"] = format!("{prefix}{end}").into();
        metadata["remainingItemCount"] = (all.len() - end).into();
    }
    let list = json!({ "kind": format!("{kind}List"), "apiVersion": "v1", "metadata": metadata,
        "items": all[start..end] });
    answer(200, &list)
}

fn object(name: &str, labels: &Value, annotations: &Value) -> Value {
    json!({
        "metadata": {
            "name": name, "uid": format!("5b1f-{name}"), "resourceVersion": "4711",
            "creationTimestamp": "2025-02-03T08:15:30Z", "labels": labels,
            "annotations": annotations, "managedFields": [{ "manager": "kubectl" }]
        },
        "spec": { "replicas": 3 },
        "status": { "phase": "Active", "readyReplicas": 3 }
    })
}

fn namespaces() -> Vec<Value> {
    let mut terminating = object("gone", &json!({}), &json!({}));
    terminating["status"]["phase"] = "Terminating".into();
    let mut plain = object("search", &Value::Null, &Value::Null);
    plain["metadata"].as_object_mut().expect("a map").retain(|_, value| !value.is_null());
    vec![
        object("default", &json!({}), &json!({})),
        object(
            "checkout",
            &json!({ "callboard.dev/owner": "tunnel-achat", "kubernetes.io/metadata.name": "checkout" }),
            &json!({ "kubernetes.io/description": "Panier et paiement, à ne pas arrêter" }),
        ),
        terminating,
        object("kube-system", &json!({}), &json!({})),
        object("data", &json!({}), &json!({ "callboard.dev/owner": "group:data/lac" })),
        plain,
    ]
}

fn deployments() -> Vec<Value> {
    vec![
        object(
            "panier-api",
            &json!({ ID: "Panier", "app.kubernetes.io/name": "panier" }),
            &json!({}),
        ),
        object(
            "panier-ihm",
            &json!({ ID: "Panier", "app.kubernetes.io/name": "panier-ihm" }),
            &json!({}),
        ),
        object("redis", &json!({ "app.kubernetes.io/name": "redis" }), &json!({})),
    ]
}

fn cluster(_: &str, asked: &ApiRequest) -> Response {
    if asked.headers.get("authorization").is_none_or(|given| given != "Bearer sa-token-0123") {
        return status(401, "Unauthorized", "Unauthorized");
    }
    match asked.path.as_str() {
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => {
            answer(201, &json!({ "status": { "allowed": true } }))
        }
        "/api/v1/namespaces" => part(asked, "Namespace", &namespaces()),
        "/apis/apps/v1/namespaces/checkout/deployments" => {
            part(asked, "Deployment", &deployments())
        }
        "/apis/apps/v1/namespaces/search/deployments" => {
            part(asked, "Deployment", &[object("indexer", &json!({ ID: "Panier" }), &json!({}))])
        }
        "/apis/apps/v1/namespaces/data/statefulsets" => {
            part(asked, "StatefulSet", &[object("kafka", &json!({ ID: "bus" }), &json!({}))])
        }
        "/apis/batch/v1/namespaces/checkout/cronjobs" => {
            part(asked, "CronJob", &[object("relance", &json!({ ID: "relance" }), &json!({}))])
        }
        path if path.contains("/kube-system/") || path.contains("/gone/") => {
            status(403, "Forbidden", "it should not be asked for")
        }
        path if path.starts_with("/apis/apps/v1/") => part(asked, "Deployment", &[]),
        path if path.starts_with("/apis/batch/v1/") => part(asked, "CronJob", &[]),
        _ => status(404, "NotFound", "the server could not find the requested resource"),
    }
}

fn portal(fake: &Fake, values: &str) -> SnapshotTest {
    let mut portal = SnapshotTest::new();
    add(&mut portal, fake, values);
    portal
}

fn add(portal: &mut SnapshotTest, fake: &Fake, values: &str) {
    let yaml = format!(
        "preset: kubernetes\nvalues:\n  cluster: Prod Ouest\n  owner: group:default/platform\n  server: {}\n{values}",
        fake.url
    );
    portal.preset("k8s", &yaml);
    portal.environment = portal.environment.clone().with("KUBERNETES_TOKEN", "sa-token-0123");
}

#[tokio::test]
async fn namespaces_know_the_components_in_them() {
    let fake = Fake::start(cluster).await;
    let portal = portal(&fake, "");
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_text(fake.entities(&portal), file!["golden/kubernetes.txt"]);
    assert_eq!(fake.times("/api/v1/namespaces"), 3, "three pages");
    assert_eq!(fake.times("/checkout/deployments"), 2, "two pages");
    let again = portal.run().await;
    assert!(!again.has_changes(), "{again}");
}

#[tokio::test]
async fn workloads_can_be_resources_found_by_another_label() {
    let fake = Fake::start(cluster).await;
    let values =
        "  workloads: resources\n  label: app.kubernetes.io/name\n  namespaces: check.*|data\n";
    let portal = portal(&fake, values);
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_text(fake.entities(&portal), file!["golden/kubernetes-workloads.txt"]);
}

#[tokio::test]
async fn components_are_annotated_once_wherever_they_run() {
    let fake = Fake::start(cluster).await;
    let mut portal = SnapshotTest::new();
    let carto = Fake::start(|_, _| answer(200, &json!([{ "name": "bus-de-messages" }]))).await;
    portal.source(
        "carto",
        &format!("kind: http\nurl: {}/\n", carto.url),
        r#"{ apiVersion: "backstage.io/v1alpha1", kind: "Component",
            metadata: { name: .name, annotations: { "backstage.io/kubernetes-id": "bus" } },
            spec: { type: "service", lifecycle: "production", owner: "x" } }"#,
    );
    add(&mut portal, &fake, "  role: enrich\n");
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_text(fake.entities(&portal), file!["golden/kubernetes-enrich.txt"]);
}

#[tokio::test]
async fn a_refused_token_changes_nothing() {
    let fake = Fake::start(cluster).await;
    let mut portal = portal(&fake, "");
    portal.environment = portal.environment.clone().with("KUBERNETES_TOKEN", "wrong-token");
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Outside));
    let text = failure(&report);
    assert!(text.contains("401") && !text.contains("wrong-token"), "{text}");
    assert!(portal.entities().is_empty());
}
