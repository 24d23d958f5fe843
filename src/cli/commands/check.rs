//! `callboard check`: every problem of the portal at once.

use std::path::Path;

use serde_json::json;

use crate::{
    base::{
        diagnostics::{self, Diagnostic, Level},
        text::count,
    },
    cli::{
        Failure,
        args::CheckArgs,
        output::{BOLD, GOOD, Output, summary},
        settings::Settings,
    },
};

/// Prints all problems; fails when one is an error, with `--strict` when there is any.
pub(in crate::cli) fn run(portal: &Path, args: &CheckArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let (catalog, problems) = settings.load_catalog()?;
    if args.json {
        output.json(&json!({ "entities": catalog.entities().len(), "diagnostics": problems }))?;
    } else {
        output.diagnostics(&problems);
        let entities = count(catalog.entities().len(), "entity", "entities");
        match summary(&problems) {
            Some(problems) => output.line(format!("{BOLD}{problems}{BOLD:#} in {entities}")),
            None => output.line(format!("{GOOD}no problems{GOOD:#} in {entities}")),
        }
    }
    let fails = |d: &Diagnostic| args.strict && d.level >= Level::Warning;
    if diagnostics::has_errors(&problems) || problems.iter().any(fails) {
        return Err(Failure::Reported);
    }
    Ok(())
}
