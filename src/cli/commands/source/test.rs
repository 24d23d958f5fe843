//! `callboard source test`: a few records of a source, the entities that its mapping makes of them, and all
//! problems with them.

use std::{collections::BTreeSet, path::Path};

use super::shorten::shortened;
use crate::{
    base::{http::Client, text::count, yaml},
    cli::{
        Failure,
        args::SourceTestArgs,
        commands::snapshot::{self as command, Bar},
        demo::sample_apis::source_environment,
        exit::outside,
        output::{BOLD, DIM, Output},
        settings::Settings,
    },
    snapshot::{
        self, DocumentFailure, FailureKind, Options, ProgramBudget, Progress, RecordChoice,
        RecordTrial,
    },
};

/// Reads a little of a source, and prints every record with its entities.
pub(super) fn run(portal: &Path, args: &SourceTestArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let mut sources = settings.file.sources.clone();
    // A source can be tried before the settings name it.
    if !sources.contains(&args.name) && snapshot::source_names(portal)?.contains(&args.name) {
        sources.push(args.name.clone());
    }
    let runtime = tokio::runtime::Runtime::new().map_err(outside)?;
    let (environment, _sample_apis) = source_environment(&settings, &runtime)?;
    let options = Options {
        root: portal,
        sources: &sources,
        only: &[],
        allow_shrink: &BTreeSet::new(),
        dry_run: true,
        environment: &environment,
        client: &Client::new().map_err(outside)?,
        exceptions: &settings.exceptions(),
        program_budget: ProgramBudget::default(),
    };
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let pick = match args.record {
        Some(record) => RecordChoice::Number(number(record)),
        None => RecordChoice::First(number(args.limit)),
    };
    let progress = Bar::new(output);
    progress.started(&args.name);
    let tried = runtime.block_on(snapshot::try_source(&options, &args.name, pick, &progress));
    progress.end();
    let trial = match tried.map_err(command::unusable)? {
        Ok(trial) => trial,
        Err(failure) => {
            output.diagnostics(&failure.problems);
            return command::result(Some(failure.kind), "the source could not be read");
        }
    };
    if args.json {
        output.json(&trial)?;
    } else {
        if let Some(identity) = &trial.identity {
            output.note(format!("{DIM}the server knows who asks: {identity}{DIM:#}"));
        }
        output.diagnostics(&trial.warnings);
        print(&trial.records, output);
        let failures: Vec<_> = trial.failures.iter().map(DocumentFailure::warning).collect();
        output.groups(&failures);
    }
    let has_problems = !trial.failures.is_empty()
        || trial.records.iter().any(|tried| !tried.diagnostics.is_empty());
    command::result(has_problems.then_some(FailureKind::Data), "the mapping has problems")
}

fn print(records: &[RecordTrial], output: &Output) {
    let mut is_cut = false;
    for tried in records {
        let (text, cut) = shortened(&tried.record);
        is_cut |= cut;
        let request = match tried.request.as_str() {
            "default" => String::new(),
            request => format!(" of `{request}`"),
        };
        output.line(format!("{BOLD}record {}{request}{BOLD:#}", tried.number));
        output.text(&format!("{DIM}{text}{DIM:#}\n"));
        let entities = count(tried.entities.len(), "entity", "entities");
        output.text(&format!("\n{BOLD}becomes {entities}{BOLD:#}\n"));
        for entity in &tried.entities {
            let text = yaml::to_string(entity).unwrap_or_default();
            output.text(&format!("---\n{}\n", text.trim_end()));
        }
        output.diagnostics(&tried.diagnostics);
        output.line("");
    }
    if records.is_empty() {
        output.note("there is no such record");
    }
    if is_cut {
        output.note("long records are cut here; `--json` shows them whole");
    }
}
