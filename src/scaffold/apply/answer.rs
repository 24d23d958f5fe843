//! Records what became of an effect that nobody can ask about.

use super::{ApplyError, read_record};
use crate::{
    base::yaml,
    git::{journal::Journal, push::ORIGIN},
    scaffold::{
        effects::World,
        run::{BRANCH, EffectState, Run},
    },
};

/// Records that an effect of a run was carried out, or was not. The run goes on with the next apply.
///
/// # Errors
/// There is no such run or effect, another runner has the run, or the record says already what became of the effect.
pub fn answer(
    world: &World<'_>,
    request: &str,
    effect: &str,
    was_done: bool,
) -> Result<(), ApplyError> {
    let author = world.settings.author.clone();
    let mut journal = Journal::open(world.portal, BRANCH, ORIGIN, author)?;
    let refused =
        |message: String, hint: &str| ApplyError::Refused { message, hint: Some(hint.to_owned()) };
    let hint = "`callboard scaffold status RUN` shows the effects";
    let mut run = read_record(&journal, request)?
        .ok_or_else(|| refused(format!("there is no run `{request}`"), hint))?;
    let now = (world.clock)();
    run.take_lease(world.runner, now)?;
    run.lease = None;
    let effects = run.steps.iter_mut().flat_map(|step| &mut step.effects);
    let found = effects
        .into_iter()
        .find(|recorded| recorded.id == effect)
        .ok_or_else(|| refused(format!("`{request}` has no effect `{effect}`"), hint))?;
    if found.state != Some(EffectState::Intended) {
        let message = format!("what became of `{effect}` is known");
        return Err(refused(message, hint));
    }
    found.state = was_done.then_some(EffectState::Done);
    let text = yaml::to_string(&run).map_err(|error| ApplyError::Outside(error.into()))?;
    let word = if was_done { "was done" } else { "was not done" };
    let subject = format!("Run {request}: {effect} {word}");
    Ok(journal.commit(&Run::file(request), &text, request, &subject, now)?)
}
