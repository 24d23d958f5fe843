//! Carries out the steps of a plan, and commits each start and end to the journal.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    World,
    error::ApplyError,
    observer::{Event, Observer},
};
use crate::{
    base::{clock::rfc3339, environment::redact_json, yaml},
    git::journal::Journal,
    scaffold::{
        actions::{PlanContext, StepContext, StepResults},
        effects::{self, Effect},
        plan::{self, Plan},
        run::{Run, Status},
        steps,
    },
};

/// One run while it goes on.
pub(super) struct Runner<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) cx: &'a PlanContext<'a>,
    pub(super) journal: Journal,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) run: Run,
    /// The error of the first step that failed.
    pub(super) first_error: Option<ApplyError>,
}

impl Runner<'_> {
    /// Runs all steps. A step that fails is recorded in `first_error`, because later steps may ask for
    /// failures.
    ///
    /// # Errors
    /// What keeps the run from going on: the journal failed, or the observer stopped the run.
    pub(super) fn run(&mut self, plan: &Plan, resumed: bool) -> Result<(), ApplyError> {
        self.save(if resumed { "resumed" } else { "started" })?;
        self.observer.event(&Event::Started { run: &self.run, resumed })?;
        let mut results = StepResults::default();
        for index in 0..plan.steps.len() {
            self.step(index, &mut results)?;
        }
        self.end(&results)
    }

    fn end(&mut self, results: &StepResults) -> Result<(), ApplyError> {
        match &self.first_error {
            None => {
                let output = plan::render_output(self.cx, results).map_err(ApplyError::Wrong)?;
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
        self.save(self.run.status.as_str())
    }

    fn step(&mut self, index: usize, results: &mut StepResults) -> Result<(), ApplyError> {
        let cx = StepContext { plan: self.cx, index };
        let planned = match steps::plan(&cx, results) {
            Ok(planned) => planned,
            Err(problems) => return self.fail(index, results, ApplyError::Wrong(problems)),
        };
        let Some((_, step)) = planned else {
            let message =
                if results.failed { "an earlier step failed" } else { "its condition is false" };
            return self.close(index, Status::Skipped, message);
        };
        self.open(index)?;
        for line in step.log.iter().flat_map(|text| text.lines()) {
            let line = self.world.redactor.redact(line);
            self.observer.event(&Event::Log(&line))?;
        }
        let mut output = step.output;
        match self.carry_out(&step.effects, results) {
            Ok(known_now) => output.extend(known_now),
            Err(error) => return self.fail(index, results, error),
        }
        self.observer.event(&Event::StepActed { index })?;
        self.run.steps[index].output = output.clone().into_iter().collect();
        steps::set_output(&cx, results, output);
        self.close(index, Status::Completed, &step.message)
    }

    /// Carries out effects with the time at which the run started, so that a commit that is made again
    /// after an interruption has the same hash. Returns the outputs that are known only now.
    fn carry_out(
        &self,
        effects: &[Effect],
        results: &StepResults,
    ) -> Result<Map<String, Value>, ApplyError> {
        let started: Result<Timestamp, _> = self.run.created.parse();
        let time = started.unwrap_or_else(|_| (self.world.clock)());
        let request = &self.cx.request.id;
        Ok(effects::carry_out(effects, self.world, request, &results.workspace, time)?)
    }

    fn fail(
        &mut self,
        index: usize,
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
        self.close(index, Status::Failed, &message)
    }

    /// Records that a step starts, before it does anything. A step that is completed stays so.
    fn open(&mut self, index: usize) -> Result<(), ApplyError> {
        let now = self.now();
        let step = &mut self.run.steps[index];
        if step.status != Status::Completed {
            step.status = Status::Processing;
            step.started.get_or_insert(now);
            (step.finished, step.message) = (None, None);
            let subject = format!("step {} starts", step.id);
            self.save(&subject)?;
        }
        let name = self.run.steps[index].name.clone();
        Ok(self.observer.event(&Event::StepStarted { index, name: &name })?)
    }

    /// Records how a step ended, unless the record says so already.
    fn close(&mut self, index: usize, status: Status, message: &str) -> Result<(), ApplyError> {
        let (now, message) = (self.now(), self.world.redactor.redact(message));
        let step = &mut self.run.steps[index];
        let name = step.name.clone();
        if step.status != status || step.message.as_deref() != Some(&*message) {
            step.status = status;
            step.message = Some(message.clone());
            step.finished = Some(now);
            let subject = format!("step {} {}", step.id, status.as_str());
            self.save(&subject)?;
        }
        let event = Event::StepEnded { index, name: &name, status, message: &message };
        Ok(self.observer.event(&event)?)
    }

    fn now(&self) -> String {
        rfc3339((self.world.clock)())
    }

    /// Commits the record to the journal; `what` ends the subject of the commit.
    fn save(&mut self, what: &str) -> Result<(), ApplyError> {
        let redact = |text: &str| self.world.redactor.redact(text);
        let record = redact_json(serde_json::to_value(&self.run).unwrap_or_default(), &redact);
        let text = yaml::to_string(&record).map_err(|e| ApplyError::Outside(e.into()))?;
        let id = &self.run.request;
        let subject = redact(&format!("Run {id}: {what}"));
        let now = (self.world.clock)();
        Ok(self.journal.commit(&Run::file(id), &text, id, &subject, now)?)
    }
}
