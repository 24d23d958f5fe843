//! Forges that keep what they are asked to make, and fail as they are told: their APIs, and their repositories by git.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde_json::{Value, json};

use crate::{
    app::App,
    description,
    forge_git::{answer_git, make_bare, percent_decode},
    git::git,
    hold::{self, Hold, HoldHandle},
};

/// A forge on loopback.
#[derive(Debug)]
pub struct FakeForge {
    /// The URL of its root, without a trailing slash.
    pub address: String,
    store: Arc<Mutex<Store>>,
    _runtime: tokio::runtime::Runtime,
}

/// What a forge has.
#[derive(Debug)]
pub struct Store {
    directory: tempfile::TempDir,
    /// Its things by the path at which they are read.
    pub things: BTreeMap<String, Value>,
    /// The requests that changed something, each with its method and path.
    pub writes: Vec<String>,
    /// All requests.
    pub requests: Vec<String>,
    /// The requests to the API that changed something or tried to, each with method, path, query, body, and the status of its answer.
    pub calls: Vec<Value>,
    /// How long the forge has worked on all requests.
    pub busy: Duration,
    /// The headers in which credentials came.
    pub ways: BTreeSet<String>,
    /// What happens to the next requests to the API.
    pub faults: VecDeque<Option<ForgeFault>>,
    /// What happens to the next requests of git.
    pub git_faults: VecDeque<Option<ForgeFault>>,
    /// The number of requests after which the credentials that came so far have ended.
    pub token_end: Option<usize>,
    /// The credentials that came before that.
    credentials: BTreeSet<String>,
    /// The only token that is somebody's, where another one makes its requests those of nobody, as on Gitea.
    pub token: Option<String>,
    /// Whether a first push makes its repository.
    pub creates_on_push: bool,
    /// The time that the forge says in its answers, as HTTP writes it; that of the machine without one.
    pub date: Option<String>,
    /// Where a request is held.
    hold: Option<(usize, Hold)>,
    /// How many requests came.
    count: usize,
    /// What secrets that came sealed are, and keys, by their paths. They may differ from run to run.
    pub secrets: BTreeMap<String, String>,
    /// What a careless server writes into its answers.
    pub echo: String,
    /// The scopes of the token, where the forge says them.
    pub scopes: Option<String>,
    /// What the account may not do, such as `create deployments`.
    pub denied: BTreeSet<String>,
    /// The app whose tokens alone are valid, where there is one.
    pub app: Option<App>,
    /// The number of the next thing.
    next: u64,
    /// The URL of its root.
    address: String,
    /// What requests or answers have against the official description of the API.
    violations: Vec<String>,
}

/// How a request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgeFault {
    /// It is answered with this status, and does nothing.
    Before(u16),
    /// It does what it should, and is answered with this status.
    After(u16),
    /// It is answered with this status and [`Store::echo`], and does nothing.
    Echo(u16),
    /// All tokens of the app end before it.
    Ended,
    /// It is answered with the new address of what it asks for, at which that is called `acme/renamed`.
    Moved,
    /// It does what it should, and the answer breaks off.
    Cut,
    /// It does what it should, and is answered with a web page.
    Page,
}

/// A request to the API: method, path below the API with query, body.
#[derive(Debug, Clone)]
pub struct ApiRequest {
    /// Method.
    pub method: Method,
    /// Path below the root of the API, decoded.
    pub path: String,
    /// The segments of the path, each decoded.
    pub segments: Vec<String>,
    /// Its parameters.
    pub query: BTreeMap<String, String>,
    /// Its JSON.
    pub body: Value,
    /// Whether its credential is nobody's.
    pub is_anonymous: bool,
}

