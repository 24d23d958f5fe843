//! Apply: carries out the plan of a request, once.
//!
//! Each step's start and end is a commit in the journal, and so is the intent of each effect, before it is carried
//! out. An effect that is done is read back from the journal; one that was intended and has no end is looked for by
//! the mark of the request. So a run that was interrupted anywhere and started again ends like a run that was
//! never interrupted. Before an effect is carried out, it is compared with the plan.

mod answer;
mod approval;
mod cancel;
mod done;
pub mod drift;
mod effect;
mod error;
mod observer;
mod record;
mod runner;
pub mod undo;
mod undo_plan;
mod watch;

use std::path::Path;

use callboard_planner::{Plan, Request, plan};
use jiff::Timestamp;

use super::{
    effects::World,
    run::{Run, Status},
};
use crate::{
    base::{
        diagnostics::{self, Diagnostic},
        files::Directory,
    },
    catalog::Catalog,
    git::head,
};
pub use answer::answer;
pub use approval::Approval;
pub use cancel::cancel;
pub use done::{DoneEffect, PlanSource};
pub use error::ApplyError;
pub use observer::{Cancellation, Event, Observer};
use runner::Runner;
pub use undo_plan::{UndoEffect, UndoPlan};

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
    let journal = record::open(world)?;
    let recorded = record::read(&journal, &request.id)?;
    if let Some(run) = recorded.as_ref().filter(|run| run.is_done() && !run.is_of(request)) {
        return Err(ApplyError::Changed(run.refusal(&request.file)));
    }
    let taken_back = recorded.as_ref().map(|run| run.status);
    if let Some(status @ (Status::Undone | Status::Cancelled)) = taken_back {
        return Err(ApplyError::Refused {
            message: format!("the run of `{}` was {}", request.id, status.as_str()),
            hint: Some("something new is a new request with another name".to_owned()),
        });
    }
    if let Some(run) = recorded.as_ref().filter(|run| run.status == Status::Completed) {
        return Ok(Outcome::AlreadyCompleted(run.clone()));
    }
    let wrong = |mut problems: Vec<Diagnostic>| {
        diagnostics::sort(&mut problems);
        ApplyError::Wrong(problems)
    };
    let files = Directory::new(world.portal);
    let inputs = plan::prepare(&files, catalog, world.settings, request).map_err(wrong)?;
    let cx = inputs.context(&files, catalog, world.settings, request);
    let plan = plan::plan_steps(&cx).map_err(wrong)?;
    let resumed = recorded.is_some();
    let hash = plan.hash();
    let deviation = approval::check(approval, &plan, &hash, recorded.as_ref())?;
    let now = (world.clock)();
    let mut run = begin(world.portal, &plan, &hash, recorded, now)?;
    if deviation.is_some() {
        run.deviation = deviation;
    }
    if !world.review.is_unknown() {
        run.review.clone_from(&world.review);
    }
    run.take_lease(world.runner, record::lease_time(world, &journal))?;
    let mut runner = Runner::new(world, &cx, &plan, journal, run, observer);
    runner.run(resumed)?;
    match runner.first_error {
        None => Ok(Outcome::Completed(runner.run)),
        Some(error) => Err(error),
    }
}

/// Starts a record, or continues one whose plan is the same.
fn begin(
    portal: &Path,
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
        _ => {
            let commit = head::head(portal).map_err(|error| ApplyError::Outside(error.into()))?;
            Ok(Run { commit: commit.map(|head| head.id), ..Run::new(plan, now) })
        }
    }
}
