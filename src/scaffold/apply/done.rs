//! What a run has done: its steps are planned again, with the outputs of its record.

use std::path::Path;

use callboard_planner::{
    Effect, Plan, Request, Settings,
    actions::{PlanContext, StepContext, StepResults},
    plan::{
        self,
        step::{self, Decision},
    },
    policy::{self, Policy, PolicyDecision},
    workspace::Workspace,
};

use super::ApplyError;
use crate::{
    base::{diagnostics::Diagnostic, files::Directory},
    catalog::Catalog,
    scaffold::{
        effects::{Fault, Mark, NoWatch, Output, World},
        run::{EffectState, Run, RunEffect},
    },
};

/// What a request is planned from. Of a run this is the portal as it was then, because templates change.
#[derive(Clone, Copy)]
pub struct PlanSource<'a> {
    /// Directory of the portal that has the template.
    pub portal: &'a Path,
    /// Its catalog.
    pub catalog: &'a Catalog,
    /// Its settings.
    pub settings: &'a Settings,
    /// The request.
    pub request: &'a Request,
}

/// An effect that a run has done.
#[derive(Debug, Clone)]
pub struct DoneEffect {
    /// The effect as it was carried out.
    pub effect: Effect,
    /// What it returned.
    pub output: Output,
}

impl PlanSource<'_> {
    /// Plans the request.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn plan(&self) -> Result<Plan, Vec<Diagnostic>> {
        plan::plan(&Directory::new(self.portal), self.catalog, self.settings, self.request)
    }

    /// What another policy than that of the portal says of the request.
    ///
    /// # Errors
    /// The request cannot be planned, or the policy does not allow it.
    pub fn decision(
        &self,
        policy: Option<&Policy>,
        plan: &Plan,
    ) -> Result<Option<PolicyDecision>, Vec<Diagnostic>> {
        let files = Directory::new(self.portal);
        let inputs = plan::prepare(&files, self.catalog, self.settings, self.request)?;
        let cx = inputs.context(&files, self.catalog, self.settings, self.request);
        policy::decide(policy, &cx, &plan.steps)
    }

    /// The effects that a run has done, in their order.
    ///
    /// # Errors
    /// The request cannot be planned.
    pub fn done(&self, world: &World<'_>, run: &Run) -> Result<Vec<DoneEffect>, ApplyError> {
        let files = Directory::new(self.portal);
        let inputs = plan::prepare(&files, self.catalog, self.settings, self.request);
        let inputs = inputs.map_err(ApplyError::Wrong)?;
        let cx = inputs.context(&files, self.catalog, self.settings, self.request);
        done(world, &cx, &mark(run, world), run)
    }
}

/// The mark of the effects of a run that has done them.
pub(super) fn mark<'a>(run: &'a Run, world: &World<'_>) -> Mark<'a> {
    let time = run.created.parse().unwrap_or_else(|_| (world.clock)());
    Mark { request: &run.request, time, review: &run.review, may_be_done: true }
}

fn done(
    world: &World<'_>,
    cx: &PlanContext<'_>,
    mark: &Mark<'_>,
    run: &Run,
) -> Result<Vec<DoneEffect>, ApplyError> {
    let mut results = StepResults::default();
    let mut done = Vec::new();
    for index in 0..cx.template.steps.len() {
        let cx = StepContext { plan: cx, index, item: None };
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
                        done.push(DoneEffect { effect, output: recorded.output.clone() });
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
