//! The presets `github`, `gitlab`, `gitea`, `backstage` and `keycloak`, against APIs that answer as
//! the real ones do: two pages, a required token, and odd records among usual ones.

use callboard_testing::{assert_text, expected_file};
use serde_json::json;

use super::{
    portal::{SnapshotTest, failure, left_out},
    recorded::RecordedApi,
};
use crate::snapshot::FailureKind;

/// All entity files in one text, each after its path.
fn tree(portal: &SnapshotTest) -> String {
    let files = portal.entities().into_iter();
    files.flat_map(|(path, text)| ["# ".to_owned(), path, "\n".to_owned(), text]).collect()
}

/// Takes a snapshot twice: the first is the expected one, the second changes nothing.
async fn makes_the_expected_entities(preset: &str) {
    let portal = RecordedApi::new(preset).portal().await;
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let expected = root.join("tests/acceptance/presets").join(preset).join("expected.yaml");
    assert_text(tree(&portal), expected_file(&expected));
    let times = portal.times();
    assert_eq!(portal.run().await.failure(), None);
    assert_eq!(portal.times(), times);
}

/// Changes the values of the source.
fn with_values(mut api: RecordedApi, values: &[(&str, &str)]) -> RecordedApi {
    for (name, value) in values {
        api.file["source"]["values"][name] = (*value).into();
    }
    api
}

/// Runs a source that fails outside, and returns the message without its host; nothing is written.
async fn fails(api: RecordedApi, kind: FailureKind) -> String {
    let portal = api.portal().await;
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(kind), "{report}");
    assert!(portal.entities().is_empty());
    let text = failure(&report);
    assert!(!text.contains("s3cret"), "{text}");
    text
}

#[tokio::test]
async fn github_repositories_become_what_their_descriptors_say() {
    makes_the_expected_entities("github").await;
}

#[tokio::test]
async fn gitlab_projects_of_all_subgroups_become_what_their_descriptors_say() {
    makes_the_expected_entities("gitlab").await;
}

#[tokio::test]
async fn gitea_repositories_become_what_their_descriptors_say() {
    makes_the_expected_entities("gitea").await;
}

#[tokio::test]
async fn backstage_entities_come_without_what_only_their_server_needs() {
    makes_the_expected_entities("backstage").await;
}

#[tokio::test]
async fn keycloak_groups_of_every_depth_have_parents_and_members() {
    makes_the_expected_entities("keycloak").await;
}

#[tokio::test]
async fn repositories_without_a_descriptor_become_nothing_unless_asked() {
    for preset in ["github", "gitlab", "gitea"] {
        let api = with_values(RecordedApi::new(preset), &[("without_descriptor", "nothing")]);
        let portal = api.portal().await;
        assert_eq!(portal.run().await.failure(), None);
        let tree = tree(&portal);
        assert!(!tree.contains("lifecycle: unknown"), "{tree}");
        assert!(tree.contains("lifecycle: production"), "{tree}");
    }
}

#[tokio::test]
async fn archived_repositories_and_forks_are_read_when_asked() {
    let found = json!({"status": 404, "json": {"message": "Not Found"}});
    let paths = [
        ("github", "/repos/acme/NAME/contents/catalog-info.yaml", None),
        ("gitea", "/api/v1/repos/acme/NAME/raw/catalog-info.yaml", Some("main")),
    ];
    for (preset, path, branch) in paths {
        let mut api =
            with_values(RecordedApi::new(preset), &[("archived", "yes"), ("forks", "yes")]);
        for name in ["legacy", "linux"] {
            let mut answer = found.clone();
            answer["get"] = path.replace("NAME", name).into();
            if let Some(branch) = branch {
                answer["query"] = json!({"ref": branch});
            }
            api.file["answers"].as_array_mut().expect("answers").push(answer);
        }
        let portal = api.portal().await;
        let report = portal.run().await;
        assert_eq!(report.failure(), None, "{report}");
        let tree = tree(&portal);
        assert!(tree.contains("name: legacy\n") && tree.contains("name: linux\n"), "{tree}");
    }
}

#[tokio::test]
async fn a_wrong_token_is_a_failure() {
    for (preset, variable) in [
        ("github", "GITHUB_TOKEN"),
        ("gitlab", "GITLAB_TOKEN"),
        ("gitea", "GITEA_TOKEN"),
        ("backstage", "BACKSTAGE_TOKEN"),
    ] {
        let mut api = RecordedApi::new(preset);
        api.file["environment"][variable] = "s3cret-of-another".into();
        let text = fails(api, FailureKind::Outside).await;
        assert!(text.contains("401 Unauthorized"), "{preset}: {text}");
    }
}

#[tokio::test]
async fn a_backstage_that_is_open_to_all_needs_no_token() {
    let mut api = with_values(RecordedApi::new("backstage"), &[("authorization", "")]);
    api.file["environment"] = json!({});
    api.file["require"] = json!({});
    let report = api.portal().await.run().await;
    assert_eq!(report.failure(), None, "{report}");
}

#[tokio::test]
async fn a_descriptor_that_is_no_entity_is_named_with_its_repository() {
    let path = "/repos/acme/tools/contents/catalog-info.yaml";
    let mut api = RecordedApi::new("github");
    api.answer(path)["file"] = "../list.yaml".into();
    let portal = api.portal().await;
    let text = left_out(&portal.run().await);
    let expected = "`catalog-info.yaml` of `acme/tools`: array instead of an entity";
    assert!(text.contains(expected), "{text}");
    assert!(!portal.entities().is_empty());
}

#[tokio::test]
async fn a_descriptor_that_is_no_yaml_is_named_with_its_repository() {
    let path = "/repos/acme/tools/contents/catalog-info.yaml";
    let mut api = RecordedApi::new("github");
    api.answer(path)["file"] = "../broken.yaml".into();
    let portal = api.portal().await;
    let text = left_out(&portal.run().await);
    assert!(text.contains(&format!("{path}:4:5: ")), "{text}");
    assert!(!portal.entities().is_empty());
    // Until it is mended, the repository can be left out.
    let mut api = with_values(RecordedApi::new("github"), &[("except", "tools,playground")]);
    api.answer(path)["file"] = "../broken.yaml".into();
    let report = api.portal().await.run().await;
    assert_eq!(report.failure(), None, "{report}");
}

#[tokio::test]
async fn email_addresses_are_written_only_when_asked() {
    let portal = RecordedApi::new("keycloak").portal().await;
    assert_eq!(portal.run().await.failure(), None);
    let without = tree(&portal);
    assert!(!without.contains("@acme.example") && !without.contains("email"), "{without}");
    let api = with_values(RecordedApi::new("keycloak"), &[("with_email", "yes")]);
    let portal = api.portal().await;
    assert_eq!(portal.run().await.failure(), None);
    assert!(tree(&portal).contains("email: amelie.petit@acme.example\n"));
}

#[tokio::test]
async fn an_old_keycloak_is_refused_rather_than_read_in_part() {
    let mut api = RecordedApi::new("keycloak");
    api.answer("/admin/realms/acme/groups")["list"][0]["subGroups"] = json!([{"name": "x"}]);
    let text = fails(api, FailureKind::Outside).await;
    assert!(text.contains("needs Keycloak 23 or newer"), "{text}");
}
