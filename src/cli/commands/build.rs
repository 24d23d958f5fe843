//! `callboard build`: renders the catalog as a static site.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::{
    base::{
        diagnostics::{self, Diagnostic, Place},
        files::Directory,
        memory,
        path::shown,
        text::count,
    },
    catalog::{
        self, Catalog,
        docs::{self, Docs},
    },
    cli::{
        Failure,
        args::BuildArgs,
        budgets::{self, Measure},
        content,
        document_cache::DocumentCache,
        exit::outside,
        history,
        output::{BOLD, GOOD, Output, duration, summary},
        publish::Publication,
        runs,
        settings::Settings,
        sources,
    },
    scaffold,
    site::{self, BrokenLink, Documentation, Input, Shard},
};

/// What a build wrote and found.
pub(super) struct BuildOutcome {
    pub(super) report: site::Report,
    pub(super) problems: Vec<Diagnostic>,
    /// Files of the site that are new, changed or removed.
    pub(super) changed: Vec<String>,
    pub(super) time: Duration,
}

/// Builds the site, and prints its size, the time and the problems of the catalog.
pub(in crate::cli) fn run(portal: &Path, args: &BuildArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    if !args.offline {
        content::fetch_missing(portal, output)?;
    }
    let out = portal.join(&args.out);
    let how = BuildOptions { shard: args.shard.unwrap_or(Shard::WHOLE), is_clean: args.clean };
    let built = build(&settings, &out, how)?;
    output.diagnostics(&built.problems);
    let broken = broken_links(&built.report.broken);
    output.diagnostics(&broken);
    if let Some(problems) = summary(&built.problems) {
        output.note(format!("{BOLD}{problems}{BOLD:#}: `callboard check` lists them"));
    }
    if args.json {
        output.json(&Summary::new(&out, &built))?;
    } else {
        print_summary(args, &out, &built, output);
    }
    match diagnostics::has_errors(&built.problems) || args.strict && !broken.is_empty() {
        true => Err(Failure::Reported),
        false => Ok(()),
    }
}

fn print_summary(args: &BuildArgs, out: &Path, built: &BuildOutcome, output: &Output) {
    let memory = memory::peak().map(|bytes| format!(", {} MB of memory", bytes / 1_000_000));
    output.line(format!(
        "{GOOD}built{GOOD:#} {} in {} ({}{})",
        size(&built.report),
        shown(&args.out),
        duration(built.time),
        memory.unwrap_or_default()
    ));
    if args.stats {
        output.text(&budgets::table(&budgets::of_build(out, &built.report, built.time), true));
    } else if args.shard.is_none() {
        output.text(&budgets::table(&budgets::of_pages(out, &built.report), false));
    }
}

/// The output with `--json`.
#[derive(Serialize)]
struct Summary {
    pages: usize,
    files: usize,
    written: usize,
    bytes: u64,
    entities: usize,
    broken_links: usize,
    seconds: f64,
    measures: Vec<Measure>,
}

impl Summary {
    fn new(out: &Path, BuildOutcome { report, time, .. }: &BuildOutcome) -> Self {
        Self {
            pages: report.pages,
            files: report.files,
            written: report.written,
            bytes: report.bytes,
            entities: report.documents,
            broken_links: report.broken.len(),
            seconds: time.as_secs_f64(),
            measures: budgets::of_build(out, report, *time),
        }
    }
}

/// Broken links as problems of the pages that have them.
pub(super) fn broken_links(broken: &[BrokenLink]) -> Vec<Diagnostic> {
    let problem = |link: &BrokenLink| {
        let what = if link.is_anchor { "names no place of that page" } else { "leads nowhere" };
        let others = match link.pages {
            0 | 1 => String::new(),
            more => format!(", here and on {} of its folder", count(more - 1, "page", "pages")),
        };
        let message = format!("the link `{}` {what}{others}", link.address);
        Diagnostic::warning("broken-link", Place::file(&link.page), message)
            .hint("it comes from the theme or from a text of the catalog")
    };
    broken.iter().map(problem).collect()
}

/// The size of a site, for people.
pub(super) fn size(report: &site::Report) -> String {
    let pages = count(report.pages, "page", "pages");
    let written = match report.written {
        all if all == report.files => String::new(),
        some => format!(", {} written", count(some, "file", "files")),
    };
    format!("{pages}, {:.1} MB{written}", report.bytes as f64 / 1e6)
}

/// Which part of a site to build, and whether to build it without the last build and without caches.
#[derive(Debug, Clone, Copy)]
pub(super) struct BuildOptions {
    pub(super) shard: Shard,
    pub(super) is_clean: bool,
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self { shard: Shard::WHOLE, is_clean: false }
    }
}

/// Builds the site beside `out`, and replaces `out` when the build is complete.
pub(super) fn build(
    settings: &Settings,
    out: &Path,
    options: BuildOptions,
) -> Result<BuildOutcome, Failure> {
    let started = Instant::now();
    let files = DocumentCache::new(&settings.portal, options.is_clean);
    let (publication, data) = rayon::join(
        || Publication::open(&settings.portal, out, options.is_clean),
        || rayon::join(|| load(settings, &files), || history::load(&settings.portal)),
    );
    let (publication, (data, history)) = (publication?, data);
    let (PortalData { catalog, docs, mut problems, lints }, history) = (data?, history?);
    let (runs, unread) = runs::load(settings, &catalog)?;
    problems.extend(unread);
    diagnostics::sort(&mut problems);
    let requests = scaffold::request::names(&Directory::new(&settings.portal));
    let input = Input {
        catalog: &catalog,
        diagnostics: &problems,
        lints: &lints,
        settings: &settings.site()?,
        freshness: &sources::freshness(settings)?,
        history: &history,
        runs: &runs,
        requests: &requests,
        claims: &sources::claims(settings, &catalog)?,
        docs: Some(Documentation { docs: &docs, files: &files }),
        theme: Some(&settings.portal.join("site-templates")),
        now: settings.now,
    };
    let sink = publication.sink()?;
    let report =
        site::build(&input, &sink, publication.previous(), options.shard).map_err(outside)?;
    let changed = report.record.changes(publication.previous());
    publication.publish(&report.record)?;
    files.finish();
    // Freeing a large catalog takes a while; the command does not wait for it.
    rayon::spawn(move || drop((catalog, docs, history)));
    Ok(BuildOutcome { report, problems, changed, time: started.elapsed() })
}

/// The catalog and the documentation of a portal.
struct PortalData {
    catalog: Catalog,
    docs: Docs,
    /// The problems of both.
    problems: Vec<Diagnostic>,
    lints: Vec<Diagnostic>,
}

fn load(settings: &Settings, files: &DocumentCache) -> Result<PortalData, Failure> {
    let (catalog, mut problems) = settings.load_catalog_from(files)?;
    let scaffolding = settings.scaffold();
    let ((docs, lints), templates) = rayon::join(
        || rayon::join(|| docs::load(files, &catalog), || catalog::lint(files, &catalog)),
        || scaffold::check_templates(files, &catalog, &scaffolding),
    );
    let docs = docs?;
    // Of a template with a file that it cannot include, the catalog has said so.
    problems.extend(templates);
    diagnostics::sort(&mut problems);
    problems.dedup();
    problems.extend(docs.problems.iter().cloned());
    Ok(PortalData { catalog, docs, problems, lints })
}