impl ApiRequest {
    /// Reads a request to a path below the API, with a credential of somebody.
    fn of(method: &Method, below: &str, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Self {
        let mut query = query(uri.query().unwrap_or_default());
        // Azure DevOps takes the version of its API in either place.
        let accept = headers.get("accept").and_then(|accept| accept.to_str().ok());
        let version = accept.and_then(|accept| accept.split_once("api-version="));
        if let Some((_, version)) = version {
            query.insert("api-version".to_owned(), version.to_owned());
        }
        Self {
            method: method.clone(),
            path: percent_decode(below),
            segments: below.trim_matches('/').split('/').map(percent_decode).collect(),
            query,
            body: serde_json::from_slice(body).unwrap_or_default(),
            is_anonymous: false,
        }
    }
}

/// Answers requests to the API of one kind of forge.
pub type Handler = fn(&mut Store, &ApiRequest) -> (u16, Value);

impl FakeForge {
    /// Starts a forge whose API is below `/api` and answers by a function. It wants a credential.
    pub fn new(handler: Handler) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let directory = tempfile::tempdir().expect("a temporary directory");
        let store = Arc::new(Mutex::new(Store {
            directory,
            things: BTreeMap::new(),
            writes: Vec::new(),
            requests: Vec::new(),
            calls: Vec::new(),
            busy: Duration::ZERO,
            ways: BTreeSet::new(),
            faults: VecDeque::new(),
            git_faults: VecDeque::new(),
            token_end: None,
            credentials: BTreeSet::new(),
            token: None,
            creates_on_push: false,
            date: None,
            hold: None,
            count: 0,
            secrets: BTreeMap::new(),
            echo: String::new(),
            scopes: None,
            denied: BTreeSet::new(),
            app: None,
            next: 1,
            address: String::new(),
            violations: Vec::new(),
        }));
        let shared = Arc::clone(&store);
        let address = runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = format!("http://{}", listener.local_addr().expect("an address"));
            shared.lock().expect("no panic").address.clone_from(&address);
            let answer = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let shared = Arc::clone(&shared);
                // Git, and a proxy that asks again, take their time.
                let answer = move || respond(&shared, handler, method, &uri, &headers, &body);
                async move { tokio::task::spawn_blocking(answer).await.expect("no panic") }
            };
            let app =
                Router::new().fallback(answer).layer(axum::extract::DefaultBodyLimit::disable());
            tokio::spawn(async move { axum::serve(listener, app).await });
            address
        });
        Self { address, store, _runtime: runtime }
    }

    /// Its host with the port.
    pub fn host(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    /// Holds the request with a number, from 0: before the forge does what it asks, or after that.
    pub fn hold(&self, number: usize, is_done: bool) -> HoldHandle {
        let (hold, held) = hold::new(is_done);
        let mut store = self.store();
        store.hold = Some((store.count + number, hold));
        held
    }

    /// What it has.
    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().expect("no panic")
    }
}

impl Drop for FakeForge {
    fn drop(&mut self) {
        let Ok(store) = self.store.lock() else { return };
        let violations = store.violations.join("\n");
        assert!(violations.is_empty() || std::thread::panicking(), "{violations}");
    }
}

impl Store {
    /// A number that no other thing has.
    pub fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// Whether a credential came before the end of those that came then.
    fn has_ended(&mut self, credential: &str) -> bool {
        match self.token_end {
            Some(end) if self.count > end => self.credentials.contains(credential),
            _ => {
                self.credentials.insert(credential.to_owned());
                false
            }
        }
    }

