//! Gitea's API as far as runs call it, with the answers that a Gitea gives.

use serde_json::{Value, json};

use crate::{
    forge::{ApiRequest, Store},
    reviews::reviews,
};

/// The account of every credential.
const ACCOUNT: &str = "callboard-bot";

/// Answers a request as Gitea does.
pub fn gitea(store: &mut Store, request: &ApiRequest) -> (u16, Value) {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    if request.is_anonymous {
        // A wrong token is none: what is public can be read, and what is private is not there.
        let thing = store.things.get(&request.path).filter(|thing| thing["private"] == false);
        return match (request.method.as_str(), thing) {
            ("GET", Some(thing)) => (200, thing.clone()),
            ("GET", None) if segments != ["user"] => not_found(),
            _ => (401, json!({"message": "token is required"})),
        };
    }
    match (request.method.as_str(), &*segments) {
        ("GET", ["user"]) => (200, json!({"id": 1, "login": ACCOUNT})),
        ("GET", ["user", list @ ("repos" | "orgs" | "emails")]) => {
            let scope = match *list {
                "repos" => "repository",
                "orgs" => "organization",
                _ => "user",
            };
            match store.denied.contains(&format!("read {scope}")) {
                true => (
                    403,
                    json!({"message": "token does not have at least one of required scope(s)"}),
                ),
                false => (200, json!([])),
            }
        }
        ("GET" | "POST", ["orgs", ACCOUNT, ..]) => not_found(),
        ("GET", ["orgs", name]) => (200, json!({"id": 2, "name": name, "username": name})),
        ("POST", ["orgs", owner, "repos"]) => create(store, owner, &request.body),
        ("POST", ["user", "repos"]) => create(store, ACCOUNT, &request.body),
        ("GET", ["repos", _, _] | ["repos", _, _, "pulls", _]) => {
            store.things.get(&request.path).map_or_else(not_found, |value| (200, value.clone()))
        }
        ("GET", ["repos", _, _, "pulls"]) => {
            let prefix = format!("{}/", request.path);
            let pulls = store.things.iter().filter(|(path, _)| path.starts_with(&prefix));
            // The newest come first.
            (200, pulls.rev().map(|(_, pull)| pull.clone()).collect())
        }
        // After a first push Gitea does not know the branch for a moment.
        ("POST", ["repos", _, _, "pulls"]) if is_first(store, request) => not_found(),
        ("POST", ["repos", owner, name, "pulls"]) => {
            open_pull_request(store, request, &format!("{owner}/{name}"))
        }
        ("POST", ["repos", owner, name, "pulls", number, "requested_reviewers"]) => {
            let logins = request.body["reviewers"].as_array().into_iter().flatten();
            let logins: Value = logins.map(|login| json!({"login": login})).collect();
            let path = format!("/repos/{owner}/{name}/pulls/{number}");
            let Some(pull) = store.things.get_mut(&path) else { return not_found() };
            pull["requested_reviewers"] = logins;
            (201, json!([]))
        }
        ("PATCH", ["repos", _, _] | ["repos", _, _, "pulls", _]) => {
            let thing = store.things.get_mut(&request.path).and_then(Value::as_object_mut);
            let Some(thing) = thing else { return not_found() };
            thing.extend(request.body.as_object().cloned().unwrap_or_default());
            let status = if request.path.contains("/pulls/") { 201 } else { 200 };
            (status, store.things[&request.path].clone())
        }
        ("DELETE", ["repos", owner, name]) => {
            if store.things.remove(&request.path).is_none() {
                return not_found();
            }
            store.remove_repository(&format!("{owner}/{name}.git"));
            (204, Value::Null)
        }
        (_, ["repos", owner, name, rest @ ..]) => {
            let repository = format!("/repos/{owner}/{name}");
            if !store.things.contains_key(&repository) {
                return not_found();
            }
            of_pull_request(store, request, &repository, rest)
        }
        _ => not_found(),
    }
}

