//! Whole snapshots that succeed, and the checks of mappings and of written files.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Router,
    extract::Query,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::get,
};
use callboard_testing::{assert_text, json, serve, str};

use super::portal::{GROUPS, SnapshotTest, failure, left_out};
use crate::{
    base::{environment::Environment, fs, http::Client, path::RelativePath},
    snapshot::{FailureKind, Options, Report, run, survey},
};

const TEAMS: &str =
    r#"[{"code": "PAY", "name": "Équipe Paiement"}, {"code": 42, "name": "Logistics"}]"#;

/// Teams by `Link`, applications by page, the key asked for.
fn company() -> Router {
    Router::new()
        .route(
            "/teams",
            get(|headers: HeaderMap| async move {
                if headers.get("x-api-key").is_none_or(|key| key != "hunter2") {
                    return StatusCode::UNAUTHORIZED.into_response();
                }
                let link = r#"</teams/2?x=1,2>; rel="next""#;
                ([("link", link)], json(r#"[{"code": "PAY", "name": "Équipe Paiement"}]"#))
                    .into_response()
            }),
        )
        .route("/teams/2", get(|| async { json(r#"[{"code": 42, "name": "Logistics"}]"#) }))
        .route(
            "/apps",
            get(|Query(query): Query<BTreeMap<String, String>>| async move {
                let page: usize = query["page"].parse().expect("a number");
                let apps = ["checkout", "refunds", "stock"];
                let apps: Vec<_> = apps
                    .iter()
                    .skip((page - 1) * 2)
                    .take(2)
                    .enumerate()
                    .map(|(at, name)| {
                        format!(
                            r#"{{"id": {at}, "nom": "{name}", "equipe": "PAY", "secret": "x"}}"#
                        )
                    })
                    .collect();
                json(format!(
                    r#"{{"contenu": [{}], "pagination": {{"nbPages": 2}}}}"#,
                    apps.join(",")
                ))
            }),
        )
}

const APPS: &str = r#"{
  apiVersion: "backstage.io/v1alpha1", kind: "Component",
  metadata: { name: .nom | slug, description: .description, tags: [] },
  spec: { type: "service", lifecycle: "production",
          owner: entity_ref("Group"; "org/code"; .equipe), request: $request }
} | compact"#;

async fn company_portal() -> SnapshotTest {
    let url = serve(company()).await;
    let mut portal = SnapshotTest::new();
    portal.environment = portal.environment.with("URL", &url);
    let org = "kind: http\nurl: ${URL}/teams\nheaders: { X-Api-Key: \"${KEY}\" }\npaging: { type: link }\n";
    portal.source("org", org, &GROUPS.replace(".code }", "(.code | tostring) }"));
    let apps = "kind: http\nrequests:\n- name: apps\n  url: ${URL}/apps\n  query: { size: 2 }\n  \
                paging: { type: page, pages: .pagination.nbPages }\n  items: .contenu[]\n";
    portal.source("carto", apps, APPS);
    portal
}

#[tokio::test]
async fn sources_become_files_once() {
    let portal = company_portal().await;
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_text(
        report.commit_message(),
        str![[r#"
snapshot: 5 added in 2 sources

org: 2 added
carto: 3 added

+ group:default/equipe-paiement
+ group:default/logistics
+ component:default/checkout
+ component:default/refunds
+ component:default/stock

Callboard-Source: org records=2 entities=2 added=2 changed=0 renamed=0 removed=0
Callboard-Source: carto records=3 entities=3 added=3 changed=0 renamed=0 removed=0

"#]],
    );
    let files = portal.entities();
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "carto/component/default/checkout.yaml",
            "carto/component/default/refunds.yaml",
            "carto/component/default/stock.yaml",
            "org/group/default/equipe-paiement.yaml",
            "org/group/default/logistics.yaml",
        ]
    );
    assert_text(
        files["carto/component/default/stock.yaml"].as_str(),
        str![[r#"
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: stock
spec:
  type: service
  lifecycle: production
  owner: group:default/equipe-paiement
  request: apps

"#]],
    );
    assert_text(
        files["org/group/default/logistics.yaml"].as_str(),
        str![[r#"
apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: logistics
  title: Logistics
  annotations:
    org/code: '42'
spec:
  type: team
  children: []

"#]],
    );
    let times = portal.times();
    let again = portal.run().await;
    assert!(!again.has_changes(), "{again}");
    assert_text(
        again.commit_message(),
        str![[r#"
snapshot: files of an interrupted run

Callboard-Source: org records=2 entities=2 added=0 changed=0 renamed=0 removed=0
Callboard-Source: carto records=3 entities=3 added=0 changed=0 renamed=0 removed=0

"#]],
    );
    assert_eq!(portal.times(), times);
    let left = fs::walk_files(&portal.path().join(".callboard")).expect("readable");
    assert_eq!(left, [RelativePath::new("lock").expect("valid")]);
}

#[tokio::test]
async fn a_report_is_json_too() {
    let mut portal = company_portal().await;
    portal.environment = portal.environment.clone().with("KEY", "");
    portal.write("catalog-data/sources/forgotten.yaml", "kind: http\n");
    let report = serde_json::to_value(portal.run().await).expect("JSON");
    assert_eq!(report["sources"][0]["outcome"]["result"], "failed");
    assert_eq!(report["sources"][0]["outcome"]["kind"], "outside");
    assert_eq!(report["sources"][0]["outcome"]["problems"][0]["place"]["line"], 2);
    assert_eq!(report["sources"][1]["outcome"]["result"], "failed");
    assert_eq!(report["sources"][1]["outcome"]["kind"], "data");
    assert_eq!(report["warnings"][0]["code"], "unlisted-source");
}

#[test]
fn sources_are_checked_without_any_api() {
    let mut portal = SnapshotTest::new();
    portal.source("org", "kind: http\nurl: ${URL}\n", ".");
    portal.source("k8s", "kind: http\nrole: enrich\nurl: ${URL}\n", ".");
    portal.source("bad", "kind: htpp\nurl: ${URL}\n", ".");
    let names = ["org", "k8s", "bda"].map(str::to_owned);
    let (order, problems) = survey(portal.path(), &names).expect("readable");
    let order: Vec<_> = order.iter().map(|s| (s.name.as_str(), s.enrich)).collect();
    assert_eq!(order, [("org", false), ("k8s", true), ("bda", false)]);
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_text(
        problems.join("\n"),
        str![[r#"
warning: catalog-data/sources/bad.yaml: the source `bad` is not in the settings, so it is not read
error: catalog-data/sources/bda.yaml: the file is missing
hint: did you mean the source `bad`?
"#]],
    );
    let (_, problems) = survey(portal.path(), &["bad".to_owned()]).expect("readable");
    let text = problems.last().expect("a problem").to_string();
    assert_text(
        text,
        str![[r#"
error: catalog-data/sources/bad.yaml:1:7: kind: unknown variant `htpp`
hint: did you mean `http`?
"#]],
    );
}

#[test]
fn a_snapshot_can_move_between_threads() {
    fn is_send(_: impl Send) {}
    let environment = Environment::default();
    let client = Client::new().expect("a client");
    let options = Options {
        root: std::path::Path::new("."),
        sources: &[],
        only: &["org".to_owned()],
        allow_shrink: &BTreeSet::new(),
        dry_run: true,
        environment: &environment,
        client: &client,
        exceptions: &crate::base::leaks::Exceptions::default(),
        program_budget: crate::snapshot::ProgramBudget::default(),
    };
    is_send(run(&options, &()));
}

#[tokio::test]
async fn a_dry_run_writes_nothing_and_says_the_same() {
    let mut portal = company_portal().await;
    portal.dry_run = true;
    let dry = portal.run().await;
    assert_eq!(portal.entities().len(), 0);
    portal.dry_run = false;
    let real = portal.run().await;
    assert_eq!(dry.commit_message(), real.commit_message());
    assert!(dry.to_string().ends_with("dry run: nothing was written\n"), "{dry}");
}

#[tokio::test]
async fn what_changed_is_rewritten_and_what_is_gone_is_removed_with_its_folder() {
    let portal = company_portal().await;
    portal.run().await;
    let stock = "catalog-data/entities/carto/component/default/stock.yaml";
    portal.write(stock, "changed by hand\n");
    portal.write("catalog-data/entities/carto/api/shop/old.yaml", "kind: API\n");
    portal.write("catalog-data/entities/carto/README.md", "kept");
    let before = portal.times();
    let report = portal.run().await;
    let changes = report.sources[1].outcome.changes().expect("taken");
    assert_eq!(changes.changed, ["component:default/stock"]);
    assert_eq!(changes.removed, ["api:shop/old"]);
    assert_eq!(changes.unchanged, 2);
    assert!(!portal.path().join("catalog-data/entities/carto/api").exists());
    assert!(portal.entities().contains_key("carto/README.md"));
    let same = "carto/component/default/refunds.yaml";
    assert_eq!(portal.times()[same], before[same]);
}

fn answer_of(answer: &'static str) -> Router {
    Router::new().route("/", get(move || async move { json(answer) }))
}

async fn groups(answer: &'static str) -> (SnapshotTest, Report) {
    let url = serve(Router::new().route("/", get(move || async move { json(answer) }))).await;
    let portal = SnapshotTest::of_groups(&url, "");
    let report = portal.run().await;
    (portal, report)
}

#[tokio::test]
async fn identical_records_are_one_entity_and_of_different_ones_the_first_wins() {
    let (_, report) = groups(r#"[{"code": "A", "name": "x"}, {"code": "A", "name": "x"}]"#).await;
    assert!(report.commit_message().starts_with("org: 1 added\n\n+ group:default/x\n"));

    let (portal, report) =
        groups(r#"[{"code": "A", "name": "C"}, {"code": "B", "name": "C#"}]"#).await;
    assert_text(
        left_out(&report),
        str![[r#"
warning: catalog-data/sources/org.jq: record 2: `group:default/c` is made of record 1 already, with other content, which is used instead
hint: `C` and `C#` become one name: give one of them another
"#]],
    );
    assert!(portal.entities()["org/group/default/c.yaml"].contains("org/code: A"));

    let cases = serve(answer_of(r#"["Cart", "cart"]"#)).await;
    let mut portal = SnapshotTest::new();
    let jq = r#"{apiVersion: "v1", kind: "Thing", metadata: {name: .}}"#;
    portal.source("org", &format!("kind: http\nurl: {cases}\n"), jq);
    let text = left_out(&portal.run().await);
    assert!(text.contains("`thing:default/cart` is made of record 1 already"), "{text}");
}

#[tokio::test]
async fn broken_entities_and_failing_records_are_all_named() {
    let (portal, report) = groups(TEAMS).await;
    assert_text(
        left_out(&report),
        str![[r#"
warning: catalog-data/sources/org.jq: record 2: Group `logistics`: `metadata.annotations.org~1code`: expected a text, found the number `42`
hint: put it in quotes
"#]],
    );
    assert_eq!(portal.entities().len(), 1);

    let (_, report) = groups(r#"[{"code": "A"}, {"code": "B", "name": "b"}, 7]"#).await;
    assert_text(
        left_out(&report),
        str![[r#"
warning: catalog-data/sources/org.jq: record 1: cannot make a name of `null`: it is not a string
hint: the record is `{"code":"A"}`
warning: catalog-data/sources/org.jq: record 3: cannot index 7 with "name"
hint: the record is `7`
"#]],
    );
}

#[tokio::test]
async fn an_enriching_source_may_say_little() {
    let url = serve(Router::new().route("/", get(|| async { json(r#"[{"n": "cart"}]"#) }))).await;
    let jq = r#"{apiVersion: "backstage.io/v1alpha1", kind: "Component", metadata: {name: .n}}"#;
    let mut portal = SnapshotTest::new();
    portal.source("k8s", &format!("kind: http\nurl: {url}\n"), jq);
    let report = portal.run().await;
    assert!(failure(&report).contains("Component `cart`: `spec` is missing"), "{report}");
    portal.source("k8s", &format!("kind: http\nrole: enrich\nurl: {url}\n"), jq);
    let report = portal.run().await;
    assert!(report.commit_message().starts_with("k8s: 1 added\n\n+ component:default/cart\n"));
}

#[tokio::test]
async fn a_failed_source_keeps_its_entities_and_later_ones_refer_to_them() {
    let mut portal = company_portal().await;
    portal.run().await;
    let before = portal.entities();
    portal.environment = portal.environment.clone().with("KEY", "wrong");
    portal.source(
        "carto",
        "kind: http\nurl: ${URL}/apps\nquery: {page: 1}\nitems: .contenu[]\nshrink: {share: 1}\n",
        APPS,
    );
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Outside));
    let text = failure(&report);
    assert!(
        text.starts_with("error: catalog-data/sources/org.yaml:2:6: GET http://127.0.0.1:"),
        "{text}"
    );
    assert!(text.contains("/teams: answered 401 Unauthorized"), "{text}");
    let changes = report.sources[1].outcome.changes().expect("taken");
    assert_eq!((changes.changed.len(), changes.removed.len()), (2, 1));
    let checkout = "carto/component/default/checkout.yaml";
    assert!(portal.entities()[checkout].contains("owner: group:default/equipe-paiement"));
    let org = |files: &BTreeMap<String, String>| {
        files
            .iter()
            .filter(|(k, _)| k.starts_with("org"))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(org(&portal.entities()), org(&before));
}

#[tokio::test]
async fn mistakes_in_source_files_have_their_place() {
    let mut portal = SnapshotTest::new();
    portal.source("org", "kind: http\nurl: http://h\npagging: { type: page }\n", ".a | mapp(1)");
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Data));
    assert_text(
        failure(&report),
        str![[r#"
error: catalog-data/sources/org.yaml:3:1: unknown field `pagging`
hint: did you mean `paging`?
error: catalog-data/sources/org.jq:1:6: unknown filter `mapp`
hint: did you mean `map`?
"#]],
    );

    portal.source(
        "org",
        "kind: http\nurl: ${NOPE}/x\nheaders: { A: \"${NO}\" }\nitems: .a[]\n",
        ".",
    );
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Settings));
    assert_text(
        failure(&report),
        str![[r#"
error: catalog-data/sources/org.yaml:2:6: environment variable `NOPE` is not set
error: catalog-data/sources/org.yaml:3:15: environment variable `NO` is not set
"#]],
    );

    portal.source("org", "kind: http\nurl: x\nquery: { a: [1] }\n", ".");
    assert_text(
        failure(&portal.run().await),
        str![[r#"
error: catalog-data/sources/org.yaml:3:13: query.a: invalid type: sequence, expected a text or a number
"#]],
    );
    portal.source(
        "org",
        "kind: http\nurl: x\nitems: .a[\npaging: { type: link, first: 2 }\nshrink: {share: 2}\ntimeout: 3 parsecs\n",
        ".",
    );
    assert_text(
        failure(&portal.run().await),
        str![[r#"
error: catalog-data/sources/org.yaml:5:17: a share is a number from 0 to 1
error: catalog-data/sources/org.yaml:6:10: `3 parsecs` is not a time such as `500ms`, `30s` or `2m`
error: catalog-data/sources/org.yaml:4:23: `first` is only for paging of type `page`
error: catalog-data/sources/org.yaml:3:8: in `.a[`: expected closing bracket, found the end
"#]],
    );
}
