//! Carries out the steps of a plan, and commits each start and end to the journal.

use callboard_planner::{
    Plan,
    actions::{PlanContext, StepContext, StepPlan, StepResults},
    effect::Effect,
    plan::{
        PlannedStep, render_output,
        step::{self, Decision, Turn},
    },
};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    error::ApplyError,
    observer::{Event, Observer},
    record,
};
use crate::{
    base::{clock::rfc3339, text::shorten},
    git::journal::Journal,
    scaffold::{
        effects::{Fault, World},
        run::{Run, RunStep, Status},
    },
};

/// Most lines of a step's log in the record.
const MOST_LINES: usize = 200;
/// Most bytes of such a line.
const MOST_BYTES: usize = 1_000;

/// One run while it goes on.
pub(super) struct Runner<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) cx: &'a PlanContext<'a>,
    /// The approved plan.
    pub(super) plan: &'a Plan,
    pub(super) journal: Journal,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) run: Run,
    /// The error of the first step that failed.
    pub(super) first_error: Option<ApplyError>,
    /// Before this time no renewal of the lease is tried.
    pub(super) next_renewal: Option<Timestamp>,
    /// How many lines of the log of the present turn are not recorded.
    more_lines: usize,
}

impl<'a> Runner<'a> {
    pub(super) fn new(
        world: &'a World<'a>,
        cx: &'a PlanContext<'a>,
        plan: &'a Plan,
        journal: Journal,
        run: Run,
        observer: &'a mut dyn Observer,
    ) -> Self {
        let (first_error, next_renewal, more_lines) = (None, None, 0);
        Self { world, cx, plan, journal, observer, run, first_error, next_renewal, more_lines }
    }

    /// Runs all steps. A step that fails is recorded in `first_error`, because later steps may ask for
    /// failures.
    ///
    /// # Errors
    /// What keeps the run from going on: the journal failed, or the observer stopped the run.
    pub(super) fn run(&mut self, resumed: bool) -> Result<(), ApplyError> {
        self.save(if resumed { "resumed" } else { "started" })?;
        self.observer.event(&Event::Started { run: &self.run, resumed })?;
        let mut results = StepResults::default();
        for index in 0..self.cx.template.steps.len() {
            self.step(index, &mut results)?;
        }
        self.end(&results)
    }

    fn end(&mut self, results: &StepResults) -> Result<(), ApplyError> {
        match &self.first_error {
            None => {
                let output = render_output(self.cx, results).map_err(ApplyError::Wrong)?;
                self.run.links = output.links;
                self.run.text = output.text;
                self.run.status = Status::Completed;
            }
            Some(error) => {
                self.run.status = Status::Failed;
                self.run.message = Some(error.to_string());
            }
        }
        self.run.finished = Some(self.now());
        self.run.lease = None;
        self.save(self.run.status.as_str())
    }

    /// Runs all turns of one step. After a turn that failed, the others are skipped.
    fn step(&mut self, index: usize, results: &mut StepResults) -> Result<(), ApplyError> {
        let cx = StepContext { plan: self.cx, index, item: None };
        let turns = match step::turns(&cx, results) {
            Ok(turns) => turns,
            Err(problems) => {
                let row = self.row(&cx, None);
                return self.fail(row, results, ApplyError::Wrong(problems));
            }
        };
        self.skip_others(&cx, &turns)?;
        if turns.is_empty() {
            let row = self.row(&cx, None);
            self.open(row, false)?;
            self.close(row, Status::Completed, &StepPlan::without_items().message)?;
        }
        let mut outputs = Vec::new();
        for turn in &turns {
            let row = self.row(&cx, turn.item.as_deref());
            let is_after_failure = results.failed && cx.step().condition.is_none();
            if turn.decision != Decision::Runs || is_after_failure {
                let message = match results.failed {
                    true => "an earlier step failed",
                    false => "its condition is false",
                };
                self.close(row, Status::Skipped, message)?;
                continue;
            }
            let plan = match step::plan(&cx, turn, results) {
                Ok(plan) => plan,
                Err(problems) => {
                    self.fail(row, results, ApplyError::Wrong(problems))?;
                    continue;
                }
            };
            if let Some(output) = self.turn(row, turn, plan, results)? {
                outputs.push(output);
            }
        }
        if !outputs.is_empty() || turns.is_empty() {
            step::finish(&cx, results, outputs);
        }
        Ok(())
    }

    /// Carries out the plan of a turn. Returns its outputs; `None` after a failure.
    fn turn(
        &mut self,
        row: usize,
        turn: &Turn,
        plan: StepPlan,
        results: &mut StepResults,
    ) -> Result<Option<Map<String, Value>>, ApplyError> {
        self.open(row, !plan.effects.is_empty())?;
        self.log(row, &plan.log)?;
        let (id, mut output) = (self.run.steps[row].id.clone(), plan.output);
        for (number, effect) in plan.effects.iter().enumerate() {
            let done = match effect.settled(&id, &output) {
                Ok(effect) => {
                    self.check(row, turn, number, &effect).and_then(|()| self.effect(row, &effect))
                }
                Err(error) => Err(ApplyError::from(Fault::from(error))),
            };
            match done {
                Ok(made) => {
                    output.extend(made.output);
                    if let Some(files) = made.workspace {
                        results.workspace = files;
                    }
                }
                Err(error @ ApplyError::Cancelled) => return Err(error),
                Err(error) => {
                    self.fail(row, results, error)?;
                    return Ok(None);
                }
            }
        }
        self.observer.event(&Event::StepActed { index: row })?;
        self.run.steps[row].output = output.clone().into_iter().collect();
        self.close(row, Status::Completed, &plan.message)?;
        Ok(Some(output))
    }

