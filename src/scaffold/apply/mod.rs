//! Apply: does what a plan says, once.
//!
//! Each step's start and end is a commit in the journal. Pure steps are computed again each time; a
//! step with effects is written down first, then looks whether it is done, then is done. So a run
//! that was stopped anywhere and started again ends as if it had never been stopped.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    Request, Settings,
    actions::{At, Situation, State},
    effects::{self, Effect, EffectError},
    plan::{self, Plan},
    run::{BRANCH, Run, Status},
    steps,
    template::describe,
};
use crate::{
    base::{
        clock::rfc3339,
        diagnostics::{self, Diagnostic},
        environment::{Redactor, redact_json},
        path::RelativePath,
        yaml,
    },
    catalog::Catalog,
    git::{
        journal::{Journal, JournalError},
        push::ORIGIN,
    },
};

/// Where and with what requests are applied.
pub struct Site<'a> {
    /// Directory of the portal, in a git repository.
    pub portal: &'a Path,
    /// Its catalog.
    pub catalog: &'a Catalog,
    /// Its settings.
    pub settings: &'a Settings,
    /// Tells the time.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Keeps secrets out of records and events.
    pub redactor: &'a Redactor,
    /// Which plan was approved.
    pub approval: Approval<'a>,
}

/// Which plan of a request may be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval<'a> {
    /// Whatever the plan is: somebody looks at it.
    Any,
    /// The plan with this hash.
    Plan(&'a str),
    /// None is known: only a run that has begun with the same plan goes on.
    Unknown,
}

/// What apply tells whoever started it, and asks of them.
pub trait Host {
    /// Hears what happens.
    ///
    /// # Errors
    /// Stops the run where it is; it can be resumed.
    fn event(&mut self, event: &Event<'_>) -> Result<(), Cancelled>;

    /// Keeps files of the portal for good, before the step that made them counts as done: commits
    /// them with this message, and pushes where the portal has a remote. Called again with the same
    /// files when a run is resumed.
    ///
    /// # Errors
    /// Says why they are not kept; the step fails.
    fn keep(&mut self, files: &[RelativePath], message: &str) -> Result<(), String>;
}

/// The host wants to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

/// What happens during a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'e> {
    /// The run begins, or goes on.
    Started {
        /// Its record.
        run: &'e Run,
        /// True when it had begun before.
        resumed: bool,
    },
    /// A step begins; the journal knows.
    StepStarted {
        /// From 0.
        index: usize,
        /// The step.
        name: &'e str,
    },
    /// A line that a step logs.
    Log(&'e str),
    /// A step has done its work; the journal does not know yet.
    StepActed {
        /// From 0.
        index: usize,
    },
    /// A step has ended; the journal knows.
    StepEnded {
        /// From 0.
        index: usize,
        /// The step.
        name: &'e str,
        /// How.
        status: Status,
        /// What it did.
        message: &'e str,
    },
}

/// How an apply ended well.
#[derive(Debug)]
pub enum Outcome {
    /// The run is completed.
    Completed(Run),
    /// It was completed before; nothing was done.
    AlreadyCompleted(Run),
}

/// Why an apply did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The request or its template is wrong; nothing was done.
    #[error("the request is wrong")]
    Wrong(Vec<Diagnostic>),
    /// The request was applied before and has been changed since; nothing was done.
    #[error("{}", .0.message)]
    Changed(Diagnostic),
    /// Something outside failed; the run can be resumed.
    #[error("{0}")]
    Outside(String),
    /// A guard refused.
    #[error("{message}")]
    Refused {
        /// What was refused.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The host stopped the run; it can be resumed.
    #[error("the run was stopped")]
    Cancelled,
}

impl From<Cancelled> for ApplyError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<JournalError> for ApplyError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Lost(run) => Self::Refused {
                message: format!("another runner owns the run `{run}`"),
                hint: Some("it goes on there; apply again when it has stopped".to_owned()),
            },
            error => Self::Outside(describe(&error)),
        }
    }
}

