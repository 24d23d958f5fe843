//! Run records: `runs/<id>.yaml` on the branch `callboard-runs`.
//!
//! A record is for people and for the next runner: what was asked, what was planned, how far it got.

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
    /// Reference of who asked.
    pub requester: String,
    /// Hash of the plan.
    pub plan: String,
    /// Digest of what the request asks for: template, requester and parameters. Older records have none.
    #[serde(rename = "requestDigest", default, skip_serializing_if = "Option::is_none")]
    pub request_digest: Option<String>,
    /// What it makes, so that no other request makes it. Older records have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// How far it is.
    pub status: Status,
    /// When it began, RFC 3339.
    pub created: String,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The values, completed by defaults.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    /// The steps, in order.
    pub steps: Vec<RunStep>,
    /// Where to go from here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// What to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<Text>,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStep {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The action it calls.
    pub action: String,
    /// How far it is.
    pub status: Status,
    /// What it changes outside, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// When it began, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// What it did, or what went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Its outputs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub output: BTreeMap<String, Value>,
}

/// How far a run or a step is; Backstage's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not begun.
    Open,
    /// Begun, not ended.
    Processing,
    /// Done.
    Completed,
    /// Ended by an error.
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

    /// True when a record in this file is found by the id of its request, which is one.
    pub fn is_in(&self, file: &RelativePath) -> bool {
        names::is_object_name(&self.request) && Self::file(&self.request) == *file
    }

    /// Begins a record.
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

    /// True when a step has begun that changes the world outside.
    pub(super) fn has_touched(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| {
            !step.effects.is_empty() && !matches!(step.status, Status::Open | Status::Skipped)
        })
    }

    /// True when changing the request changes nothing any more: all is done, or a part of it outside.
    pub fn is_done(&self) -> bool {
        self.status == Status::Completed || self.has_touched()
    }

    /// True when the record is of what the request asks for now, as far as it says.
    pub(super) fn is_of(&self, request: &Request) -> bool {
        self.request_digest.as_ref().is_none_or(|digest| *digest == request.digest())
    }

    /// Says that the request in `file` may not be changed or removed any more.
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

    /// The step that has the run's first error.
    pub fn failed_step(&self) -> Option<&RunStep> {
        self.steps.iter().find(|step| step.status == Status::Failed)
    }
}