    /// Checks that an effect is the planned one, where values that the plan did not know stand for any value.
    fn check(
        &self,
        row: usize,
        turn: &Turn,
        number: usize,
        effect: &Effect,
    ) -> Result<(), ApplyError> {
        let id = &self.run.steps[row].id;
        let of_step = || self.plan.steps.iter().filter(|planned| planned.id == *id);
        let planned = of_step().find(|planned| planned.each == turn.item).or_else(|| {
            of_step().find(|planned| planned.each.as_deref() == Some(step::EVERY_ITEM))
        });
        let planned = planned.and_then(|planned: &PlannedStep| planned.effects.get(number));
        if planned.is_some_and(|planned| planned.fits(effect)) {
            return Ok(());
        }
        let shown = |effect: &Effect| {
            let effect = serde_json::to_string_pretty(effect).unwrap_or_default();
            self.world.redactor.redact(&effect)
        };
        let message = match planned {
            None => format!(
                "`{}` is not in the plan, so it was not done:\n{}",
                effect.id,
                shown(effect)
            ),
            Some(planned) => format!(
                "`{}` is not what was planned, so it was not done\nplanned: {}\nnow: {}",
                effect.id,
                shown(planned),
                shown(effect)
            ),
        };
        Err(ApplyError::Refused { message, hint: None })
    }

    /// The row of a turn in the record; it is added when the plan could not know it.
    fn row(&mut self, cx: &StepContext<'_>, item: Option<&str>) -> usize {
        let step = cx.step();
        let same = |row: &RunStep| row.id == step.id && row.each.as_deref() == item;
        if let Some(row) = self.run.steps.iter().position(same) {
            return row;
        }
        let of_step = |row: &RunStep| row.id == step.id;
        let after =
            self.run.steps.iter().rposition(of_step).map_or(self.run.steps.len(), |at| at + 1);
        let row = RunStep::open(&step.id, item, &step.name, &step.action);
        self.run.steps.insert(after, row);
        after
    }

    /// Removes the row of unknown items once the items are known, and skips rows that have no turn.
    fn skip_others(&mut self, cx: &StepContext<'_>, turns: &[Turn]) -> Result<(), ApplyError> {
        let id = cx.step().id.clone();
        let is_every =
            |row: &RunStep| row.id == id && row.each.as_deref() == Some(step::EVERY_ITEM);
        self.run.steps.retain(|row| !is_every(row));
        for row in 0..self.run.steps.len() {
            let step = &self.run.steps[row];
            let has_turn = turns.iter().any(|turn| turn.item == step.each)
                || turns.is_empty() && step.each.is_none();
            if step.id == id && !has_turn && step.status == Status::Open {
                self.close(row, Status::Skipped, "there is no such item")?;
            }
        }
        Ok(())
    }

    fn fail(
        &mut self,
        row: usize,
        results: &mut StepResults,
        error: ApplyError,
    ) -> Result<(), ApplyError> {
        results.failed = true;
        let message = match &error {
            ApplyError::Wrong(problems) => {
                problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
            other => other.to_string(),
        };
        self.first_error.get_or_insert(error);
        self.close(row, Status::Failed, &message)
    }

    /// Records that a turn starts, before it does anything. A turn that is completed stays so. The intent of the
    /// first effect is recorded with it, so that a step with one effect takes two commits.
    fn open(&mut self, row: usize, has_effects: bool) -> Result<(), ApplyError> {
        let now = self.now();
        let step = &mut self.run.steps[row];
        if step.status != Status::Completed {
            step.status = Status::Processing;
            step.started.get_or_insert(now);
            (step.finished, step.message) = (None, None);
            step.log.clear();
            self.more_lines = 0;
            if !has_effects {
                let subject = format!("step {} starts", step.id);
                self.save(&subject)?;
            }
        }
        let name = self.run.steps[row].name.clone();
        Ok(self.observer.event(&Event::StepStarted { index: row, name: &name })?)
    }

    /// Tells the observer what a turn logs, and records it after what it has logged before.
    pub(super) fn log(&mut self, row: usize, log: &[String]) -> Result<(), ApplyError> {
        for line in log.iter().flat_map(|text| text.lines()) {
            let line = self.world.redactor.redact(line);
            self.observer.event(&Event::Log(&line))?;
            let step = &mut self.run.steps[row];
            if step.status == Status::Completed {
                continue;
            }
            if step.log.len() < MOST_LINES {
                step.log.push(shorten(&line, MOST_BYTES).into_owned());
                continue;
            }
            self.more_lines += 1;
            step.log.truncate(MOST_LINES);
            step.log.push(format!("{} more lines", self.more_lines));
        }
        Ok(())
    }

    /// Records how a turn ended, unless the record says so already.
    fn close(&mut self, row: usize, status: Status, message: &str) -> Result<(), ApplyError> {
        let (now, message) = (self.now(), self.world.redactor.redact(message));
        let step = &mut self.run.steps[row];
        let name = step.name.clone();
        if step.status != status || step.message.as_deref() != Some(&*message) {
            step.status = status;
            step.message = Some(message.clone());
            step.finished = Some(now);
            let subject = format!("step {} {}", step.id, status.as_str());
            self.save(&subject)?;
        }
        let event = Event::StepEnded { index: row, name: &name, status, message: &message };
        Ok(self.observer.event(&event)?)
    }

    fn now(&self) -> String {
        rfc3339((self.world.clock)())
    }

    /// Commits the record to the journal, and renews the lease; `what` ends the subject of the commit.
    pub(super) fn save(&mut self, what: &str) -> Result<(), ApplyError> {
        let now = (self.world.clock)();
        self.run.renew_lease(record::lease_time(self.world, &self.journal));
        record::write(self.world, &mut self.journal, &self.run, what, now)
    }
}