/// Applies a request: plans it again, then does what the plan says.
///
/// # Errors
/// See [`ApplyError`]; what was done is in the run's record.
pub fn apply(
    site: &Site<'_>,
    request: &Request,
    host: &mut dyn Host,
) -> Result<Outcome, ApplyError> {
    let author = site.settings.author.clone();
    let journal = Journal::open(site.portal, BRANCH, ORIGIN, author)?;
    let recorded = read_record(&journal, &request.id)?;
    if let Some(run) = recorded.as_ref().filter(|run| run.is_done() && !run.is_of(request)) {
        return Err(ApplyError::Changed(run.refusal(&request.file)));
    }
    if let Some(run) = recorded.as_ref().filter(|run| run.status == Status::Completed) {
        return Ok(Outcome::AlreadyCompleted(run.clone()));
    }
    let wrong = |mut problems: Vec<Diagnostic>| {
        diagnostics::sort(&mut problems);
        ApplyError::Wrong(problems)
    };
    let prepared = plan::prepare(site.portal, site.catalog, request).map_err(wrong)?;
    let situation = prepared.situation(site.portal, site.catalog, site.settings, request);
    let plan = plan::plan_steps(&situation).map_err(wrong)?;
    let resumed = recorded.is_some();
    let run = begin(site, &plan, recorded)?;
    let mut runner = Runner { site, situation: &situation, journal, host, run, first_error: None };
    runner.run(&plan, resumed)?;
    match runner.first_error {
        None => Ok(Outcome::Completed(runner.run)),
        Some(error) => Err(error),
    }
}

/// Reads the record of a request's run.
fn read_record(journal: &Journal, request: &str) -> Result<Option<Run>, ApplyError> {
    let file = Run::file(request);
    let Some(text) = journal.read(&file)? else {
        return Ok(None);
    };
    let run = Run::parse(&text).map_err(|error| ApplyError::Refused {
        message: format!("`{file}` on the branch `{BRANCH}` is not a run record: {error}"),
        hint: Some("mend or remove it there".to_owned()),
    })?;
    Ok(Some(run))
}

/// Starts a record, or goes on with one whose plan is the same.
fn begin(site: &Site<'_>, plan: &Plan, recorded: Option<Run>) -> Result<Run, ApplyError> {
    let hash = plan.hash();
    check_approval(site.approval, plan, &hash, recorded.as_ref())?;
    match recorded {
        Some(run) if run.plan == hash => {
            Ok(Run { status: Status::Processing, finished: None, message: None, ..run })
        }
        Some(run) if run.has_touched() => Err(ApplyError::Refused {
            message: format!(
                "the plan changed since the run began: {hash} instead of {}",
                run.plan
            ),
            hint: Some(
                "restore the template and catalog of that time, or undo by hand what the run \
                        did and remove its record"
                    .to_owned(),
            ),
        }),
        // Nothing was done outside yet, so nothing has to fit.
        _ => Ok(Run::new(plan, (site.clock)())),
    }
}

fn check_approval(
    approval: Approval<'_>,
    plan: &Plan,
    hash: &str,
    recorded: Option<&Run>,
) -> Result<(), ApplyError> {
    let id = &plan.request;
    let message = match approval {
        Approval::Any => return Ok(()),
        Approval::Plan(approved) if approved == hash => return Ok(()),
        Approval::Plan(approved) => {
            format!("the plan of `{id}` is not the approved one: {hash} instead of {approved}")
        }
        // Its plan was approved when it began.
        Approval::Unknown if recorded.is_some_and(|run| run.plan == hash) => return Ok(()),
        Approval::Unknown => format!("no approved plan of `{id}` is known; today's is {hash}"),
    };
    let hint = format!(
        "the template or the catalog may have changed since: look at `callboard scaffold plan {id}`, and \
         approve it with `--approved {id}={hash}`"
    );
    Err(ApplyError::Refused { message, hint: Some(hint) })
}

struct Runner<'a> {
    site: &'a Site<'a>,
    situation: &'a Situation<'a>,
    journal: Journal,
    host: &'a mut dyn Host,
    run: Run,
    first_error: Option<ApplyError>,
}

