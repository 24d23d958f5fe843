//! What a comparison of runs with what is there has found: the file [`DRIFT`] on the branch of records.

use serde::{Deserialize, Serialize};

/// The file, on the branch [`BRANCH`](super::BRANCH).
pub const DRIFT: &str = "drift.yaml";

/// What the last comparison has found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftReport {
    /// When it was made, RFC 3339.
    pub at: String,
    /// The runs that were compared; in the file, only those of which something differs or is not known.
    pub runs: Vec<RunDrift>,
}

/// What became of what a run made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunDrift {
    /// Id of the request.
    pub request: String,
    /// How many effects are as the run made them.
    pub same: usize,
    /// The others.
    #[serde(default)]
    pub effects: Vec<EffectDrift>,
    /// Why the run cannot be compared at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// An effect that is not as its run made it, or that nobody can tell of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectDrift {
    /// Its id.
    pub id: String,
    /// What it changed.
    pub target: String,
    /// What became of it.
    pub state: DriftState,
    /// What is another one, or why nobody can tell.
    pub message: String,
}

/// What became of what an effect made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DriftState {
    /// It is gone.
    Gone,
    /// It is another one, or has other values.
    Different,
    /// The server was asked, and cannot tell.
    Unknown,
    /// The server could not be asked.
    Failed,
}

impl DriftState {
    /// Whether it is known that something differs.
    pub fn is_different(self) -> bool {
        matches!(self, Self::Gone | Self::Different)
    }
}

impl DriftReport {
    /// The same report with the runs of which something differs or is not known.
    pub fn without_same(self) -> Self {
        let is_noted = |run: &RunDrift| !run.effects.is_empty() || run.failure.is_some();
        Self { runs: self.runs.into_iter().filter(is_noted).collect(), ..self }
    }
}
