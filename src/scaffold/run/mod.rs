//! The record of a run: `runs/<request>.yaml` on the branch [`BRANCH`].
//!
//! Version 2 has the state of each effect, so that a run that goes on does nothing a second time, and the lease of
//! the runner that has it. Records without a version are read, too; their effects are summaries only.

mod drift;
mod effect;
mod lease;
mod need;

use std::collections::BTreeMap;

use callboard_planner::{
    Claim, Plan, Request,
    plan::{Link, PlannedStep, Text},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    base::{
        clock::rfc3339,
        diagnostics::{Diagnostic, Place},
        path::RelativePath,
        text::list,
        yaml::{self, FormatVersion, YamlError},
    },
    catalog::names,
};
pub use drift::{DRIFT, DriftReport, DriftState, EffectDrift, RunDrift};
pub use effect::{EffectState, RunEffect};
pub use lease::{Lease, LeaseError};
pub use need::{Need, answer_command};

/// Branch of the records.
pub const BRANCH: &str = "callboard-runs";
/// Folder of the records on their branch.
pub const RUNS: &str = "runs";
/// Most parts of a plan that a sentence lists.
const MOST_PARTS: usize = 20;
/// The newest version of records that this program reads, which it writes.
const VERSION: u32 = 2;

/// The record of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Version of the record's format.
    #[serde(default)]
    pub version: FormatVersion<VERSION>,
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
    /// The commit of the portal that the plan was made of. Older records have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// How the plan differs from the approved one, where the policy lets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<Deviation>,
    /// Digest of the request's template, requester and parameters. Older records have none.
    #[serde(rename = "requestDigest", default, skip_serializing_if = "Option::is_none")]
    pub request_digest: Option<String>,
    /// The repositories and entities that it creates, which no other request may create. Older records have
    /// none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// Its status.
    pub status: Status,
    /// The runner that has it; none when no runner goes on with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// Who took it over from whom, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takeovers: Vec<String>,
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
    /// The turns of all steps, in order.
    pub steps: Vec<RunStep>,
    /// Links to what the run created.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// How the request was reviewed. Older records do not say it.
    #[serde(default, skip_serializing_if = "Review::is_unknown")]
    pub review: Review,
    /// Texts for the requester.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<Text>,
}

/// The status that the text of a record says; `None` when it says none. Only keys of the record itself stand at the start of
/// a line, so that the record need not be parsed.
pub fn status_of(text: &str) -> Option<Status> {
    let status = text.lines().find_map(|line| line.strip_prefix("status: "))?;
    serde_json::from_value(status.trim().into()).ok()
}

/// How the plan of a run differs from the approved one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    /// Hash of the approved plan.
    pub approved: String,
    /// The parts that differ, such as `files/README.md`; the policy names each.
    pub parts: Vec<String>,
}

impl Deviation {
    /// What it says to people, in one line.
    pub fn sentence(&self) -> String {
        let parts: Vec<_> = self.parts.iter().map(|part| format!("`{part}`")).collect();
        let parts = list(&parts, MOST_PARTS);
        format!("the plan differs from the approved one in {parts}, as the policy allows")
    }
}

/// How a request was reviewed, and where it is applied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// The web page of the pull request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<String>,
    /// Those who approved it: references of users, or names of accounts that no user has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<String>,
    /// The web page of the job that applies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
}

impl Review {
    /// True when nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// One turn of a step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStep {
    /// Its id.
    pub id: String,
    /// The key of its item, of a step with `each`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// Its title.
    pub name: String,
    /// The action it calls.
    pub action: String,
    /// Its status.
    pub status: Status,
    /// Its effects.
    #[serde(
        default,
        deserialize_with = "effect::of_any_version",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub effects: Vec<RunEffect>,
    /// When it started, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// When it ended, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// What it did, or its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What it logged, redacted and capped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// Its outputs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub output: BTreeMap<String, Value>,
}

impl RunStep {
    /// The record of a planned turn, which has not started.
    pub(super) fn new(step: &PlannedStep) -> Self {
        let effects = step.effects.iter().map(RunEffect::new).collect();
        Self { effects, ..Self::open(&step.id, step.each.as_deref(), &step.name, &step.action) }
    }

