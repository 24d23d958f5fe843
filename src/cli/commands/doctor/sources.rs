//! Whether each source can be read: its first record is, and nothing is written.

use std::collections::BTreeSet;

use super::Check;
use crate::{
    base::{diagnostics::Diagnostic, http::Client},
    cli::{
        Failure, commands::snapshot::unusable, demo::sample_apis::source_environment,
        exit::outside, output::Output, settings::Settings,
    },
    snapshot::{
        self, Options, ProgramBudget, RecordChoice, SourceVariable, source_variables, try_source,
    },
};

/// Looks at each source of the settings; `offline` only says which variables are missing.
pub(super) fn check(
    settings: &Settings,
    offline: bool,
    output: &Output,
) -> Result<Vec<Check>, Failure> {
    let sources = &settings.file.sources;
    if sources.is_empty() {
        let check = Check::warning("sources", "the settings name none");
        return Ok(vec![check.hint("`callboard source new` lists what can be read")]);
    }
    let runtime = tokio::runtime::Runtime::new().map_err(outside)?;
    let (environment, _sample_apis) = source_environment(settings, &runtime)?;
    let options = Options {
        root: &settings.portal,
        sources,
        only: &[],
        allow_shrink: &BTreeSet::new(),
        dry_run: true,
        environment: &environment,
        client: &Client::new().map_err(outside)?,
        exceptions: &settings.exceptions(),
        program_budget: ProgramBudget::default(),
    };
    let mut checks = Vec::new();
    for name in sources {
        let subject = format!("source {name}");
        let variables = match source_variables(&settings.portal, name)? {
            Ok(variables) => variables,
            Err(problems) => {
                checks.extend(problems.iter().map(|problem| of_problem(&subject, problem)));
                continue;
            }
        };
        let is_missing = |variable: &&SourceVariable| environment.get(&variable.name).is_none();
        let missing: Vec<_> =
            variables.iter().filter(is_missing).map(|v| format!("`{}`", v.name)).collect();
        if !missing.is_empty() {
            let message = format!("not set in the environment: {}", missing.join(", "));
            checks.push(Check::failed(subject, message).hint(
                "set them where the job of the snapshot runs; `callboard init --upgrade` passes them to it",
            ));
            continue;
        }
        if offline {
            checks.push(Check::ok(subject, "its file is valid and its variables are set"));
            continue;
        }
        let tried = runtime.block_on(try_source(&options, name, RecordChoice::First(1), &()));
        checks.push(match tried.map_err(unusable)? {
            Ok(trial) if trial.records.is_empty() => {
                Check::warning(subject, "answers, without a record")
                    .hint(format!("`callboard source test {name}` shows what it reads"))
            }
            Ok(trial) => {
                let who = trial.identity.map_or_else(String::new, |who| format!(" as {who}"));
                Check::ok(subject, format!("answers{who}"))
            }
            Err(failure) => of_failure(&subject, &failure, output),
        });
    }
    Ok(checks)
}

fn of_problem(subject: &str, problem: &Diagnostic) -> Check {
    Check::failed(subject, format!("{}: {}", problem.place, problem.message))
        .hint_opt(problem.hint.clone())
}

/// The first problem of a source that cannot be read.
fn of_failure(subject: &str, failure: &snapshot::Failure, output: &Output) -> Check {
    match failure.problems.first() {
        Some(problem) => {
            let message = output.redact(&problem.message);
            Check::failed(subject, message).hint_opt(problem.hint.clone())
        }
        None => Check::failed(subject, "cannot be read"),
    }
}
