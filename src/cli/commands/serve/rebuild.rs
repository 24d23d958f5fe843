//! Builds the site again whenever a file of the portal changes, and tells the terminal and open pages the
//! result.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::live::{BuildNews, LivePages};
use crate::{
    base::{diagnostics::Diagnostic, fs::Watch, path::shown, text::count},
    cli::{
        Failure,
        commands::build::{self, BuildOptions, BuildOutcome},
        exit::outside,
        output::{DIM, GOOD, Output, duration, summary},
        settings::Settings,
    },
};

/// Files and folders of the portal that a site is built from.
const WATCHED: &[&str] =
    &["callboard.yaml", "catalog-data", "scaffolds", "site-templates", "docs", "README.md"];
/// Most problems that a page shows; the terminal shows all.
const MOST_PROBLEMS: usize = 30;
/// Most changed files that a page is told by name.
const MOST_CHANGED: usize = 500;

/// Builds a site after each change of the portal.
pub(super) struct Builder {
    portal: PathBuf,
    site: PathBuf,
    live: LivePages,
    output: Output,
    watch: Watch,
    /// Number of the build that changed the site last, and what it changed.
    changed: (u64, Vec<String>),
    /// The problems of the last build.
    known: Vec<Diagnostic>,
}

impl Builder {
    /// Starts to watch the files, so that later changes are not missed.
    pub(super) fn new(
        portal: &Path,
        site: &Path,
        live: LivePages,
        output: Output,
    ) -> Result<Self, Failure> {
        let watch = Watch::new(portal, WATCHED).map_err(outside)?;
        let (portal, site) = (portal.to_owned(), site.to_owned());
        Ok(Self { portal, site, live, output, watch, changed: (0, Vec::new()), known: Vec::new() })
    }

    /// Builds after each change, until watching fails.
    pub(super) fn run(&mut self) {
        loop {
            match self.watch.wait() {
                Ok(files) if files.is_empty() => {}
                Ok(files) => {
                    self.output.note(format!("{DIM}{}{DIM:#}", changed_files(&files)));
                    self.build();
                }
                Err(error) => return self.output.error(&error.into()),
            }
        }
    }

    /// Builds once, and reports to the terminal and open pages. When the build fails, the site does not
    /// change.
    pub(super) fn build(&mut self) {
        let started = Instant::now();
        let built = Settings::load(&self.portal)
            .and_then(|settings| build::build(&settings, &self.site, BuildOptions::default()));
        match built {
            Ok(built) => self.tell_built(built, started.elapsed()),
            Err(failure) => self.tell_failed(&failure),
        }
    }

    fn tell_built(&mut self, built: BuildOutcome, time: Duration) {
        let BuildOutcome { report, mut problems, changed, .. } = built;
        problems.extend(build::broken_links(&report.broken));
        self.tell_problems(&problems);
        let written = count(changed.len(), "file", "files");
        self.output.line(format!("{GOOD}built{GOOD:#}: {written} changed, {}", duration(time)));
        if !changed.is_empty() {
            self.changed = (self.changed.0 + 1, changed);
        }
        self.known = problems;
        self.tell(None, &self.known);
    }

    fn tell_failed(&self, failure: &Failure) {
        failure.print(&self.output);
        let problems = match failure {
            Failure::Data(problems) => problems,
            _ => &Vec::new(),
        };
        let text = failure.text().unwrap_or_default();
        self.tell(Some(self.output.redact(&text)), problems);
    }

    /// Prints the problems that are new.
    fn tell_problems(&self, problems: &[Diagnostic]) {
        let new: Vec<_> = problems.iter().filter(|p| !self.known.contains(p)).cloned().collect();
        self.output.diagnostics(&new);
    }

    fn tell(&self, failure: Option<String>, problems: &[Diagnostic]) {
        let mut gravest = problems.to_vec();
        gravest.sort_by_key(|problem| std::cmp::Reverse(problem.level));
        gravest.truncate(MOST_PROBLEMS);
        let (build, changed) = &self.changed;
        self.live.tell(&BuildNews {
            build: *build,
            changed: (changed.len() <= MOST_CHANGED).then_some(changed),
            summary: summary(problems).unwrap_or_default(),
            failure,
            problems: &gravest,
        });
    }
}

/// The first changed file and how many more.
fn changed_files(files: &BTreeSet<PathBuf>) -> String {
    let first = files.first().map(|file| shown(file)).unwrap_or_default();
    match files.len() {
        0 | 1 => first,
        more => format!("{first} and {} more", more - 1),
    }
}
