//! The API server of a cluster of Kubernetes, and Argo CD, as far as runs call them.

use serde_json::{Value, json};

use crate::forge::{ApiRequest, Store};

/// Answers as an API server of Kubernetes does: what is applied is there afterwards, in namespaces that exist.
pub fn kubernetes(store: &mut Store, request: &ApiRequest) -> (u16, Value) {
    let path = request.path.clone();
    match request.method.as_str() {
        "POST" if path.ends_with("/selfsubjectaccessreviews") => {
            let asked = &request.body["spec"]["resourceAttributes"];
            let text = |key: &str| asked[key].as_str().unwrap_or_default();
            let is_denied =
                store.denied.contains(&format!("{} {}", text("verb"), text("resource")));
            (201, json!({"status": {"allowed": !is_denied}}))
        }
        "GET" => store.things.get(&path).map_or_else(not_found, |thing| (200, thing.clone())),
        "PATCH" => {
            if request.query.get("fieldManager").is_none_or(String::is_empty) {
                return (
                    422,
                    json!({"kind": "Status", "message": "fieldManager is required for apply patch"}),
                );
            }
            if let Some((_, rest)) = path.split_once("/namespaces/")
                && let Some((namespace, _)) = rest.split_once('/')
                && !store.things.contains_key(&format!("/api/v1/namespaces/{namespace}"))
            {
                let message = format!("namespaces \"{namespace}\" not found");
                return (404, json!({"kind": "Status", "reason": "NotFound", "message": message}));
            }
            // What is in a namespace that is being deleted vanishes, and nothing new comes in.
            if let Some((_, rest)) = path.split_once("/namespaces/")
                && let Some((namespace, _)) = rest.split_once('/')
                && let Some(found) = store.things.get(&format!("/api/v1/namespaces/{namespace}"))
                && found["status"]["phase"] == "Terminating"
            {
                if store.things.contains_key(&path) {
                    return (200, request.body.clone());
                }
                let message = format!(
                    "\"cart\" is forbidden: unable to create new content in namespace {namespace} because it is being terminated"
                );
                return (403, json!({"kind": "Status", "reason": "Forbidden", "message": message}));
            }
            let is_new = store.things.insert(path, request.body.clone()).is_none();
            (if is_new { 201 } else { 200 }, request.body.clone())
        }
        "DELETE" => match store.things.remove(&path) {
            Some(_) => (200, json!({"kind": "Status", "status": "Success"})),
            None => not_found(),
        },
        _ => (405, json!({"kind": "Status", "message": "the server does not allow this method"})),
    }
}

/// Answers as Argo CD does.
pub fn argo_cd(store: &mut Store, request: &ApiRequest) -> (u16, Value) {
    let path = request.path.clone();
    let parts: Vec<&str> = path.split('/').collect();
    match request.method.as_str() {
        "GET" if path.starts_with("/api/v1/account/can-i/") => {
            let is_denied = store.denied.contains(&format!("{} {}", parts[6], parts[5]));
            (200, json!({"value": if is_denied { "no" } else { "yes" }}))
        }
        "GET" => store.things.get(&path).map_or_else(unknown, |thing| (200, thing.clone())),
        "POST" => {
            let body = request.body.get("project").unwrap_or(&request.body).clone();
            let name = body["metadata"]["name"].as_str().unwrap_or_default();
            let path = format!("{path}/{name}");
            if let Some(project) = body["spec"]["project"].as_str()
                && !store.things.contains_key(&format!("/api/v1/projects/{project}"))
            {
                let message =
                    format!("application references project {project} which does not exist");
                return (400, json!({"error": message, "code": 3, "message": message}));
            }
            if store.things.contains_key(&path) {
                return (409, json!({"error": "existing", "code": 6, "message": "existing"}));
            }
            store.things.insert(path, body.clone());
            (200, body)
        }
        "DELETE" => match store.things.remove(&path) {
            Some(_) => (200, json!({})),
            None => unknown(),
        },
        _ => unknown(),
    }
}

/// Argo CD's refusal.
fn unknown() -> (u16, Value) {
    (404, json!({"error": "not found", "code": 5, "message": "not found"}))
}

/// Answers as an API of some company does that keeps lists of things, and as a webhook: a `POST` adds to the list of its path.
pub fn company_api(store: &mut Store, request: &ApiRequest) -> (u16, Value) {
    let path = request.path.clone();
    match request.method.as_str() {
        "GET" => store.things.get(&path).map_or_else(not_found, |thing| (200, thing.clone())),
        "POST" => {
            let (id, query) = (store.number(), json!(request.query));
            let thing = json!({"id": id, "query": query, "body": request.body});
            store.things.insert(format!("{path}/{id}"), thing.clone());
            (201, thing)
        }
        "PUT" | "PATCH" => {
            let thing = json!({"by": request.method.as_str(), "body": request.body});
            store.things.insert(path, thing.clone());
            (200, thing)
        }
        "DELETE" => match store.things.remove(&path) {
            Some(_) => (204, Value::Null),
            None => not_found(),
        },
        _ => not_found(),
    }
}

fn not_found() -> (u16, Value) {
    (404, json!({"kind": "Status", "reason": "NotFound", "message": "not found", "code": 404}))
}
