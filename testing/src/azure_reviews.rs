//! The part of Azure DevOps' API that knows the threads, statuses and reviewers of pull requests.

use axum::http::Method;
use serde_json::{Value, json};

use crate::forge::{ApiRequest, Store};

/// Answers a request below a pull request of a repository, whose things are below `key`; `None` for another one.
pub(crate) fn azure_reviews(
    store: &mut Store,
    request: &ApiRequest,
    key: &str,
    rest: &[&str],
) -> Option<(u16, Value)> {
    let number = rest.first()?;
    let pull = store.things.get(&format!("{key}/pullrequests/{number}"))?.clone();
    let at = |what: &str| format!("{key}/reviews/{number}/{what}");
    let mut body = request.body.clone();
    Some(match (&request.method, &rest[1..]) {
        (&Method::GET, ["reviewers"]) => {
            list(pull["reviewers"].as_array().cloned().unwrap_or_default())
        }
        (&Method::GET, ["iterations"]) => {
            let commit = &pull["lastMergeSourceCommit"];
            list(vec![json!({"id": 1, "sourceRefCommit": commit})])
        }
        (&Method::GET, ["threads"]) => list(items(store, &at("threads"))),
        (&Method::POST, [kind @ ("threads" | "statuses")]) => {
            body["id"] = store.number().into();
            let comments = body.get_mut("comments").and_then(Value::as_array_mut);
            for (id, comment) in comments.into_iter().flatten().enumerate() {
                comment["id"] = json!(id + 1);
            }
            let all = store.things.entry(at(kind)).or_insert_with(|| json!([]));
            all.as_array_mut()?.push(body.clone());
            (200, body)
        }
        (&Method::PATCH, ["threads", id, rest @ ..]) => {
            let id: u64 = id.parse().ok()?;
            let threads = store.things.get_mut(&at("threads"))?.as_array_mut()?;
            let mut thing = threads.iter_mut().find(|thread| thread["id"] == id)?;
            if let ["comments", id] = rest {
                let id: u64 = id.parse().ok()?;
                let comments = thing["comments"].as_array_mut()?;
                thing = comments.iter_mut().find(|comment| comment["id"] == id)?;
            }
            thing.as_object_mut()?.extend(body.as_object().cloned()?);
            (200, thing.clone())
        }
        _ => return None,
    })
}

/// The pull requests that commits merged, by the commits of the first query.
pub(crate) fn pull_request_query(store: &Store, request: &ApiRequest, key: &str) -> (u16, Value) {
    let prefix = format!("{key}/pullrequests/");
    let mut result = json!({});
    for commit in request.body["queries"][0]["items"].as_array().into_iter().flatten() {
        let pulls = store.things.iter().filter(|(path, _)| path.starts_with(&prefix));
        let found: Vec<_> = pulls
            .filter(|(_, pull)| pull["lastMergeCommit"]["commitId"] == *commit)
            .map(|(_, pull)| pull.clone())
            .collect();
        if let Some(commit) = commit.as_str().filter(|_| !found.is_empty()) {
            result[commit] = json!(found);
        }
    }
    (200, json!({"queries": request.body["queries"], "results": [result]}))
}

fn items(store: &Store, path: &str) -> Vec<Value> {
    store.things.get(path).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn list(items: Vec<Value>) -> (u16, Value) {
    (200, json!({"count": items.len(), "value": items}))
}
