//! Undoes the effects of a run, the last first.

use callboard_planner::{
    Effect, Request,
    actions::{PlanContext, StepContext, StepResults},
    plan::{
        self,
        step::{self, Decision},
    },
    workspace::Workspace,
};

use super::{ApplyError, record};
use crate::{
    base::files::Directory,
    catalog::Catalog,
    scaffold::{
        effects::{Fault, Mark, NoWatch, Output, World},
        run::{EffectState, Run, RunEffect, Status},
    },
};

/// Undoes what a run has done; returns the effects, the last first. One that cannot be undone is left, and so is
/// everything when `is_dry`.
///
/// # Errors
/// There is no run, its request or template has changed since, another runner has it, or an effect cannot be undone
/// because others have changed what it made. Effects that were undone before are recorded.
pub fn undo(
    world: &World<'_>,
    catalog: &Catalog,
    request: &Request,
    is_dry: bool,
) -> Result<Vec<Effect>, ApplyError> {
    let mut journal = record::open(world)?;
    let mut run = record::read_existing(&journal, &request.id, "nothing was done")?;
    let files = Directory::new(world.portal);
    let inputs =
        plan::prepare(&files, catalog, world.settings, request).map_err(ApplyError::Wrong)?;
    let cx = inputs.context(&files, catalog, world.settings, request);
    let time = run.created.parse().unwrap_or_else(|_| (world.clock)());
    let review = run.review.clone();
    let mark = Mark { request: &request.id, time, review: &review, may_be_done: true };
    let mut effects = done(world, &cx, &mark, &run)?;
    effects.reverse();
    let undone = |effects: Vec<(Effect, Output)>| effects.into_iter().map(|(effect, _)| effect);
    if is_dry || effects.is_empty() {
        return Ok(undone(effects).collect());
    }
    run.take_lease(world.runner, (world.clock)())?;
    record::write(world, &mut journal, &run, "is being undone", (world.clock)())?;
    let mut result = Ok(());
    for (effect, done) in effects.iter().filter(|(effect, _)| effect.undo.is_some()) {
        result = world.executors.of(effect.kind).undo(effect, done, &mark, world);
        if result.is_err() {
            break;
        }
        record_undone(&mut run, effect);
        run.renew_lease((world.clock)());
        record::write(world, &mut journal, &run, &format!("undid {}", effect.id), (world.clock)())?;
    }
    run.lease = None;
    if result.is_ok() {
        run.status = Status::Undone;
    }
    let what = if result.is_ok() { "undone" } else { "cannot be undone" };
    record::write(world, &mut journal, &run, what, (world.clock)())?;
    result.map_err(ApplyError::from).map(|()| undone(effects).collect())
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

/// The effects that a run has done, as they were carried out, with their outputs: its steps are planned again with the
/// outputs of the record.
fn done(
    world: &World<'_>,
    cx: &PlanContext<'_>,
    mark: &Mark<'_>,
    run: &Run,
) -> Result<Vec<(Effect, Output)>, ApplyError> {
    let mut results = StepResults::default();
    let mut done = Vec::new();
    for index in 0..cx.template.steps.len() {
        let cx = StepContext { plan: cx, index };
        let turns = step::turns(&cx, &results).map_err(ApplyError::Wrong)?;
        let mut outputs = Vec::new();
        for turn in turns.iter().filter(|turn| turn.decision == Decision::Runs) {
            let plan = step::plan(&cx, turn, &mut results).map_err(ApplyError::Wrong)?;
            let mut output = plan.output;
            for effect in plan.effects {
                let effect = effect.settled(&cx.step().id, &output).map_err(Fault::from)?;
                let recorded = run.steps.iter().flat_map(|step| &step.effects);
                let recorded = recorded.into_iter().find(|recorded| recorded.id == effect.id);
                match recorded.filter(|recorded| recorded.state == Some(EffectState::Done)) {
                    Some(recorded) => {
                        output.extend(recorded.output.clone());
                        if let Some(files) = same_files(world, &effect, mark, recorded) {
                            results.workspace = files;
                        }
                        done.push((effect, recorded.output.clone()));
                    }
                    // What comes behind it was not done, or was undone.
                    None => return Ok(done),
                }
            }
            outputs.push(output);
        }
        if !outputs.is_empty() || turns.is_empty() {
            step::finish(&cx, &mut results, outputs);
        }
    }
    Ok(done)
}

/// The files of the workspace behind an effect that changes them: what it makes again, when that is the same as in the run.
fn same_files(
    world: &World<'_>,
    effect: &Effect,
    mark: &Mark<'_>,
    recorded: &RunEffect,
) -> Option<Workspace> {
    if !effect.changes_workspace {
        return None;
    }
    let made = world.executors.of(effect.kind).act(effect, mark, world, &mut NoWatch).ok()?;
    made.workspace.filter(|files| recorded.files.as_deref() == Some(&*files.digest()))
}
