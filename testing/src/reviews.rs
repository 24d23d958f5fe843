//! The part of GitHub's API that knows pull requests, comments and statuses; Gitea has the same.

use axum::http::Method;
use serde_json::{Value, json};

use crate::forge::{ApiRequest, Store};

/// The account of every credential.
pub(crate) const ACCOUNT: &str = "callboard-bot";

/// Answers a request below a repository; `None` for another one.
pub(crate) fn reviews(
    store: &mut Store,
    request: &ApiRequest,
    repository: &str,
    rest: &[&str],
) -> Option<(u16, Value)> {
    let path = request.path.clone();
    let text = || request.body["body"].as_str().unwrap_or_default().to_owned();
    Some(match (&request.method, rest) {
        (&Method::GET, ["issues", _, "comments"] | ["pulls", _, "reviews"]) => {
            (200, store.things.get(&path).cloned().unwrap_or_else(|| json!([])))
        }
        (&Method::GET, ["commits", commit, "pulls" | "pull"]) => {
            let prefix = format!("{repository}/pulls/");
            let pulls = store.things.iter().filter(|(path, _)| path.starts_with(&prefix));
            let merged = pulls.filter(|(_, pull)| pull["merge_commit_sha"] == **commit);
            // The list says when they were merged, and not whether.
            let listed = merged.map(|(_, pull)| {
                let mut pull = pull.clone();
                pull.as_object_mut().expect("a map").remove("merged");
                pull
            });
            (200, listed.collect())
        }
        (&Method::POST, ["issues", _, "comments"]) => {
            let comment = json!({"id": store.number(), "body": text(), "user": {"login": ACCOUNT}});
            let list = store.things.entry(path).or_insert_with(|| json!([]));
            list.as_array_mut()?.push(comment.clone());
            (201, comment)
        }
        (&Method::PATCH, ["issues", "comments", id]) => {
            let prefix = format!("{repository}/issues/");
            let lists = store.things.iter_mut().filter(|(path, _)| path.starts_with(&prefix));
            let mut comments = lists.filter_map(|(_, list)| list.as_array_mut()).flatten();
            let id: u64 = id.parse().ok()?;
            let comment = comments.find(|comment| comment["id"] == id)?;
            comment["body"] = json!(text());
            (200, comment.clone())
        }
        (&Method::POST, ["statuses", _]) => {
            let list = store.things.entry(path).or_insert_with(|| json!([]));
            list.as_array_mut()?.push(request.body.clone());
            (201, request.body.clone())
        }
        _ => return None,
    })
}
