//! The limit of removed entities, renames, and files that a crash or a full disk left.

use std::sync::{Arc, Mutex};

use axum::{Router, routing::get};
use callboard_testing::{assert_text, json, serve, str};

use super::portal::SnapshotTest;
use crate::{
    base::fs,
    snapshot::{FailureKind, Report},
};

/// Each record is `{kind, name, code?, owner?}`.
const THINGS: &str = r#"{
  apiVersion: "example.com/v1", kind: .kind,
  metadata: { name: .name, annotations: (if .code then { "org/code": .code } else {} end) },
  spec: { owner: (.owner // .name) }
}"#;

/// A portal whose only API answers what it is told to.
struct Company {
    portal: SnapshotTest,
    answer: Arc<Mutex<String>>,
}

impl Company {
    async fn new(more: &str) -> Self {
        let answer = Arc::new(Mutex::new(String::from("[]")));
        let told = Arc::clone(&answer);
        let told = move || async move { json(told.lock().expect("no panic").clone()) };
        let url = serve(Router::new().route("/", get(told))).await;
        let mut portal = SnapshotTest::new();
        portal.source("org", &format!("kind: http\nurl: {url}\n{more}"), THINGS);
        Self { portal, answer }
    }

    async fn says(&self, things: impl IntoIterator<Item = String>) -> Report {
        let list: Vec<_> = things.into_iter().collect();
        *self.answer.lock().expect("no panic") = format!("[{}]", list.join(","));
        self.portal.run().await
    }

    fn allow_shrink(&mut self) {
        self.portal.allow_shrink = ["org".to_owned()].into();
    }
}

fn thing(kind: &str, name: &str) -> String {
    format!(r#"{{"kind": "{kind}", "name": "{name}"}}"#)
}

fn many(kind: &str, count: usize) -> impl Iterator<Item = String> {
    (0..count).map(move |at| thing(kind, &format!("{}-{at:02}", kind.to_lowercase())))
}

#[tokio::test]
async fn a_kind_that_vanishes_is_refused_and_named() {
    let mut company = Company::new("").await;
    company.says(many("Widget", 100).chain(many("Realm", 12))).await;
    let before = company.portal.entities();
    let report = company.says(many("Widget", 98)).await;
    assert_eq!(report.failure(), Some(FailureKind::Guard));
    assert_eq!(company.portal.entities(), before);
    assert_text(
        report.to_string(),
        str![[r#"
error: org: refused by the shrink guard; nothing was changed
  all 12 of kind realm would be lost
  - realm:default/realm-00
  - realm:default/realm-01
  - realm:default/realm-02
  - realm:default/realm-03
  - realm:default/realm-04
  - realm:default/realm-05
  - realm:default/realm-06
  - realm:default/realm-07
  - realm:default/realm-08
  - realm:default/realm-09
  … and 2 more
hint: when that is right, run `callboard snapshot --source org --allow-shrink org`

"#]],
    );
    company.allow_shrink();
    let report = company.says(many("Widget", 98)).await;
    assert_eq!(report.failure(), None);
    assert!(report.commit_message().ends_with("\nAllow-Shrink: org realm=12/12\n"), "{report}");
    assert_eq!(company.portal.entities().len(), 98);
}

#[tokio::test]
async fn a_record_under_a_new_name_is_a_rename_and_a_loss() {
    let company = Company::new("").await;
    let named = |name: &str| -> Vec<_> {
        (0..7)
            .map(|at| format!(r#"{{"kind": "Widget", "name": "{name}-{at}", "code": "{at}"}}"#))
            .chain(many("Gadget", 3))
            .collect()
    };
    company.says(named("old")).await;
    let mut some = named("old");
    some[3] = r#"{"kind": "Widget", "name": "other", "code": "3", "owner": "new"}"#.into();
    let report = company.says(some).await;
    assert_text(
        report.commit_message(),
        str![[r#"
org: 1 renamed

~ widget:default/old-3 -> widget:default/other

Callboard-Source: org records=10 entities=10 added=0 changed=0 renamed=1 removed=0

"#]],
    );
    let report = company.says(named("new")).await;
    assert_text(
        report.to_string(),
        str![[r#"
error: org: refused by the shrink guard; nothing was changed
  7 of 10 entities would be lost, more than 20 % and more than 5
  7 of 7 of kind widget would be lost, more than 20 % and more than 5
  7 of them would only have a new name, which breaks every reference to the old one
  ~ widget:default/old-0 -> widget:default/new-0
  ~ widget:default/old-1 -> widget:default/new-1
  ~ widget:default/old-2 -> widget:default/new-2
  ~ widget:default/old-4 -> widget:default/new-4
  ~ widget:default/old-5 -> widget:default/new-5
  ~ widget:default/old-6 -> widget:default/new-6
  ~ widget:default/other -> widget:default/new-3
hint: when that is right, run `callboard snapshot --source org --allow-shrink org`

"#]],
    );
    let json = serde_json::to_value(&report).expect("JSON");
    let outcome = &json["sources"][0]["outcome"];
    assert_eq!(outcome["result"], "refused");
    assert_eq!(outcome["renamed"][0]["from"], "widget:default/old-0");
    assert_eq!(outcome["renamed"][0]["to"], "widget:default/new-0");
    assert_eq!(outcome["losses"][0]["lost"], 7);
    assert_eq!(outcome["losses"][1]["kind"], "widget");
}

#[tokio::test]
async fn a_name_that_changes_its_case_is_the_same_entity() {
    let company = Company::new("").await;
    company.says([thing("Widget", "cart"), thing("Widget", "stock")]).await;
    let report = company.says([thing("Widget", "Cart"), thing("Widget", "stock")]).await;
    let changes = report.sources[0].outcome.changes().expect("taken");
    assert_eq!(changes.changed, ["widget:default/cart"]);
    assert_eq!((changes.added.len(), changes.removed.len(), changes.unchanged), (0, 0, 1));
    let files: Vec<_> = company.portal.entities().into_keys().collect();
    assert_eq!(files, ["org/widget/default/Cart.yaml", "org/widget/default/stock.yaml"]);
}

#[tokio::test]
async fn files_that_stay_are_not_written_again() {
    let company = Company::new("").await;
    company.says(many("Widget", 9)).await;
    let before = company.portal.times();
    company.says(many("Widget", 10).skip(1).chain(many("Gadget", 2))).await;
    let after = company.portal.times();
    assert_eq!(after.len(), 11);
    let stay = before.iter().filter(|(file, _)| !file.ends_with("widget-00.yaml"));
    assert!(stay.clone().count() == 8);
    assert!(stay.into_iter().all(|(file, time)| after[file] == *time));
}

#[tokio::test]
async fn what_a_crash_left_is_finished_before_anything_is_compared() {
    let company = Company::new("").await;
    company.says(many("Widget", 3)).await;
    let folder = company.portal.path().join(".callboard/snapshot/org");
    let text = company.portal.entities()["org/widget/default/widget-01.yaml"].clone();
    for (file, text) in [
        ("ready/widget/default/widget-01.yaml", text.as_str()),
        ("ready/widget/default/widget-09.yaml", "kind: Widget\n"),
        ("new/rubbish.yaml", ""),
    ] {
        fs::write_atomic(&folder.join(file), text.as_bytes()).expect("writable");
    }
    *company.answer.lock().expect("no panic") = "no JSON".into();
    let report = company.portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Outside));
    let files: Vec<_> = company.portal.entities().into_keys().collect();
    assert_eq!(files, ["org/widget/default/widget-01.yaml", "org/widget/default/widget-09.yaml"]);
    assert!(!company.portal.path().join(".callboard/snapshot").exists());
}

#[tokio::test]
async fn a_source_that_cannot_be_written_fails_alone() {
    let company = Company::new("").await;
    company.portal.write("catalog-data/entities/org/widget", "in the way");
    let report = company.says(many("Widget", 3)).await;
    assert_eq!(report.failure(), Some(FailureKind::Outside));
    let text = super::portal::failure(&report);
    assert!(text.starts_with("error: catalog-data/entities/org: cannot read `"), "{text}");
    assert!(text.ends_with("Not a directory (os error 20)"), "{text}");
    assert_eq!(company.portal.entities().len(), 1);
}
