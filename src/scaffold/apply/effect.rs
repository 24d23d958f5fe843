//! Carries out one effect, once: reads it back when it is done, else says what it is about to do, looks whether it is
//! there, and does it.

use std::time::Duration;

use callboard_planner::{Effect, workspace::Workspace};

use super::{error::ApplyError, observer::Event, runner::Runner, watch::TurnWatch};
use crate::scaffold::{
    effects::{EffectResult, Fault, Mark, Probe},
    run::{EffectState, RunStep},
};

/// Most times that an effect is tried in one run.
const MOST_TRIES: u32 = 4;
/// Seconds to wait before the second try; twice as long before each further one.
const FIRST_PAUSE: u64 = 2;
/// Longest time that a runner waits because the other side asks for it.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);

impl Runner<'_> {
    /// Carries out an effect of the turn in `row`; returns what it made. One that changes the workspace is carried out
    /// again when it was done before, because the record does not have the files.
    ///
    /// # Errors
    /// It is not done, or nobody knows.
    pub(super) fn effect(
        &mut self,
        row: usize,
        effect: &Effect,
    ) -> Result<EffectResult, ApplyError> {
        let index = self.recorded(row, effect);
        let recorded = &self.run.steps[row].effects[index];
        let was_done = recorded.state == Some(EffectState::Done);
        if was_done && !effect.changes_workspace {
            return Ok(recorded.output.clone().into());
        }
        let was_intended = was_done || recorded.state == Some(EffectState::Intended);
        if !was_intended {
            self.run.steps[row].effects[index].state = Some(EffectState::Intended);
            self.save(&format!("intends {}", effect.id))?;
        }
        self.observer.event(&Event::EffectIntended { id: &effect.id })?;
        match self.attempt(row, index, effect, was_intended) {
            Ok(made) => {
                self.observer.event(&Event::EffectActed { id: &effect.id })?;
                let files = made.workspace.as_ref().map(Workspace::digest);
                self.check_files(row, index, effect, files.as_deref())?;
                let recorded = &mut self.run.steps[row].effects[index];
                recorded.state = Some(EffectState::Done);
                recorded.files = files;
                if was_done {
                    // Later steps have read what it returned then.
                    return Ok(EffectResult { output: recorded.output.clone(), ..made });
                }
                recorded.output.clone_from(&made.output);
                Ok(made)
            }
            Err(error) => {
                // Nothing was done, so the next run does not have to ask.
                let is_certain =
                    !matches!(error, ApplyError::Uncertain { .. } | ApplyError::Cancelled);
                if is_certain && !was_done {
                    self.run.steps[row].effects[index].state = Some(EffectState::Failed);
                }
                Err(error)
            }
        }
    }

    /// Checks that a command that is carried out again made the same files, when later steps have used those of before.
    fn check_files(
        &self,
        row: usize,
        index: usize,
        effect: &Effect,
        files: Option<&str>,
    ) -> Result<(), ApplyError> {
        let before = self.run.steps[row].effects[index].files.as_deref();
        let is_used = self.run.steps[row + 1..].iter().any(RunStep::has_touched);
        if before.is_none() || before == files || !is_used {
            return Ok(());
        }
        let message = format!(
            "`{}` made other files than before, and later steps have used those of before",
            effect.id
        );
        let hint = "an action that is `pure` makes the same files of the same input: correct it";
        Err(ApplyError::Refused { message, hint: Some(hint.to_owned()) })
    }

    /// The number of an effect in the record of its turn. It is added when the plan could not know it.
    fn recorded(&mut self, row: usize, effect: &Effect) -> usize {
        let effects = &mut self.run.steps[row].effects;
        effects.iter().position(|recorded| recorded.id == effect.id).unwrap_or_else(|| {
            effects.push(crate::scaffold::run::RunEffect::new(effect));
            effects.len() - 1
        })
    }

    /// Looks whether the effect is there, and carries it out. After a fault that leaves open whether it was done,
    /// it looks again.
    fn attempt(
        &mut self,
        row: usize,
        index: usize,
        effect: &Effect,
        was_intended: bool,
    ) -> Result<EffectResult, ApplyError> {
        let world = self.world;
        let executor = world.executors.of(effect.kind);
        let started = self.run.created.parse();
        let time = started.unwrap_or_else(|_| (world.clock)());
        let request = self.run.request.clone();
        let review = self.run.review.clone();
        let mut may_be_done = was_intended;
        let mut last = None;
        for attempt in 0..MOST_TRIES {
            if let Some(fault) = &last {
                (world.pause)(pause(attempt, fault));
            }
            if let Err(error) = self.keep_lease() {
                return Err(self.stopped(effect, error));
            }
            let mark = Mark { request: &request, time, review: &review, may_be_done };
            let (word, probe) = match executor.probe(effect, &mark, world) {
                Ok(probe) => (word(&probe), probe),
                Err(fault @ (Fault::Transient { .. } | Fault::Ambiguous { .. })) => {
                    last = Some(fault);
                    continue;
                }
                Err(fault) if may_be_done => return Err(self.uncertain(effect, Some(&fault))),
                Err(fault) => return Err(fault.into()),
            };
            self.run.steps[row].effects[index].probe = Some(word.to_owned());
            match probe {
                Probe::Ours(output) => return Ok(output.into()),
                Probe::Foreign(message) => {
                    return Err(ApplyError::Refused { message, hint: None });
                }
                Probe::Unknowable if may_be_done => {
                    return Err(self.uncertain(effect, last.as_ref()));
                }
                Probe::Absent | Probe::Unknowable => may_be_done = false,
            }
            let mut watch = TurnWatch { runner: self, row, error: None };
            let acted = executor.act(effect, &mark, world, &mut watch);
            if let Some(error) = watch.error {
                return Err(self.stopped(effect, error));
            }
            match acted {
                Ok(made) => return Ok(made),
                Err(fault @ Fault::Transient { .. }) => last = Some(fault),
                Err(fault @ Fault::Ambiguous { .. }) => {
                    may_be_done = true;
                    last = Some(fault);
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        match last {
            Some(fault) if may_be_done => Err(self.uncertain(effect, Some(&fault))),
            Some(fault) => Err(fault.into()),
            None => Err(self.uncertain(effect, None)),
        }
    }

    /// The error of an effect during which the runner stopped: whether it was done is found out by the next.
    fn stopped(&self, effect: &Effect, error: ApplyError) -> ApplyError {
        match error {
            ApplyError::Cancelled => error,
            error => self.uncertain(effect, Some(&Fault::Ambiguous { message: error.to_string() })),
        }
    }

    fn uncertain(&self, effect: &Effect, fault: Option<&Fault>) -> ApplyError {
        let summary = match fault {
            None => effect.summary.clone(),
            Some(fault) => format!("{} ({fault})", effect.summary),
        };
        ApplyError::Uncertain { run: self.run.request.clone(), effect: effect.id.clone(), summary }
    }
}

fn word(probe: &Probe) -> &'static str {
    match probe {
        Probe::Absent => "absent",
        Probe::Ours(_) => "ours",
        Probe::Foreign(_) => "foreign",
        Probe::Unknowable => "unknowable",
    }
}

/// How long to wait before a try: as long as the other side asks, within bounds, else twice as long each time.
fn pause(attempt: u32, fault: &Fault) -> Duration {
    let own = Duration::from_secs(FIRST_PAUSE << (attempt - 1));
    match fault {
        Fault::Transient { after: Some(after), .. } => (*after).clamp(own, LONGEST_PAUSE),
        _ => own,
    }
}
