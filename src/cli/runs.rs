//! Reads the records of runs from git, and converts them for the pages of the site.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Failure, exit::outside, settings::Settings, waiting};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        path::RelativePath,
        text::shorten,
        yaml,
    },
    catalog::Catalog,
    git::{
        journal::{Journal, JournalError},
        push::ORIGIN,
    },
    scaffold::{
        self,
        run::{BRANCH, DRIFT, DriftReport, EffectState, Need, RUNS},
    },
    site::{Run, RunDrift, RunEffect, RunLink, RunNeed, RunStep, RunText, Status},
};

/// Loads all runs of the local repository as pages show them, also those that have not begun, and a warning for each record that cannot be
/// read. No remote is asked.
pub(super) fn load(
    settings: &Settings,
    catalog: &Catalog,
) -> Result<(Vec<Run>, Vec<Diagnostic>), Failure> {
    let (runs, problems) = records(settings)?;
    let waiting = waiting::waiting(settings, catalog, &runs)?;
    let DriftReport { at, runs: drifts } = drift(settings)?;
    let at = time(Some(at));
    let drifts: BTreeMap<_, _> = drifts.into_iter().map(|run| (run.request.clone(), run)).collect();
    let shown = |run: scaffold::Run| {
        let drift = drifts.get(&run.request).and_then(|drift| shown_drift(drift, at));
        shown(run, drift, settings.now)
    };
    Ok((runs.into_iter().map(shown).chain(waiting).collect(), problems))
}

/// What the last comparison of runs with what is there has found; nothing when there was none, or its record cannot be
/// read.
fn drift(settings: &Settings) -> Result<DriftReport, Failure> {
    let journal = Journal::open_local(&settings.portal, BRANCH, ORIGIN, settings.author());
    let Some(journal) = journal.map_err(outside)? else { return Ok(DriftReport::default()) };
    let file = RelativePath::new(DRIFT).map_err(outside)?;
    let text = journal.read(&file).ok().flatten().unwrap_or_default();
    Ok(yaml::from_str(&text).unwrap_or_default())
}

/// What a run made and is no longer so; `None` when nothing is known to differ.
fn shown_drift(drift: &scaffold::run::RunDrift, at: Option<Timestamp>) -> Option<RunDrift> {
    let different = drift.effects.iter().filter(|effect| effect.state.is_different());
    let differences: Vec<_> = different.map(|effect| effect.message.clone()).collect();
    (!differences.is_empty()).then_some(RunDrift { at, differences })
}

/// Loads the records of all runs of the local repository, and a warning for each that cannot be read. No
/// remote is asked.
///
/// # Errors
/// The branch cannot be read. A wrong record is a warning.
pub(super) fn records(
    settings: &Settings,
) -> Result<(Vec<scaffold::Run>, Vec<Diagnostic>), Failure> {
    let (mut runs, mut problems) = (Vec::new(), Vec::new());
    let journal = Journal::open_local(&settings.portal, BRANCH, ORIGIN, settings.author());
    let Some(journal) = journal.map_err(outside)? else { return Ok((runs, problems)) };
    let folder = RelativePath::new(RUNS).map_err(outside)?;
    let mut visit = |file: RelativePath, text: Result<&str, JournalError>| {
        match record(&file, text) {
            Ok(run) => runs.push(run),
            Err(problem) => problems.push(problem.hint(format!(
                "repair or remove it on the branch `{BRANCH}`; what the run created is unknown until then"
            ))),
        }
    };
    journal.visit(&folder, &mut visit).map_err(outside)?;
    Ok((runs, problems))
}

/// The status of the run of each request, by its id. The records are not parsed, because there may be thousands.
///
/// # Errors
/// The branch cannot be read.
pub(super) fn statuses(
    settings: &Settings,
) -> Result<BTreeMap<String, scaffold::run::Status>, Failure> {
    let journal = Journal::open_local(&settings.portal, BRANCH, ORIGIN, settings.author());
    let Some(journal) = journal.map_err(outside)? else { return Ok(BTreeMap::new()) };
    let folder = RelativePath::new(RUNS).map_err(outside)?;
    let mut statuses = BTreeMap::new();
    let mut visit = |file: RelativePath, text: Result<&str, JournalError>| {
        let status = text.ok().and_then(scaffold::run::status_of);
        let name = file.as_str().rsplit('/').next().and_then(|name| name.strip_suffix(".yaml"));
        statuses.extend(name.map(str::to_owned).zip(status));
    };
    journal.visit(&folder, &mut visit).map_err(outside)?;
    Ok(statuses)
}

