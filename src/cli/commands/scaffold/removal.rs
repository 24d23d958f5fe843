//! The removal of a request's file: it takes the request back, and asks to undo what was made for it.

use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        files::Directory,
    },
    catalog::Catalog,
    cli::{Failure, pull_request::check_author, settings::Settings},
    forge::reviews::PullRequest,
    scaffold::{
        Plan, PlanSource, Request, Run,
        apply::UndoPlan,
        policy::{Policy, PolicyDecision},
        request::REQUESTS,
        run::Status,
    },
};

use super::run_portal::with_source;

/// A request that is taken back.
#[derive(Debug)]
pub(super) struct Removal {
    /// What is undone.
    pub(super) undo: UndoPlan,
    /// Who must approve it: those who approve such a request.
    pub(super) decision: Option<PolicyDecision>,
    /// The request as it was.
    pub(super) request: Request,
}

/// A removal, or why it cannot be planned.
pub(super) type RemovalResult = Result<Removal, Vec<Diagnostic>>;

/// Plans the removal of the request of a run. `settings` and `catalog` are of the branch that the file is removed from.
///
/// # Errors
/// A runner has the run, its plan cannot be made again, or the policy does not allow the request any more.
pub(super) fn plan(settings: &Settings, catalog: &Catalog, run: &Run) -> RemovalResult {
    let place = || Place::file(format!("{REQUESTS}/{}.yaml", run.request));
    let problem = |message: String| Diagnostic::error("not-undone", place(), message);
    if let Some(lease) = run.lease.as_ref().filter(|_| run.has_lease(settings.now)) {
        let message = format!("`{}` is applied now: {} has it", run.request, lease.runner);
        let hint = "run this again when it has ended, or cancel it: `callboard scaffold cancel`";
        return Err(vec![problem(message).hint(hint)]);
    }
    let policy = Policy::load(&Directory::new(&settings.portal))?;
    let removal = |source: &PlanSource<'_>, plan: &Plan| {
        let decision = source.decision(policy.as_ref(), plan)?;
        Ok(Removal { undo: UndoPlan::new(plan, run), decision, request: source.request.clone() })
    };
    match with_source(settings, catalog, run, removal) {
        Ok(result) => result,
        Err(Failure::Data(problems)) => Err(problems),
        Err(failure) => Err(vec![problem(failure.message())]),
    }
}

/// Plans the removal of requests, by their ids. Those without a run, and those that were undone before, need nothing.
pub(super) fn plan_all(
    settings: &Settings,
    catalog: &Catalog,
    ids: &[String],
    runs: &[Run],
) -> Vec<RemovalResult> {
    let of = |id: &String| runs.iter().find(|run| run.request == *id);
    let open = ids.iter().filter_map(of).filter(|run| run.status != Status::Undone);
    open.map(|run| plan(settings, catalog, run)).collect()
}

impl Removal {
    /// Whether somebody may ask for it who opened a pull request: anybody where others must approve, else the requester.
    pub(super) fn check_author(
        &self,
        catalog: &Catalog,
        pull: &PullRequest,
        host: &str,
    ) -> Option<Diagnostic> {
        let is_approved = self.decision.as_ref().is_some_and(|d| !d.approvers.is_empty());
        if is_approved { None } else { check_author(catalog, &self.request, pull, host) }
    }
}
