//! `callboard scaffold status`: the runs, and the steps and effects of one.

use std::path::Path;

use anyhow::anyhow;

use crate::{
    base::text::did_you_mean,
    cli::{
        Failure,
        args_scaffold::StatusArgs,
        output::{BOLD, DIM, GONE, GOOD, Output},
        runs,
        settings::Settings,
    },
    scaffold::{
        Run,
        run::{EffectState, RunEffect, Status},
    },
};

/// Lists the runs, or shows one.
pub(super) fn run(portal: &Path, args: &StatusArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let (runs, unread) = runs::records(&settings)?;
    output.diagnostics(&unread);
    let Some(id) = &args.run else {
        if args.json {
            return output.json(&runs);
        }
        if runs.is_empty() {
            output.note("there are no runs yet");
        }
        for run in &runs {
            let when = run.finished.as_deref().unwrap_or(&run.created);
            let (mark, id) = (mark(run.status), &run.request);
            output.line(format!("{mark} {BOLD}{id}{BOLD:#} {DIM}{} {when}{DIM:#}", run.template));
        }
        return Ok(());
    };
    let run = find(&runs, id)?;
    if args.json {
        return output.json(run);
    }
    show(run, output);
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

fn show(run: &Run, output: &Output) {
    output.line(format!("{} {BOLD}{}{BOLD:#} {}", mark(run.status), run.request, run.template));
    output.line(format!("  asked for by {}, started {}", run.requester, run.created));
    if let Some(lease) = &run.lease {
        output.line(format!("  the runner {} has it until {}", lease.runner, lease.until));
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
    if let Some(effect) = run.uncertain_effect().filter(|_| run.lease.is_none()) {
        let (id, run) = (&effect.id, &run.request);
        output.line(format!("next: find out whether `{id}` was done, then"));
        output.line(format!(
            "  {BOLD}callboard scaffold resume {run} --step {id} --was done|not-done{BOLD:#}"
        ));
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

fn mark(status: Status) -> String {
    match status {
        Status::Completed => format!("{GOOD}✓{GOOD:#}"),
        Status::Failed => format!("{GONE}✗{GONE:#}"),
        Status::Processing => "…".to_owned(),
        Status::Open => "·".to_owned(),
        Status::Skipped | Status::Undone => format!("{DIM}–{DIM:#}"),
    }
}
