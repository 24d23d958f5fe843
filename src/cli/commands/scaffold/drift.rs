//! `callboard scaffold drift`: what completed runs made, and is no longer so.

use std::path::Path;

use super::{apply, run_portal::with_source, status};
use crate::{
    base::{clock::rfc3339, text::count},
    catalog::Catalog,
    cli::{
        Failure,
        args_scaffold::DriftArgs,
        output::{BOLD, CHANGED, DIM, GONE, GOOD, Output, progress},
        runs,
        settings::Settings,
    },
    scaffold::{
        Run,
        apply::drift::{EffectComparison, drift, record_drift},
        effects::{Comparison, Fault},
        run::{DriftReport, DriftState, EffectDrift, RunDrift, Status},
    },
};

/// Compares the completed runs, or those that are named, with what is there.
pub(super) fn run(portal: &Path, args: &DriftArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let (records, unread) = runs::records(&settings)?;
    output.diagnostics(&unread);
    let wanted: Vec<&Run> = match args.runs.is_empty() {
        true => records.iter().filter(|run| run.status == Status::Completed).collect(),
        false => args.runs.iter().map(|id| status::find(&records, id)).collect::<Result<_, _>>()?,
    };
    let (catalog, _) = settings.load_catalog()?;
    let bar = progress("runs", Some(wanted.len() as u64));
    let mut drifts = Vec::new();
    for run in wanted {
        bar.set_message(run.request.clone());
        drifts.push(compare(&settings, &catalog, run, output));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let report = DriftReport { at: rfc3339(settings.now), runs: drifts };
    if args.json {
        output.json(&report)?;
    } else {
        report.runs.iter().for_each(|drift| show(drift, output));
        summarize(&report.runs, output);
    }
    if args.record {
        let world = apply::world(&settings, true, output)?;
        let recorded = world.with(|world| record_drift(world, report.clone()));
        recorded.map_err(|error| apply::failure(error, "drift"))?;
    }
    let drifts = &report.runs;
    let has = |states: &[DriftState]| {
        drifts.iter().flat_map(|drift| &drift.effects).any(|e| states.contains(&e.state))
    };
    if has(&[DriftState::Gone, DriftState::Different]) {
        return Err(Failure::Reported);
    }
    if has(&[DriftState::Failed]) || drifts.iter().any(|drift| drift.failure.is_some()) {
        return Err(Failure::Outside(anyhow::anyhow!("not every run could be compared")));
    }
    Ok(())
}

fn compare(settings: &Settings, catalog: &Catalog, run: &Run, output: &Output) -> RunDrift {
    let compared = apply::world(settings, false, output)
        .and_then(|world| {
            with_source(settings, catalog, run, |source, _| {
                world.with(|world| drift(world, source, run))
            })
        })
        .and_then(|result| result.map_err(|error| apply::failure(error, &run.request)));
    let mut result =
        RunDrift { request: run.request.clone(), effects: Vec::new(), same: 0, failure: None };
    match compared {
        Err(failure) => result.failure = Some(output.redact(&failure.message())),
        Ok(effects) => {
            for effect in effects {
                match effect_drift(effect, output) {
                    Some(effect) => result.effects.push(effect),
                    None => result.same += 1,
                }
            }
        }
    }
    result
}

/// The drift of an effect; `None` when what it made is as it was.
fn effect_drift(effect: EffectComparison, output: &Output) -> Option<EffectDrift> {
    let (state, message) = match effect.result {
        Ok(Comparison::Same) => return None,
        Ok(Comparison::Gone(what)) => (DriftState::Gone, what),
        Ok(Comparison::Different(what)) => (DriftState::Different, what),
        Ok(Comparison::Unknown(why)) => (DriftState::Unknown, why),
        Err(fault @ Fault::Conflict { .. }) => (DriftState::Different, fault.to_string()),
        Err(fault) => (DriftState::Failed, fault.to_string()),
    };
    let message = output.redact(&message);
    Some(EffectDrift { id: effect.id, target: effect.target, state, message })
}

fn show(drift: &RunDrift, output: &Output) {
    let worst = |states: &[DriftState]| drift.effects.iter().any(|e| states.contains(&e.state));
    let mark = if worst(&[DriftState::Gone, DriftState::Different]) {
        format!("{GONE}✗{GONE:#}")
    } else if drift.failure.is_some() || worst(&[DriftState::Failed]) {
        format!("{CHANGED}!{CHANGED:#}")
    } else {
        format!("{GOOD}✓{GOOD:#}")
    };
    let same = count(drift.same, "effect is", "effects are");
    output.line(format!(
        "{mark} {BOLD}{}{BOLD:#} {DIM}{same} as the run made {}{DIM:#}",
        drift.request,
        if drift.same == 1 { "it" } else { "them" }
    ));
    for effect in &drift.effects {
        let word = match effect.state {
            DriftState::Gone => format!("{GONE}gone{GONE:#}"),
            DriftState::Different => format!("{CHANGED}different{CHANGED:#}"),
            DriftState::Unknown => "unknown".to_owned(),
            DriftState::Failed => format!("{CHANGED}not asked{CHANGED:#}"),
        };
        output.line(format!("  {word}: {} {DIM}({}){DIM:#}", effect.message, effect.id));
    }
    if let Some(failure) = &drift.failure {
        output.line(format!("  {failure}"));
    }
}

fn summarize(drifts: &[RunDrift], output: &Output) {
    let of = |states: &[DriftState]| {
        let effects = drifts.iter().flat_map(|drift| &drift.effects);
        effects.filter(|effect| states.contains(&effect.state)).count()
    };
    let (drifted, failed) = (
        of(&[DriftState::Gone, DriftState::Different]),
        of(&[DriftState::Failed]) + drifts.iter().filter(|drift| drift.failure.is_some()).count(),
    );
    let runs = count(drifts.len(), "run", "runs");
    let drifted = count(drifted, "effect is", "effects are");
    let mut text = format!("{runs}: {drifted} no longer as made");
    if failed > 0 {
        text += &format!(", {failed} could not be compared");
    }
    output.note(text);
}
