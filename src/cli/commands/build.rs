//! `callboard build`: the catalog as a static site.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::anyhow;

use crate::{
    base::{
        diagnostics::{self, Diagnostic},
        fs::{self, DirectorySink},
        memory,
        text::count,
    },
    catalog::load::ENTITIES,
    cli::{
        Failure,
        args::BuildArgs,
        exit::outside,
        output::{BOLD, GOOD, Output, duration, summary},
        runs,
        settings::Settings,
    },
    git::{GitError, head},
    site::{self, Freshness, Input, SourceState},
};

/// What a build came to.
pub(super) struct Built {
    pub(super) report: site::Report,
    pub(super) problems: Vec<Diagnostic>,
    pub(super) time: Duration,
}

/// Builds the site, and prints its size, its time and what is wrong with the catalog.
pub(in crate::cli) fn run(portal: &Path, args: &BuildArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let out = portal.join(&args.out);
    let built = build(&settings, &out)?;
    output.diagnostics(&built.problems);
    if let Some(problems) = summary(&built.problems) {
        output.note(format!("{BOLD}{problems}{BOLD:#}: `callboard check` lists them"));
    }
    let memory = memory::peak().map(|bytes| format!(", {} MB of memory", bytes / 1_000_000));
    output.line(format!(
        "{GOOD}built{GOOD:#} {} in {} ({}{})",
        size(&built.report),
        args.out.display(),
        duration(built.time),
        memory.unwrap_or_default()
    ));
    match diagnostics::has_errors(&built.problems) {
        true => Err(Failure::Reported),
        false => Ok(()),
    }
}

/// Says how large a site is.
pub(super) fn size(report: &site::Report) -> String {
    let pages = count(report.pages, "page", "pages");
    format!("{pages}, {:.1} MB", report.bytes as f64 / 1e6)
}

/// Builds the site into a directory beside `out`, and puts it in the place of `out` when it is whole.
pub(super) fn build(settings: &Settings, out: &Path) -> Result<Built, Failure> {
    let started = Instant::now();
    let (catalog, problems) = settings.load_catalog()?;
    let runs = runs::load(settings)?;
    let input = Input {
        catalog: &catalog,
        diagnostics: &problems,
        settings: &settings.site(),
        freshness: &freshness(settings).map_err(outside)?,
        runs: &runs,
        theme: Some(&settings.portal.join("site-templates")),
        now: settings.now,
    };
    let stage = Stage::beside(out)?;
    let report = site::build(&input, &DirectorySink::new(&stage.path)?).map_err(outside)?;
    stage.replace(out)?;
    Ok(Built { report, problems, time: started.elapsed() })
}

/// How old the catalog is, by git: a source that was read without a change leaves no trace there, so it
/// is at least as fresh as shown.
fn freshness(settings: &Settings) -> Result<Freshness, GitError> {
    let head = head::head(&settings.portal)?;
    let names = &settings.file.sources;
    let folders: Vec<_> = names.iter().map(|name| format!("{ENTITIES}/{name}")).collect();
    let changes = head::last_changes(&settings.portal, &folders)?;
    let state =
        |(name, read): (&String, _)| SourceState { name: name.clone(), read, failure: None };
    Ok(Freshness {
        commit: head.as_ref().map(|head| head.short().to_owned()),
        as_of: head.map(|head| head.time),
        sources: names.iter().zip(changes).map(state).collect(),
    })
}

/// A directory that becomes the site when it is whole, and is removed when it never does.
struct Stage {
    path: PathBuf,
}

impl Stage {
    fn beside(out: &Path) -> Result<Self, Failure> {
        let name = out.file_name().ok_or_else(|| {
            Failure::Usage(anyhow!("`{}` cannot be the directory of a site", out.display()))
        })?;
        let is_site = |dir: &Path| dir.join("index.html").is_file();
        let is_empty =
            |dir: &Path| dir.read_dir().is_ok_and(|mut entries| entries.next().is_none());
        if out.exists() && !is_site(out) && !is_empty(out) {
            return Err(Failure::Usage(anyhow!(
                "`{}` is not empty and not a site: it would be replaced\nhint: name another with `--out`",
                out.display()
            )));
        }
        let path = out.with_file_name(format!(".{}.new", name.to_string_lossy()));
        fs::remove_dir_all(&path)?;
        Ok(Self { path })
    }

    fn replace(&self, out: &Path) -> Result<(), Failure> {
        let old = self.path.with_extension("old");
        fs::remove_dir_all(&old)?;
        if out.exists() {
            fs::rename(out, &old)?;
        }
        fs::rename(&self.path, out)?;
        Ok(fs::remove_dir_all(&old)?)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // After `replace` there is nothing left; after a failure nothing more can be done about it.
        drop(fs::remove_dir_all(&self.path));
    }
}
