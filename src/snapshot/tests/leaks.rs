//! Servers that echo the credentials they get: no secret reaches a message, a report or a file.

use base64::{Engine, prelude::BASE64_STANDARD};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::IntoResponse,
    routing::{get, post},
};

use callboard_testing::{json, serve};

use super::portal::{GROUPS, SnapshotTest, failure};
use crate::snapshot::{FailureKind, RecordChoice};

/// What must never be seen: the value of the variable, how it is sent, and the tokens made for it.
const SECRETS: [&str; 4] = ["hunter2", "aHVudGVyMg", "bWU6aHVudGVyMg", "token-of-the-day"];

fn is_clean(text: &str) -> bool {
    SECRETS.iter().all(|secret| !text.contains(secret))
}

/// All that a request carried.
fn sent(request: &Request) -> String {
    let headers = request.headers().iter();
    let headers: Vec<_> = headers.map(|(key, value)| format!("{key}={value:?}")).collect();
    format!("{} {}", request.uri(), headers.join(" ")).replace(['"', '\\'], "")
}

/// Quotes every request, in every way in which a server can.
fn parrot() -> Router {
    let error = |request: Request| async move { (StatusCode::BAD_REQUEST, sent(&request)) };
    let object =
        |request: Request| async move { json(format!(r#"{{"error": "{}"}}"#, sent(&request))) };
    let list = |request: Request| async move {
        json(format!(r#"[{{"code": "c", "name": "n", "echo": "{}"}}]"#, sent(&request)))
    };
    let cursor = |request: Request| async move {
        json(format!(r#"{{"next": ["{}"], "v": []}}"#, sent(&request)))
    };
    let token =
        || async { json(r#"{"access_token": "token-of-the-day", "token_type": "Bearer"}"#) };
    let refused = |headers: HeaderMap, body: String| async move {
        (StatusCode::BAD_REQUEST, format!("bad {:?} {body}", headers.get(AUTHORIZATION)))
            .into_response()
    };
    Router::new()
        .route("/error", get(error))
        .route("/object", get(object))
        .route("/list", get(list))
        .route("/cursor", get(cursor))
        .route("/token", post(token))
        .route("/refused", post(refused))
}

const CREDENTIALS: [&str; 5] = [
    "headers: { X-Api-Key: \"${KEY}\" }",
    "query: { key: \"${KEY}\" }",
    "auth: { type: basic, username: me, password: \"${KEY}\" }",
    "auth: { type: bearer, token: \"${KEY}\" }",
    "auth: { type: oauth2, token_url: \"${URL}/token\", client_id: me, client_secret: \"${KEY}\" }",
];

async fn portal() -> SnapshotTest {
    let mut portal = SnapshotTest::new();
    portal.environment = portal.environment.with("URL", serve(parrot()).await);
    portal
}

#[tokio::test]
async fn what_a_server_quotes_is_blanked_whatever_the_credentials() {
    let mut portal = portal().await;
    for credentials in CREDENTIALS {
        for (path, more, expected) in [
            ("error", "", "answered 400"),
            ("object", "", "the answer is not a list"),
            ("object", "items: .v[]", "hint: the answer is"),
            ("object", "items: .error | error", "`.error | error`: "),
            (
                "cursor",
                "items: .v[]\npaging: { type: cursor, next: .next }",
                "instead of one cursor",
            ),
            ("cursor", "items: .v[]\npaging: { type: cursor, next: '.next[0]' }", ""),
        ] {
            let yaml = format!("kind: http\nurl: ${{URL}}/{path}\n{credentials}\n{more}\n");
            portal.source("org", &yaml, GROUPS);
            let report = portal.run().await;
            let text = failure(&report);
            assert!(text.contains(expected), "{credentials} {path}: {text}");
            let all = serde_json::to_string(&report).expect("JSON");
            assert!(is_clean(&text) && is_clean(&all), "{credentials} {path}: {text}");
        }
    }
}

#[tokio::test]
async fn a_mapping_that_quotes_a_record_shows_no_secret() {
    let mut portal = portal().await;
    for credentials in &CREDENTIALS[..4] {
        let yaml = format!("kind: http\nurl: ${{URL}}/list\n{credentials}\n");
        portal.source("org", &yaml, "error(.echo)");
        let text = failure(&portal.run().await);
        assert!(text.contains("record 1: ") && text.contains("${KEY}"), "{credentials}: {text}");
        assert!(is_clean(&text), "{credentials}: {text}");
        let trial = portal.try_source("org", RecordChoice::First(1)).await.expect("it is read");
        let shown = serde_json::to_string(&trial).expect("JSON");
        assert!(shown.contains("\"echo\":") && is_clean(&shown), "{credentials}: {shown}");
        let invalid = "{ apiVersion: \"v1\", kind: \"Group\", metadata: { name: .echo } }";
        portal.source("org", &yaml, invalid);
        let text = failure(&portal.run().await);
        assert!(text.contains("Group `") && is_clean(&text), "{credentials}: {text}");
    }
}

#[tokio::test]
async fn a_token_server_that_quotes_the_secret_shows_none() {
    let mut portal = portal().await;
    let auth = "auth: { type: oauth2, token_url: \"${URL}/refused\", client_id: me, client_secret: \"${KEY}\" }";
    portal.source("org", &format!("kind: http\nurl: ${{URL}}/list\n{auth}\n"), GROUPS);
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Outside));
    let text = failure(&report);
    assert!(text.contains("POST ") && text.contains("answered 400"), "{text}");
    assert!(is_clean(&text), "{text}");
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_is_not_quoted() {
    let mut portal = portal().await;
    portal.environment = portal.environment.clone().with("CA", "hunter2\n");
    portal.source("org", "kind: http\nurl: ${URL}/list\ntls: { ca: \"${CA}\" }\n", GROUPS);
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Settings));
    let text = failure(&report);
    assert!(
        text.contains(":3:12: `${CA}` is neither PEM text nor the path of a file of it"),
        "{text}"
    );
    assert!(is_clean(&text), "{text}");
}

#[tokio::test]
async fn another_host_is_asked_without_credentials() {
    let other = serve(parrot()).await;
    let next = format!("{other}/list");
    let first = move || {
        let next = next.clone();
        async move { json(format!(r#"{{"next": "{next}", "v": []}}"#)) }
    };
    let url = serve(Router::new().route("/", get(first))).await;
    let host = other.trim_start_matches("http://");
    let mut portal = SnapshotTest::new();
    let yaml = format!(
        "kind: http\nurl: {url}\nheaders: {{ X-Api-Key: \"${{KEY}}\" }}\nhosts: [\"{host}\"]\n\
         auth: {{ type: bearer, token: \"${{KEY}}\" }}\n\
         items: 'if type == \"array\" then .[] else .v[] end'\n\
         paging: {{ type: cursor, next: '.next?' }}\n"
    );
    portal.source("org", &yaml, "error(.echo)");
    let text = failure(&portal.run().await);
    assert!(text.contains("record 1: /list"), "{text}");
    assert!(!text.contains("x-api-key") && !text.contains("authorization"), "{text}");
}

/// A server whose one record quotes, in the field `echo`, what its path asks for: the key as it was
/// sent, in base64, in hexadecimal or escaped.
fn echo() -> Router {
    let quoting = |quote: fn(&str) -> String| {
        move |headers: HeaderMap| async move {
            let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
            let sent = header("x-api-key").or(header("authorization")).unwrap_or_default();
            let record = serde_json::json!([{ "code": "c", "name": "n", "echo": quote(sent) }]);
            json(record.to_string())
        }
    };
    let token =
        || async { json(r#"{"access_token": "token-of-the-day", "token_type": "Bearer"}"#) };
    let base64 = |text: &str| BASE64_STANDARD.encode(format!("x{text}y"));
    let hexadecimal =
        |text: &str| text.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let escaped =
        |text: &str| text.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    Router::new()
        .route("/plain", get(quoting(|text| format!("called with {text}"))))
        .route("/base64", get(quoting(base64)))
        .route("/hexadecimal", get(quoting(hexadecimal)))
        .route("/escaped", get(quoting(escaped)))
        .route("/token", post(token))
}

/// A mapping that writes what the server quotes into a field.
fn into(field: &str) -> String {
    format!("{GROUPS} | {field} = .metadata.annotations.echo | del(.metadata.annotations.echo)")
        .replace("\"org/code\": .code", "\"org/code\": .code, echo: .echo")
}

#[tokio::test]
async fn an_entity_that_holds_a_credential_is_refused_with_its_field() {
    let mut portal = SnapshotTest::new();
    portal.environment =
        portal.environment.clone().with("URL", serve(echo()).await).with("KEY", "hunter2-and-3");
    for credentials in &CREDENTIALS[..1].iter().chain(&CREDENTIALS[2..]).collect::<Vec<_>>()[..] {
        for path in ["plain", "base64", "hexadecimal", "escaped"] {
            for (field, shown) in [
                (".metadata.description", "metadata.description"),
                (".spec.notes", "spec.notes"),
                (".metadata.tags", "metadata.tags.0"),
            ] {
                let yaml = format!("kind: http\nurl: ${{URL}}/{path}\n{credentials}\n");
                let code = match field {
                    ".metadata.tags" => into(".spec.children").replace(
                        ".spec.children = .metadata.annotations.echo",
                        ".spec.children = [.metadata.annotations.echo]",
                    ),
                    field => into(field),
                };
                let shown = if field == ".metadata.tags" { "spec.children.0" } else { shown };
                portal.source("org", &yaml, &code);
                let report = portal.run().await;
                assert_eq!(report.failure(), Some(FailureKind::Guard), "{credentials} {path}");
                let text = failure(&report);
                assert!(text.contains(&format!("`group:default/n`: `{shown}` holds")), "{text}");
                assert!(!text.contains("hunter2") && !text.contains("token-of"), "{text}");
                assert!(portal.entities().is_empty());
                let trial =
                    portal.try_source("org", RecordChoice::First(1)).await.expect("it is read");
                let shown = serde_json::to_string(&trial).expect("JSON");
                assert!(!shown.contains("hunter2") && !shown.contains("token-of"), "{shown}");
            }
        }
    }
}

#[tokio::test]
async fn a_name_that_holds_a_credential_is_refused_and_not_shown() {
    let mut portal = SnapshotTest::new();
    portal.environment = portal.environment.clone().with("URL", serve(echo()).await);
    let yaml = "kind: http\nurl: ${URL}/plain\nheaders: { X-Api-Key: \"${KEY}\" }\n";
    portal.source("org", yaml, &format!(".name = (.echo | entity_name) | {GROUPS}"));
    let report = portal.run().await;
    assert_eq!(report.failure(), Some(FailureKind::Guard));
    let all = failure(&report) + &report.commit_message();
    assert!(all.contains("`metadata.name` holds the value of `${KEY}`"), "{all}");
    assert!(is_clean(&all), "{all}");
}

#[tokio::test]
async fn a_short_word_or_a_plain_value_is_no_credential() {
    let mut portal = SnapshotTest::new();
    portal.environment = portal
        .environment
        .clone()
        .with("URL", serve(echo()).await)
        .with("TEAM", "platform")
        .with("KEY", "prod");
    let yaml = "kind: http\nurl: ${URL}/plain\n\
        headers: { X-Api-Key: \"${KEY}\", X-Team: \"${TEAM}\" }\n";
    portal.source(
        "org",
        yaml,
        &format!("{GROUPS} | .metadata.description = \"the prod platform\""),
    );
    let report = portal.run().await;
    assert_eq!(report.failure(), None, "{report}");
}

#[tokio::test]
async fn a_key_in_a_path_is_shown_as_its_variable() {
    let mut portal = SnapshotTest::new();
    portal.environment =
        portal.environment.clone().with("HOOK", "plain-words").with("URL", serve(echo()).await);
    for url in
        ["http://127.0.0.1:1/${KEY}/x", "${URL}/${HOOK}/x", "${URL}/a?b=${KEY}", "${URL}/p:${KEY}"]
    {
        portal.source("org", &format!("kind: http\nurl: \"{url}\"\nretries: 0\n"), GROUPS);
        let text = failure(&portal.run().await);
        assert!(is_clean(&text) && !text.contains("plain-words"), "{text}");
        let is_path = !url.contains('?');
        assert!(
            !is_path
                || text.contains("/${KEY}")
                || text.contains("${HOOK}/x")
                || text.contains(":${KEY}"),
            "{text}"
        );
    }
}
