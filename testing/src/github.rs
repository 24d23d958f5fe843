//! GitHub's REST API as far as runs call it, with the answers of its documentation.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    forge::{ApiRequest, Store},
    reviews::{ACCOUNT, reviews},
};

/// Answers a request as GitHub does.
pub fn github(store: &mut Store, request: &ApiRequest) -> (u16, Value) {
    let path = request.path.clone();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (request.method.as_str(), &*parts) {
        ("GET", ["user"]) => (200, json!({"login": ACCOUNT})),
        ("POST", ["orgs", owner, "repos"]) => create(store, owner, &request.body),
        ("POST", ["user", "repos"]) => create(store, ACCOUNT, &request.body),
        ("DELETE", ["repos", owner, name]) => {
            let prefix = format!("/repos/{owner}/{name}");
            if store.things.remove(&prefix).is_none() {
                return not_found();
            }
            store.things.retain(|path, _| !path.starts_with(&format!("{prefix}/")));
            store.remove_repository(&format!("{owner}/{name}.git"));
            (204, Value::Null)
        }
        ("PUT", ["orgs", _, "teams", team, "repos", owner, name]) => {
            let teams = format!("/repos/{owner}/{name}/teams");
            let access = json!({"slug": team, "permission": request.body["permission"]});
            push(store, &teams, access);
            (204, Value::Null)
        }
        (_, ["repos", owner, name, rest @ ..]) => {
            let repository = format!("/repos/{owner}/{name}");
            if !store.things.contains_key(&repository) {
                return not_found();
            }
            of_repository(store, request, &repository, rest)
        }
        _ => not_found(),
    }
}

fn create(store: &mut Store, owner: &str, body: &Value) -> (u16, Value) {
    let name = body["name"].as_str().unwrap_or_default();
    let path = format!("/repos/{owner}/{name}");
    if store.things.contains_key(&path) {
        let error = json!({"resource": "Repository", "code": "custom", "field": "name",
            "message": "name already exists on this account"});
        return (422, json!({"message": "Repository creation failed.", "errors": [error]}));
    }
    let web = format!("{}/{owner}/{name}", store.address());
    let repository = json!({
        "id": store.number(), "name": name, "full_name": format!("{owner}/{name}"),
        "private": body["private"], "description": body["description"],
        "html_url": web, "clone_url": format!("{web}.git"), "default_branch": "main",
    });
    store.make_repository(&format!("{owner}/{name}.git"));
    store.things.insert(path.clone(), repository.clone());
    store.things.insert(format!("{path}/teams"), json!([]));
    (201, repository)
}

fn of_repository(
    store: &mut Store,
    request: &ApiRequest,
    repository: &str,
    rest: &[&str],
) -> (u16, Value) {
    let path = request.path.clone();
    if let Some(answer) = reviews(store, request, repository, rest) {
        return answer;
    }
    match (&request.method, rest) {
        (&Method::GET, _) => {
            store.things.get(&path).map_or_else(not_found, |value| (200, value.clone()))
        }
        (&Method::PATCH, []) => {
            let thing = store.things.get_mut(repository).and_then(Value::as_object_mut);
            let fields = request.body.as_object().cloned().unwrap_or_default();
            thing.expect("a repository").extend(fields);
            (200, store.things[repository].clone())
        }
        (&Method::PUT, ["branches", branch, "protection"]) => {
            let reference = format!("refs/heads/{branch}");
            let bare =
                store.repository(&format!("{}.git", repository.trim_start_matches("/repos/")));
            if crate::git::git(&bare, &["for-each-ref", &reference]).is_empty() {
                return (404, json!({"message": "Branch not found"}));
            }
            let mut thing = request.body.clone();
            for key in
                ["enforce_admins", "required_linear_history", "required_conversation_resolution"]
            {
                thing[key] = json!({"enabled": request.body[key]});
            }
            store.things.insert(path, thing.clone());
            (200, thing)
        }
        (&Method::PUT, ["collaborators", user]) => {
            let level = match request.body["permission"].as_str() {
                Some("pull") => "read",
                Some("push") => "write",
                other => other.unwrap_or("write"),
            };
            let thing = json!({"permission": level, "user": {"login": user}});
            store.things.insert(format!("{path}/permission"), thing);
            (201, json!({"id": 1}))
        }
        (&Method::PUT, ["topics" | "subscription"] | ["actions", "oidc", ..]) => {
            store.things.insert(path, request.body.clone());
            (200, request.body.clone())
        }
        (&Method::POST, ["actions", "variables"]) => {
            let name = request.body["name"].as_str().unwrap_or_default();
            let path = format!("{path}/{name}");
            if store.things.contains_key(&path) {
                return (409, json!({"message": "Already exists"}));
            }
            store.things.insert(path, request.body.clone());
            (201, Value::Null)
        }
        _ => not_found(),
    }
}

fn push(store: &mut Store, path: &str, item: Value) {
    let list = store.things.entry(path.to_owned()).or_insert_with(|| json!([]));
    list.as_array_mut().expect("a list").push(item);
}

fn not_found() -> (u16, Value) {
    (404, json!({"message": "Not Found"}))
}
