//! Takes a request back before it is completed.

use callboard_planner::Plan;

use super::{ApplyError, record};
use crate::{
    base::clock::rfc3339,
    scaffold::{
        effects::World,
        run::{Run, Status},
    },
};

/// Records that nobody goes on with the run of a request, or starts one: of a request without a run, `plan` is recorded.
/// What the run has done stays. Returns the record.
///
/// # Errors
/// The run is completed, another runner has it, or there is neither a run nor a plan.
pub fn cancel(world: &World<'_>, request: &str, plan: Option<&Plan>) -> Result<Run, ApplyError> {
    let mut journal = record::open(world)?;
    let now = (world.clock)();
    let recorded = match record::read(&journal, request)? {
        Some(run) => Some(run),
        None => plan.map(|plan| Run::new(plan, now)),
    };
    let Some(mut run) = recorded else {
        return Err(ApplyError::Refused {
            message: format!("`{request}` has no run, and cannot be planned: nothing applies it"),
            hint: Some("remove its file".to_owned()),
        });
    };
    match run.status {
        Status::Completed => {
            return Err(ApplyError::Refused {
                message: format!("the run of `{request}` is completed"),
                hint: Some(format!("`callboard scaffold undo {request}` undoes what it made")),
            });
        }
        Status::Undone | Status::Cancelled => return Ok(run),
        Status::Open | Status::Processing | Status::Failed | Status::Skipped => {}
    }
    run.take_lease(world.runner, now)?;
    run.lease = None;
    run.status = Status::Cancelled;
    run.finished = Some(rfc3339(now));
    record::write(world, &mut journal, &run, "is cancelled", now)?;
    Ok(run)
}
