//! Git's own server side over HTTP, for tests that push to and read from it.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
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

/// `x-access-token:sesame` in Base64.
const AUTHORIZATION: &str = "Basic eC1hY2Nlc3MtdG9rZW46c2VzYW1l";

/// A server of one bare repository, `r.git`. Below `/private` it asks for the token, `/moved` leads
/// elsewhere, `/slow` takes longer than anybody waits, `/busy` refuses the first request.
pub(crate) struct Server {
    directory: tempfile::TempDir,
    pub(crate) address: String,
    log: Arc<Mutex<Vec<String>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Server {
    /// Serves a repository with these files on `main`.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let directory = tempfile::tempdir().expect("a scratch directory");
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

    /// The repository itself.
    pub(crate) fn bare(&self) -> PathBuf {
        self.directory.path().join("r.git")
    }

    /// Its address.
    pub(crate) fn url(&self, prefix: &str) -> String {
        format!("{}{prefix}/r.git", self.address)
    }

    /// Pushes a commit to `main`, as somebody else does; a file with an empty text is removed.
    pub(crate) fn change(&self, message: &str, files: &[(&str, &str)]) {
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

    /// What was asked since the last time: method, path, and `with credentials` when some came.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().expect("no panic"))
    }

    /// The commits of `main`, newest first.
    pub(crate) fn commits(&self) -> Vec<String> {
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
                Some("busy") if refused.fetch_add(1, Ordering::SeqCst) == 0 => {
                    StatusCode::SERVICE_UNAVAILABLE.into_response()
                }
                Some("slow") => {
                    tokio::time::sleep(Duration::from_secs(30)).await;
                    StatusCode::OK.into_response()
                }
                _ => backend(&root, &method, &uri, &headers, &body),
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
fn backend(root: &Path, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "test")
        .env("REQUEST_METHOD", method.as_str())
        .env("PATH_INFO", uri.path().trim_start_matches("/private").trim_start_matches("/busy"))
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
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("");
    let status = header("Status: ").split(' ').next().and_then(|code| code.parse().ok());
    let status = StatusCode::from_u16(status.unwrap_or(200)).expect("a status");
    let kind = header("Content-Type: ").to_owned();
    (status, [("content-type", kind)], output[split + 4..].to_vec()).into_response()
}

/// Runs git, with nothing of the machine's own settings.
pub(crate) fn git(directory: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(directory)
        .env("HOME", directory)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"])
        .args(args)
        .output()
        .expect("git starts");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
