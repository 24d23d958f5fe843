//! `callboard scaffold apply`: carries out the plans of merged requests, each once.

use std::{
    collections::BTreeSet,
    error::Error,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::anyhow;
use jiff::Timestamp;

use super::{plan::load, status};
use crate::{
    base::{
        clock,
        diagnostics::Diagnostic,
        environment::{Environment, Secret},
        files::Directory,
        fs,
        path::RelativePath,
    },
    catalog::Catalog,
    cli::{
        Failure,
        approvals::Approvals,
        args::ApplyArgs,
        ci_system::CiSystem,
        exit::outside,
        output::{BOLD, DIM, GOOD, Output},
        settings::Settings,
    },
    forge::Connections,
    git::{commit::commit_paths, push::push_head},
    scaffold::{
        self, ApplyError, Approval, Cancellation, Event, Observer, Outcome, PortalRepository,
        Request, World,
        actions::Actions,
        effects::OwnExecutors,
        request::REQUESTS,
        run::{Review, Status, answer_command},
    },
};

/// Applies each request. One that fails does not keep the others from being applied.
pub(in crate::cli) fn run(portal: &Path, args: &ApplyArgs, output: &Output) -> Result<(), Failure> {
    let answer = output;
    let output = &output.beside_json(args.json);
    let settings = Settings::load(portal)?;
    let files = if args.pending { request_files(portal)? } else { args.requests.clone() };
    let approvals = Approvals::read(args)?;
    if approvals.are_unknown() {
        output.note("no approved plan is named: the plans of today are carried out (`--approved`)");
    }
    let (mut results, mut ids) = (Vec::new(), BTreeSet::new());
    let options = ApplyOptions { push: args.push, review: Review::default(), output };
    for file in files {
        // A request can refer to the entities of the one before.
        let (catalog, _) = settings.load_catalog()?;
        results.push(match load(portal, &file) {
            Ok(Ok(request)) => {
                ids.insert(request.id.clone());
                let approval = approvals.of(&request.id);
                match apply(&settings, &catalog, &request, approval, &options) {
                    // With `--pending`, a changed request that was applied before does not fail the command.
                    Err(Failure::Data(problems)) if args.pending && is_applied(&problems) => {
                        output.diagnostics(&problems);
                        Ok(())
                    }
                    result => result.map(drop),
                }
            }
            Ok(Err(problems)) => Err(Failure::Data(problems)),
            Err(failure) => Err(failure),
        });
    }
    if args.json {
        status::print_json(&settings, &ids, answer)?;
    }
    all(results, output)
}

/// Prints the failures of several requests; the command fails as the first of them does.
pub(super) fn all(results: Vec<Result<(), Failure>>, output: &Output) -> Result<(), Failure> {
    let failures: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    for failure in &failures {
        failure.print(output);
    }
    match failures.into_iter().next() {
        None => Ok(()),
        // The failures were printed already.
        Some(Failure::Data(_) | Failure::Reported | Failure::Unknown(_)) => Err(Failure::Reported),
        Some(Failure::Outside(_)) => {
            Err(Failure::Outside(anyhow!("not every request was applied")))
        }
        Some(Failure::Usage(_)) => Err(Failure::Usage(anyhow!("not every request was applied"))),
        Some(Failure::Refused(_)) => {
            Err(Failure::Refused(anyhow!("not every request was applied")))
        }
    }
}

/// True when the request was applied before, and changed since.
fn is_applied(problems: &[Diagnostic]) -> bool {
    problems.iter().all(|problem| problem.code == "request-applied")
}

/// Every request file, sorted. Apply does nothing for those whose run is completed.
pub(in crate::cli) fn request_files(portal: &Path) -> Result<Vec<PathBuf>, Failure> {
    // Files whose names are not portable paths are left out: they are not requests.
    let files = fs::walk(&portal.join(REQUESTS))?.files;
    let is_request = |file: &RelativePath| {
        !file.as_str().contains('/')
            && Path::new(file.as_str()).extension().is_some_and(|e| e == "yaml")
    };
    Ok(files
        .into_iter()
        .filter(is_request)
        .map(|file| Path::new(REQUESTS).join(file.as_str()))
        .collect())
}

/// How requests are applied.
pub(in crate::cli) struct ApplyOptions<'a> {
    /// Whether commits of the portal are pushed.
    pub(in crate::cli) push: bool,
    /// How the request was reviewed.
    pub(in crate::cli) review: Review,
    /// Where steps are printed.
    pub(in crate::cli) output: &'a Output,
}

