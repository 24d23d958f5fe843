//! Requests of the branch that have no run yet, as pages show them, and what they wait for.

use std::collections::{BTreeMap, BTreeSet};

use callboard_planner::{
    claims::Holder,
    plan::{PlannedStatus, PlannedStep},
    refuse_conflicts,
};
use jiff::Timestamp;

use super::{
    Failure,
    commands::scaffold::{apply::request_files, plan},
    exit::outside,
    settings::Settings,
};
use crate::{
    base::{diagnostics::Diagnostic, files::Directory, path::RelativePath},
    catalog::Catalog,
    git::{journal::Journal, merges::last_changes, push::ORIGIN, remote_of, revision::files_at},
    scaffold::{
        self, Request,
        run::{self, BRANCH, RUNS},
    },
    site::{Run, RunEffect, RunStep, RunWait, Status},
};

/// The requests that wait. `records` are the runs of the portal. None are known of a clone without the branch of runs, because
/// each may have one.
///
/// # Errors
/// The requests or the history cannot be read.
pub(super) fn waiting(
    settings: &Settings,
    catalog: &Catalog,
    records: &[scaffold::Run],
) -> Result<Vec<Run>, Failure> {
    let Some(known) = known(settings)? else { return Ok(Vec::new()) };
    let mut requests = Vec::new();
    for file in request_files(&settings.portal)? {
        let id = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !known.contains(&id) {
            // What is wrong with a request that cannot be read is a problem of the catalog's page.
            requests.extend(plan::load(&settings.portal, &file)?.ok());
        }
    }
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let (files, scaffold) = (Directory::new(&settings.portal), settings.scaffold());
    let mut plans: Vec<_> = requests
        .iter()
        .map(|request| scaffold::plan(&files, catalog, &scaffold, request))
        .collect();
    let kept: Vec<_> = plans
        .iter()
        .map(|plan| plan.as_ref().ok().and_then(|plan| earlier(plan, records, settings.now)))
        .collect();
    let holders =
        records.iter().map(|run| Holder { request: &run.request, claims: run.held_claims() });
    refuse_conflicts(&mut plans, &[], &holders.collect::<Vec<_>>());
    let times = times(settings, &requests)?;
    let all = requests.into_iter().zip(plans).zip(kept);
    Ok(all
        .map(|((request, plan), earlier)| {
            let wait = match (earlier, &plan) {
                (Some(run), _) => RunWait::Run(run),
                (None, Err(problems)) => RunWait::Problems(problems.iter().map(text).collect()),
                (None, Ok(_)) => RunWait::Apply,
            };
            let created = times.get(&request.file).copied();
            shown(&request, plan.ok(), created, wait)
        })
        .collect())
}

/// The ids of all requests with a record, also of one that cannot be read; `None` when the clone may lack the branch.
fn known(settings: &Settings) -> Result<Option<BTreeSet<String>>, Failure> {
    let journal = Journal::open_local(&settings.portal, BRANCH, ORIGIN, settings.author());
    let Some(journal) = journal.map_err(outside)? else { return Ok(None) };
    let files = journal.list(&RelativePath::new(RUNS).map_err(outside)?).map_err(outside)?;
    if files.is_empty() && remote_of(&settings.portal).is_some() {
        return Ok(None);
    }
    let id = |file: &RelativePath| {
        let name = file.as_str().rsplit('/').next()?;
        name.strip_suffix(".yaml").map(str::to_owned)
    };
    Ok(Some(files.iter().filter_map(id).collect()))
}

/// The run that a request waits for: one that has not ended and makes the same thing, or one that a runner has, because jobs of
/// apply run one after the other.
fn earlier(plan: &scaffold::Plan, records: &[scaffold::Run], now: Timestamp) -> Option<String> {
    let open = || records.iter().filter(|run| !run.status.is_end());
    let shares =
        |run: &&scaffold::Run| run.held_claims().iter().any(|claim| plan.claims.contains(claim));
    let goes_on =
        |run: &&scaffold::Run| run.status == run::Status::Processing && !run.is_stopped(now);
    let run = open().find(shares).or_else(|| open().find(goes_on))?;
    Some(run.request.clone())
}

/// When each request was merged, by its file.
fn times(
    settings: &Settings,
    requests: &[Request],
) -> Result<BTreeMap<String, Timestamp>, Failure> {
    let files: Vec<_> = requests.iter().map(|request| request.file.as_str()).collect();
    // A file that is in no commit would be looked for in the whole history.
    let committed = files_at(&settings.portal, "HEAD", &files).unwrap_or_default();
    let files: Vec<_> = committed.into_keys().collect();
    if files.is_empty() {
        return Ok(BTreeMap::new());
    }
    let commits = last_changes(&settings.portal, &files).map_err(outside)?;
    Ok(commits.into_iter().map(|(file, commit)| (file, commit.time)).collect())
}

fn text(problem: &Diagnostic) -> String {
    problem.message.clone()
}

/// A request as a run that has not begun. Without a plan its values are not shown, because one may be a credential.
fn shown(
    request: &Request,
    plan: Option<scaffold::Plan>,
    created: Option<Timestamp>,
    wait: RunWait,
) -> Run {
    let (steps, values) = plan.map(|plan| (plan.steps, plan.parameters)).unwrap_or_default();
    Run {
        id: request.id.clone(),
        template: request.template.to_string(),
        requester: request.requester.to_string(),
        status: Status::Waiting,
        created,
        finished: None,
        values,
        steps: steps.into_iter().map(shown_step).collect(),
        links: Vec::new(),
        texts: Vec::new(),
        approvers: Vec::new(),
        pull_request: None,
        job: None,
        deviation: Vec::new(),
        need: None,
        wait: Some(wait),
        drift: None,
    }
}

fn shown_step(step: PlannedStep) -> RunStep {
    let status = match step.state {
        PlannedStatus::Skipped => Status::Skipped,
        _ => Status::Waiting,
    };
    let effect = |effect: &callboard_planner::Effect| RunEffect {
        summary: effect.summary.clone(),
        target: effect.target.to_string(),
        status,
    };
    RunStep {
        effects: step.effects.iter().map(effect).collect(),
        id: step.id,
        item: step.each,
        name: step.name,
        action: step.action,
        status,
        started: None,
        finished: None,
        message: None,
        log: Vec::new(),
        links: Vec::new(),
    }
}
