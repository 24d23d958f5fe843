//! `callboard snapshot`: reads the sources, writes their entities as files and commits them.

use std::{path::Path, sync::Mutex};

use anyhow::anyhow;
use indicatif::ProgressBar;

use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        http::Client,
        path::RelativePath,
        text,
    },
    catalog::{docs::DOCS, load::ENTITIES, template_files::TEMPLATES},
    cli::{
        Failure,
        args::SnapshotArgs,
        demo::sample_apis::source_environment,
        exit::outside,
        output::{CHANGED, DIM, GONE, GOOD, Output, progress},
        settings::{self, Settings},
        sources,
    },
    git::{
        commit::{commit_paths, uncommitted},
        push::push_head,
    },
    snapshot::{
        self, Changes, DocumentFailure, FailureKind, Options, Outcome, ProgramBudget, Progress,
        Report, Snapshot, SnapshotError, SourceReport, Volume, cut, record::BRANCH,
    },
};

/// How many changes of a source are listed, unless all are asked for.
const LISTED: usize = 20;
/// How many files that are not committed are named.
const UNCOMMITTED: usize = 5;

/// Reads the sources, writes, commits, and fails when one of them failed.
pub(in crate::cli) fn run(
    portal: &Path,
    args: &SnapshotArgs,
    output: &Output,
) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let Snapshot { report, lock } = take(&settings, args, output)?;
    if args.json {
        output.json(&report)?;
    } else {
        print(&report, args.verbose, output);
    }
    if !args.dry_run && !args.no_commit {
        commit(&settings, &report, args.push, output)?;
        record(&settings, &report, args.push, output);
    }
    drop(lock);
    fail(&report)?;
    if args.strict && report.has_document_failures() {
        return Err(Failure::Reported);
    }
    Ok(())
}

/// Takes the snapshot, with a line of progress on a terminal. Whoever commits it holds its lock so
/// long.
pub(super) fn take(
    settings: &Settings,
    args: &SnapshotArgs,
    output: &Output,
) -> Result<Snapshot, Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(outside)?;
    let (environment, _sample_apis) = source_environment(settings, &runtime)?;
    let options = Options {
        root: &settings.portal,
        sources: &settings.file.sources,
        only: &args.sources,
        allow_shrink: &args.allow_shrink.iter().cloned().collect(),
        dry_run: args.dry_run,
        environment: &environment,
        client: &Client::new().map_err(outside)?,
        exceptions: &settings.exceptions(),
        program_budget: ProgramBudget::default(),
    };
    let bar = Bar::new(output);
    runtime.block_on(snapshot::run(&options, &bar)).map_err(unusable)
}

/// The failure of a snapshot that cannot go on.
pub(super) fn unusable(error: SnapshotError) -> Failure {
    match &error {
        SnapshotError::UnknownSource { hint: Some(hint), .. } => {
            Failure::Usage(anyhow!("{error}\nhint: {hint}"))
        }
        SnapshotError::UnknownSource { .. } => Failure::Usage(error.into()),
        _ => Failure::Outside(error.into()),
    }
}

/// Commits the changes below the folders of sources, and pushes when asked to.
pub(super) fn commit(
    settings: &Settings,
    report: &Report,
    push: bool,
    output: &Output,
) -> Result<(), Failure> {
    let folders = [ENTITIES, DOCS, TEMPLATES, snapshot::ORIGINS].map(RelativePath::new);
    let folders = folders.into_iter().collect::<Result<Vec<_>, _>>().map_err(outside)?;
    let (portal, author) = (&settings.portal, settings.author());
    let message = report.commit_message();
    let commit = commit_paths(portal, &folders, &message, &author, settings.now);
    let commit = commit.map_err(|error| match error.hint() {
        Some(hint) => {
            outside(anyhow::Error::from(error).context(format!("not committed\n  hint: {hint}")))
        }
        None => outside(error),
    })?;
    if let Some(commit) = commit {
        output.note(format!("{DIM}committed {}{DIM:#}", &commit.to_string()[..10]));
    }
    tell_uncommitted(portal, output);
    if push {
        let pushed = push_head(&settings.portal).map_err(outside)?;
        if pushed.is_replayed {
            output.note("others pushed in the meantime: the commit was put on top of theirs");
        }
        for file in &pushed.kept {
            output.note(format!("kept your own changes to {file}"));
        }
    }
    Ok(())
}

