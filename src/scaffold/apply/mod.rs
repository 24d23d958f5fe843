//! Apply: carries out the plan of a request, once.
//!
//! Each step's start and end is a commit in the journal. Steps without effects are computed again each
//! time; a step with effects is recorded first, then looks whether its effects are there already, then
//! carries them out. So a run that was interrupted anywhere and started again ends like a run that was
//! never interrupted.

mod error;
mod observer;
mod runner;

use std::path::Path;

use jiff::Timestamp;

use super::{
    Request, Settings,
    plan::{self, Plan},
    run::{BRANCH, Run, Status},
};
use crate::{
    base::{
        diagnostics::{self, Diagnostic},
        environment::Redactor,
        path::RelativePath,
    },
    catalog::Catalog,
    git::{journal::Journal, push::ORIGIN},
};
pub use error::ApplyError;
pub use observer::{Cancellation, Event, Observer};
use runner::Runner;

/// The world outside, in which effects are carried out.
pub struct World<'a> {
    /// Directory of the portal, in a git repository.
    pub portal: &'a Path,
    /// Its settings.
    pub settings: &'a Settings,
    /// Returns the time.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Replaces secrets in records and events.
    pub redactor: &'a Redactor,
    /// The git repository that has the portal.
    pub repository: &'a dyn PortalRepository,
}

/// The git repository that has the portal: effects in the portal's own files are commits there.
pub trait PortalRepository {
    /// Commits files with this message, and pushes where the portal has a remote. The step that wrote
    /// the files is completed only afterwards, so that a resumed run calls this again with the same
    /// files.
    ///
    /// # Errors
    /// The files are not committed or not pushed; the step fails.
    fn commit(
        &self,
        files: &[RelativePath],
        message: &str,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

/// Which plan of a request may be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval<'a> {
    /// Any plan: whoever applies it has seen it.
    Any,
    /// The plan with this hash.
    Plan(&'a str),
    /// None is known: only a run that started with the same plan goes on.
    Unknown,
}

/// How an apply succeeded.
#[derive(Debug)]
pub enum Outcome {
    /// The run is completed.
    Completed(Run),
    /// It was completed before; nothing was done.
    AlreadyCompleted(Run),
}

/// Applies a request: plans it again, then carries out the plan.
///
/// # Errors
/// See [`ApplyError`]; what was done is in the run's record.
pub fn apply(
    world: &World<'_>,
    catalog: &Catalog,
    request: &Request,
    approval: Approval<'_>,
    observer: &mut dyn Observer,
) -> Result<Outcome, ApplyError> {
    let author = world.settings.author.clone();
    let journal = Journal::open(world.portal, BRANCH, ORIGIN, author)?;
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
    let inputs = plan::prepare(world.portal, catalog, request).map_err(wrong)?;
    let cx = inputs.context(world.portal, catalog, world.settings, request);
    let plan = plan::plan_steps(&cx).map_err(wrong)?;
    let resumed = recorded.is_some();
    let hash = plan.hash();
    check_approval(approval, &plan, &hash, recorded.as_ref())?;
    let run = begin(&plan, &hash, recorded, (world.clock)())?;
    let mut runner = Runner { world, cx: &cx, journal, observer, run, first_error: None };
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
        hint: Some("repair or remove it there".to_owned()),
    })?;
    Ok(Some(run))
}

/// Starts a record, or continues one whose plan is the same.
fn begin(
    plan: &Plan,
    hash: &str,
    recorded: Option<Run>,
    now: Timestamp,
) -> Result<Run, ApplyError> {
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
        // No effect was carried out yet, so the plan may be another one.
        _ => Ok(Run::new(plan, now)),
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
        // Its plan was approved when it started.
        Approval::Unknown if recorded.is_some_and(|run| run.plan == hash) => return Ok(()),
        Approval::Unknown => format!("no approved plan of `{id}` is known; today's is {hash}"),
    };
    let hint = format!(
        "the template or the catalog may have changed since: look at `callboard scaffold plan {id}`, and \
         approve it with `--approved {id}={hash}`"
    );
    Err(ApplyError::Refused { message, hint: Some(hint) })
}
