//! Merge requests of GitLab.

use std::cell::OnceCell;

use serde_json::{Value, json};

use super::{
    Approver, CHECK, Outcome, PullRequest, Reviews, Status,
    comment::{self, Comment, id, text},
};
use crate::{
    base::{http::Method, percent::encode},
    forge::{ApiError, Client},
};

pub(super) struct GitLabReviews<'c> {
    client: Client<'c>,
    /// `/projects/<id or encoded path>`.
    project: String,
    number: u64,
    /// The account of the credential, once it was asked for.
    account: OnceCell<String>,
}

pub(super) fn path_of(project: &str) -> String {
    format!("/projects/{}", encode(project))
}

impl<'c> GitLabReviews<'c> {
    pub(super) fn new(client: Client<'c>, project: &str, number: u64) -> Self {
        Self { client, project: path_of(project), number, account: OnceCell::new() }
    }

    fn account(&self) -> Result<&str, ApiError> {
        if let Some(account) = self.account.get() {
            return Ok(account);
        }
        let account = self.client.send(Method::Get, "/user", &Value::Null)?.body;
        Ok(self.account.get_or_init(|| text(&account, "/username")))
    }

    fn path(&self, rest: &str) -> String {
        format!("{}/merge_requests/{}{rest}", self.project, self.number)
    }

    fn find(&self, marker: &str) -> Result<Option<Comment>, ApiError> {
        let account = self.account()?;
        let is_wanted = |value: &Value| {
            text(value, "/author/username") == account && text(value, "/body").starts_with(marker)
        };
        let found = self.client.find(&self.path("/notes?per_page=100"), "", &is_wanted)?;
        Ok(found.map(|value| Comment { id: id(&value, "/id"), text: text(&value, "/body") }))
    }
}

impl Reviews for GitLabReviews<'_> {
    fn pull_request(&self) -> Result<PullRequest, ApiError> {
        let value = self.client.send(Method::Get, &self.path(""), &Value::Null)?.body;
        let merged = ["/merge_commit_sha", "/squash_commit_sha", "/sha"]
            .iter()
            .map(|pointer| text(&value, pointer))
            .find(|commit| !commit.is_empty());
        Ok(PullRequest {
            author: text(&value, "/author/username"),
            email: None,
            head: text(&value, "/sha"),
            merged: merged.filter(|_| value["state"] == "merged"),
            url: text(&value, "/web_url"),
        })
    }

    fn approvers(&self) -> Result<Vec<Approver>, ApiError> {
        let value = self.client.send(Method::Get, &self.path("/approvals"), &Value::Null)?.body;
        let all = value["approved_by"].as_array().into_iter().flatten();
        let approver = |value: &Value| Approver {
            account: text(value, "/user/username"),
            email: None,
            commit: None,
        };
        Ok(all.map(approver).collect())
    }

    fn set_comment(
        &self,
        marker: &str,
        write: &mut dyn FnMut(Option<&str>) -> Option<String>,
    ) -> Result<(), ApiError> {
        let change = |id: Option<&str>, text: &str| {
            let (method, path) = match id {
                Some(id) => (Method::Put, self.path(&format!("/notes/{id}"))),
                None => (Method::Post, self.path("/notes")),
            };
            self.client.send(method, &path, &json!({"body": text})).map(drop)
        };
        comment::set(&|| self.find(marker), write, &change)
    }

    fn set_status(&self, status: &Status) -> Result<(), ApiError> {
        let state = match status.outcome {
            Outcome::Success => "success",
            Outcome::Failure => "failed",
        };
        let mut body = json!({"state": state, "name": CHECK, "description": status.description});
        if let Some(url) = &status.url {
            body["target_url"] = json!(url);
        }
        let path = format!("{}/statuses/{}", self.project, encode(&status.commit));
        self.client.send(Method::Post, &path, &body).map(drop)
    }
}

pub(super) fn merged_by(
    client: &Client<'_>,
    project: &str,
    commit: &str,
) -> Result<Option<u64>, ApiError> {
    let (project, commit) = (encode(project), encode(commit));
    let path =
        format!("/projects/{project}/repository/commits/{commit}/merge_requests?per_page=100");
    let all = client.all(&path, "")?;
    let merged = all.iter().filter(|merge_request| merge_request["state"] == "merged");
    Ok(merged.filter_map(|merge_request| merge_request["iid"].as_u64()).max())
}