/// Names the settings and sources that no commit has. The snapshot leaves them to whoever wrote them; but without them,
/// what it committed cannot be read again elsewhere.
fn tell_uncommitted(portal: &Path, output: &Output) {
    let paths = [settings::FILE, snapshot::SOURCES].map(RelativePath::new);
    let paths: Vec<_> = paths.into_iter().flatten().collect();
    let files = uncommitted(portal, &paths).unwrap_or_default();
    if !files.is_empty() {
        let names: Vec<_> = files.iter().map(|file| format!("`{file}`")).collect();
        let names = text::list(&names, UNCOMMITTED);
        output.note(format!(
            "{DIM}not committed: {names}; the snapshot commits only what it wrote{DIM:#}"
        ));
    }
}

/// Records the result of each source. A record that cannot be written is a warning, because pages can do
/// without it.
pub(super) fn record(settings: &Settings, report: &Report, push: bool, output: &Output) {
    if let Err(error) = sources::record(settings, report, push, &|text| output.redact(text)) {
        let why = format!("{:#}", anyhow::Error::from(error));
        let problem = Diagnostic::warning("not-recorded", Place::file(BRANCH), why);
        output
            .diagnostics(&[problem.hint("pages show how old the catalog is by the record before")]);
    }
}

fn print(report: &Report, verbose: bool, output: &Output) {
    for source in &report.sources {
        match &source.outcome {
            Outcome::Done(changes) => {
                output.line(source.to_string());
                print_changes(changes, verbose, output);
            }
            Outcome::Refused(changes) => {
                output.error_line(&source.refusal());
                for line in changes.why_refused() {
                    output.note(format!("  {}", coloured(&line)));
                }
                output.note(format!("  {DIM}hint:{DIM:#} {}", source.override_hint()));
            }
            Outcome::Failed(failure) => {
                output.note(format!("{}: failed; its entities are unchanged", source.source));
                output.groups(&failure.problems);
            }
        }
        let warnings: Vec<_> = source.failures.iter().map(DocumentFailure::warning).collect();
        output.groups(&warnings);
        if let Some(line) = source.stale_line() {
            output.note(line);
        }
    }
    output.groups(&report.warnings);
    if report.dry_run {
        output.line("dry run: nothing was written");
    }
}

fn print_changes(changes: &Changes, verbose: bool, output: &Output) {
    let lines: Vec<_> = changes.lines().collect();
    let most = if verbose { lines.len() } else { LISTED };
    let is_cut = lines.len() > most;
    for line in cut(lines, most) {
        output.line(format!("  {}", coloured(&line)));
    }
    if is_cut {
        output.line(format!("  {DIM}`--verbose` lists all{DIM:#}"));
    }
    for loss in &changes.losses {
        output.line(format!("  allowed by `--allow-shrink`: {loss}"));
    }
}

/// Colours a line that begins with a sign.
fn coloured(line: &str) -> String {
    let style = match line.split_once(' ') {
        Some(("+", _)) => GOOD,
        Some(("-", _)) => GONE,
        Some(("~", _)) => CHANGED,
        _ => return line.to_owned(),
    };
    format!("{style}{line}{style:#}")
}

/// The exit code of the worst failure; what failed was printed with the report.
pub(super) fn fail(report: &Report) -> Result<(), Failure> {
    let lost = report.sources.iter().filter(|source| source.outcome.changes().is_none());
    let lost: Vec<_> = lost.map(|source| format!("`{}`", source.source)).collect();
    result(report.failure(), &format!("not taken: {}", lost.join(", ")))
}

/// The exit code of a failure whose problems were printed.
pub(super) fn result(failure: Option<FailureKind>, message: &str) -> Result<(), Failure> {
    let failed = || anyhow!(message.to_owned());
    match failure {
        None => Ok(()),
        Some(FailureKind::Data) => Err(Failure::Reported),
        Some(FailureKind::Settings) => Err(Failure::Usage(failed())),
        Some(FailureKind::Guard) => Err(Failure::Refused(failed())),
        Some(FailureKind::Outside) => Err(Failure::Outside(failed())),
    }
}

/// A progress bar: which source is being read, and how much of it.
pub(super) struct Bar<'o> {
    bar: Mutex<Option<ProgressBar>>,
    output: &'o Output,
}

impl<'o> Bar<'o> {
    pub(super) fn new(output: &'o Output) -> Self {
        Self { bar: Mutex::new(None), output }
    }

    /// Removes the bar.
    pub(super) fn end(&self) {
        self.with(|bar| {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
        });
    }

    fn with(&self, act: impl FnOnce(&mut Option<ProgressBar>)) {
        act(&mut self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

impl Progress for Bar<'_> {
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
        self.end();
    }

    fn waiting(&self) {
        self.output.note("another snapshot is writing; waiting for it to end");
    }
}
