//! Pushing over HTTP, against git's own server side.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::any,
};

use crate::portal::{Portal, Ran, isolated};

/// `x-access-token:sesame` in Base64.
const AUTHORIZATION: &str = "Basic eC1hY2Nlc3MtdG9rZW46c2VzYW1l";
const MAPPING: &str = "{apiVersion: \"backstage.io/v1alpha1\", kind: \"Group\", metadata: {name: .n}, spec: {type: \"team\", children: []}}";

#[test]
fn a_snapshot_is_pushed_with_the_token_and_refused_without() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = tempfile::tempdir().expect("a scratch directory");
    git(server.path(), &["init", "--quiet", "--bare", "portal.git"]);
    git(&server.path().join("portal.git"), &["config", "http.receivepack", "true"]);
    let address = runtime.block_on(serve(server.path().to_owned()));

    let source = format!("kind: http\nurl: {address}/teams.json\n");
    let portal = Portal::new()
        .with("callboard.yaml", "title: Test\nsources: [teams]\n")
        .with("catalog-data/sources/teams.yaml", &source)
        .with("catalog-data/sources/teams.jq", MAPPING);
    git(portal.path(), &["init", "--quiet", "--initial-branch=main"]);
    git(portal.path(), &["remote", "add", "origin", &format!("{address}/portal.git")]);

    let refused = portal.run(&["snapshot", "--push"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("401 Unauthorized"), "{}", refused.stderr);
    assert!(refused.stderr.contains("CALLBOARD_GIT_TOKEN"), "{}", refused.stderr);

    let mut command = isolated(portal.path());
    command.env("CALLBOARD_GIT_TOKEN", "sesame").args(["snapshot", "--push"]);
    let pushed = Ran::of(&command.output().expect("it starts"));
    assert_eq!(pushed.code, 0, "{}", pushed.stderr);
    let log = git(&server.path().join("portal.git"), &["log", "--format=%s", "main"]);
    assert_eq!(log.trim(), "teams: 2 added");
}

/// Serves the repositories of a directory to who has the token, and two teams to everybody.
async fn serve(root: PathBuf) -> String {
    let git = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let root = root.clone();
        async move {
            match headers.get("authorization").is_some_and(|value| value == AUTHORIZATION) {
                true => backend(&root, &method, &uri, &headers, &body),
                false => StatusCode::UNAUTHORIZED.into_response(),
            }
        }
    };
    let teams = || async { ([("content-type", "application/json")], r#"[{"n":"a"},{"n":"b"}]"#) };
    let app = Router::new().route("/teams.json", any(teams)).fallback(git);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

/// Runs `git http-backend` as a CGI program.
fn backend(root: &Path, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "test")
        .env("REQUEST_METHOD", method.as_str())
        .env("PATH_INFO", uri.path())
        .env("QUERY_STRING", uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", kind)
        .env("CONTENT_LENGTH", body.len().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git is installed");
    child.stdin.take().expect("a pipe").write_all(body).expect("git reads");
    let output = child.wait_with_output().expect("git ends").stdout;
    let split = output.windows(4).position(|w| w == b"\r\n\r\n").expect("headers");
    let head = String::from_utf8_lossy(&output[..split]).into_owned();
    let kind = head.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap_or("");
    ([("content-type", kind.to_owned())], output[split + 4..].to_vec()).into_response()
}

fn git(directory: &Path, args: &[&str]) -> String {
    let output =
        Command::new("git").current_dir(directory).args(args).output().expect("git starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