/// Applies one request, and prints each step as it ends.
pub(in crate::cli) fn apply(
    settings: &Settings,
    catalog: &Catalog,
    request: &Request,
    approval: Approval<'_>,
    options: &ApplyOptions<'_>,
) -> Result<Outcome, Failure> {
    let output = options.output;
    output.line(format!("{BOLD}{}{BOLD:#}", request.id));
    let mut printer = Printer::new(settings, &request.id, output);
    let applied = world(settings, options.push, output)?
        .reviewed(&options.review)
        .with(|world| scaffold::apply(world, catalog, request, approval, &mut printer));
    printer.end_group();
    match applied {
        Ok(outcome) => {
            if let Outcome::AlreadyCompleted(run) = &outcome {
                let when = run.finished.as_deref().unwrap_or("before");
                output.line(format!("  {DIM}completed {when}; nothing to do{DIM:#}"));
            }
            Ok(outcome)
        }
        Err(error) => Err(failure(error, &request.id)),
    }
}

/// How the command fails when an apply does.
pub(super) fn failure(error: ApplyError, run: &str) -> Failure {
    match error {
        ApplyError::Wrong(problems) => Failure::Data(problems),
        ApplyError::Changed(problem) => Failure::Data(vec![problem]),
        ApplyError::Refused { message, hint: Some(hint) } => {
            Failure::Refused(anyhow!("{message}\nhint: {hint}"))
        }
        ApplyError::Refused { message, hint: None } => Failure::Refused(anyhow!(message)),
        ApplyError::Uncertain { ref effect, .. } => {
            let hint = format!("find out, and say it: `{}`", answer_command(run, effect));
            Failure::Refused(anyhow!("{error}\nhint: {hint}"))
        }
        error @ (ApplyError::Outside(_) | ApplyError::Cancelled) => outside(error),
    }
}

/// What the world of an apply is made of.
pub(super) struct WorldSettings<'a> {
    settings: &'a Settings,
    push: bool,
    review: Review,
    output: &'a Output,
    connections: Connections,
}

/// The world in which commands carry out and undo effects.
pub(super) fn world<'a>(
    settings: &'a Settings,
    push: bool,
    output: &'a Output,
) -> Result<WorldSettings<'a>, Failure> {
    settings.hide_credentials(output);
    action_secrets(settings).iter().for_each(|secret| output.learn(secret));
    let connections = settings.connections()?;
    Ok(WorldSettings { settings, push, review: Review::default(), output, connections })
}

impl WorldSettings<'_> {
    /// The same world, of a request that was reviewed so.
    fn reviewed(self, review: &Review) -> Self {
        Self { review: review.clone(), ..self }
    }

    /// Calls a function with the world.
    pub(super) fn with<T>(&self, act: impl FnOnce(&World<'_>) -> T) -> T {
        let Self { settings, push, ref review, output, ref connections } = *self;
        let pause = |time: Duration| {
            output.note(format!("    {DIM}trying again in {} s{DIM:#}", time.as_secs()));
            std::thread::sleep(time);
        };
        act(&World {
            portal: &settings.portal,
            settings: &settings.scaffold(),
            clock: &|| clock::now(settings.environment.get("SOURCE_DATE_EPOCH")),
            pause: &pause,
            environment: &settings.environment,
            redactor: output.redactor(),
            repository: &Repository { settings, push },
            executors: &OwnExecutors,
            runner: &runner_name(&settings.environment),
            connections,
            review: review.clone(),
        })
    }
}

/// The secrets that own actions declare.
fn action_secrets(settings: &Settings) -> Vec<Secret> {
    let actions = Actions::load(&Directory::new(&settings.portal));
    let names = actions.all_own().iter().flat_map(|action| &action.declaration.secrets);
    names.filter_map(|name| settings.environment.secret(name)).collect()
}