/// What Gitea does otherwise than GitHub with pull requests.
fn of_pull_request(
    store: &mut Store,
    request: &ApiRequest,
    repository: &str,
    rest: &[&str],
) -> (u16, Value) {
    let answer = reviews(store, request, repository, rest);
    match (request.method.as_str(), rest, answer) {
        // A comment that starts with a long word is made, and then something fails.
        ("POST", ["issues", _, "comments"], Some(_)) if has_long_word(&request.body) => {
            (500, json!({"message": "", "url": format!("{}/api/swagger", store.address())}))
        }
        // The state has another name than in the request.
        ("POST", ["statuses", _], Some((status, mut thing))) => {
            if let Some(thing) = thing.as_object_mut() {
                let state = thing.remove("state").unwrap_or_default();
                thing.insert("status".to_owned(), state);
            }
            (status, thing)
        }
        // One pull request, and no list.
        ("GET", ["commits", _, "pull"], Some((_, list))) => {
            list.get(0).map_or_else(not_found, |pull| (200, pull.clone()))
        }
        (_, _, Some(answer)) => answer,
        ("GET", ["pulls", _], None) => {
            store.things.get(&request.path).map_or_else(not_found, |value| (200, value.clone()))
        }
        _ => not_found(),
    }
}

/// Whether a request is the first one of its kind.
fn is_first(store: &Store, request: &ApiRequest) -> bool {
    let same = format!("{} /api{}", request.method, request.path);
    store.requests.iter().filter(|one| **one == same).count() == 1
}

/// Whether the first 200 characters of a comment have no space.
fn has_long_word(body: &Value) -> bool {
    let text = body["body"].as_str().unwrap_or_default();
    text.chars().count() > 200 && !text.chars().take(200).any(char::is_whitespace)
}

fn create(store: &mut Store, owner: &str, body: &Value) -> (u16, Value) {
    let name = body["name"].as_str().unwrap_or_default();
    let path = format!("/repos/{owner}/{name}");
    if store.things.contains_key(&path) {
        return (409, json!({"message": "The repository with the same name already exists."}));
    }
    let description = body["description"].as_str().unwrap_or_default();
    if description.chars().count() > 255 {
        return (422, json!({"message": "[Description]: MaxSize"}));
    }
    let web = format!("{}/{owner}/{name}", store.address());
    let repository = json!({
        "id": store.number(), "name": name, "full_name": format!("{owner}/{name}"), "empty": true,
        "private": body["private"], "description": description, "html_url": web,
        "clone_url": format!("{web}.git"), "default_branch": body["default_branch"],
    });
    store.make_repository(&format!("{owner}/{name}.git"));
    store.things.insert(path, repository.clone());
    (201, repository)
}

fn open_pull_request(store: &mut Store, request: &ApiRequest, slug: &str) -> (u16, Value) {
    let body = &request.body;
    let bare = store.repository(&format!("{slug}.git"));
    let is_there = |branch: &Value| {
        let branch = branch.as_str().unwrap_or_default();
        !crate::git::git(&bare, &["for-each-ref", &format!("refs/heads/{branch}")]).is_empty()
    };
    if !is_there(&body["head"]) || !is_there(&body["base"]) {
        return not_found();
    }
    let prefix = format!("{}/", request.path);
    let mut pulls = store.things.iter().filter(|(path, _)| path.starts_with(&prefix));
    if pulls.any(|(_, pull)| pull["head"]["ref"] == body["head"] && pull["state"] == "open") {
        return (409, json!({"message": "pull request already exists for these targets"}));
    }
    let number = store.number();
    let assignees = body["assignees"].as_array().into_iter().flatten();
    let assignees: Value = assignees.map(|login| json!({"login": login})).collect();
    let pull = json!({
        "number": number, "state": "open", "title": body["title"], "body": body["body"],
        "head": {"ref": body["head"]}, "base": {"ref": body["base"]}, "assignees": assignees,
        "requested_reviewers": [], "html_url": format!("{}/{slug}/pulls/{number}", store.address()),
    });
    store.things.insert(format!("{prefix}{number}"), pull.clone());
    (201, pull)
}

fn not_found() -> (u16, Value) {
    (404, json!({"message": "The target couldn't be found.", "errors": null}))
}
