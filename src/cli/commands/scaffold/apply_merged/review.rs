//! What the review of a merged pull request says: which plan it showed, and who approved it.

use anyhow::anyhow;

use super::Job;
use crate::{
    base::text::{count, list},
    catalog::{Catalog, EntityRef},
    cli::{
        Failure,
        pull_request::{self, account_of},
    },
    forge::reviews::{MARKER, PullRequest, Reviews},
    scaffold::{
        Plan,
        policy::{PolicyDecision, is_one_of},
    },
};

impl Job<'_> {
    /// Checks that whoever started the job may accept another plan than the pull request showed: one of those whom the policy
    /// names, and without such a rule whoever may start it.
    pub(super) fn check_actor(&self, plan: &Plan, catalog: &Catalog) -> Result<(), Failure> {
        let needed = plan.policy.as_ref().filter(|policy| !policy.approvers.is_empty());
        let Some(policy) = needed else { return Ok(()) };
        let refused = |who: &str| {
            let named = list(&policy.approvers, 10);
            Failure::Refused(anyhow!(
                "{who} may not accept another plan of `{}`: {named} may ({})\nhint: users are known by the annotation \
                 `{}/user-login`",
                plan.request,
                policy.rule,
                self.ci.host()
            ))
        };
        let Some((account, email)) = &self.actor else {
            return Err(refused("who started the job is not known, and"));
        };
        let user = account_of(catalog, account, email.as_deref(), self.ci.host());
        match user.is_some_and(|user| is_one_of(catalog, &policy.approvers, &user)) {
            true => Ok(()),
            false => Err(refused(&format!("`{account}`"))),
        }
    }

    /// Checks that those whom the policy names have approved; returns all who have.
    pub(super) fn check_approvals(
        &self,
        decision: Option<&PolicyDecision>,
        catalog: &Catalog,
        pull: &PullRequest,
        reviews: &dyn Reviews,
        number: u64,
    ) -> Result<Vec<String>, Failure> {
        let needed = decision.filter(|policy| !policy.approvers.is_empty());
        let approvers = match reviews.approvers() {
            Ok(approvers) => approvers,
            // Without a rule nobody has to be asked.
            Err(error) if needed.is_none() => {
                self.output.note(format!("who approved is not known: {error}"));
                Vec::new()
            }
            Err(error) => return Err(pull_request::failure(error)),
        };
        let (mut names, mut counted) = (Vec::new(), 0);
        for approver in approvers {
            // Who opened a pull request does not approve it, and what was approved must be what was merged.
            let is_of_head = approver.commit.as_ref().is_none_or(|commit| *commit == pull.head);
            if approver.account.eq_ignore_ascii_case(&pull.author) || !is_of_head {
                continue;
            }
            let email = approver.email.as_deref();
            let user = account_of(catalog, &approver.account, email, self.ci.host());
            let is_named = |user: &EntityRef| {
                needed.is_some_and(|policy| is_one_of(catalog, &policy.approvers, user))
            };
            counted += usize::from(user.as_ref().is_some_and(is_named));
            names.push(user.map_or(approver.account, |user| user.to_string()));
        }
        match needed {
            Some(policy) if counted < policy.approvals as usize => {
                let who = count(policy.approvals as usize, "approval", "approvals");
                let named = list(&policy.approvers, 10);
                let given = if names.is_empty() { "nobody".to_owned() } else { list(&names, 10) };
                Err(Failure::Refused(anyhow!(
                    "pull request {number} needs {who} of {named} ({}), and has {counted}: {given} approved the \
                     commit that was merged\nhint: users are known by the annotation `{}/user-login`",
                    policy.rule,
                    self.ci.host()
                )))
            }
            _ => Ok(names),
        }
    }
}

/// The hash that the comment of a pull request shows of a request, for the commit that was merged.
pub(super) fn shown_hash(
    reviews: &dyn Reviews,
    pull: &PullRequest,
    id: &str,
) -> Result<Option<String>, Failure> {
    let mut shown = None;
    let mut read = |before: Option<&str>| {
        shown = before.and_then(|text| pull_request::shown_hash(text, &pull.head, id));
        None
    };
    reviews.set_comment(MARKER, &mut read).map_err(pull_request::failure)?;
    Ok(shown)
}

/// Checks that the pull request showed this plan for the commit that was merged.
pub(super) fn check_shown(
    plan: &Plan,
    pull: &PullRequest,
    reviews: &dyn Reviews,
    number: u64,
) -> Result<(), Failure> {
    let shown = shown_hash(reviews, pull, &plan.request)?;
    let (id, hash) = (&plan.request, plan.hash());
    let hint = format!(
        "look at `callboard scaffold plan {id}`; who approves such requests accepts it by starting the job with \
         `--approved {id}=HASH`"
    );
    match shown {
        Some(shown) if shown == hash => Ok(()),
        Some(shown) => Err(Failure::Refused(anyhow!(
            "pull request {number} showed another plan of `{id}` than the merge made: {shown}, and not {hash}, \
             because the branch changed between\nhint: {hint}"
        ))),
        None => Err(Failure::Refused(anyhow!(
            "pull request {number} showed no plan of `{id}` for the commit {} that was merged\nhint: {hint}",
            pull.head
        ))),
    }
}
