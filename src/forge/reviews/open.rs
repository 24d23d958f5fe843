//! Opens pull requests.

use callboard_planner::effect::Api;
use serde_json::{Value, json};

use super::{azure, comment::text, github, gitlab, without_reviews};
use crate::{
    base::{http::Method, percent::encode},
    forge::{ApiError, Client},
};

/// A pull request that is to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPullRequest<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its text, as Markdown.
    pub text: &'a str,
    /// Its branch in the repository itself.
    pub branch: &'a str,
    /// The branch that it is merged into.
    pub base: &'a str,
}

/// Opens a pull request, unless its branch has an open one; returns the address of its web page.
///
/// # Errors
/// The forge refuses or does not answer. Gitea says 404 for a moment after the branch was pushed.
pub fn open_pull_request(
    client: &Client<'_>,
    api: Api,
    repository: &str,
    new: &NewPullRequest<'_>,
) -> Result<String, ApiError> {
    let reference = |branch: &str| format!("refs/heads/{branch}");
    let NewPullRequest { title, text: body, branch, base } = *new;
    let (list, items, has_branch, create, body) = match api {
        Api::GitHub | Api::Gitea => {
            let pulls = format!("{}/pulls", github::path_of(repository));
            let body = json!({"title": title, "body": body, "head": branch, "base": base});
            // GitHub lists those of the branch only, and Gitea all.
            let owner = repository.split('/').next().unwrap_or_default();
            let head = encode(&format!("{owner}:{branch}"));
            let list = format!("{pulls}?state=open&head={head}&per_page=100");
            (list, "", "/head/ref", pulls, body)
        }
        Api::GitLab => {
            let merges = format!("{}/merge_requests", gitlab::path_of(repository));
            let body = json!({
                "title": title, "description": body, "source_branch": branch, "target_branch": base,
                "remove_source_branch": true,
            });
            let list = format!("{merges}?state=opened&source_branch={}", encode(branch));
            (list, "", "/source_branch", merges, body)
        }
        Api::AzureDevOps => {
            let pulls = format!("{}/pullrequests", azure::path_of(repository));
            let body = json!({
                "title": title, "description": body, "sourceRefName": reference(branch),
                "targetRefName": reference(base),
            });
            let list = format!("{pulls}?searchCriteria.status=active&{}", azure::VERSION);
            (list, "/value", "/sourceRefName", format!("{pulls}?{}", azure::VERSION), body)
        }
        Api::Bitbucket | Api::Kubernetes | Api::ArgoCd => return Err(without_reviews(repository)),
    };
    let is_of_branch = |value: &Value| {
        let name = text(value, has_branch);
        // A fork may have a branch of the same name.
        let is_of_fork = match api {
            Api::GitLab => value["source_project_id"] != value["target_project_id"],
            Api::AzureDevOps => !value["forkSource"].is_null(),
            _ => !text(value, "/head/repo/full_name").eq_ignore_ascii_case(repository),
        };
        !is_of_fork && (name == branch || name == reference(branch))
    };
    let pull = match client.find(&list, items, &is_of_branch)? {
        Some(pull) => pull,
        None => client.send(Method::Post, &create, &body)?.body,
    };
    Ok(match api {
        Api::GitLab => text(&pull, "/web_url"),
        Api::AzureDevOps => {
            let number = pull["pullRequestId"].as_u64().unwrap_or_default();
            format!("{}/pullrequest/{number}", text(&pull, "/repository/webUrl"))
        }
        _ => text(&pull, "/html_url"),
    })
}
