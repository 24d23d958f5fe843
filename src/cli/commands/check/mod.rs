//! `callboard check`: every problem of settings, sources, catalog, templates and open requests at once. With arguments,
//! every problem of files that are in no portal.

mod files;
mod published;

use std::path::Path;

use anyhow::anyhow;

use super::scaffold::{apply, plan};
use crate::{
    base::{
        content::ContentLock,
        diagnostics::{self, Diagnostic, Place},
        environment::Environment,
        files::Directory,
        fs,
        path::shown,
        text::count,
    },
    catalog::{self, Catalog, docs},
    cli::{
        Failure,
        args::{CheckArgs, CheckFormat},
        check::{
            PrintOptions, Report,
            baseline::{self, Baseline},
            codes,
        },
        content,
        exit::outside,
        output::{GOOD, Output},
        runs,
        settings::{self, Settings},
    },
    scaffold::{self, Request, run::Status},
};

/// Prints all problems; fails when a new one is an error, with `--strict` also when one is a warning.
pub(in crate::cli) fn run(portal: &Path, args: &CheckArgs, output: &Output) -> Result<(), Failure> {
    if let Some(code) = &args.explain {
        output.text(&(codes::explain(code)? + "\n"));
        return Ok(());
    }
    let format = if args.json { CheckFormat::Json } else { args.format };
    let how = PrintOptions { format, level: args.level.into(), portal };
    let (entities, problems) = if args.files.is_empty() {
        let settings = settings_of(portal, &how, output)?;
        if !args.offline {
            content::fetch_missing(portal, output)?;
        }
        gather(&settings)?
    } else {
        files::gather(portal, args, output)?
    };
    let file = match &args.baseline {
        Some(file) => file.clone(),
        None => Directory::new(portal).writable_path(baseline::FILE)?,
    };
    let name = shown(file.strip_prefix(portal).unwrap_or(&file));
    if args.write_baseline {
        let text = Baseline::of(&problems).write().map_err(outside)?;
        fs::write_atomic(&file, text.as_bytes())?;
        let problems = count(problems.len(), "problem", "problems");
        output.line(format!("{GOOD}{problems}{GOOD:#} written to `{name}`"));
        return Ok(());
    }
    let mut report = Report { entities: Some(entities), ..Report::default() };
    match if args.no_baseline { None } else { fs::read_text_if_exists(&file)? } {
        Some(text) => {
            let split = read_baseline(&name, &text)?.split(problems);
            (report.new, report.old, report.gone) = (split.new, split.old, split.gone);
            report.baseline = Some(name);
        }
        None if args.baseline.is_some() => {
            return Err(Failure::Usage(anyhow!(
                "there is no baseline `{name}`\nhint: `--write-baseline` writes it"
            )));
        }
        None => report.new = problems,
    }
    report.print(&how, output)?;
    if report.fails(args.strict) { Err(Failure::Reported) } else { Ok(()) }
}

/// Reads the settings of a portal; prints what is wrong with them.
fn settings_of(
    portal: &Path,
    how: &PrintOptions<'_>,
    output: &Output,
) -> Result<Settings, Failure> {
    Settings::read(portal, Environment::from_process())?.map_err(|problems| {
        let printed = Report { new: problems, ..Report::default() }.print(how, output);
        let failure = Failure::Usage(anyhow!("`{}` cannot be used", settings::FILE));
        printed.err().unwrap_or(failure)
    })
}

/// Finds all problems, sorted by place, and counts the entities.
fn gather(settings: &Settings) -> Result<(usize, Vec<Diagnostic>), Failure> {
    let (catalog, mut problems) = settings.load_catalog()?;
    let files = Directory::new(&settings.portal);
    problems.extend(catalog::lint(&files, &catalog));
    problems.extend(catalog::lint_leaks(&files, &catalog, &settings.exceptions()));
    problems.extend(docs::load(&files, &catalog)?.problems);
    problems.extend(ContentLock::load(&files).err().map(|error| content::lock_problem(&error)));
    problems.extend(scaffold::check_templates(&files, &catalog, &settings.scaffold()));
    problems.extend(open_requests(settings, &catalog)?);
    diagnostics::sort(&mut problems);
    problems.dedup();
    Ok((catalog.entities().len(), problems))
}

/// Plans every request without a finished run. Also finds requests that changed after their run, and records
/// of runs that cannot be read. Problems of templates are not repeated for each request.
fn open_requests(settings: &Settings, catalog: &Catalog) -> Result<Vec<Diagnostic>, Failure> {
    let (runs, unread) = runs::records(settings)?;
    let mut requests = Vec::new();
    for file in apply::request_files(&settings.portal)? {
        let request = plan::load(&settings.portal, &file)?;
        let is_finished = |request: &Request| {
            let run = runs.iter().find(|run| run.request == request.id);
            run.is_some_and(|run| run.status == Status::Completed)
                && scaffold::Run::change_of(request, &runs).is_none()
        };
        if !request.as_ref().is_ok_and(is_finished) {
            requests.push(request);
        }
    }
    let plans = plan::plan_all(settings, catalog, requests, &runs)?;
    Ok(plans.into_iter().filter_map(Result::err).flatten().chain(unread).collect())
}

fn read_baseline(name: &str, text: &str) -> Result<Baseline, Failure> {
    Baseline::read(text).map_err(|error| {
        let place = Place::at(name, error.position);
        Failure::Usage(anyhow!(
            "{place}: {}\nhint: `--write-baseline` writes a new one",
            error.message
        ))
    })
}
