//! What a run made, and is no longer so.

use super::{ApplyError, DoneEffect, PlanSource, done::mark};
use crate::scaffold::{
    effects::{Comparison, Fault, World},
    run::Run,
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
