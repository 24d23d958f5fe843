//! Pull requests of Azure DevOps. The comment is a thread, which is closed when all is well.

use serde_json::{Value, json};

use super::{
    Approver, CHECK, Outcome, PullRequest, Reviews, Status,
    comment::{self, Comment, id, text},
};
use crate::{
    base::{http::Method, percent::encode},
    forge::{ApiError, Client},
};

/// The version of the API.
pub(super) const VERSION: &str = "api-version=7.1";
/// The vote of a reviewer from which on it is an approval; 5 is one with suggestions.
const APPROVED: i64 = 5;

pub(super) struct AzureReviews<'c> {
    client: Client<'c>,
    /// `/organisation/project/_apis/git/repositories/<id or name>`.
    repository: String,
    number: u64,
}

pub(super) fn path_of(repository: &str) -> String {
    let mut parts: Vec<_> = repository.split('/').map(encode).collect();
    let name = parts.pop().unwrap_or_default();
    format!("/{}/_apis/git/repositories/{name}", parts.join("/"))
}

impl<'c> AzureReviews<'c> {
    pub(super) fn new(client: Client<'c>, repository: &str, number: u64) -> Self {
        Self { client, repository: path_of(repository), number }
    }

    fn path(&self, rest: &str) -> String {
        format!("{}/pullRequests/{}{rest}?{VERSION}", self.repository, self.number)
    }

    /// The first comment of the thread with the marker. Only its author can change a comment there, so that a thread of
    /// somebody else is found by the refusal.
    fn find(&self, marker: &str) -> Result<Option<Comment>, ApiError> {
        let is_wanted = |value: &Value| {
            value["isDeleted"] != true && text(value, "/comments/0/content").starts_with(marker)
        };
        let found = self.client.find(&self.path("/threads"), "/value", &is_wanted)?;
        Ok(found.map(|value| Comment {
            id: format!("{}/{}", id(&value, "/id"), id(&value, "/comments/0/id")),
            text: text(&value, "/comments/0/content"),
        }))
    }
}

impl Reviews for AzureReviews<'_> {
    fn pull_request(&self) -> Result<PullRequest, ApiError> {
        let value = self.client.send(Method::Get, &self.path(""), &Value::Null)?.body;
        let unique_name = text(&value, "/createdBy/uniqueName");
        let web = text(&value, "/repository/webUrl");
        Ok(PullRequest {
            author: unique_name.clone(),
            email: Some(unique_name).filter(|name| name.contains('@')),
            head: text(&value, "/lastMergeSourceCommit/commitId"),
            merged: (value["status"] == "completed")
                .then(|| text(&value, "/lastMergeCommit/commitId")),
            url: if web.is_empty() { web } else { format!("{web}/pullrequest/{}", self.number) },
        })
    }

    fn approvers(&self) -> Result<Vec<Approver>, ApiError> {
        let value = self.client.send(Method::Get, &self.path("/reviewers"), &Value::Null)?.body;
        let all = value["value"].as_array().into_iter().flatten();
        // A group votes as its members did, who are in the list themselves.
        let approved = all.filter(|reviewer| {
            reviewer["vote"].as_i64().is_some_and(|vote| vote >= APPROVED)
                && reviewer["isContainer"] != true
        });
        let approver = |value: &Value| {
            let account = text(value, "/uniqueName");
            let email = Some(account.clone()).filter(|name| name.contains('@'));
            Approver { account, email, commit: None }
        };
        Ok(approved.map(approver).collect())
    }

    fn set_comment(
        &self,
        marker: &str,
        write: &mut dyn FnMut(Option<&str>) -> Option<String>,
    ) -> Result<(), ApiError> {
        let change = |id: Option<&str>, text: &str| {
            let comment = json!({"parentCommentId": 0, "content": text, "commentType": "text"});
            let Some((thread, comment_id)) = id.and_then(|id| id.split_once('/')) else {
                let body = json!({"comments": [comment], "status": "active"});
                return self.client.send(Method::Post, &self.path("/threads"), &body).map(drop);
            };
            let path = self.path(&format!("/threads/{thread}/comments/{comment_id}"));
            self.client.send(Method::Patch, &path, &json!({"content": text})).map(drop)
        };
        comment::set(&|| self.find(marker), write, &change)
    }

    fn set_status(&self, status: &Status) -> Result<(), ApiError> {
        let state = match status.outcome {
            Outcome::Success => "succeeded",
            Outcome::Failure => "failed",
        };
        let (genre, name) = CHECK.split_once('/').unwrap_or(("callboard", CHECK));
        let mut body = json!({
            "state": state, "description": status.description,
            "context": {"genre": genre, "name": name},
        });
        if let Some(url) = &status.url {
            body["targetUrl"] = json!(url);
        }
        let iterations =
            self.client.send(Method::Get, &self.path("/iterations"), &Value::Null)?.body;
        let all = iterations["value"].as_array().into_iter().flatten();
        let ours = all.filter(|one| text(one, "/sourceRefCommit/commitId") == status.commit);
        if let Some(iteration) = ours.filter_map(|one| one["id"].as_u64()).max() {
            body["iterationId"] = json!(iteration);
        }
        self.client.send(Method::Post, &self.path("/statuses"), &body)?;
        // The thread asks for an answer as long as something is wrong.
        let thread = self.find(super::MARKER)?;
        let Some((thread, _)) = thread.as_ref().and_then(|found| found.id.split_once('/')) else {
            return Ok(());
        };
        let state = if status.outcome == Outcome::Success { "closed" } else { "active" };
        let path = self.path(&format!("/threads/{thread}"));
        self.client.send(Method::Patch, &path, &json!({"status": state})).map(drop)
    }
}

pub(super) fn merged_by(
    client: &Client<'_>,
    repository: &str,
    commit: &str,
) -> Result<Option<u64>, ApiError> {
    let path = format!("{}/pullrequestquery?{VERSION}", path_of(repository));
    let body = json!({"queries": [{"type": "lastMergeCommit", "items": [commit]}]});
    let answer = client.send(Method::Post, &path, &body)?.body;
    let results = answer["results"].as_array().into_iter().flatten();
    let all = results.filter_map(|result| result.get(commit)).filter_map(Value::as_array).flatten();
    let merged = all.filter(|pull| pull["status"] == "completed");
    Ok(merged.filter_map(|pull| pull["pullRequestId"].as_u64()).max())
}