/// Variables by which CI systems name a run, so that a job that is started again has the lease of the run.
const RUNNERS: &[(&str, &[&str])] = &[
    ("github", &["GITHUB_RUN_ID", "GITHUB_JOB"]),
    ("azure", &["BUILD_BUILDID", "SYSTEM_JOBNAME"]),
    ("gitlab", &["CI_PIPELINE_ID", "CI_JOB_NAME"]),
];

/// The name of this runner in leases: `CALLBOARD_RUNNER`, else the run of the CI system, else the host.
fn runner_name(environment: &Environment) -> String {
    let ci = RUNNERS.iter().find_map(|(system, names)| {
        let parts: Option<Vec<_>> = names.iter().map(|name| environment.get(name)).collect();
        Some(format!("{system} {}", parts?.join(" ")))
    });
    let own = environment.get("CALLBOARD_RUNNER").map(str::to_owned);
    let host = || environment.get("HOSTNAME").map(|host| format!("host {host}"));
    own.or(ci).or_else(host).unwrap_or_else(|| "this machine".to_owned())
}

/// Prints the events of a run. In the log of a CI system, what a step logs is a group.
struct Printer<'a> {
    output: &'a Output,
    settings: &'a Settings,
    request: &'a str,
    system: Option<CiSystem>,
    /// How many groups were started.
    groups: usize,
    /// The id of the group that has not ended.
    open: Option<String>,
}

impl<'a> Printer<'a> {
    fn new(settings: &'a Settings, request: &'a str, output: &'a Output) -> Self {
        let system = CiSystem::of(&settings.environment);
        Self { output, settings, request, system, groups: 0, open: None }
    }

    fn start_group(&mut self, name: &str) {
        self.end_group();
        let Some(system) = self.system else { return };
        self.groups += 1;
        let id = format!("{}-{}", self.request, self.groups);
        // A secret must be found before its characters are escaped.
        let name = self.output.redact(name);
        self.output.ci_command(&system.group(&id, &name, self.now()));
        self.open = Some(id);
    }

    /// Ends the group of a step, also of one that was interrupted.
    fn end_group(&mut self) {
        if let (Some(system), Some(id)) = (self.system, self.open.take()) {
            self.output.ci_command(&system.group_end(&id, self.now()));
        }
    }

    fn now(&self) -> Timestamp {
        clock::now(self.settings.environment.get("SOURCE_DATE_EPOCH"))
    }
}

impl Observer for Printer<'_> {
    fn event(&mut self, event: &Event<'_>) -> Result<(), Cancellation> {
        match event {
            Event::Started { run, resumed } => {
                if let Some(deviation) = &run.deviation {
                    self.output.line(format!("  {}", deviation.sentence()));
                }
                if *resumed {
                    self.output.line("  continuing where it stopped");
                }
            }
            Event::StepStarted { name, .. } => self.start_group(name),
            Event::Log(line) => self.output.line(format!("    {DIM}{line}{DIM:#}")),
            Event::StepEnded { name, status, message, .. } => {
                self.end_group();
                let mark = match status {
                    Status::Completed => format!("{GOOD}✓{GOOD:#}"),
                    Status::Skipped => format!("{DIM}–{DIM:#}"),
                    _ => "✗".to_owned(),
                };
                self.output.line(format!("  {mark} {name} {DIM}{message}{DIM:#}"));
            }
            Event::EffectIntended { .. } | Event::EffectActed { .. } | Event::StepActed { .. } => {}
        }
        Ok(())
    }
}

/// The portal's repository on this machine, and its remote.
struct Repository<'a> {
    settings: &'a Settings,
    /// Whether commits are pushed.
    push: bool,
}

impl PortalRepository for Repository<'_> {
    fn commit(
        &self,
        files: &[RelativePath],
        message: &str,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let (portal, author) = (&self.settings.portal, self.settings.author());
        let time = clock::now(self.settings.environment.get("SOURCE_DATE_EPOCH"));
        commit_paths(portal, files, message, &author, time)?;
        if self.push {
            push_head(portal)?;
        }
        Ok(())
    }
}
