//! Records what became of an effect that nobody can ask about.

use super::{ApplyError, record};
use crate::scaffold::{
    effects::{Output, World},
    run::EffectState,
};

/// Records that an effect of a run was carried out, with these outputs, or that it was not (`None`). The run goes on with the
/// next apply.
///
/// # Errors
/// There is no such run or effect, another runner has the run, or the record says already what became of the effect.
pub fn answer(
    world: &World<'_>,
    request: &str,
    effect: &str,
    done: Option<&Output>,
) -> Result<(), ApplyError> {
    let mut journal = record::open(world)?;
    let hint = "`callboard scaffold status RUN` shows the effects";
    let refused = |message: String| ApplyError::Refused { message, hint: Some(hint.to_owned()) };
    let mut run = record::read_existing(&journal, request, hint)?;
    let now = (world.clock)();
    run.take_lease(world.runner, record::lease_time(world, &journal))?;
    run.lease = None;
    let effects = run.steps.iter_mut().flat_map(|step| &mut step.effects);
    let found = effects
        .into_iter()
        .find(|recorded| recorded.id == effect)
        .ok_or_else(|| refused(format!("`{request}` has no effect `{effect}`")))?;
    if found.state != Some(EffectState::Intended) {
        let message = format!("what became of `{effect}` is known");
        return Err(refused(message));
    }
    found.state = done.map(|_| EffectState::Done);
    found.output = done.cloned().unwrap_or_default();
    let word = if done.is_some() { "was done" } else { "was not done" };
    record::write(world, &mut journal, &run, &format!("{effect} {word}"), now)
}
