//! `callboard snapshot`: take what the sources say into files, and commit them.

use std::{path::Path, sync::Mutex};

use anyhow::anyhow;
use indicatif::ProgressBar;

use crate::{
    base::{http::Client, path::RelativePath},
    catalog::load::ENTITIES,
    cli::{
        Failure,
        args::SnapshotArgs,
        exit::outside,
        output::{DIM, Output, progress},
        settings::Settings,
    },
    git::{commit::commit_paths, push::push_head},
    snapshot::{
        self, FailureKind, Options, Outcome, Progress, Report, SnapshotError, SourceReport, Volume,
    },
};

/// Reads the sources, writes, commits, and fails when one of them failed.
pub(in crate::cli) fn run(
    portal: &Path,
    args: &SnapshotArgs,
    output: &Output,
) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let report = take(&settings, args)?;
    if args.json {
        output.json(&report)?;
    } else {
        print(&report, output);
    }
    if !args.dry_run && !args.no_commit {
        commit(&settings, &report, args.push, output)?;
    }
    fail(&report)
}

/// Takes the snapshot, with a line of progress on a terminal.
pub(super) fn take(settings: &Settings, args: &SnapshotArgs) -> Result<Report, Failure> {
    let options = Options {
        root: &settings.portal,
        sources: &settings.file.sources,
        only: &args.sources,
        allow_shrink: &args.allow_shrink.iter().cloned().collect(),
        dry_run: args.dry_run,
        environment: &settings.environment,
        client: &Client::new().map_err(outside)?,
    };
    let runtime = tokio::runtime::Runtime::new().map_err(outside)?;
    let bar = Bar(Mutex::new(None));
    runtime.block_on(snapshot::run(&options, &bar)).map_err(|error| match &error {
        SnapshotError::UnknownSource { hint: Some(hint), .. } => {
            Failure::Usage(anyhow!("{error}\nhint: {hint}"))
        }
        SnapshotError::UnknownSource { .. } => Failure::Usage(error.into()),
        _ => Failure::Outside(error.into()),
    })
}

/// Commits what is new below the entities' folder, and pushes when asked to.
pub(super) fn commit(
    settings: &Settings,
    report: &Report,
    push: bool,
    output: &Output,
) -> Result<(), Failure> {
    let entities = [RelativePath::new(ENTITIES).map_err(outside)?];
    let (portal, author) = (&settings.portal, settings.author());
    let message = report.commit_message();
    let commit =
        commit_paths(portal, &entities, &message, &author, settings.now).map_err(outside)?;
    if let Some(commit) = commit {
        output.note(format!("{DIM}committed {}{DIM:#}", &commit.to_string()[..10]));
    }
    if push {
        push_head(&settings.portal).map_err(outside)?;
    }
    Ok(())
}

fn print(report: &Report, output: &Output) {
    for source in &report.sources {
        match &source.outcome {
            Outcome::Done(_) => output.line(source.to_string()),
            Outcome::Refused(_) => output.note(source.to_string()),
            Outcome::Failed(failure) => {
                output.note(format!("{}: failed; its entities stay as they were", source.source));
                output.diagnostics(&failure.problems);
            }
        }
    }
    output.diagnostics(&report.warnings);
    if report.dry_run {
        output.line("dry run: nothing was written");
    }
}

/// The exit code of the worst failure; what failed was printed with the report.
pub(super) fn fail(report: &Report) -> Result<(), Failure> {
    let failed = || anyhow!("not every source could be taken; the others were");
    match report.failure() {
        None => Ok(()),
        Some(FailureKind::Data) => Err(Failure::Reported),
        Some(FailureKind::Settings) => Err(Failure::Usage(failed())),
        Some(FailureKind::Guard) => Err(Failure::Refused(failed())),
        Some(FailureKind::Outside) => Err(Failure::Outside(failed())),
    }
}

/// Shows which source is being read, and how far.
struct Bar(Mutex<Option<ProgressBar>>);

impl Bar {
    fn with(&self, act: impl FnOnce(&mut Option<ProgressBar>)) {
        act(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

impl Progress for Bar {
    fn started(&self, source: &str) {
        self.with(|bar| *bar = Some(progress(source, None)));
    }

    fn page(&self, _source: &str, volume: Volume) {
        self.with(|bar| {
            if let Some(bar) = bar {
                bar.set_position(volume.records as u64);
            }
        });
    }

    fn finished(&self, _report: &SourceReport) {
        self.with(|bar| {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
        });
    }
}
