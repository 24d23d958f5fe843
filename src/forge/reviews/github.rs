//! Pull requests of GitHub, and of Gitea and Forgejo, whose API is made after GitHub's.

use std::cell::OnceCell;

use callboard_planner::effect::Api;
use serde_json::{Value, json};

use super::{
    Approver, CHECK, Outcome, PullRequest, Reviews, Status,
    comment::{self, Comment, id, text},
};
use crate::{
    base::{http::Method, percent::encode},
    forge::{ApiError, Client},
};

/// The longest description of a status.
const MOST_DESCRIPTION: usize = 140;

pub(super) struct GitHubReviews<'c> {
    client: Client<'c>,
    /// `/repos/owner/name`.
    repository: String,
    number: u64,
    api: Api,
    /// The account of the credential, once it was asked for.
    account: OnceCell<Option<String>>,
}

pub(super) fn path_of(repository: &str) -> String {
    let parts: Vec<_> = repository.split('/').map(encode).collect();
    format!("/repos/{}", parts.join("/"))
}

impl<'c> GitHubReviews<'c> {
    pub(super) fn new(client: Client<'c>, api: Api, repository: &str, number: u64) -> Self {
        let repository = path_of(repository);
        Self { client, repository, number, api, account: OnceCell::new() }
    }

    /// The account of the credential; `None` for a token of an app, which has none.
    fn account(&self) -> Result<Option<String>, ApiError> {
        if let Some(account) = self.account.get() {
            return Ok(account.clone());
        }
        let account = self.ask_account()?;
        Ok(self.account.get_or_init(|| account).clone())
    }

    fn ask_account(&self) -> Result<Option<String>, ApiError> {
        match self.client.send(Method::Get, "/user", &Value::Null) {
            Ok(answer) => Ok(Some(text(&answer.body, "/login"))),
            Err(error) if matches!(error.status(), Some(401 | 403 | 404)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The comment with the marker that the account of the credential wrote. Everybody can write a comment with the
    /// marker, so those of others are not touched.
    fn find(&self, marker: &str) -> Result<Option<Comment>, ApiError> {
        let account = self.account()?;
        // Gitea gives all comments at once.
        let page = if self.api == Api::Gitea { "" } else { "?per_page=100" };
        let path = format!("{}/issues/{}/comments{page}", self.repository, self.number);
        let is_wanted = |value: &Value| {
            let is_own = match &account {
                Some(account) => text(value, "/user/login") == *account,
                None => text(value, "/user/type") == "Bot",
            };
            is_own && text(value, "/body").starts_with(marker)
        };
        let found = self.client.find(&path, "", &is_wanted)?;
        Ok(found.map(|value| Comment { id: id(&value, "/id"), text: text(&value, "/body") }))
    }
}

impl Reviews for GitHubReviews<'_> {
    fn pull_request(&self) -> Result<PullRequest, ApiError> {
        let path = format!("{}/pulls/{}", self.repository, self.number);
        let value = self.client.send(Method::Get, &path, &Value::Null)?.body;
        let is_merged = value["merged"] == true || !value["merged_at"].is_null();
        Ok(PullRequest {
            author: text(&value, "/user/login"),
            email: Some(text(&value, "/user/email")).filter(|email| !email.is_empty()),
            head: text(&value, "/head/sha"),
            merged: is_merged.then(|| text(&value, "/merge_commit_sha")),
            url: text(&value, "/html_url"),
        })
    }

    fn approvers(&self) -> Result<Vec<Approver>, ApiError> {
        let page = if self.api == Api::Gitea { "limit=50" } else { "per_page=100" };
        let path = format!("{}/pulls/{}/reviews?{page}", self.repository, self.number);
        let mut latest: Vec<(String, Approver, bool)> = Vec::new();
        for review in self.client.all(&path, "")? {
            let state = text(&review, "/state");
            // A comment does not take an approval back.
            if state == "COMMENTED" || state == "COMMENT" || state == "PENDING" {
                continue;
            }
            let is_stale = review["stale"] == true || review["dismissed"] == true;
            let account = text(&review, "/user/login");
            let approver = Approver {
                account: account.clone(),
                email: Some(text(&review, "/user/email")).filter(|email| !email.is_empty()),
                commit: Some(text(&review, "/commit_id")).filter(|commit| !commit.is_empty()),
            };
            latest.retain(|(other, _, _)| *other != account);
            latest.push((account, approver, state == "APPROVED" && !is_stale));
        }
        Ok(latest.into_iter().filter(|(_, _, counts)| *counts).map(|(_, one, _)| one).collect())
    }

    fn set_comment(
        &self,
        marker: &str,
        write: &mut dyn FnMut(Option<&str>) -> Option<String>,
    ) -> Result<(), ApiError> {
        let change = |id: Option<&str>, text: &str| {
            let body = json!({"body": text});
            let (method, path) = match id {
                Some(id) => (Method::Patch, format!("{}/issues/comments/{id}", self.repository)),
                None => {
                    (Method::Post, format!("{}/issues/{}/comments", self.repository, self.number))
                }
            };
            self.client.send(method, &path, &body).map(drop)
        };
        comment::set(&|| self.find(marker), write, &change)
    }

    fn set_status(&self, status: &Status) -> Result<(), ApiError> {
        let state = match status.outcome {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
        };
        let description: String = status.description.chars().take(MOST_DESCRIPTION).collect();
        let mut body = json!({"state": state, "context": CHECK, "description": description});
        if let Some(url) = &status.url {
            body["target_url"] = json!(url);
        }
        let path = format!("{}/statuses/{}", self.repository, encode(&status.commit));
        self.client.send(Method::Post, &path, &body).map(drop)
    }
}

pub(super) fn merged_by(
    client: &Client<'_>,
    api: Api,
    repository: &str,
    commit: &str,
) -> Result<Option<u64>, ApiError> {
    let (repository, commit) = (path_of(repository), encode(commit));
    let path = match api {
        Api::Gitea => format!("{repository}/commits/{commit}/pull"),
        _ => format!("{repository}/commits/{commit}/pulls"),
    };
    let answer = match client.send(Method::Get, &path, &Value::Null) {
        Err(error) if error.status() == Some(404) => return Ok(None),
        answer => answer?.body,
    };
    let all = match answer {
        Value::Array(all) => all,
        one => vec![one],
    };
    let merged = all.iter().filter(|pull| !pull["merged_at"].is_null() || pull["merged"] == true);
    Ok(merged.filter_map(|pull| pull["number"].as_u64()).max())
}
