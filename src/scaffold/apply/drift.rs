//! What a run made, and is no longer so.

use super::{ApplyError, DoneEffect, PlanSource, done::mark, record};
use crate::{
    base::{path::RelativePath, yaml},
    scaffold::{
        effects::{Comparison, Fault, World},
        run::{DRIFT, DriftReport, Run},
    },
};

/// An effect of a run, and how what it made compares with what is there now.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectComparison {
    /// Id of the effect.
    pub id: String,
    /// One line about the effect.
    pub summary: String,
    /// What it changed.
    pub target: String,
    /// The comparison, or why the other side could not be asked.
    pub result: Result<Comparison, Fault>,
}

/// Compares everything that a run has done with what is there now; changes nothing.
///
/// # Errors
/// The request cannot be planned any more.
pub fn drift(
    world: &World<'_>,
    source: &PlanSource<'_>,
    run: &Run,
) -> Result<Vec<EffectComparison>, ApplyError> {
    let compare = |DoneEffect { effect, output }: DoneEffect| {
        let executor = world.executors.of(effect.kind);
        let result = executor.compare(&effect, &output, &mark(run, world), world);
        EffectComparison {
            id: effect.id.clone(),
            summary: effect.summary.clone(),
            target: effect.target.to_string(),
            result,
        }
    };
    Ok(source.done(world, run)?.into_iter().map(compare).collect())
}

/// Records what was found, so that the site can show it. Nothing is written when only the time differs.
///
/// # Errors
/// The record cannot be written or pushed.
pub fn record_drift(world: &World<'_>, report: DriftReport) -> Result<(), ApplyError> {
    let report = report.without_same();
    let mut journal = record::open(world)?;
    let file = RelativePath::new(DRIFT).map_err(|error| ApplyError::Outside(error.into()))?;
    let before = journal.read(&file)?.and_then(|text| yaml::from_str::<DriftReport>(&text).ok());
    if before.is_some_and(|before| before.runs == report.runs) {
        return Ok(());
    }
    let text = yaml::to_string(&report).map_err(|error| ApplyError::Outside(error.into()))?;
    let text = world.redactor.redact(&text);
    Ok(journal.commit(&file, &text, "drift", "Compare what runs made", (world.clock)())?)
}
