//! `callboard scaffold undo`: undoes the effects of a run, the last first.

use std::path::Path;

use super::{apply, run_portal::with_source, status};
use crate::{
    cli::{
        Failure,
        args_scaffold::UndoArgs,
        output::{BOLD, DIM, GONE, Output},
        runs,
        settings::Settings,
    },
    scaffold::apply::undo,
};

/// Shows what would be undone, and with `--yes` undoes it.
pub(super) fn run(portal: &Path, args: &UndoArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let (runs, _) = runs::records(&settings)?;
    let run = status::find(&runs, &args.run)?;
    let (catalog, _) = settings.load_catalog()?;
    let world = apply::world(&settings, args.push, output)?;
    let undone = with_source(&settings, &catalog, run, |source| {
        world.with(|world| undo::undo(world, source, !args.yes))
    })?;
    let undone = undone.map_err(|error| apply::failure(error, &run.request))?;
    for effect in &undone {
        match &effect.undo {
            Some(what) => {
                output.line(format!("  {GONE}-{GONE:#} {what} {DIM}({}){DIM:#}", effect.target));
            }
            None => output.line(format!(
                "  {BOLD}!{BOLD:#} {} cannot be undone {DIM}({}){DIM:#}",
                effect.summary, effect.target
            )),
        }
    }
    match (undone.is_empty(), args.yes) {
        (true, _) => output.note("the run has done nothing"),
        (false, false) => {
            output.note(format!("{DIM}nothing was changed: `--yes` undoes it{DIM:#}"));
        }
        (false, true) => {}
    }
    Ok(())
}
