//! How many requests one user may have.

use super::{Policy, decide::rule_name};
use crate::{
    base::diagnostics::Diagnostic,
    catalog::{EntityRef, Issue},
    request::Request,
};

/// The other requests of a requester that the same rule decides about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests that are not applied yet.
    pub open: u32,
    /// Requests that were applied in the last seven days, or are open.
    pub week: u32,
}

/// Refuses a request beyond the quota of its rule. `usage` counts the other requests of the same requester whose
/// template its function accepts.
pub fn over_quota(
    policy: &Policy,
    request: &Request,
    usage: impl Fn(&dyn Fn(&EntityRef) -> bool) -> Usage,
) -> Option<Diagnostic> {
    let (index, rule) = policy.rule_of(&request.template)?;
    let quota = rule.quota?;
    let same_rule =
        |template: &EntityRef| policy.rule_of(template).is_some_and(|(other, _)| other == index);
    let used = usage(&same_rule);
    let (most, what) = match (quota.open, quota.per_week) {
        (Some(open), _) if used.open >= open => (open, "open requests"),
        (_, Some(week)) if used.week >= week => (week, "requests in seven days"),
        _ => return None,
    };
    let message = format!("`{}` has {most} {what}, and may have no more", request.requester);
    let hint = format!("{} says so", rule_name(index, rule));
    Some(request.diagnostic(Issue::error("policy", "/requester", message).hint(hint)))
}
