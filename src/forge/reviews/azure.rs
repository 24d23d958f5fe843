//! Pull requests of Azure DevOps. The comment is a thread, which is closed when all is well.

use serde_json::{Value, json};

use super::{
    Approver, CHECK, Outcome, PullRequest, Remark, Reviews, Status,
    comment::{self, Comment, id, text},
};
use crate::{
    base::{diagnostics::Position, hash::sha256_hex, http::Method, percent::encode},
    forge::{ApiError, Client},
};

/// The version of the API.
pub(super) const VERSION: &str = "api-version=7.1";
/// The vote of a reviewer from which on it is an approval; 5 is one with suggestions.
const APPROVED: i64 = 5;
/// What the comments of remarks start with.
const REMARK: &str = "<!-- callboard remark";
/// How many remarks have a thread; the comment names more.
const MOST_REMARKS: usize = 20;

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

    fn set_remarks(&self, remarks: &[Remark]) -> Result<(), ApiError> {
        let wanted: Vec<_> =
            remarks.iter().take(MOST_REMARKS).map(|r| (remark_marker(r), r)).collect();
        let threads = self.remark_threads()?;
        for (marker, remark) in &wanted {
            match threads.iter().find(|thread| thread.text.starts_with(marker)) {
                Some(thread) => self.set_thread(thread, true)?,
                None => self.add_remark(marker, remark)?,
            }
        }
        let is_wanted = |thread: &RemarkThread| {
            wanted.iter().any(|(marker, _)| thread.text.starts_with(marker))
        };
        threads
            .iter()
            .filter(|thread| !is_wanted(thread))
            .try_for_each(|thread| self.set_thread(thread, false))
    }
}

/// A thread at the place of a remark.
struct RemarkThread {
    id: String,
    /// The text of its first comment.
    text: String,
    is_active: bool,
}

/// What the comment of a remark starts with. It is the same as long as file and text are; lines move.
fn remark_marker(remark: &Remark) -> String {
    let key = sha256_hex(format!("{}\0{}", remark.file, remark.text).as_bytes());
    format!("{REMARK} {} -->", &key[..16])
}

impl AzureReviews<'_> {
    fn remark_threads(&self) -> Result<Vec<RemarkThread>, ApiError> {
        let all = self.client.all(&self.path("/threads"), "/value")?.into_iter();
        let threads = all.filter(|thread| thread["isDeleted"] != true).map(|thread| RemarkThread {
            id: id(&thread, "/id"),
            text: text(&thread, "/comments/0/content"),
            is_active: thread["status"] == "active",
        });
        Ok(threads.filter(|thread| thread.text.starts_with(REMARK)).collect())
    }

    fn add_remark(&self, marker: &str, remark: &Remark) -> Result<(), ApiError> {
        let mut context = json!({"filePath": format!("/{}", remark.file)});
        if let Some(Position { line, column }) = remark.position {
            context["rightFileStart"] = json!({"line": line, "offset": column});
            context["rightFileEnd"] = json!({"line": line, "offset": column + 1});
        }
        let content = format!("{marker}\n{}", remark.text);
        let comment = json!({"parentCommentId": 0, "content": content, "commentType": "text"});
        let body = json!({"comments": [comment], "status": "active", "threadContext": context});
        let made = self.client.send(Method::Post, &self.path("/threads"), &body).map(drop);
        match made {
            // It may have been made although there was no answer.
            Err(error) if error.may_be_done() => {
                let is_there = |thread: &RemarkThread| thread.text.starts_with(marker);
                if self.remark_threads()?.iter().any(is_there) { Ok(()) } else { Err(error) }
            }
            made => made,
        }
    }

    /// Opens or closes a thread that is not so yet.
    fn set_thread(&self, thread: &RemarkThread, is_active: bool) -> Result<(), ApiError> {
        if thread.is_active == is_active {
            return Ok(());
        }
        let state = if is_active { "active" } else { "closed" };
        let path = self.path(&format!("/threads/{}", thread.id));
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