    /// The record of a turn that has not started, without effects.
    pub(super) fn open(id: &str, each: Option<&str>, name: &str, action: &str) -> Self {
        Self {
            id: id.to_owned(),
            each: each.map(str::to_owned),
            name: name.to_owned(),
            action: action.to_owned(),
            status: Status::Open,
            effects: Vec::new(),
            started: None,
            finished: None,
            message: None,
            log: Vec::new(),
            output: BTreeMap::new(),
        }
    }

    /// True when an effect was started, or done.
    pub(super) fn has_touched(&self) -> bool {
        let has_started = !matches!(self.status, Status::Open | Status::Skipped);
        self.effects.iter().any(|effect| match effect.state {
            // Records of version 1 say of the step only whether it started.
            None => effect.id.is_empty() && has_started,
            Some(EffectState::Failed | EffectState::Undone) => false,
            Some(EffectState::Intended | EffectState::Done) => true,
        })
    }
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
    /// Ended, and its effects were undone.
    Undone,
    /// Taken back before it was completed: nobody goes on with it.
    Cancelled,
}

impl Status {
    /// True when nobody goes on with the run.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Completed | Self::Undone | Self::Cancelled)
    }

    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Undone => "undone",
            Self::Cancelled => "cancelled",
        }
    }
}

fn folder() -> RelativePath {
    RelativePath::new(RUNS).expect("the folder is a plain name")
}

impl Run {
    /// Reads a record.
    pub fn parse(text: &str) -> Result<Self, YamlError> {
        yaml::from_versioned_str(text, VERSION)
    }

    /// The file of a request's record on the branch [`BRANCH`].
    pub fn file(request: &str) -> RelativePath {
        let name = RelativePath::new(format!("{request}.yaml"));
        folder().join(&name.expect("a request's id is a name without slashes"))
    }

    /// True when the file has the name that belongs to the id of the request, and the id is valid.
    pub fn is_in(&self, file: &RelativePath) -> bool {
        names::is_object_name(&self.request) && Self::file(&self.request) == *file
    }

    /// Makes the record of a run that starts now.
    pub(super) fn new(plan: &Plan, now: Timestamp) -> Self {
        Self {
            version: FormatVersion::CURRENT,
            request: plan.request.clone(),
            template: plan.template.reference.to_string(),
            digest: plan.template.digest.clone(),
            requester: plan.requester.to_string(),
            plan: plan.hash(),
            commit: None,
            deviation: None,
            request_digest: Some(plan.request_digest.clone()),
            claims: plan.claims.clone(),
            status: Status::Processing,
            lease: None,
            takeovers: Vec::new(),
            created: rfc3339(now),
            finished: None,
            message: None,
            parameters: plan.parameters.clone(),
            steps: plan.steps.iter().map(RunStep::new).collect(),
            links: Vec::new(),
            review: Review::default(),
            text: Vec::new(),
        }
    }

    /// True when an effect was started.
    pub(super) fn has_touched(&self) -> bool {
        self.steps.iter().any(RunStep::has_touched)
    }

    /// True when a change of the request has no effect any more: the run has ended for good, or has started effects.
    pub fn is_done(&self) -> bool {
        self.status.is_end() || self.has_touched()
    }

    /// The repositories and entities that no other request may create. A run that was cancelled or undone has none once
    /// nothing is left of it.
    pub fn held_claims(&self) -> &[Claim] {
        let is_taken_back = matches!(self.status, Status::Undone | Status::Cancelled);
        if is_taken_back && !self.has_touched() { &[] } else { &self.claims }
    }

    /// True when the request has not changed since the run; also for old records, which have no digest.
    pub(super) fn is_of(&self, request: &Request) -> bool {
        self.request_digest.as_ref().is_none_or(|digest| *digest == request.digest())
    }

    /// The problem of a request that was changed after its run; `None` without a change or a run.
    pub fn change_of(request: &Request, runs: &[Self]) -> Option<Diagnostic> {
        let run = runs.iter().find(|run| run.request == request.id && run.is_done())?;
        (!run.is_of(request)).then(|| run.refusal(&request.file))
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
