//! `callboard scaffold resume` and `retry`: go on with a run.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use serde_json::{Map, Value};

use super::{
    apply::{self, ApplyOptions},
    plan, status,
};
use crate::{
    base::json,
    cli::{
        Failure,
        args_scaffold::{ResumeArgs, RetryArgs, Was},
        output::Output,
        runs,
        settings::Settings,
    },
    scaffold::{
        self, Approval, Run, engine,
        request::REQUESTS,
        run::{Review, Status},
    },
};

/// Most values of the outputs that a person says.
const MOST_VALUES: usize = 10_000;

/// Goes on with a run that stopped. Before, it may record what became of an effect that nobody could ask about.
pub(super) fn run(portal: &Path, args: &ResumeArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let lines = output.beside_json(args.run.json);
    let result = resume(&settings, args, &lines);
    tell(&settings, &args.run, output)?;
    result
}

/// With `--json`, prints the record, also of a run that failed again.
fn tell(settings: &Settings, args: &RetryArgs, output: &Output) -> Result<(), Failure> {
    match args.json {
        true => status::print_json(settings, &[args.run.clone()].into(), output),
        false => Ok(()),
    }
}

fn resume(settings: &Settings, args: &ResumeArgs, output: &Output) -> Result<(), Failure> {
    let run = record(settings, &args.run.run)?;
    if let (Some(effect), Some(was)) = (&args.step, args.was) {
        let done = match was {
            Was::Done => Some(outputs(args.output.as_deref())?),
            Was::NotDone if args.output.is_some() => {
                return Err(Failure::Usage(anyhow!("what was not done has no outputs")));
            }
            Was::NotDone => None,
        };
        let world = apply::world(settings, args.run.push, output)?;
        world
            .with(|world| scaffold::apply::answer(world, &run.request, effect, done.as_ref()))
            .map_err(|error| apply::failure(error, &run.request))?;
    }
    go_on(settings, &run, args.run.push, output)
}

/// Reads the outputs of an effect that a person says was done; none without a text.
fn outputs(text: Option<&str>) -> Result<Map<String, Value>, Failure> {
    let Some(text) = text else { return Ok(Map::new()) };
    let wrong = |error: String| {
        let hint = "such as `{\"url\": \"https://…\"}`";
        Failure::Usage(anyhow!("`--output` is no JSON map of outputs: {error}\nhint: {hint}"))
    };
    let outputs: Value =
        json::from_slice(text.as_bytes(), MOST_VALUES).map_err(|error| wrong(error.to_string()))?;
    engine::refuse_reserved_keys(&outputs).map_err(|error| wrong(error.to_string()))?;
    match outputs {
        Value::Object(outputs) => Ok(outputs),
        _ => Err(wrong("it is another value".to_owned())),
    }
}

/// Goes on with a run that failed.
pub(super) fn retry(portal: &Path, args: &RetryArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let run = record(&settings, &args.run)?;
    if run.status == Status::Processing {
        let hint = format!("`callboard scaffold resume {}` goes on with it", run.request);
        return Err(Failure::Usage(anyhow!("the run did not fail\nhint: {hint}")));
    }
    let result = go_on(&settings, &run, args.push, &output.beside_json(args.json));
    tell(&settings, args, output)?;
    result
}

fn record(settings: &Settings, id: &str) -> Result<Run, Failure> {
    let (runs, _) = runs::records(settings)?;
    status::find(&runs, id).cloned()
}

/// Applies the request again: only the plan that the run started with is carried out.
fn go_on(settings: &Settings, run: &Run, push: bool, output: &Output) -> Result<(), Failure> {
    let file = PathBuf::from(format!("{REQUESTS}/{}.yaml", run.request));
    let request = plan::load(&settings.portal, &file)?.map_err(Failure::Data)?;
    let (catalog, _) = settings.load_catalog()?;
    let approval = Approval::Plan(&run.plan);
    let options = ApplyOptions { push, review: Review::default(), output };
    apply::apply(settings, &catalog, &request, approval, &options).map(drop)
}
