//! Run records: `runs/<id>.yaml` on the branch `callboard-runs`.
//!
//! A record is read by people and by the next runner: it has the request, the hash of the plan, and the state of
//! each step.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Claim, Request,
    plan::{Link, Plan, Text},
};
use crate::{
    base::{
        clock::rfc3339,
        diagnostics::{Diagnostic, Place},
        path::RelativePath,
        yaml::{self, YamlError},
    },
    catalog::names,
};

/// Branch of the records.
pub const BRANCH: &str = "callboard-runs";
/// Folder of the records on their branch.
pub const RUNS: &str = "runs";

/// The record of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Id of the request.
    pub request: String,
    /// Reference of the template.
    pub template: String,
    /// Digest of the template's folder.
    pub digest: String,
    /// Reference of the user who asked.
    pub requester: String,
    /// Hash of the plan.
    pub plan: String,
    /// Digest of the request's template, requester and parameters. Older records have none.
    #[serde(rename = "requestDigest", default, skip_serializing_if = "Option::is_none")]
    pub request_digest: Option<String>,
    /// The repositories and entities that it creates, which no other request may create. Older records have
    /// none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// Its status.
    pub status: Status,
    /// When it started, RFC 3339.
    pub created: String,
    /// When it ended, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// The error of a failed run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The parameters, with defaults.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    /// The steps, in order.
    pub steps: Vec<RunStep>,
    /// Links to what the run created.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Texts for the requester.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<Text>,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStep {
    /// Its id.
    pub id: String,
    /// Its title.
    pub name: String,
    /// The action it calls.
    pub action: String,
    /// Its status.
    pub status: Status,
    /// Summaries of its effects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// When it started, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// When it ended, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// What it did, or its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Its outputs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub output: BTreeMap<String, Value>,
}

/// The status of a run or a step, in Backstage's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not started.
    Open,
    /// Started, not ended.
    Processing,
    /// Ended without an error.
    Completed,
    /// Ended with an error.
    Failed,
    /// Not run: its condition was false, or an earlier step failed.
    Skipped,
}

impl Status {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

fn folder() -> RelativePath {
    RelativePath::new(RUNS).expect("the folder is a plain name")
}

impl Run {
    /// Reads a record.
    pub fn parse(text: &str) -> Result<Self, YamlError> {
        yaml::from_str(text)
    }

    /// The file of a request's record on the branch [`BRANCH`].
    pub(super) fn file(request: &str) -> RelativePath {
        let name = RelativePath::new(format!("{request}.yaml"));
        folder().join(&name.expect("a request's id is a name without slashes"))
    }

    /// True when the file has the name that belongs to the id of the request, and the id is valid.
    pub fn is_in(&self, file: &RelativePath) -> bool {
        names::is_object_name(&self.request) && Self::file(&self.request) == *file
    }

    /// Makes the record of a run that starts now.
    pub(super) fn new(plan: &Plan, now: Timestamp) -> Self {
        let steps = plan.steps.iter().map(|step| RunStep {
            id: step.id.clone(),
            name: step.name.clone(),
            action: step.action.clone(),
            status: Status::Open,
            effects: step.effects.iter().map(|e| e.summary().to_owned()).collect(),
            started: None,
            finished: None,
            message: None,
            output: BTreeMap::new(),
        });
        Self {
            request: plan.request.clone(),
            template: plan.template.reference.to_string(),
            digest: plan.template.digest.clone(),
            requester: plan.requester.to_string(),
            plan: plan.hash(),
            request_digest: Some(plan.request_digest.clone()),
            claims: plan.claims.clone(),
            status: Status::Processing,
            created: rfc3339(now),
            finished: None,
            message: None,
            parameters: plan.parameters.clone(),
            steps: steps.collect(),
            links: Vec::new(),
            text: Vec::new(),
        }
    }

    /// True when a step with effects has started.
    pub(super) fn has_touched(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| {
            !step.effects.is_empty() && !matches!(step.status, Status::Open | Status::Skipped)
        })
    }

    /// True when a change of the request has no effect any more: the run is completed, or has started effects.
    pub fn is_done(&self) -> bool {
        self.status == Status::Completed || self.has_touched()
    }

    /// True when the request has not changed since the run; also for old records, which have no digest.
    pub(super) fn is_of(&self, request: &Request) -> bool {
        self.request_digest.as_ref().is_none_or(|digest| *digest == request.digest())
    }

    /// The problem of a request in `file` that was changed or removed after its run.
    pub fn refusal(&self, file: &str) -> Diagnostic {
        let when = self.finished.as_deref().unwrap_or(&self.created);
        let message = format!(
            "`{}` was applied at {when}: a change of the request changes nothing",
            self.request
        );
        Diagnostic::error("request-applied", Place::file(file), message).hint(
            "restore the file as it was; something new is a new request with another name, and what was \
             made is changed in its own repository",
        )
    }

    /// The first step that failed.
    pub fn failed_step(&self) -> Option<&RunStep> {
        self.steps.iter().find(|step| step.status == Status::Failed)
    }
}
