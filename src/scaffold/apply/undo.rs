//! Undoes the effects of a run, the last first.

use callboard_planner::Effect;

use super::{ApplyError, DoneEffect, PlanSource, done::mark, record};
use crate::scaffold::{
    effects::World,
    run::{EffectState, Run, Status},
};

/// Undoes what a run has done, the last first; returns the effects. One that cannot be undone is left.
///
/// # Errors
/// There is no run, its request cannot be planned, another runner has it, or an effect cannot be undone because others have
/// changed what it made. Effects that were undone before are recorded.
pub fn undo(world: &World<'_>, source: &PlanSource<'_>) -> Result<Vec<Effect>, ApplyError> {
    let mut journal = record::open(world)?;
    let id = &source.request.id;
    let mut run = record::read_existing(&journal, id, "nothing was done")?;
    let mut effects = source.done(world, &run)?;
    effects.reverse();
    run.take_lease(world.runner, record::lease_time(world, &journal))?;
    record::write(world, &mut journal, &run, "is being undone", (world.clock)())?;
    let mut result = Ok(());
    for DoneEffect { effect, output } in effects.iter().filter(|done| done.effect.undo.is_some()) {
        result = world.executors.of(effect.kind).undo(effect, output, &mark(&run, world), world);
        if result.is_err() {
            break;
        }
        record_undone(&mut run, effect);
        run.renew_lease(record::lease_time(world, &journal));
        record::write(world, &mut journal, &run, &format!("undid {}", effect.id), (world.clock)())?;
    }
    run.lease = None;
    if result.is_ok() {
        run.status = Status::Undone;
    }
    let what = if result.is_ok() { "undone" } else { "cannot be undone" };
    record::write(world, &mut journal, &run, what, (world.clock)())?;
    result.map_err(ApplyError::from)?;
    Ok(effects.into_iter().map(|done| done.effect).collect())
}

/// Records that an effect was undone, and with it its step.
fn record_undone(run: &mut Run, effect: &Effect) {
    for step in &mut run.steps {
        for recorded in step.effects.iter_mut().filter(|recorded| recorded.id == effect.id) {
            recorded.state = Some(EffectState::Undone);
            step.status = Status::Undone;
            step.message = effect.undo.as_ref().map(|undo| format!("was undone: {undo}"));
        }
    }
}