    /// The URL of the root of the forge.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The directory of a repository, such as `acme/shop.git`.
    pub fn repository(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    /// Makes an empty repository that is pushed to as `path`, such as `acme/shop.git`.
    pub fn make_repository(&self, path: &str) {
        make_bare(self.directory.path(), path);
    }

    /// Removes a repository.
    pub fn remove_repository(&self, path: &str) {
        drop(std::fs::remove_dir_all(self.repository(path)));
    }

    /// Its things, and the files and commits of its branches, without what depends on its port: what must be equal after runs that were and were not interrupted.
    pub fn state(&self) -> Value {
        let mut branches = BTreeMap::new();
        let mut folders = vec![self.directory.path().to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = folder.read_dir().into_iter().flatten().flatten();
            for entry in entries.filter(|entry| entry.path().is_dir()) {
                let path = entry.path();
                if path.extension().is_some_and(|extension| extension == "git") {
                    let name = path.strip_prefix(self.directory.path()).expect("below");
                    let names = git(&path, &["for-each-ref", "--format=%(refname)"]);
                    let tips = names.lines().map(|name| {
                        let files = git(&path, &["ls-tree", "-r", "--name-only", name]);
                        format!("{name}: {files} {}", git(&path, &["log", "--format=%s", name]))
                    });
                    branches.insert(name.display().to_string(), tips.collect::<Vec<_>>());
                } else {
                    folders.push(path);
                }
            }
        }
        json!({"things": self.things, "branches": branches})
    }
}

/// Answers a request, unless it is held and never released.
fn respond(
    shared: &Mutex<Store>,
    handler: Handler,
    method: Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let (hold, date) = {
        let mut store = shared.lock().expect("no panic");
        let is_due = store.hold.as_ref().is_some_and(|(number, _)| *number == store.count);
        store.count += usize::from(!description::is_checked(headers));
        (if is_due { store.hold.take().map(|(_, hold)| hold) } else { None }, store.date.clone())
    };
    if hold.as_ref().is_some_and(|hold| !hold.is_done && !hold.is_released()) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let start = Instant::now();
    let mut response = answer(shared, handler, method, uri, headers, body);
    shared.lock().expect("no panic").busy += start.elapsed();
    if let Some(date) = date.and_then(|date| HeaderValue::from_str(&date).ok()) {
        response.headers_mut().insert("date", date);
    }
    if hold.is_some_and(|hold| hold.is_done && !hold.is_released()) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    response
}

fn answer(
    shared: &Mutex<Store>,
    handler: Handler,
    method: Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let path = uri.path();
    let is_git = path.contains(".git/") || path.contains("/_git/");
    let mut store = shared.lock().expect("no panic");
    store.requests.push(format!("{method} {uri}"));
    let ways = ["authorization", "private-token", "job-token"];
    let Some(way) = ways.into_iter().find(|way| headers.contains_key(*way)) else {
        return without_credential(&store, path, is_git);
    };
    store.ways.insert(way.to_owned());
    if store.has_ended(&String::from_utf8_lossy(headers[way].as_bytes())) {
        return refused(401);
    }
    // Clients that others wrote add the version of GitLab's or Gitea's API, and Bitbucket Cloud has only one address.
    let bases = ["/api/v4", "/api/v1", "/api", "/2.0"];
    let below = bases.into_iter().find_map(|base| path.strip_prefix(base));
    let below = below.unwrap_or(path).to_owned();
    if let Some(app) = &mut store.app
        && let Some((status, answer)) = app.answer(&below, headers, is_git)
    {
        return json_response(status, &answer);
    }
    if is_git {
        let root = (store.directory.path().to_owned(), store.creates_on_push);
        let fault = store.git_faults.pop_front().flatten();
        drop(store);
        return answer_git((&root.0, root.1), fault, &method, uri, headers, body);
    }
    let checked = description::is_checked(headers);
    // Requests that fail are not described, and neither is where a redirect leads.
    let fault = if checked { None } else { store.faults.pop_front().flatten() };
    let is_described = fault.is_none() && below != "/moved";
    if let (true, false, Some(proxy)) = (is_described, checked, description::proxy()) {
        let fake = store.address.trim_start_matches("http://").to_owned();
        store.requests.pop();
        drop(store);
        let (answer, violation) = description::ask(&proxy, &fake, &method, uri, headers, body);
        shared.lock().expect("no panic").violations.extend(violation);
        return answer;
    }
    if let Some(app) = &mut store.app {
        if fault == Some(ForgeFault::Ended) {
            app.valid.clear();
        }
        if !app.knows(headers) {
            return json_response(401, &json!({"message": "Bad credentials"}));
        }
    }
    match fault {
        Some(ForgeFault::Before(status)) => return refused(status),
        Some(ForgeFault::Moved) => {
            let to = format!("{}/api/moved", store.address);
            return (StatusCode::MOVED_PERMANENTLY, [("location", to)]).into_response();
        }
        Some(ForgeFault::Echo(status)) => {
            let message = json!({"message": store.echo, "errors": [{"message": store.echo}]});
            return json_response(status, &message);
        }
        _ => {}
    }
    let credential = String::from_utf8_lossy(headers[way].as_bytes());
    let is_anonymous = store.token.as_ref().is_some_and(|token| !credential.contains(token));
    let request =
        ApiRequest { is_anonymous, ..ApiRequest::of(&method, &below, uri, headers, body) };
    if request.path == "/moved" {
        return json_response(200, &json!({"full_name": "acme/renamed"}));
    }
    let before = store.things.clone();
    let (status, answer) = handler(&mut store, &request);
    // To write a secret again changes nothing, and nobody can see whether it is there.
    let is_repeated = method == Method::PUT
        && request.path.contains("/secrets/")
        && before.contains_key(&request.path);
    if ![Method::GET, Method::OPTIONS].contains(&method) {
        let (path, body) = (uri.path(), &request.body);
        let call = json!({
            "method": method.as_str(), "path": path, "query": request.query, "body": body, "status": status,
        });
        store.calls.push(call);
    }
    if method != Method::GET && (200..300).contains(&status) && !is_repeated {
        store.writes.push(format!("{method} {}", request.path));
    }
    let is_changed = before != store.things;
    let scopes = store.scopes.clone();
    drop(store);
    match fault {
        Some(ForgeFault::After(status)) if is_changed => refused(status),
        Some(ForgeFault::Cut) => cut(),
        Some(ForgeFault::Page) => page(),
        _ if answer.is_null() => status_of(status).into_response(),
        _ => with_scopes(json_response(status, &answer), scopes.as_deref()),
    }
}

/// The answer to a request without a credential.
fn without_credential(store: &Store, path: &str, is_git: bool) -> Response {
    if is_public_page(store, path) {
        return page();
    }
    let mut response = (StatusCode::UNAUTHORIZED, "").into_response();
    if is_git {
        // Git sends what it knows only where it is asked for it.
        let asked = HeaderValue::from_static("Basic realm=\"forge\"");
        response.headers_mut().insert("www-authenticate", asked);
    }
    response
}

/// Whether anybody may see a page: Gitea shows the branches of public repositories.
fn is_public_page(store: &Store, path: &str) -> bool {
    let Some((repository, branch)) = path.split_once("/src/branch/") else { return false };
    let thing = store.things.get(&format!("/repos{repository}"));
    let bare = store.repository(&format!("{}.git", repository.trim_start_matches('/')));
    thing.is_some_and(|thing| thing["private"] == false)
        && !git(&bare, &["for-each-ref", &format!("refs/heads/{branch}")]).is_empty()
}

/// Adds the scopes of the token, as GitHub says them.
fn with_scopes(mut response: Response, scopes: Option<&str>) -> Response {
    if let Some(scopes) = scopes.and_then(|scopes| HeaderValue::from_str(scopes).ok()) {
        response.headers_mut().insert("x-oauth-scopes", scopes);
    }
    response
}

/// An answer that breaks off.
pub(crate) fn cut() -> Response {
    let pieces: Vec<Result<Bytes, std::io::Error>> =
        vec![Ok(Bytes::from_static(b"{\"id\":")), Err(std::io::Error::other("cut"))];
    Response::new(Body::from_stream(stream::iter(pieces)))
}

/// A page for signing in.
pub(crate) fn page() -> Response {
    ([("content-type", "text/html")], "<html>sign in</html>").into_response()
}

pub(crate) fn refused(status: u16) -> Response {
    let message = json!({"message": format!("a fault of {status}")});
    let mut response = json_response(status, &message);
    if status == 429 {
        response.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
    }
    response
}

fn json_response(status: u16, body: &Value) -> Response {
    (status_of(status), [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

pub(crate) fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("a status")
}

fn query(text: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}
