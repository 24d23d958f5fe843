//! `callboard check`: every problem of sources, catalog, templates and open requests at once.

use std::path::Path;

use serde_json::json;

use super::{apply, plan};
use crate::{
    base::{
        diagnostics::{self, Diagnostic, Level},
        text::count,
    },
    catalog::Catalog,
    cli::{
        Failure,
        args::CheckArgs,
        output::{BOLD, GOOD, Output, summary},
        runs,
        settings::Settings,
    },
    scaffold,
    site::Status,
};

/// Prints all problems; fails when one is an error, with `--strict` when there is any.
pub(in crate::cli) fn run(portal: &Path, args: &CheckArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let (catalog, mut problems) = settings.load_catalog()?;
    problems.extend(scaffold::check_templates(portal, &catalog));
    problems.extend(open_requests(&settings, &catalog)?);
    diagnostics::sort(&mut problems);
    problems.dedup();
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

/// Plans every request that has no finished run. What is wrong with a template is said once, there.
fn open_requests(settings: &Settings, catalog: &Catalog) -> Result<Vec<Diagnostic>, Failure> {
    let runs = runs::load(settings)?;
    let mut problems = Vec::new();
    for file in apply::request_files(&settings.portal)? {
        let id = file.file_stem().unwrap_or_default().to_string_lossy();
        if runs.iter().any(|run| run.id == id && run.status == Status::Completed) {
            continue;
        }
        let request = plan::load(&settings.portal, &file)?;
        problems.extend(plan::plan(settings, catalog, request)?.err().into_iter().flatten());
    }
    Ok(problems)
}
