//! Builds the site again whenever a file of the portal changes, and tells what came of it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::live::{Live, News};
use crate::{
    base::{diagnostics::Diagnostic, fs::Watch, text::count},
    cli::{
        Failure,
        commands::build::{self, Built, How},
        exit::outside,
        output::{DIM, GOOD, Output, duration, summary},
        settings::Settings,
    },
};

/// What a site is made of.
const WATCHED: &[&str] =
    &["callboard.yaml", "catalog-data", "scaffolds", "site-templates", "docs", "README.md"];
/// How many problems a page shows; the terminal shows all.
const SHOWN: usize = 30;
/// More changed files than these are not told one by one.
const TOLD: usize = 500;

/// Builds a site again and again.
pub(super) struct Builder {
    portal: PathBuf,
    site: PathBuf,
    live: Live,
    output: Output,
    watch: Watch,
    /// Number of the build that changed the site last, and what it changed.
    changed: (u64, Vec<String>),
    /// What was wrong the last time.
    known: Vec<Diagnostic>,
}

impl Builder {
    /// Begins to listen, so that no change from now on is missed.
    pub(super) fn new(
        portal: &Path,
        site: &Path,
        live: Live,
        output: Output,
    ) -> Result<Self, Failure> {
        let watch = Watch::new(portal, WATCHED).map_err(outside)?;
        let (portal, site) = (portal.to_owned(), site.to_owned());
        Ok(Self { portal, site, live, output, watch, changed: (0, Vec::new()), known: Vec::new() })
    }

    /// Builds after each change, as long as changes can be listened to.
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

    /// Builds once, and tells the terminal and the pages. When that fails, the site stays as it is.
    pub(super) fn build(&mut self) {
        let started = Instant::now();
        let built = Settings::load(&self.portal)
            .and_then(|settings| build::build(&settings, &self.site, How::default()));
        match built {
            Ok(built) => self.tell_built(built, started.elapsed()),
            Err(failure) => self.tell_failed(&failure),
        }
    }

    fn tell_built(&mut self, built: Built, time: Duration) {
        let Built { report, mut problems, changed, .. } = built;
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
        gravest.truncate(SHOWN);
        let (build, changed) = &self.changed;
        self.live.tell(&News {
            build: *build,
            changed: (changed.len() <= TOLD).then_some(changed),
            summary: summary(problems).unwrap_or_default(),
            failure,
            problems: &gravest,
        });
    }
}

/// The first changed file and how many more.
fn changed_files(files: &BTreeSet<PathBuf>) -> String {
    let first = files.first().map(|file| file.display().to_string()).unwrap_or_default();
    match files.len() {
        0 | 1 => first,
        more => format!("{first} and {} more", more - 1),
    }
}
