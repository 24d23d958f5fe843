//! `callboard scaffold status`: the runs, and the steps and effects of one.

use std::{collections::BTreeSet, path::Path};

use anyhow::anyhow;
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    base::text::did_you_mean,
    cli::{
        Failure,
        args_scaffold::StatusArgs,
        output::{BOLD, CHANGED, DIM, GONE, GOOD, Output},
        runs,
        settings::Settings,
    },
    scaffold::{
        Run,
        run::{EffectState, Need, RunEffect, Status},
    },
};

/// A run as JSON: its record, and what it needs from a person.
#[derive(Serialize)]
pub(super) struct RunJson<'r> {
    #[serde(flatten)]
    record: &'r Run,
    /// None when the run has ended, or a runner has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Need>,
}

impl<'r> RunJson<'r> {
    pub(super) fn new(record: &'r Run, now: Timestamp) -> Self {
        Self { record, next: record.need(now) }
    }
}

/// Lists the runs, or shows one.
pub(super) fn run(portal: &Path, args: &StatusArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let (runs, unread) = runs::records(&settings)?;
    output.diagnostics(&unread);
    let now = settings.now;
    let Some(id) = &args.run else {
        if args.json {
            return output.json(&runs.iter().map(|run| RunJson::new(run, now)).collect::<Vec<_>>());
        }
        if runs.is_empty() {
            output.note("there are no runs yet");
        }
        for run in &runs {
            let when = run.finished.as_deref().unwrap_or(&run.created);
            let (mark, id) = (run_mark(run, now), &run.request);
            output.line(format!("{mark} {BOLD}{id}{BOLD:#} {DIM}{} {when}{DIM:#}", run.template));
            if let Some(need) = run.need(now) {
                let state = match &need {
                    Need::Stopped { .. } => "stopped".to_owned(),
                    Need::Question { effect, .. } => format!("unknown whether `{effect}` was done"),
                };
                output.line(format!("  {state}: {}", need.command()));
            }
        }
        return Ok(());
    };
    let run = find(&runs, id)?;
    if args.json {
        return output.json(&RunJson::new(run, now));
    }
    show(run, now, output);
    Ok(())
}

/// Finds the record of a run.
pub(super) fn find<'r>(runs: &'r [Run], id: &str) -> Result<&'r Run, Failure> {
    runs.iter().find(|run| run.request == id).ok_or_else(|| {
        let hint = did_you_mean(id, runs.iter().map(|run| run.request.as_str()))
            .unwrap_or_else(|| "`callboard scaffold status` lists the runs".to_owned());
        Failure::Unknown(anyhow!("there is no run `{id}`\nhint: {hint}"))
    })
}

/// Prints the records of these runs as JSON, as far as they have begun.
pub(super) fn print_json(
    settings: &Settings,
    ids: &BTreeSet<String>,
    output: &Output,
) -> Result<(), Failure> {
    let (runs, _) = runs::records(settings)?;
    let runs = runs.iter().filter(|run| ids.contains(&run.request));
    output.json(&runs.map(|run| RunJson::new(run, settings.now)).collect::<Vec<_>>())
}

fn show(run: &Run, now: Timestamp, output: &Output) {
    output.line(format!("{} {BOLD}{}{BOLD:#} {}", run_mark(run, now), run.request, run.template));
    output.line(format!("  asked for by {}, started {}", run.requester, run.created));
    if let Some(deviation) = &run.deviation {
        output.line(format!("  {}", deviation.sentence()));
    }
    let review = &run.review;
    if !review.approvers.is_empty() {
        output.line(format!("  approved by {}", review.approvers.join(", ")));
    }
    for (name, url) in [("pull request", &review.pull_request), ("job", &review.job)] {
        if let Some(url) = url {
            output.line(format!("  {name} {url}"));
        }
    }
    if let Some(lease) = &run.lease {
        let verb = if run.is_stopped(now) { "had" } else { "has" };
        output.line(format!("  the runner {} {verb} it until {}", lease.runner, lease.until));
    }
    for takeover in &run.takeovers {
        output.line(format!("  {takeover}"));
    }
    for step in &run.steps {
        let item = step.each.as_ref().map(|item| format!(" [{item}]")).unwrap_or_default();
        let message = step.message.as_deref().unwrap_or_default();
        let (mark, name) = (mark(step.status), &step.name);
        output.line(format!("  {mark} {name}{item} {DIM}{message}{DIM:#}"));
        for effect in &step.effects {
            output.line(format!("      {} {DIM}{}{DIM:#}", state(effect), effect.summary));
        }
    }
    if let Some(message) = run.message.as_ref().filter(|_| run.status != Status::Completed) {
        output.line(format!("  {message}"));
    }
    if let Some(need) = run.need(now) {
        let what = match &need {
            Need::Stopped { .. } => "the run is stopped, no runner has it; go on with".to_owned(),
            Need::Question { effect, .. } => format!("find out whether `{effect}` was done, then"),
        };
        output.line(format!("next: {what}"));
        output.line(format!("  {BOLD}{}{BOLD:#}", need.command()));
    }
}

fn state(effect: &RunEffect) -> &'static str {
    match effect.state {
        None => "not started:",
        Some(EffectState::Intended) => "not known whether it was done:",
        Some(EffectState::Done) => "done:",
        Some(EffectState::Failed) => "refused:",
        Some(EffectState::Undone) => "undone:",
    }
}

fn run_mark(run: &Run, now: Timestamp) -> String {
    match run.is_stopped(now) {
        true => format!("{CHANGED}!{CHANGED:#}"),
        false => mark(run.status),
    }
}

fn mark(status: Status) -> String {
    match status {
        Status::Completed => format!("{GOOD}✓{GOOD:#}"),
        Status::Failed => format!("{GONE}✗{GONE:#}"),
        Status::Processing => "…".to_owned(),
        Status::Open => "·".to_owned(),
        Status::Skipped | Status::Undone | Status::Cancelled => format!("{DIM}–{DIM:#}"),
    }
}
