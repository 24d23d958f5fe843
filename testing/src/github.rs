//! GitHub's REST API as far as runs call it, with the answers of its documentation.

use axum::http::Method;
use base64::{Engine, prelude::BASE64_STANDARD};
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
        ("GET", ["users", name]) => {
            let kind = if *name == ACCOUNT { "User" } else { "Organization" };
            (200, json!({"login": name, "type": kind}))
        }
        ("GET", ["orgs", _, "teams", team]) => (200, json!({"name": team, "slug": team})),
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
    if body["squash_merge_commit_message"].is_string()
        && body["squash_merge_commit_title"].is_null()
    {
        return (422, json!({"message": "squash_merge_commit_title is required"}));
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
    if let Some(answer) = reviews(store, request, repository, rest)
        .or_else(|| collections(store, request, rest))
        .or_else(|| keys(store, request, rest))
    {
        return answer;
    }
    match (&request.method, rest) {
        (&Method::GET, ["pulls"]) => {
            let prefix = format!("{repository}/pulls/");
            let pulls = store.things.iter().filter(|(path, _)| path.starts_with(&prefix));
            let head = request.query.get("head").cloned().unwrap_or_default();
            let wanted = pulls.filter(|(path, pull)| {
                !path[prefix.len()..].contains('/') && pull["head"]["label"] == *head
            });
            (200, wanted.map(|(_, pull)| pull.clone()).collect())
        }
        (&Method::POST, ["pulls"]) => open_pull_request(store, request, repository),
        (&Method::POST, ["pulls", _, "requested_reviewers"]) => {
            let items = |key: &str, name: &str| -> Value {
                let list = request.body[key].as_array().into_iter().flatten();
                list.map(|item| json!({name: item})).collect()
            };
            let thing = json!({"users": items("reviewers", "login"), "teams": items("team_reviewers", "slug")});
            store.things.insert(path.clone(), thing);
            let pull = path.trim_end_matches("/requested_reviewers");
            (201, store.things.get(pull).cloned().unwrap_or_else(|| json!({})))
        }
        (&Method::GET, _) => {
            store.things.get(&path).map_or_else(not_found, |value| (200, value.clone()))
        }
        (&Method::PATCH, [] | ["pulls", _]) => {
            let thing = store.things.get_mut(&path).and_then(Value::as_object_mut);
            let fields = request.body.as_object().cloned().unwrap_or_default();
            thing.expect("a repository").extend(fields);
            (200, store.things[&path].clone())
        }
        (&Method::POST, ["branches", _, "protection", "required_signatures"]) => {
            let thing = json!({"url": format!("{}/api{path}", store.address()), "enabled": true});
            store.things.insert(path, thing.clone());
            (200, thing)
        }
        (&Method::PUT, ["branches", branch, "protection"]) => {
            let reference = format!("refs/heads/{branch}");
            let bare =
                store.repository(&format!("{}.git", repository.trim_start_matches("/repos/")));
            if crate::git::git(&bare, &["for-each-ref", &reference]).is_empty() {
                return (404, json!({"message": "Branch not found"}));
            }
            // Flags are told in another form than they are set, and what is unset is left out.
            let told = |(key, value): (&String, &Value)| match value {
                Value::Null => None,
                Value::Bool(flag) => Some((key.clone(), json!({"enabled": flag}))),
                value => Some((key.clone(), value.clone())),
            };
            let thing: Value =
                request.body.as_object().into_iter().flatten().filter_map(told).collect();
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
        (&Method::POST, ["actions", "variables"] | ["environments", _, "variables"]) => {
            let name = request.body["name"].as_str().unwrap_or_default();
            let path = format!("{path}/{name}");
            if store.things.contains_key(&path) {
                return (409, json!({"message": "Already exists"}));
            }
            store.things.insert(path, request.body.clone());
            (201, json!({}))
        }
        _ => not_found(),
    }
}

/// The private half of the key that secrets are sealed with.
const SEAL: [u8; 32] = [7; 32];

/// Secrets and deploy keys; `None` for another request.
fn keys(store: &mut Store, request: &ApiRequest, rest: &[&str]) -> Option<(u16, Value)> {
    let path = request.path.clone();
    Some(match (&request.method, rest) {
        (
            &Method::GET,
            ["actions", "secrets", "public-key"] | ["environments", _, "secrets", "public-key"],
        ) => {
            let key = crypto_box::SecretKey::from(SEAL).public_key();
            (
                200,
                json!({"key_id": "568250167242549743", "key": BASE64_STANDARD.encode(key.as_bytes())}),
            )
        }
        (&Method::PUT, ["actions", "secrets", name] | ["environments", _, "secrets", name]) => {
            let sealed = request.body["encrypted_value"].as_str().unwrap_or_default();
            let opened = BASE64_STANDARD
                .decode(sealed)
                .ok()
                .and_then(|sealed| crypto_box::SecretKey::from(SEAL).unseal(&sealed).ok());
            let Some(opened) = opened.filter(|_| request.body["key_id"] == "568250167242549743")
            else {
                return Some((
                    422,
                    json!({"message": "Bad request - encrypted_value is not sealed"}),
                ));
            };
            store.secrets.insert(path.clone(), String::from_utf8(opened).expect("a text"));
            let is_new = store.things.insert(path, json!({"name": name})).is_none();
            if is_new { (201, json!({})) } else { (204, Value::Null) }
        }
        (&Method::POST, ["keys"]) => {
            let key = request.body["key"].as_str().unwrap_or_default().to_owned();
            if !key.starts_with("ssh-ed25519 AAAA") {
                return Some((422, json!({"message": "Validation Failed: key is invalid"})));
            }
            let id = store.number();
            store.secrets.insert(format!("{path}/{id}"), key);
            let thing = json!({"id": id, "title": request.body["title"]});
            push(store, &path, thing.clone());
            (201, thing)
        }
        (&Method::GET, ["keys"]) => {
            (200, store.things.get(&path).cloned().unwrap_or_else(|| json!([])))
        }
        (&Method::DELETE, ["keys", id]) => {
            let list = path.trim_end_matches(&format!("/{id}")).to_owned();
            let keys = store.things.get_mut(&list).and_then(Value::as_array_mut);
            let Some(keys) = keys else { return Some(not_found()) };
            let id: u64 = id.parse().unwrap_or_default();
            keys.retain(|key| key["id"] != id);
            (204, Value::Null)
        }
        _ => return None,
    })
}

/// Webhooks, issues and others of which there are many; `None` for another request.
fn collections(store: &mut Store, request: &ApiRequest, rest: &[&str]) -> Option<(u16, Value)> {
    let path = request.path.clone();
    Some(match (&request.method, rest) {
        (
            &Method::POST,
            ["hooks" | "issues" | "autolinks"] | ["actions", "workflows", _, "dispatches"],
        ) => {
            let mut thing = request.body.clone();
            let number = store.number();
            thing["id"] = json!(number);
            if rest == ["issues"] {
                thing["number"] = json!(number);
                thing["html_url"] = json!(format!("{}{path}/{number}", store.address()));
            }
            push(store, &path, thing.clone());
            if rest.last() == Some(&"dispatches") { (204, Value::Null) } else { (201, thing) }
        }
        (&Method::GET, ["hooks" | "issues" | "autolinks"]) => {
            (200, store.things.get(&path).cloned().unwrap_or_else(|| json!([])))
        }
        (&Method::POST, ["issues", _, "labels"]) => {
            for label in request.body["labels"].as_array().into_iter().flatten() {
                push(store, &path, json!({"name": label}));
            }
            (200, store.things[&path].clone())
        }
        (&Method::PUT, ["environments", name]) => {
            let mut thing = json!({"name": name});
            if let Some(policy) = request.body.get("deployment_branch_policy") {
                thing["deployment_branch_policy"] = policy.clone();
            }
            if let Some(minutes) =
                request.body["wait_timer"].as_u64().filter(|minutes| *minutes > 0)
            {
                thing["protection_rules"] = json!([{"type": "wait_timer", "wait_timer": minutes}]);
            }
            store.things.insert(path, thing.clone());
            (200, thing)
        }
        (&Method::POST, ["pages"]) => {
            if store.things.contains_key(&path) {
                return Some((409, json!({"message": "GitHub Pages is already enabled."})));
            }
            store.things.insert(path, request.body.clone());
            (201, request.body.clone())
        }
        _ => return None,
    })
}

fn open_pull_request(store: &mut Store, request: &ApiRequest, repository: &str) -> (u16, Value) {
    let body = &request.body;
    let head = body["head"].as_str().unwrap_or_default();
    let slug = repository.trim_start_matches("/repos/");
    let bare = store.repository(&format!("{slug}.git"));
    let owner = slug.split('/').next().unwrap_or_default();
    let is_there = |branch: &str| {
        !crate::git::git(&bare, &["for-each-ref", &format!("refs/heads/{branch}")]).is_empty()
    };
    if !is_there(head) || !is_there(body["base"].as_str().unwrap_or_default()) {
        return (
            422,
            json!({"message": "Validation Failed", "errors": [{"field": "head", "code": "invalid"}]}),
        );
    }
    let label = format!("{owner}:{head}");
    let prefix = format!("{repository}/pulls/");
    let mut pulls = store.things.iter().filter(|(path, _)| path.starts_with(&prefix));
    if pulls.any(|(_, pull)| pull["head"]["label"] == *label && pull["state"] == "open") {
        let message = format!("A pull request already exists for {label}.");
        return (422, json!({"message": "Validation Failed", "errors": [{"message": message}]}));
    }
    let number = store.number();
    let pull = json!({
        "number": number, "state": "open", "title": body["title"], "body": body["body"], "draft": body["draft"] == true,
        "head": {"ref": head, "label": label, "repo": {"full_name": slug}}, "base": {"ref": body["base"]},
        "html_url": format!("{}/{slug}/pull/{number}", store.address()),
    });
    store.things.insert(format!("{prefix}{number}"), pull.clone());
    store
        .things
        .insert(format!("{prefix}{number}/requested_reviewers"), json!({"users": [], "teams": []}));
    (201, pull)
}

fn push(store: &mut Store, path: &str, item: Value) {
    let list = store.things.entry(path.to_owned()).or_insert_with(|| json!([]));
    list.as_array_mut().expect("a list").push(item);
}

fn not_found() -> (u16, Value) {
    (404, json!({"message": "Not Found"}))
}
