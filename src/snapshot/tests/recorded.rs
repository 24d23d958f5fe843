//! APIs that answer as `tests/acceptance/presets/<name>/fake.json` says. The acceptance tests serve
//! the same files behind the vendors' own descriptions.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    extract::{Query, Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode},
    response::{IntoResponse, Response},
};
use callboard_testing::serve_with_address;
use serde_json::{Value, json};

use super::portal::SnapshotTest;
use crate::base::fs;

type Pairs = BTreeMap<String, String>;

/// A fake API with the answers of a file.
pub(super) struct RecordedApi {
    folder: PathBuf,
    /// The content of the file: answers, and the configuration of the source.
    pub(super) file: Value,
    base: String,
}

impl RecordedApi {
    /// Reads the answers of the API of a preset.
    pub(super) fn new(preset: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = root.join("tests/acceptance/presets").join(preset);
        let text = fs::read_text(&folder.join("fake.json")).expect("a file");
        let file = serde_json::from_str(&text).expect("JSON");
        Self { folder, file, base: String::new() }
    }

    /// The answer to this path, to change it before it is served.
    pub(super) fn answer(&mut self, path: &str) -> &mut Value {
        let answers = self.file["answers"].as_array_mut().expect("answers");
        answers.iter_mut().find(|answer| answer["get"] == path).expect("an answer")
    }

    /// Serves it until the test ends, and returns a portal with one source that uses the preset.
    pub(super) async fn portal(mut self) -> SnapshotTest {
        let mut portal = SnapshotTest::new();
        for (name, value) in pairs(&self.file["environment"]) {
            portal.environment = portal.environment.with(name, value);
        }
        let source = self.file["source"].clone();
        let name = source["preset"].as_str().expect("a preset");
        let url = serve_with_address(|url| {
            self.base = url.to_owned();
            Router::new().fallback(answer).with_state(Arc::new(self))
        })
        .await;
        portal.preset(name, &source.to_string().replace("{base}", &url));
        portal
    }

    fn body(&self, answer: &Value) -> String {
        if let Some(file) = answer["file"].as_str() {
            return fs::read_text(&self.folder.join(file)).expect("a body");
        }
        let Some(list) = answer["list"].as_array() else {
            return answer["json"].to_string();
        };
        let mut list = list.clone();
        if let Some(to) = answer["pad"]["to"].as_u64() {
            let length = usize::try_from(to).expect("small");
            list.resize(length, answer["pad"]["with"].clone());
        }
        let like = self.like();
        list.iter_mut().for_each(|item| {
            for (field, value) in &like {
                let fields = item.as_object_mut().expect("an object");
                fields.entry(field).or_insert_with(|| value.clone());
            }
        });
        Value::Array(list).to_string()
    }

    /// The fields that every record of a list has.
    fn like(&self) -> serde_json::Map<String, Value> {
        let Some(file) = self.file["like"].as_str() else {
            return serde_json::Map::new();
        };
        let text = fs::read_text(&self.folder.join(file)).expect("a record");
        serde_json::from_str(&text).expect("JSON")
    }

    fn respond(&self, answer: &Value) -> Response {
        let status = answer["status"].as_u64().unwrap_or(200);
        let status = StatusCode::from_u16(u16::try_from(status).expect("small")).expect("a status");
        let kind = answer["type"].as_str().unwrap_or("application/json; charset=utf-8");
        let mut response = (status, [("content-type", kind)], self.body(answer)).into_response();
        for (name, value) in pairs(&answer["headers"]) {
            let name = HeaderName::try_from(name).expect("a name");
            let value = value.replace("{base}", &self.base).parse().expect("a value");
            response.headers_mut().insert(name, value);
        }
        response
    }
}

fn pairs(map: &Value) -> Pairs {
    let fields = map.as_object().into_iter().flatten();
    fields.map(|(k, v)| (k.clone(), v.as_str().expect("a text").to_owned())).collect()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A request that no answer fits is a 500 that says so: a wrong parameter never looks like an empty
/// list.
async fn answer(
    State(api): State<Arc<RecordedApi>>,
    Query(query): Query<Pairs>,
    request: Request,
) -> Response {
    let method = if request.method() == Method::POST { "post" } else { "get" };
    let (path, headers) = (request.uri().path(), request.headers());
    let mut answers = api.file["answers"].as_array().into_iter().flatten();
    let fits = |answer: &&Value| answer[method] == path && pairs(&answer["query"]) == query;
    let Some(answer) = answers.find(fits) else {
        let message = format!("no answer fits {} {}", request.method(), request.uri());
        return (StatusCode::INTERNAL_SERVER_ERROR, message).into_response();
    };
    let required = pairs(&api.file["require"]);
    if method == "get" && required.iter().any(|(name, value)| header(headers, name) != value) {
        let body = json!({"message": "Requires authentication"}).to_string();
        return (StatusCode::UNAUTHORIZED, [("content-type", "application/json")], body)
            .into_response();
    }
    let accept = header(headers, "accept");
    if answer["accept"].as_str().is_some_and(|wanted| wanted != accept) {
        return (StatusCode::INTERNAL_SERVER_ERROR, format!("asked for {accept}")).into_response();
    }
    api.respond(answer)
}
