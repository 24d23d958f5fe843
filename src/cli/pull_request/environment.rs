//! What CI systems say of the pull request that a job runs for, in variables and files.

use std::path::Path;

use anyhow::anyhow;
use callboard_planner::effect::Api;
use serde_json::Value;

use super::{CiPullRequest, CiRepository};
use crate::{
    base::{environment::Environment, fs},
    cli::{Failure, ci_system::CiSystem},
};

/// Most bytes of the file with an event of GitHub.
const MOST_EVENT: usize = 25_000_000;

fn system(environment: &Environment) -> Result<CiSystem, Failure> {
    CiSystem::of(environment).ok_or_else(|| {
        Failure::Usage(anyhow!(
            "this needs a job of GitHub, Gitea, GitLab or Azure DevOps\nhint: elsewhere, name the commits or requests: \
             `callboard scaffold plan --base REV --head REV`, `callboard scaffold apply REQUEST --approved HASH`"
        ))
    })
}

pub(super) fn repository(environment: &Environment) -> Result<CiRepository, Failure> {
    let get = |name: &str| needed(environment, name);
    Ok(match system(environment)? {
        system @ (CiSystem::GitHub | CiSystem::Gitea) => {
            let path = get("GITHUB_REPOSITORY")?;
            let web = format!("{}/{path}", get("GITHUB_SERVER_URL")?.trim_end_matches('/'));
            let run = environment.get("GITHUB_RUN_ID").filter(|_| system == CiSystem::GitHub);
            CiRepository {
                api: if system == CiSystem::GitHub { Api::GitHub } else { Api::Gitea },
                base_url: get("GITHUB_API_URL")?,
                path,
                job: run.map(|run| format!("{web}/actions/runs/{run}")),
                web,
                tokens: &["CALLBOARD_GIT_TOKEN", "GITHUB_TOKEN", "GITEA_TOKEN"],
            }
        }
        CiSystem::GitLab => CiRepository {
            api: Api::GitLab,
            base_url: get("CI_API_V4_URL")?,
            web: get("CI_PROJECT_URL")?,
            path: get("CI_PROJECT_ID")?,
            job: environment.get("CI_JOB_URL").map(str::to_owned),
            tokens: &["CALLBOARD_GIT_TOKEN", "GITLAB_TOKEN"],
        },
        CiSystem::Azure => azure(environment)?,
    })
}

fn azure(environment: &Environment) -> Result<CiRepository, Failure> {
    let get = |name: &str| needed(environment, name);
    // `https://dev.azure.com/acme/`, or `https://server/tfs/collection/` on premise.
    let collection = get("SYSTEM_COLLECTIONURI")?;
    let collection = collection.trim_end_matches('/');
    let (base_url, organization) = collection.rsplit_once('/').ok_or_else(|| {
        Failure::Usage(anyhow!("`{collection}` is not the address of a collection"))
    })?;
    let (project, name) = (get("SYSTEM_TEAMPROJECT")?, get("BUILD_REPOSITORY_NAME")?);
    let web = format!("{collection}/{project}");
    let job = environment.get("BUILD_BUILDID");
    Ok(CiRepository {
        api: Api::AzureDevOps,
        base_url: base_url.to_owned(),
        job: job.map(|build| format!("{web}/_build/results?buildId={build}").replace(' ', "%20")),
        web: format!("{web}/_git/{name}").replace(' ', "%20"),
        path: format!("{organization}/{project}/{name}"),
        tokens: &["CALLBOARD_GIT_TOKEN", "SYSTEM_ACCESSTOKEN"],
    })
}

/// Who started the job: the name of the account, and its e-mail address where the CI system says it.
pub(super) fn actor(environment: &Environment) -> Option<(String, Option<String>)> {
    let get =
        |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(str::to_owned);
    match CiSystem::of(environment)? {
        // Who runs a job again has not written its inputs.
        CiSystem::GitHub | CiSystem::Gitea => Some((get("GITHUB_ACTOR")?, None)),
        CiSystem::GitLab => Some((get("GITLAB_USER_LOGIN")?, get("GITLAB_USER_EMAIL"))),
        CiSystem::Azure => {
            let email = get("BUILD_REQUESTEDFOREMAIL")?;
            Some((email.clone(), Some(email)))
        }
    }
}

pub(super) fn pull_request(environment: &Environment) -> Result<CiPullRequest, Failure> {
    let repository = repository(environment)?;
    match system(environment)? {
        CiSystem::GitHub | CiSystem::Gitea => of_event(environment, repository),
        CiSystem::GitLab => of_gitlab(environment, repository),
        CiSystem::Azure => of_azure(environment, repository),
    }
}

