//! Which plan of a request may be carried out.

use callboard_planner::Plan;

use super::ApplyError;
use crate::{
    base::text::list,
    scaffold::run::{Deviation, Run},
};

/// Most parts that a refusal lists.
const MOST_PARTS: usize = 10;

/// Which plan of a request may be carried out.
#[derive(Debug, Clone, Copy)]
pub enum Approval<'a> {
    /// Any plan: whoever applies it has seen it.
    Any,
    /// The plan with this hash.
    Plan(&'a str),
    /// This plan, or one that differs from it in those parts only that its policy names.
    Reviewed(&'a Plan),
    /// None is known: only a run that started with the same plan goes on.
    Unknown,
}

/// Checks that a plan may be carried out. Returns in which parts it differs from the approved one, where the policy lets it.
///
/// # Errors
/// It is not the approved plan.
pub(super) fn check(
    approval: Approval<'_>,
    plan: &Plan,
    hash: &str,
    recorded: Option<&Run>,
) -> Result<Option<Deviation>, ApplyError> {
    let id = &plan.request;
    let other = |approved: &str| {
        format!("the plan of `{id}` is not the approved one: {hash} instead of {approved}")
    };
    let message = match approval {
        Approval::Any => return Ok(None),
        Approval::Plan(approved) if approved == hash => return Ok(None),
        Approval::Plan(approved) => other(approved),
        Approval::Reviewed(approved) => {
            let differences = approved.differences(plan);
            let (parts, refused): (Vec<_>, Vec<_>) =
                differences.into_iter().partition(|part| approved.lets_differ(part));
            if refused.is_empty() {
                let parts: Vec<_> = parts.into_iter().map(|difference| difference.part).collect();
                let approved = approved.hash();
                return Ok((!parts.is_empty()).then_some(Deviation { approved, parts }));
            }
            let parts: Vec<_> =
                refused.into_iter().map(|difference| format!("`{}`", difference.part)).collect();
            let parts = list(&parts, MOST_PARTS);
            format!("{}; the policy does not let it differ in {parts}", other(&approved.hash()))
        }
        // Its plan was approved when it started.
        Approval::Unknown if recorded.is_some_and(|run| run.plan == hash) => return Ok(None),
        Approval::Unknown => format!("no approved plan of `{id}` is known; today's is {hash}"),
    };
    let hint = format!(
        "the template or the catalog may have changed since: look at `callboard scaffold plan {id}`, and \
         approve it with `--approved {id}={hash}`"
    );
    Err(ApplyError::Refused { message, hint: Some(hint) })
}