fn record(
    file: &RelativePath,
    text: Result<&str, JournalError>,
) -> Result<scaffold::Run, Diagnostic> {
    let shown = format!("{BRANCH}:{file}");
    let warning = |code, position, reason: &dyn std::fmt::Display| {
        let message = format!("this run record cannot be read: {reason}");
        Diagnostic::warning(code, Place::at(shown.as_str(), position), message)
    };
    let text = match text {
        Ok(text) => text,
        Err(JournalError::NotText(_)) => {
            return Err(warning("invalid-encoding", None, &"it is not UTF-8"));
        }
        Err(error) => {
            let reason = format!("{:#}", anyhow::Error::from(error));
            return Err(warning("unreadable-file", None, &reason));
        }
    };
    let run = scaffold::Run::parse(text)
        .map_err(|error| warning("invalid-yaml", error.position, &error.message))?;
    if !run.is_in(file) {
        let reason = format!("it is of a request `{}`", shorten(&run.request, 80));
        return Err(warning("invalid-value", None, &reason));
    }
    Ok(run)
}

/// A run as pages show it at a time.
fn shown(run: scaffold::Run, drift: Option<RunDrift>, now: Timestamp) -> Run {
    let need = run.need(now).map(|need| match need {
        Need::Stopped { command } => RunNeed { effect: None, command },
        Need::Question { effect, command } => RunNeed { effect: Some(effect), command },
    });
    let is_asking = need.as_ref().is_some_and(|need| need.effect.is_some());
    let is_stopped = run.is_stopped(now);
    let status = |of| match status(of) {
        Status::Running if is_stopped => Status::Stopped,
        status => status,
    };
    let state = match status(run.status) {
        _ if is_asking => Status::Asking,
        Status::Completed if drift.is_some() => Status::Drifted,
        state => state,
    };
    Run {
        id: run.request,
        template: run.template,
        requester: run.requester,
        status: state,
        created: time(Some(run.created)),
        finished: time(run.finished),
        values: run.parameters,
        steps: run.steps.into_iter().map(|step| shown_step(step, &status)).collect(),
        links: run.links.into_iter().filter_map(link).collect(),
        texts: run.text.into_iter().map(text).collect(),
        approvers: run.review.approvers,
        pull_request: run.review.pull_request,
        job: run.review.job,
        deviation: run.deviation.map(|deviation| deviation.parts).unwrap_or_default(),
        need,
        wait: None,
        // Of a run that was undone, nothing is as it was made.
        drift: drift.filter(|_| state == Status::Drifted),
    }
}

fn shown_step(
    step: scaffold::run::RunStep,
    status: &impl Fn(scaffold::run::Status) -> Status,
) -> RunStep {
    let state = status(step.status);
    let outputs = step.output.into_iter().filter_map(|(title, value)| match value {
        serde_json::Value::String(url) if url.contains("://") => Some(RunLink { title, url }),
        _ => None,
    });
    RunStep {
        status: state,
        started: time(step.started),
        finished: time(step.finished),
        effects: step.effects.into_iter().map(|effect| shown_effect(effect, state)).collect(),
        links: outputs.collect(),
        id: step.id,
        item: step.each,
        name: step.name,
        action: step.action,
        message: step.message,
        log: step.log,
    }
}

/// An effect of a step in a state. Records of version 1 say nothing of their effects but a summary.
fn shown_effect(effect: scaffold::run::RunEffect, step: Status) -> RunEffect {
    let status = match effect.state {
        Some(EffectState::Done) => Status::Completed,
        Some(EffectState::Failed) => Status::Failed,
        Some(EffectState::Undone) => Status::Undone,
        Some(EffectState::Intended) if step == Status::Failed => Status::Asking,
        Some(EffectState::Intended) => step,
        None if effect.id.is_empty() => step,
        None if step == Status::Skipped => Status::Skipped,
        None => Status::Waiting,
    };
    RunEffect { summary: effect.summary, target: effect.target, status }
}

/// A link without a URL or entity is left out, as in Backstage.
fn link(link: scaffold::plan::Link) -> Option<RunLink> {
    let url = link.url.or(link.entity_ref)?;
    Some(RunLink { title: link.title.unwrap_or_else(|| url.clone()), url })
}

fn text(text: scaffold::plan::Text) -> RunText {
    RunText { title: text.title, content: text.content }
}

fn status(status: scaffold::run::Status) -> Status {
    match status {
        scaffold::run::Status::Open => Status::Waiting,
        scaffold::run::Status::Processing => Status::Running,
        scaffold::run::Status::Completed => Status::Completed,
        scaffold::run::Status::Failed => Status::Failed,
        scaffold::run::Status::Skipped => Status::Skipped,
        scaffold::run::Status::Undone => Status::Undone,
        scaffold::run::Status::Cancelled => Status::Cancelled,
    }
}

fn time(text: Option<String>) -> Option<Timestamp> {
    text?.parse().ok()
}