/// The value of a variable that a job for a pull request has.
fn needed(environment: &Environment, name: &str) -> Result<String, Failure> {
    let value = environment.get(name).filter(|value| !value.is_empty());
    value.map(str::to_owned).ok_or_else(|| {
        Failure::Usage(anyhow!(
            "the variable `{name}` is missing: this job does not run for a pull request"
        ))
    })
}

fn number(text: &str) -> Result<u64, Failure> {
    text.parse()
        .map_err(|_| Failure::Usage(anyhow!("`{text}` is not the number of a pull request")))
}

/// GitHub, and Gitea and Forgejo, whose runners write the same event into a file.
fn of_event(environment: &Environment, repository: CiRepository) -> Result<CiPullRequest, Failure> {
    let file = needed(environment, "GITHUB_EVENT_PATH")?;
    let event = fs::read_text(Path::new(&file))?;
    if event.len() > MOST_EVENT {
        return Err(Failure::Usage(anyhow!("`{file}` has more than {MOST_EVENT} bytes")));
    }
    let event: Value = serde_json::from_str(&event)
        .map_err(|error| Failure::Usage(anyhow!("`{file}` cannot be read: {error}")))?;
    let text = |pointer: &str| {
        let value = event.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    if event["merge_group"].is_object() {
        // The queue's branch is `gh-readonly-queue/<base>/pr-<number>-<commit>`.
        let queue = text("/merge_group/head_ref");
        let pull = queue.rsplit("/pr-").next().and_then(|rest| rest.split('-').next());
        return Ok(CiPullRequest {
            repository,
            number: number(pull.unwrap_or_default())?,
            bases: bases(&text("/merge_group/base_ref"), &text("/merge_group/base_sha")),
            head: text("/merge_group/head_sha"),
            is_fork: false,
        });
    }
    let number = event.pointer("/pull_request/number").and_then(Value::as_u64);
    let number = number.ok_or_else(|| {
        Failure::Usage(anyhow!("the event of this job is not one of a pull request"))
    })?;
    let from = text("/pull_request/head/repo/full_name");
    Ok(CiPullRequest {
        is_fork: !from.eq_ignore_ascii_case(&repository.path),
        repository,
        number,
        bases: bases(&text("/pull_request/base/ref"), &text("/pull_request/base/sha")),
        head: text("/pull_request/head/sha"),
    })
}

fn of_gitlab(
    environment: &Environment,
    repository: CiRepository,
) -> Result<CiPullRequest, Failure> {
    let get = |name: &str| needed(environment, name);
    let number = number(&get("CI_MERGE_REQUEST_IID")?)?;
    let source = environment.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID");
    let source_commit = environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA");
    // It is empty unless the pipeline is one of merged results.
    let head = source_commit.filter(|commit| !commit.is_empty()).map(str::to_owned);
    let base = environment.get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA").unwrap_or_default();
    let diff_base = environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA").unwrap_or_default();
    let mut bases = bases(&get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")?, base);
    bases.extend(Some(diff_base.to_owned()).filter(|base| !base.is_empty()));
    Ok(CiPullRequest {
        number,
        bases,
        head: head.map_or_else(|| get("CI_COMMIT_SHA"), Ok)?,
        is_fork: source.is_some_and(|source| source != repository.path),
        repository,
    })
}

fn of_azure(environment: &Environment, repository: CiRepository) -> Result<CiPullRequest, Failure> {
    let get = |name: &str| needed(environment, name);
    let is_fork = environment.get("SYSTEM_PULLREQUEST_ISFORK");
    Ok(CiPullRequest {
        repository,
        number: number(&get("SYSTEM_PULLREQUEST_PULLREQUESTID")?)?,
        bases: bases(&get("SYSTEM_PULLREQUEST_TARGETBRANCH")?, ""),
        head: get("SYSTEM_PULLREQUEST_SOURCECOMMITID")?,
        is_fork: is_fork.is_some_and(|value| value.eq_ignore_ascii_case("true")),
    })
}

/// Names of the commit that a pull request would be merged into: the branch as it was fetched, which is newer than what an
/// event says when a job is run again, and then that commit.
fn bases(branch: &str, commit: &str) -> Vec<String> {
    let branch = branch.trim_start_matches("refs/heads/");
    let names = [format!("refs/remotes/origin/{branch}"), commit.to_owned()];
    names.into_iter().filter(|name| !name.is_empty() && !name.ends_with('/')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let start = Environment::default();
        variables.iter().fold(start, |environment, (name, value)| environment.with(*name, *value))
    }

    fn in_event(event: &str, variables: &[(&str, &str)]) -> Result<CiPullRequest, Failure> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write_atomic(file.path(), event.as_bytes()).expect("writable");
        let path = crate::base::path::shown(file.path());
        let common = [
            ("GITHUB_EVENT_PATH", path.as_str()),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_API_URL", "https://api.github.com"),
            ("GITHUB_REPOSITORY", "acme/portal"),
            ("GITHUB_RUN_ID", "7"),
        ];
        pull_request(&environment(&[&common, variables].concat()))
    }

    const EVENT: &str = r#"{"pull_request": {"number": 12, "base": {"ref": "main", "sha": "b1"},
        "head": {"sha": "h1", "repo": {"full_name": "acme/portal"}}}}"#;

    #[test]
    fn github_and_gitea_say_it_in_an_event() {
        let found = in_event(EVENT, &[("GITHUB_ACTIONS", "true")]).expect("a pull request");
        assert_eq!(found.repository.api, Api::GitHub);
        assert_eq!((found.number, &*found.head, found.is_fork), (12, "h1", false));
        assert_eq!(found.bases, ["refs/remotes/origin/main", "b1"]);
        assert_eq!(
            found.repository.job.as_deref(),
            Some("https://github.com/acme/portal/actions/runs/7")
        );
        assert_eq!(found.repository.host(), "github.com");
        let fork = EVENT.replace("acme/portal", "mallory/portal");
        assert!(in_event(&fork, &[("GITHUB_ACTIONS", "true")]).expect("one").is_fork);
        let gitea = [("GITHUB_ACTIONS", "true"), ("GITEA_ACTIONS", "true")];
        assert_eq!(in_event(EVENT, &gitea).expect("one").repository.api, Api::Gitea);
    }

    #[test]
    fn a_merge_queue_names_the_pull_request_in_its_branch() {
        let event = r#"{"merge_group": {"head_ref": "refs/heads/gh-readonly-queue/main/pr-12-abc",
            "base_ref": "refs/heads/main", "base_sha": "b1", "head_sha": "h1"}}"#;
        let found = in_event(event, &[("GITHUB_ACTIONS", "true")]).expect("a pull request");
        assert_eq!((found.number, &*found.head), (12, "h1"));
        assert_eq!(found.bases, ["refs/remotes/origin/main", "b1"]);
    }

    #[test]
    fn gitlab_and_azure_say_it_in_variables() {
        let gitlab = [
            ("GITLAB_CI", "true"),
            ("CI_MERGE_REQUEST_IID", "3"),
            ("CI_PROJECT_ID", "42"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "43"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "b1"),
            ("CI_COMMIT_SHA", "h1"),
            ("CI_API_V4_URL", "https://gitlab.acme.io/api/v4"),
            ("CI_PROJECT_URL", "https://gitlab.acme.io/tools/portal"),
        ];
        let found = pull_request(&environment(&gitlab)).expect("a merge request");
        assert_eq!((found.number, &*found.head, found.is_fork), (3, "h1", true));
        assert_eq!(found.bases, ["refs/remotes/origin/main", "b1"]);
        assert_eq!(found.repository.path, "42");

        let azure = [
            ("TF_BUILD", "True"),
            ("SYSTEM_PULLREQUEST_PULLREQUESTID", "5"),
            ("SYSTEM_COLLECTIONURI", "https://server.acme.io/tfs/Default/"),
            ("SYSTEM_TEAMPROJECT", "My Team"),
            ("BUILD_REPOSITORY_NAME", "portal"),
            ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
            ("SYSTEM_PULLREQUEST_SOURCECOMMITID", "h1"),
            ("BUILD_BUILDID", "9"),
        ];
        let found = pull_request(&environment(&azure)).expect("a pull request");
        assert_eq!(found.repository.base_url, "https://server.acme.io/tfs");
        assert_eq!(found.repository.path, "Default/My Team/portal");
        assert_eq!(
            found.repository.web,
            "https://server.acme.io/tfs/Default/My%20Team/_git/portal"
        );
        assert_eq!(found.bases, ["refs/remotes/origin/main"]);
        assert_eq!(found.repository.host(), "server.acme.io");
    }

    #[test]
    fn a_job_for_something_else_says_what_is_missing() {
        let text = |result: Result<CiPullRequest, Failure>| match result {
            Err(Failure::Usage(error)) => error.to_string(),
            other => panic!("{:?}", other.is_ok()),
        };
        assert!(text(pull_request(&environment(&[]))).contains("--base REV --head REV"));
        let found = text(pull_request(&environment(&[("GITLAB_CI", "true")])));
        assert!(found.contains("`CI_API_V4_URL` is missing"), "{found}");
        let push = in_event("{\"ref\": \"refs/heads/main\"}", &[("GITHUB_ACTIONS", "true")]);
        assert!(text(push).contains("not one of a pull request"));
    }
}
