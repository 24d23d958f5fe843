//! The pull request that a CI system runs for: which one it is, who may ask in it, and what is written to it.

mod author;
mod comment;
mod environment;
mod remote;
pub(super) mod removal;

use callboard_planner::effect::Api;

pub(super) use author::{account_of, check_author};
pub(super) use comment::{Planned, comment, completed, not_undone, shown_hash, stopped, undone};
pub(super) use remote::{repository as remote_repository, web_url as remote_url};

use super::{Failure, exit::outside};
use crate::{
    base::environment::{Environment, Redactor, Secret},
    forge::{self, ApiError, Connections, Credential, reviews::Reviews},
};

/// The repository that a job of a CI system runs for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CiRepository {
    /// Whose API its forge has.
    pub(super) api: Api,
    /// The address of the API.
    base_url: String,
    /// The address of the repository's web page.
    pub(super) web: String,
    /// The repository as the paths of the API name it.
    pub(super) path: String,
    /// The web page of the job.
    pub(super) job: Option<String>,
    /// Variables that may have the CI system's own token, the first one first.
    tokens: &'static [&'static str],
}

/// The pull request that a job of a CI system runs for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CiPullRequest {
    /// Its repository.
    pub(super) repository: CiRepository,
    /// Its number.
    pub(super) number: u64,
    /// Names of the commit that it would be merged into; the first that the clone has is taken.
    pub(super) bases: Vec<String>,
    /// The commit at its head.
    pub(super) head: String,
    /// Whether its branch is in another repository, so that the job has no secrets.
    pub(super) is_fork: bool,
}

impl CiPullRequest {
    /// Reads it from the variables of GitHub, Gitea, GitLab or Azure DevOps.
    ///
    /// # Errors
    /// The command does not run for a pull request of one of these.
    pub(super) fn of(environment: &Environment) -> Result<Self, Failure> {
        environment::pull_request(environment)
    }
}

impl CiRepository {
    /// Reads it from the variables of GitHub, Gitea, GitLab or Azure DevOps.
    ///
    /// # Errors
    /// The command runs in none of these.
    pub(super) fn of(environment: &Environment) -> Result<Self, Failure> {
        environment::repository(environment)
    }

    /// Who started the job: the name of the account, and its e-mail address where the CI system says it.
    pub(super) fn actor(environment: &Environment) -> Option<(String, Option<String>)> {
        environment::actor(environment)
    }

    /// The credential that may write to it: that of the settings, or the CI system's own token.
    pub(super) fn credential(
        &self,
        connections: &Connections,
        environment: &Environment,
    ) -> Option<Credential> {
        connections.credential_of(&self.web).cloned().or_else(|| {
            let token = self.tokens.iter().find_map(|name| environment.secret(name));
            token.map(Credential::token)
        })
    }

    /// The client of the forge's API.
    ///
    /// # Errors
    /// The address or the credential cannot be used.
    pub(super) fn client<'c>(
        &self,
        connections: &'c Connections,
        credential: &Credential,
    ) -> Result<forge::Client<'c>, ApiError> {
        // The credential of a request is replaced in what its response says.
        let redactor = Redactor::default();
        forge::Client::new(connections, self.api, &self.base_url, Some(credential), &redactor)
    }

    /// A pull request on the forge.
    ///
    /// # Errors
    /// The address or the credential cannot be used.
    pub(super) fn reviews<'c>(
        &self,
        connections: &'c Connections,
        credential: &Credential,
        number: u64,
    ) -> Result<Box<dyn Reviews + 'c>, ApiError> {
        let client = self.client(connections, credential)?;
        forge::reviews::reviews(client, self.api, &self.path, number)
    }

    /// The number of the pull request that a commit merged.
    ///
    /// # Errors
    /// The forge refuses or does not answer.
    pub(super) fn merged_by(
        &self,
        client: &forge::Client<'_>,
        commit: &str,
    ) -> Result<Option<u64>, ApiError> {
        forge::reviews::merged_by(client, self.api, &self.path, commit)
    }

    /// The host of the repository's web page, without a port, which keys of annotations cannot have.
    pub(super) fn host(&self) -> &str {
        let rest = self.web.split_once("://").map_or(&*self.web, |(_, rest)| rest);
        rest.split(['/', ':']).next().unwrap_or(rest)
    }

    /// The secrets that the CI system gives to its jobs.
    pub(super) fn secrets(&self, environment: &Environment) -> Vec<Secret> {
        self.tokens.iter().filter_map(|name| environment.secret(name)).collect()
    }
}

/// How a command fails when a forge does.
pub(super) fn failure(error: ApiError) -> Failure {
    outside(error)
}
