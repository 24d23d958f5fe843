//! Pull requests: who opened one, its comment and its status.

mod azure;
mod comment;
mod github;
mod gitlab;
mod open;
#[cfg(test)]
mod tests;

use callboard_planner::effect::Api;
pub use open::{NewPullRequest, open_pull_request};

use super::{ApiError, Client};
use crate::base::diagnostics::Position;

/// A pull request, as its forge shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Who opened it: the name of the account.
    pub author: String,
    /// The e-mail address of the account, where the forge shows it.
    pub email: Option<String>,
    /// The commit at its head.
    pub head: String,
    /// The commit that merged it; `None` while it is not merged.
    pub merged: Option<String>,
    /// Its web page.
    pub url: String,
}

/// A reviewer who approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approver {
    /// The name of the account.
    pub account: String,
    /// Its e-mail address, where the forge shows it.
    pub email: Option<String>,
    /// The commit that was approved, where the forge says it.
    pub commit: Option<String>,
}

/// How a check of a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It passed.
    Success,
    /// It did not.
    Failure,
}

/// The status of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The commit.
    pub commit: String,
    /// How the check ended.
    pub outcome: Outcome,
    /// One line for people.
    pub description: String,
    /// The page with more about it.
    pub url: Option<String>,
}

/// What is wrong at a place of a file of the pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The file, from the root of the repository.
    pub file: String,
    /// Line and column, both counted from 1; none of a whole file.
    pub position: Option<Position>,
    /// What is wrong, as Markdown.
    pub text: String,
}

/// What the comment starts with. It has spaces, because Gitea fails on comments that begin with a long word.
pub const MARKER: &str = "<!-- callboard plan -->";

/// The name of the check, by which forges can demand it.
pub const CHECK: &str = "callboard/plan";

/// One pull request on a forge.
pub trait Reviews {
    /// Reads it.
    ///
    /// # Errors
    /// The forge refuses or does not answer.
    fn pull_request(&self) -> Result<PullRequest, ApiError>;

    /// Those who approved it, and did not take that back.
    ///
    /// # Errors
    /// The forge refuses or does not answer.
    fn approvers(&self) -> Result<Vec<Approver>, ApiError>;

    /// Writes the one comment that starts with a marker. `write` gets the text that is there, and returns the new one;
    /// `None` leaves things as they are.
    ///
    /// # Errors
    /// The forge refuses or does not answer.
    fn set_comment(
        &self,
        marker: &str,
        write: &mut dyn FnMut(Option<&str>) -> Option<String>,
    ) -> Result<(), ApiError>;

    /// Sets the status of the check.
    ///
    /// # Errors
    /// The forge refuses or does not answer.
    fn set_status(&self, status: &Status) -> Result<(), ApiError>;

    /// Writes a comment at the place of each remark, and closes those of former remarks. A forge whose logs or reports
    /// annotate lines needs no comments, and gets none.
    ///
    /// # Errors
    /// The forge refuses or does not answer.
    fn set_remarks(&self, _remarks: &[Remark]) -> Result<(), ApiError> {
        Ok(())
    }
}

/// The pull request with a number, in a repository as the paths of the API name it: `owner/name` on GitHub and Gitea, the
/// id or path of the project on GitLab, `organisation/project/repository` on Azure DevOps.
///
/// # Errors
/// The server has no pull requests.
pub fn reviews<'c>(
    client: Client<'c>,
    api: Api,
    repository: &str,
    number: u64,
) -> Result<Box<dyn Reviews + 'c>, ApiError> {
    Ok(match api {
        Api::GitHub | Api::Gitea => {
            Box::new(github::GitHubReviews::new(client, api, repository, number))
        }
        Api::GitLab => Box::new(gitlab::GitLabReviews::new(client, repository, number)),
        Api::AzureDevOps => Box::new(azure::AzureReviews::new(client, repository, number)),
        Api::Bitbucket | Api::Kubernetes | Api::ArgoCd => return Err(without_reviews(repository)),
    })
}

fn without_reviews(repository: &str) -> ApiError {
    ApiError::Address(repository.to_owned(), "its server has no pull requests that are known here")
}

/// The number of the newest pull request that a commit merged, on the forges that can be asked for it.
///
/// # Errors
/// The forge refuses or does not answer.
pub fn merged_by(
    client: &Client<'_>,
    api: Api,
    repository: &str,
    commit: &str,
) -> Result<Option<u64>, ApiError> {
    match api {
        Api::GitHub | Api::Gitea => github::merged_by(client, api, repository, commit),
        Api::GitLab => gitlab::merged_by(client, repository, commit),
        Api::AzureDevOps => azure::merged_by(client, repository, commit),
        Api::Bitbucket | Api::Kubernetes | Api::ArgoCd => Err(without_reviews(repository)),
    }
}
