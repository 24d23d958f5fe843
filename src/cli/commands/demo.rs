//! `callboard demo`: a portal of the embedded sample company, from the snapshot to the served site.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::anyhow;
use jiff::SignedDuration;
use tokio::runtime::Runtime;

use super::{
    build, init,
    scaffold::{apply, plan},
    serve::{self, Announcement},
    snapshot,
};
use crate::{
    base::{environment::Environment, files::Directory, fs, path::shown, text::count},
    catalog::{Catalog, EntityRef, load::ENTITIES, reference::DEFAULT_NAMESPACE},
    cli::{
        Failure,
        args::{DemoArgs, SnapshotArgs},
        demo::company::{Edition, SampleApis},
        exit::outside,
        init::{Answers, RECORD},
        output::{BOLD, DIM, GOOD, Output, duration},
        settings::Settings,
    },
    scaffold::{self, Approval, Outcome, run::Review},
};

/// Age of the first snapshot of the demo.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The sample request.
const REQUEST: &str = "panier-relance";
/// Runs the demo, and serves the site unless an argument says not to.
pub(in crate::cli) fn run(args: &DemoArgs, output: &Output) -> Result<(), Failure> {
    if args.apis {
        return serve_apis(args.port, output);
    }
    let scratch = tempfile::Builder::new().prefix("callboard-demo-").tempdir().map_err(outside)?;
    let directory = args.dir.clone().unwrap_or_else(|| scratch.path().to_owned());
    let demo = Demo { directory, output, started: Instant::now() };
    demo.run()?;
    output.line(format!("ready in {BOLD}{}{BOLD:#}", duration(demo.started.elapsed())));
    demo.print_next(args, output);
    if args.no_serve {
        return Ok(());
    }
    let announcement = Announcement { output, is_json: false };
    serve::serve(&demo.directory.join("site"), args.port, &[], &announcement)
}

/// Serves the two APIs alone, and prints what a shell needs to reach them.
fn serve_apis(port: u16, output: &Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(outside)?;
    runtime.block_on(async {
        let apis = SampleApis::start_as(Edition::Today, port).await.map_err(outside)?;
        output.text("the sample company's APIs answer; Ctrl-C ends them. In another shell:\n\n");
        for (name, value) in apis.environment() {
            output.line(format!("export {name}={value}"));
        }
        tokio::signal::ctrl_c().await.map_err(outside)
    })
}

struct Demo<'o> {
    directory: PathBuf,
    output: &'o Output,
    started: Instant,
}

