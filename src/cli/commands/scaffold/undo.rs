//! `callboard scaffold undo`: undoes the effects of a run, the last first.

use std::path::Path;

use serde_json::json;

use super::{apply, run_portal::with_source, status};
use crate::{
    cli::{
        Failure,
        args_scaffold::UndoArgs,
        output::{BOLD, DIM, GONE, Output},
        pull_request::removal,
        runs,
        settings::Settings,
    },
    scaffold::apply::{UndoPlan, undo::undo},
};

/// Shows what would be undone, and with `--yes` undoes it.
pub(super) fn run(portal: &Path, args: &UndoArgs, output: &Output) -> Result<(), Failure> {
    let answer = output;
    let output = &output.beside_json(args.json);
    let settings = Settings::load(portal)?;
    let (runs, _) = runs::records(&settings)?;
    let run = status::find(&runs, &args.run)?;
    let (catalog, _) = settings.load_catalog()?;
    let world = apply::world(&settings, args.push, output)?;
    let shown = with_source(&settings, &catalog, run, |source, plan| -> Result<_, Failure> {
        let shown = UndoPlan::new(plan, run);
        if args.yes && !shown.effects.is_empty() {
            let undone = world.with(|world| undo(world, source));
            undone.map_err(|error| apply::failure(error, &run.request))?;
        }
        Ok(shown)
    })?;
    let shown: UndoPlan = shown?;
    match args.json {
        true => answer.json(&json!({ "undone": args.yes, "plan": shown }))?,
        false => show(&shown, output),
    }
    if args.pull_request {
        return removal::open(&settings, &shown.request, output);
    }
    if !args.yes {
        output.note(format!("{DIM}nothing was changed: `--yes` undoes it{DIM:#}"));
    }
    Ok(())
}

fn show(plan: &UndoPlan, output: &Output) {
    for effect in &plan.effects {
        match &effect.undo {
            Some(what) => {
                output.line(format!("  {GONE}-{GONE:#} {what} {DIM}({}){DIM:#}", effect.target));
            }
            None => output.line(format!(
                "  {BOLD}!{BOLD:#} {} {} {DIM}({}){DIM:#}",
                effect.summary,
                effect.without_undo(),
                effect.target
            )),
        }
    }
    if plan.effects.is_empty() {
        output.note("the run has done nothing");
    }
}
