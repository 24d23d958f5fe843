//! Runs in git become runs on pages: reads the records and puts them into the site's words.

use jiff::Timestamp;

use super::{Failure, exit::outside, settings::Settings};
use crate::{
    base::path::RelativePath,
    git::{journal::Journal, push::ORIGIN},
    scaffold::{
        self,
        run::{BRANCH, RUNS},
    },
    site::{Run, RunLink, RunStep, Status},
};

/// Loads all runs that this repository knows of, without asking any remote, as pages show them.
pub(super) fn load(settings: &Settings) -> Result<Vec<Run>, Failure> {
    Ok(records(settings)?.into_iter().map(shown).collect())
}

/// Loads the records of all runs that this repository knows of, without asking any remote.
pub(super) fn records(settings: &Settings) -> Result<Vec<scaffold::Run>, Failure> {
    let journal = Journal::known(&settings.portal, BRANCH, ORIGIN, settings.author());
    let Some(journal) = journal.map_err(outside)? else { return Ok(Vec::new()) };
    let folder = RelativePath::new(RUNS).map_err(outside)?;
    let mut runs = Vec::new();
    for file in journal.list(&folder).map_err(outside)? {
        if let Some(text) = journal.read(&file).map_err(outside)? {
            runs.push(scaffold::Run::parse(&text).map_err(outside)?);
        }
    }
    Ok(runs)
}

fn shown(run: scaffold::Run) -> Run {
    Run {
        id: run.request,
        template: run.template,
        requester: run.requester,
        status: status(run.status),
        created: time(Some(run.created)),
        finished: time(run.finished),
        steps: run.steps.into_iter().map(step).collect(),
        links: run.links.into_iter().filter_map(link).collect(),
    }
}

fn step(step: scaffold::run::RunStep) -> RunStep {
    RunStep {
        id: step.id,
        name: step.name,
        action: step.action,
        status: status(step.status),
        started: time(step.started),
        finished: time(step.finished),
        message: step.message,
    }
}

/// A link without an address leads nowhere, so it is left out, as Backstage does.
fn link(link: scaffold::plan::Link) -> Option<RunLink> {
    let url = link.url.or(link.entity_ref)?;
    Some(RunLink { title: link.title.unwrap_or_else(|| url.clone()), url })
}

fn status(status: scaffold::run::Status) -> Status {
    match status {
        scaffold::run::Status::Open => Status::Waiting,
        scaffold::run::Status::Processing => Status::Running,
        scaffold::run::Status::Completed => Status::Completed,
        scaffold::run::Status::Failed => Status::Failed,
        scaffold::run::Status::Skipped => Status::Skipped,
    }
}

fn time(text: Option<String>) -> Option<Timestamp> {
    text?.parse().ok()
}
