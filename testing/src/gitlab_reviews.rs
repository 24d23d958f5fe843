//! The part of GitLab's API that knows the notes, approvals and statuses of merge requests.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    forge::{ApiRequest, Store},
    forge_git::tip,
};

/// The account of every credential.
pub(crate) const ACCOUNT: &str = "callboard-bot";

/// Answers a request below a project; `None` for another one.
pub(crate) fn gitlab_reviews(
    store: &mut Store,
    request: &ApiRequest,
    project: &str,
    rest: &[&str],
) -> Option<(u16, Value)> {
    let path = format!("{project}/{}", rest.join("/"));
    let body = &request.body;
    let merge_requests = |store: &Store| {
        let all = store.things.get(&format!("{project}/merge_requests")).cloned();
        all.and_then(|all| all.as_array().cloned()).unwrap_or_default()
    };
    Some(match (&request.method, rest) {
        (&Method::GET, ["merge_requests", number]) => {
            let found = merge_requests(store).into_iter().find(|one| is(one, "iid", number));
            let Some(mut found) = found else { return Some(missing()) };
            if found["sha"].is_null() {
                let bare = format!("{}.git", project.trim_start_matches("/projects/"));
                let branch = found["source_branch"].as_str().unwrap_or_default();
                found["sha"] = json!(tip(&store.repository(&bare), branch));
            }
            (200, found)
        }
        (&Method::GET, ["merge_requests", number, "approvals"]) => {
            let found = merge_requests(store).into_iter().find(|one| is(one, "iid", number));
            let users = found.map(|one| one["approved_by"].clone()).unwrap_or_default();
            (200, json!({"approved_by": if users.is_null() { json!([]) } else { users }}))
        }
        (&Method::GET, ["merge_requests", _, "notes"]) => {
            (200, store.things.get(&path).cloned().unwrap_or_else(|| json!([])))
        }
        (&Method::GET, ["repository", "commits", commit, "merge_requests"]) => {
            let of = |one: &Value| is(one, "merge_commit_sha", commit);
            (200, merge_requests(store).into_iter().filter(of).collect())
        }
        (&Method::POST, ["merge_requests", _, "notes"]) => {
            let note = json!({"id": store.number(), "body": body["body"], "author": {"username": ACCOUNT}});
            let all = store.things.entry(path).or_insert_with(|| json!([]));
            all.as_array_mut()?.push(note.clone());
            (201, note)
        }
        (&Method::PUT, ["merge_requests", number, "notes", id]) => {
            let all = store.things.get_mut(&format!("{project}/merge_requests/{number}/notes"))?;
            let mut notes = all.as_array_mut()?.iter_mut();
            let Some(note) = notes.find(|note| is(note, "id", id)) else { return Some(missing()) };
            note["body"] = body["body"].clone();
            (200, note.clone())
        }
        (&Method::POST, ["statuses", commit]) => {
            let states = ["pending", "running", "success", "failed", "canceled", "skipped"];
            if !states.iter().any(|state| body["state"] == *state) {
                return Some((400, json!({"error": "state does not have a valid value"})));
            }
            let mut status = body.clone();
            (status["id"], status["sha"]) = (json!(store.number()), json!(commit));
            // The answer has the state under another name than the request.
            status["status"] = body["state"].clone();
            status.as_object_mut()?.remove("state");
            let all = store.things.entry(path).or_insert_with(|| json!([]));
            all.as_array_mut()?.push(status.clone());
            (201, status)
        }
        _ => return None,
    })
}

fn is(thing: &Value, key: &str, text: &str) -> bool {
    match &thing[key] {
        Value::Number(number) => number.to_string() == text,
        value => value == text,
    }
}

fn missing() -> (u16, Value) {
    (404, json!({"message": "404 Not found"}))
}