impl Demo<'_> {
    /// Says where the portal is, and what to do with it.
    fn print_next(&self, args: &DemoArgs, output: &Output) {
        let directory = shown(&self.directory);
        output.line(format!("the portal is in {BOLD}{directory}{BOLD:#}, made as `callboard init --sample` makes one"));
        if args.dir.is_none() {
            let keep = "it is removed at the end; `callboard demo --dir DIR` keeps it";
            output.note(format!("{DIM}{keep}{DIM:#}"));
        }
        let option = init::portal_option(&self.directory);
        let commands = [
            format!("callboard{option} scaffold status panier-relance"),
            format!("callboard{option} source test la-carto --limit 1"),
            format!("callboard{option} serve"),
        ];
        // Without `--dir` there is no portal any more when the site is no longer served.
        let is_kept = args.dir.is_some() || !args.no_serve;
        if is_kept {
            output.line("next, in another terminal:");
            let shown = if args.no_serve { &commands[..] } else { &commands[..2] };
            shown.iter().for_each(|command| output.line(format!("  {BOLD}{command}{BOLD:#}")));
        }
    }

    fn run(&self) -> Result<(), Failure> {
        self.step("make a portal", || self.make_portal())?;
        let runtime = Runtime::new().map_err(outside)?;
        self.step("snapshot", || self.past_snapshot(&runtime))?;
        let apis = runtime.block_on(SampleApis::start()).map_err(outside)?;
        self.note(&format!("La Carto and the organisation API answer on {}", apis.base_url()));
        let settings = Settings::load_with(&self.directory, environment(&apis))?;
        self.step("snapshot again", || self.snapshot(&settings))?;
        self.step("build the site", || self.build(&settings))?;
        self.step("plan the request", || Self::plan(&settings))?;
        self.step("apply the request", || self.apply(&settings))?;
        self.step("build again", || self.build(&settings))
    }

    /// Runs one step, and prints its result and time.
    fn step(
        &self,
        name: &str,
        act: impl FnOnce() -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        let started = Instant::now();
        let result = act()?;
        let time = duration(started.elapsed());
        self.output.line(format!("{GOOD}✓{GOOD:#} {name:<18} {result} {DIM}{time}{DIM:#}"));
        Ok(())
    }

    fn note(&self, text: &str) {
        self.output.line(format!("  {DIM}{text}{DIM:#}"));
    }

    fn make_portal(&self) -> Result<String, Failure> {
        fs::create_dir_all(&self.directory)?;
        if is_foreign(&self.directory) {
            return Err(Failure::Usage(anyhow!(
                "`{}` is not empty and not a portal\nhint: name another directory with `--dir`",
                shown(&self.directory)
            )));
        }
        if !self.directory.join(RECORD).exists() {
            init::make(&self.directory, &Answers::sample(), WEEK, self.output)?;
        }
        Ok(format!("in {}", shown(&self.directory)))
    }

    /// A first snapshot, of the company as it was a week ago; unless there is one.
    fn past_snapshot(&self, runtime: &Runtime) -> Result<String, Failure> {
        if self.directory.join(ENTITIES).exists() {
            return Ok("there is one from an earlier run".into());
        }
        let apis = runtime.block_on(SampleApis::start_as(Edition::WeekAgo, 0)).map_err(outside)?;
        let mut settings = Settings::load_with(&self.directory, environment(&apis))?;
        settings.now = settings.now.saturating_sub(WEEK).map_err(outside)?;
        Ok(format!("{}, as of a week ago", self.snapshot(&settings)?))
    }

    fn snapshot(&self, settings: &Settings) -> Result<String, Failure> {
        let args = SnapshotArgs::default();
        let taken = snapshot::take(settings, &args, self.output)?;
        snapshot::commit(settings, &taken.report, false, self.output)?;
        snapshot::record(settings, &taken.report, false, self.output);
        snapshot::fail(&taken.report)?;
        let sources: Vec<_> = taken.report.sources.iter().map(ToString::to_string).collect();
        Ok(sources.join("; "))
    }

    fn build(&self, settings: &Settings) -> Result<String, Failure> {
        let built =
            build::build(settings, &self.directory.join("site"), build::BuildOptions::default())?;
        let problems = count(built.problems.len(), "problem", "problems");
        Ok(format!("{}, {problems} to look at", build::size(&built.report)))
    }

    fn plan(settings: &Settings) -> Result<String, Failure> {
        let (catalog, _) = settings.load_catalog()?;
        if is_applied(&catalog) {
            return Ok("the request was applied by an earlier run".into());
        }
        let request = plan::load(&settings.portal, Path::new(REQUEST))?;
        let plan = request.and_then(|request| {
            scaffold::plan(
                &Directory::new(&settings.portal),
                &catalog,
                &settings.scaffold(),
                &request,
            )
        });
        let plan = plan.map_err(Failure::Data)?;
        let effects: Vec<_> = plan.effects().map(|effect| effect.summary.as_str()).collect();
        Ok(format!("{}; {}", count(plan.files.len(), "file", "files"), effects.join("; ")))
    }

    fn apply(&self, settings: &Settings) -> Result<String, Failure> {
        let (catalog, _) = settings.load_catalog()?;
        let request = plan::load(&settings.portal, Path::new(REQUEST))?.map_err(Failure::Data)?;
        let options =
            apply::ApplyOptions { push: false, review: Review::default(), output: self.output };
        Ok(match apply::apply(settings, &catalog, &request, Approval::Any, &options)? {
            Outcome::Completed(_) => "applied".into(),
            Outcome::AlreadyCompleted(_) => "nothing to do".into(),
        })
    }
}

/// The environment of the process, with the variables for the two APIs.
fn environment(apis: &SampleApis) -> Environment {
    apis.added_to(Environment::from_process())
}

/// True when the component of the sample request is in the catalog.
fn is_applied(catalog: &Catalog) -> bool {
    catalog.get(&EntityRef::new("Component", DEFAULT_NAMESPACE, REQUEST)).is_some()
}

/// True for a directory that is neither empty nor a portal.
fn is_foreign(directory: &Path) -> bool {
    let is_portal = directory.join(crate::cli::settings::FILE).is_file();
    !is_portal && directory.read_dir().is_ok_and(|mut entries| entries.next().is_some())
}
