//! The preset `azure-devops` against a stand-in that answers as the service documents it.

use axum::response::{IntoResponse, Response};
use callboard_testing::{assert_text, file};
use serde_json::{Value, json};

use super::{
    portal::{GROUPS, SnapshotTest, failure, left_out},
    presets::{ApiRequest, Fake, answer},
};
use crate::snapshot::FailureKind;

/// `Basic` of an empty user and the token `pat-0123456789`.
const AUTHORIZATION: &str = "Basic OnBhdC0wMTIzNDU2Nzg5";
const PROJECTS: [(&str, &str, Option<&str>); 3] = [
    ("0a1", "Vente en ligne", Some("Le tunnel d'achat, du panier au paiement")),
    ("0b2", "Référentiel Produit", None),
    ("0c3", "Vide", Some("")),
];
const DESCRIPTOR: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: panier-api
  annotations: { dev.azure.com/project-repo: Vente en ligne/autre }
  links: [{ url: https://wiki.acme.example/panier, title: Wiki }]
spec: { type: service, lifecycle: production, owner: panier, dependsOn: [] }
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: { name: panier }
spec: { type: team, children: [] }
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: { name: panier }
spec: { type: openapi, lifecycle: production, owner: panier, definition: { $text: ./openapi.yaml } }
---
apiVersion: backstage.io/v1alpha1
kind: Location
metadata: { name: more }
spec: { targets: [./more.yaml] }
---
# nothing more
";

fn project(base: &str, number: usize) -> Value {
    let (id, name, description) = PROJECTS[number];
    let mut project = json!({
        "id": id, "name": name, "url": format!("{base}/acme/_apis/projects/{id}"),
        "state": "wellFormed", "revision": 411, "visibility": "private",
        "lastUpdateTime": "2026-03-01T09:12:44.373Z"
    });
    if let Some(description) = description {
        project["description"] = description.into();
    }
    project
}

fn repository(base: &str, project_number: usize, id: &str, name: &str, size: u64) -> Value {
    let web = format!("{base}/acme/{}/_git/{name}", PROJECTS[project_number].1);
    let mut repository = json!({
        "id": id, "name": name, "url": format!("{base}/acme/_apis/git/repositories/{id}"),
        "project": project(base, project_number), "size": size, "remoteUrl": web, "webUrl": web,
        "sshUrl": format!("git@ssh.dev.azure.com:v3/acme/{name}"),
        "isDisabled": name == "ancien", "isInMaintenance": false
    });
    if size > 0 {
        repository["defaultBranch"] = "refs/heads/main".into();
    }
    repository
}

fn definition(base: &str, id: u64, name: &str, status: &str, result: Option<&str>) -> Value {
    let mut definition = json!({
        "_links": { "web": { "href": format!("{base}/acme/0a1/_build/definition?definitionId={id}") } },
        "quality": "definition", "drafts": [], "id": id, "name": name, "path": "\\", "type": "build",
        "uri": format!("vstfs:///Build/Definition/{id}"), "queueStatus": status, "revision": 7,
        "createdDate": "2025-11-05T08:00:00.123Z", "project": project(base, 0)
    });
    if let Some(result) = result {
        let build = json!({ "id": 900 + id, "buildNumber": "20260301.4", "status": "completed",
            "result": result, "finishTime": "2026-03-01T10:02:11.8Z" });
        definition["latestBuild"] = build.clone();
        definition["latestCompletedBuild"] = build;
    }
    definition
}

/// Two of a list at a time, whatever `$top` asks for; the header names the next part.
fn part(asked: &ApiRequest, all: &[Value]) -> Response {
    let start: usize = asked.query.get("continuationToken").map_or(0, |t| t.parse().expect("ours"));
    let end = (start + 2).min(all.len());
    let mut response = answer(200, &json!({ "count": end - start, "value": all[start..end] }));
    if end < all.len() {
        response.headers_mut().insert("x-ms-continuationtoken", end.into());
    }
    response
}

fn not_found(name: &str, message: &str) -> Response {
    answer(
        404,
        &json!({ "$id": "1", "innerException": null, "message": message,
        "typeName": format!("Microsoft.TeamFoundation.Git.Server.{name}"), "typeKey": name,
        "errorCode": 0, "eventId": 3000 }),
    )
}

fn service(base: &str, asked: &ApiRequest) -> Response {
    if asked.headers.get("authorization").is_none_or(|given| given != AUTHORIZATION) {
        return (axum::http::StatusCode::UNAUTHORIZED, "Access Denied").into_response();
    }
    if asked.path == "/acme/_apis/connectionData" {
        let user = json!({ "id": "7f0e", "providerDisplayName": "Callboard" });
        return answer(200, &json!({ "authenticatedUser": user }));
    }
    if asked.query.get("api-version").map(String::as_str) != Some("7.1") {
        let key = "VssVersionNotSpecifiedException";
        return answer(400, &json!({ "message": "No api-version was supplied", "typeKey": key }));
    }
    match asked.path.strip_prefix("/acme/").unwrap_or_default() {
        "_apis/projects" => {
            assert_eq!(asked.query["stateFilter"], "wellFormed");
            part(asked, &[project(base, 0), project(base, 1), project(base, 2)])
        }
        "0a1/_apis/git/repositories" => list(&[
            repository(base, 0, "r1", "panier", 52_311),
            repository(base, 0, "r2", "Paiement Équipe", 1_000),
            repository(base, 0, "r3", "ancien", 9_000),
            repository(base, 0, "r4", "nouveau", 0),
        ]),
        "0b2/_apis/git/repositories" => list(&[repository(base, 1, "r5", "référentiel", 77)]),
        "0c3/_apis/git/repositories" => list(&[]),
        "0a1/_apis/git/repositories/r1/items" => {
            assert_eq!(asked.query["path"], "/catalog-info.yaml");
            assert_eq!(asked.headers["accept"], "text/plain");
            ([("content-type", "text/plain")], DESCRIPTOR).into_response()
        }
        path if path.ends_with("/items") => not_found(
            "GitItemNotFoundException",
            "TF401174: The item 'catalog-info.yaml' could not be found in the repository",
        ),
        "0a1/_apis/build/definitions" | "0b2/_apis/build/definitions" => {
            assert_eq!(asked.query["repositoryType"], "TfsGit");
            match asked.query["repositoryId"].as_str() {
                "r1" => part(
                    asked,
                    &[
                        definition(base, 11, "panier CI", "enabled", Some("succeeded")),
                        definition(base, 12, "panier CD", "enabled", Some("partiallySucceeded")),
                        definition(base, 13, "panier ancien", "disabled", Some("failed")),
                    ],
                ),
                "r2" => part(asked, &[definition(base, 21, "Paiement", "enabled", None)]),
                _ => part(asked, &[]),
            }
        }
        other => answer(404, &json!({ "message": format!("no {other}") })),
    }
}

fn list(all: &[Value]) -> Response {
    answer(200, &json!({ "value": all, "count": all.len() }))
}

fn portal(fake: &Fake, values: &str) -> SnapshotTest {
    let mut portal = SnapshotTest::new();
    let yaml = format!(
        "preset: azure-devops\nvalues:\n  organisation: acme\n  owner: platform\n  server: {}\n{values}",
        fake.url
    );
    portal.preset("ado", &yaml);
    portal.environment = portal.environment.clone().with("AZURE_DEVOPS_TOKEN", "pat-0123456789");
    portal
}

#[tokio::test]
async fn projects_and_described_repositories_become_entities_once() {
    let fake = Fake::start(service).await;
    let portal = portal(&fake, "");
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_text(fake.entities(&portal), file!["golden/azure-devops.txt"]);
    assert_eq!(fake.times("_apis/projects"), 2, "two pages");
    assert_eq!(fake.times("r3/items") + fake.times("r4/items"), 0, "disabled, or without a commit");
    let again = portal.run().await;
    assert!(!again.has_changes(), "{again}");
}

#[tokio::test]
async fn every_repository_can_be_a_component_with_the_results_of_its_pipelines() {
    let fake = Fake::start(service).await;
    let portal = portal(&fake, "  components: repositories\n  with_results: yes\n");
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_text(fake.entities(&portal), file!["golden/azure-devops-repositories.txt"]);
}

#[tokio::test]
async fn entities_of_earlier_sources_are_enriched_and_no_others_made() {
    let fake = Fake::start(service).await;
    let mut known = SnapshotTest::new();
    let component = |kind: &str, key: &str| {
        GROUPS.replace("Group", kind).replace("org/code", &format!("dev.azure.com/{key}")).replace(
            "spec: { type: \"team\", children: [] }",
            "spec: { type: \"service\", lifecycle: \"production\", owner: \"group:default/x\" }",
        )
    };
    let carto = Fake::start(|_, asked| match asked.path.as_str() {
        "/components" => {
            answer(200, &json!([{ "name": "Payment", "code": "Vente en ligne/Paiement Équipe" }]))
        }
        _ => answer(200, &json!([{ "name": "Vente", "code": "Vente en ligne" }])),
    })
    .await;
    known.source(
        "carto",
        &format!("kind: http\nurl: {}/components\n", carto.url),
        &component("Component", "project-repo"),
    );
    known.source(
        "equipes",
        &format!("kind: http\nurl: {}/projects\n", carto.url),
        &component("Resource", "project"),
    );
    known.preset("ado", &format!(
        "preset: azure-devops\nvalues: {{ organisation: acme, owner: x, role: enrich, server: \"{}\" }}\n", fake.url));
    known.environment = known.environment.clone().with("AZURE_DEVOPS_TOKEN", "pat-0123456789");
    let report = known.run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_text(fake.entities(&known), file!["golden/azure-devops-enrich.txt"]);
    assert_eq!(fake.times("/items"), 0);
}

#[tokio::test]
async fn a_descriptor_that_is_none_is_named_and_can_be_left_out() {
    let fake = Fake::start(|base, asked| match asked.path.as_str() {
        "/acme/0a1/_apis/git/repositories/r1/items" => {
            ([("content-type", "text/plain")], "just a text\n").into_response()
        }
        _ => service(base, asked),
    })
    .await;
    let text = left_out(&portal(&fake, "").run().await);
    assert!(
        text.contains("`catalog-info.yaml` of `Vente en ligne/panier`: string instead of"),
        "{text}"
    );
    let without = portal(&fake, "  except: Vente en ligne/pan.*\n");
    let report = without.run().await;
    assert_eq!(report.failure(), None, "{report}");
    assert_eq!(without.entities().len(), 3, "the projects");
}

#[tokio::test]
async fn repositories_named_alike_are_told_apart_when_asked_to() {
    let fake = Fake::start(|base, asked| match asked.path.as_str() {
        "/acme/0c3/_apis/git/repositories" => list(&[repository(base, 2, "r6", "Référentiel", 0)]),
        _ => service(base, asked),
    })
    .await;
    let text = left_out(&portal(&fake, "  components: repositories\n").run().await);
    assert!(text.contains("`component:default/referentiel`"), "{text}");
    let values = "  components: repositories\n  component_name: project-repository\n";
    let portal = portal(&fake, values);
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    for name in ["vide-referentiel", "referentiel-produit-referentiel"] {
        let file = format!("ado/component/default/{name}.yaml");
        assert!(portal.entities().contains_key(&file), "{file}");
    }
}

#[tokio::test]
async fn a_refused_token_fails_and_says_so() {
    let fake = Fake::start(service).await;
    let mut portal = portal(&fake, "");
    portal.environment = portal.environment.clone().with("AZURE_DEVOPS_TOKEN", "wrong-token");
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Outside));
    let text = failure(&report);
    assert!(text.contains("401") && !text.contains("wrong-token"), "{text}");
    assert!(portal.entities().is_empty());
}

#[tokio::test]
async fn a_page_to_sign_in_is_no_answer() {
    // What the service answers to an expired token: a status of success, and a page for people.
    let fake = Fake::start(|_, _| {
        let page = "<!DOCTYPE html><html><head><title>Sign In</title></head></html>";
        let status = axum::http::StatusCode::NON_AUTHORITATIVE_INFORMATION;
        (status, [("content-type", "text/html; charset=utf-8")], page).into_response()
    })
    .await;
    let portal = portal(&fake, "");
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Outside));
    assert!(portal.entities().is_empty());
}