impl Runner<'_> {
    fn run(&mut self, plan: &Plan, resumed: bool) -> Result<(), ApplyError> {
        self.save(if resumed { "resumed" } else { "started" })?;
        self.host.event(&Event::Started { run: &self.run, resumed })?;
        let mut state = State::default();
        for index in 0..plan.steps.len() {
            self.step(index, &mut state)?;
        }
        self.end(&state)
    }

    fn end(&mut self, state: &State) -> Result<(), ApplyError> {
        match &self.first_error {
            None => {
                let output =
                    plan::render_output(self.situation, state).map_err(ApplyError::Wrong)?;
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

    /// Runs one step. A failure is remembered, because steps may ask for it.
    fn step(&mut self, index: usize, state: &mut State) -> Result<(), ApplyError> {
        let at = At { situation: self.situation, index };
        let evaluated = match steps::evaluate(&at, state) {
            Ok(evaluated) => evaluated,
            Err(problems) => return self.fail(index, state, ApplyError::Wrong(problems)),
        };
        let Some((_, done)) = evaluated else {
            let message =
                if state.failed { "an earlier step failed" } else { "its condition is false" };
            return self.close(index, Status::Skipped, message);
        };
        self.open(index)?;
        for line in done.log.iter().flat_map(|text| text.lines()) {
            let line = self.site.redactor.redact(line);
            self.host.event(&Event::Log(&line))?;
        }
        let mut output = done.output;
        match self.carry_out(&done.effects, state) {
            Ok(carried) => output.extend(carried),
            Err(error) => return self.fail(index, state, error),
        }
        self.host.event(&Event::StepActed { index })?;
        self.run.steps[index].output = output.clone().into_iter().collect();
        steps::set_output(&at, state, output);
        self.close(index, Status::Completed, &done.message)
    }

    /// Carries out effects at the time of the run's beginning, so that a commit made late is the
    /// same commit.
    fn carry_out(
        &mut self,
        effects: &[Effect],
        state: &State,
    ) -> Result<Map<String, Value>, ApplyError> {
        let created = self.run.created.parse().unwrap_or_else(|_| (self.site.clock)());
        effects::carry_out(effects, self.situation, &state.workspace, created, &mut *self.host)
            .map_err(|error| match error {
                EffectError::Refused(message) => ApplyError::Refused { message, hint: None },
                EffectError::Outside(message) => ApplyError::Outside(message),
            })
    }

    fn fail(
        &mut self,
        index: usize,
        state: &mut State,
        error: ApplyError,
    ) -> Result<(), ApplyError> {
        state.failed = true;
        let message = match &error {
            ApplyError::Wrong(problems) => {
                problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
            other => other.to_string(),
        };
        self.first_error.get_or_insert(error);
        self.close(index, Status::Failed, &message)
    }

    /// Writes down that a step begins, before it does anything. One that had ended stays ended.
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
        Ok(self.host.event(&Event::StepStarted { index, name: &name })?)
    }

    /// Writes down how a step ended, unless that is written already.
    fn close(&mut self, index: usize, status: Status, message: &str) -> Result<(), ApplyError> {
        let (now, message) = (self.now(), self.site.redactor.redact(message));
        let step = &mut self.run.steps[index];
        let name = step.name.clone();
        if step.status != status || step.message.as_deref() != Some(&*message) {
            step.status = status;
            step.message = Some(message.clone());
            step.finished = Some(now);
            let subject = format!("step {} {}", step.id, status.as_str());
            self.save(&subject)?;
        }
        Ok(self.host.event(&Event::StepEnded { index, name: &name, status, message: &message })?)
    }

    fn now(&self) -> String {
        rfc3339((self.site.clock)())
    }

    fn save(&mut self, what: &str) -> Result<(), ApplyError> {
        let redact = |text: &str| self.site.redactor.redact(text);
        let record = redact_json(serde_json::to_value(&self.run).unwrap_or_default(), &redact);
        let text = yaml::to_string(&record).map_err(|e| ApplyError::Outside(describe(&e)))?;
        let id = &self.run.request;
        let subject = redact(&format!("Run {id}: {what}"));
        let now = (self.site.clock)();
        Ok(self.journal.commit(&Run::file(id), &text, id, &subject, now)?)
    }
}
