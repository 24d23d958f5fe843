//! A repository that git itself serves over HTTP, for tests that clone, fetch and push.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::any,
};

use crate::git::{command, git};

/// `x-access-token:sesame` in Base64.
const AUTHORIZATION: &str = "Basic eC1hY2Nlc3MtdG9rZW46c2VzYW1l";

/// A server of one bare repository, `r.git`.
///
/// Below `/private` it asks for the token `sesame`, `/moved` redirects to the root, `/archived` refuses, `/slow` does not answer
/// for ten minutes, `/busy` answers the first request with 503. `/teams.json` is a list of two teams.
#[derive(Debug)]
pub struct GitServer {
    directory: tempfile::TempDir,
    /// The URL of its root, without a trailing slash.
    pub address: String,
    log: Arc<Mutex<Vec<String>>>,
    _runtime: tokio::runtime::Runtime,
}

impl GitServer {
    /// Serves a repository with these files on `main`; one without a commit when there are none.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let directory = tempfile::tempdir().expect("a temporary directory");
        let log = Arc::default();
        let address = runtime.block_on(serve(directory.path().to_owned(), Arc::clone(&log)));
        let server = Self { directory, address, log, _runtime: runtime };
        git(server.directory.path(), &["init", "-q", "--bare", "-b", "main", "r.git"]);
        git(&server.bare(), &["config", "http.receivepack", "true"]);
        git(server.directory.path(), &["init", "-q", "-b", "main", "somebody"]);
        if !files.is_empty() {
            server.change("first", files);
        }
        server
    }

    /// The directory of the repository.
    pub fn bare(&self) -> PathBuf {
        self.directory.path().join("r.git")
    }

    /// The URL of the repository below a prefix, such as `/private`, or below none.
    pub fn url(&self, prefix: &str) -> String {
        format!("{}{prefix}/r.git", self.address)
    }

    /// Pushes a commit to `main`, as another clone does. A file with an empty text is removed.
    pub fn change(&self, message: &str, files: &[(&str, &str)]) {
        let clone = self.directory.path().join("somebody");
        git(&clone, &["fetch", "-q", "../r.git", "refs/*:refs/seen/*"]);
        if !git(&clone, &["for-each-ref", "refs/seen/heads/main"]).is_empty() {
            git(&clone, &["reset", "-q", "--hard", "refs/seen/heads/main"]);
        }
        for (path, text) in files {
            let file = clone.join(path);
            if text.is_empty() {
                std::fs::remove_file(file).expect("removable");
                continue;
            }
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("writable");
            std::fs::write(file, text).expect("writable");
        }
        git(&clone, &["add", "-A"]);
        git(&clone, &["commit", "-q", "-m", message]);
        git(&clone, &["push", "-q", "../r.git", "HEAD:main"]);
    }

    /// The requests since the last call: method, path, and `with credentials` when there were some.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().expect("no panic"))
    }

    /// The subjects of the commits of `main`, newest first.
    pub fn commits(&self) -> Vec<String> {
        let log = git(&self.bare(), &["log", "--format=%s", "main"]);
        log.lines().map(str::to_owned).collect()
    }
}

async fn serve(root: PathBuf, log: Arc<Mutex<Vec<String>>>) -> String {
    let refused = Arc::new(AtomicUsize::new(0));
    let answer = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let (root, log, refused) = (root.clone(), Arc::clone(&log), Arc::clone(&refused));
        async move {
            let credentials = headers.get("authorization");
            let with = if credentials.is_some() { " with credentials" } else { "" };
            log.lock().expect("no panic").push(format!("{method} {}{with}", uri.path()));
            match uri.path().split('/').nth(1) {
                Some("private") if credentials.is_none_or(|value| value != AUTHORIZATION) => {
                    StatusCode::UNAUTHORIZED.into_response()
                }
                Some("moved") => {
                    let to = uri.to_string().replacen("/moved", "", 1);
                    (StatusCode::MOVED_PERMANENTLY, [("location", to)]).into_response()
                }
                Some("archived") => {
                    let text = "This repository was archived so it is read-only.\n";
                    (StatusCode::FORBIDDEN, [("content-type", "text/plain")], text).into_response()
                }
                Some("busy") if refused.fetch_add(1, Ordering::SeqCst) == 0 => {
                    StatusCode::SERVICE_UNAVAILABLE.into_response()
                }
                Some("slow") => {
                    tokio::time::sleep(Duration::from_mins(10)).await;
                    StatusCode::OK.into_response()
                }
                _ => {
                    let path =
                        uri.path().trim_start_matches("/private").trim_start_matches("/busy");
                    let query = uri.query().unwrap_or_default();
                    backend(&root, &method, path, query, &headers, &body)
                }
            }
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = Router::new()
        .route("/teams.json", any(teams))
        .fallback(answer)
        .layer(axum::extract::DefaultBodyLimit::disable());
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

/// Two teams, for everybody.
async fn teams() -> impl IntoResponse {
    ([("content-type", "application/json")], r#"[{"n":"a"},{"n":"b"}]"#)
}

/// Runs `git http-backend` as a CGI program.
pub(crate) fn backend(
    root: &Path,
    method: &Method,
    path: &str,
    query: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let mut child = command()
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "test")
        .env("REQUEST_METHOD", method.as_str())
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
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
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("");
    let status = header("Status: ").split(' ').next().and_then(|code| code.parse().ok());
    let status = StatusCode::from_u16(status.unwrap_or(200)).expect("a status");
    let kind = header("Content-Type: ").to_owned();
    (status, [("content-type", kind)], output[split + 4..].to_vec()).into_response()
}
