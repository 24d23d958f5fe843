//! `callboard scaffold fetch`: brings the content that the lock names into the cache, and replaces what is damaged.

use std::path::Path;

use serde::Serialize;

use crate::{
    base::{
        content::ContentLock,
        diagnostics::{Diagnostic, Level},
        files::Directory,
        text::count,
    },
    cli::{
        Failure,
        args_scaffold::FetchArgs,
        content::{fetch_all, unreadable},
        output::{DIM, GOOD, Output},
    },
    scaffold::content::is_cached,
};

/// What was fetched.
#[derive(Serialize)]
struct FetchReport {
    /// Number of addresses in the lock.
    locked: usize,
    fetched: Vec<String>,
    problems: Vec<Diagnostic>,
}

/// Fetches what the cache lacks, or has with other bytes.
pub(super) fn run(portal: &Path, args: &FetchArgs, output: &Output) -> Result<(), Failure> {
    let lock = ContentLock::load(&Directory::new(portal)).map_err(|error| unreadable(&error))?;
    let locked = lock.content.len();
    let lacking = lock.content.into_iter().filter(|(_, entry)| !is_cached(portal, entry));
    let (fetched, mut problems) = fetch_all(portal, lacking.collect(), output)?;
    problems.iter_mut().for_each(|problem| problem.level = Level::Error);
    let (number, has_failed) = (fetched.len(), !problems.is_empty());
    if args.json {
        output.json(&FetchReport { locked, fetched, problems })?;
    } else {
        output.diagnostics(&problems);
        let rest = locked - number - problems.len();
        output.line(format!(
            "{GOOD}{} fetched{GOOD:#}{DIM}, {rest} in the cache already{DIM:#}",
            count(number, "address", "addresses")
        ));
    }
    if has_failed { Err(Failure::Reported) } else { Ok(()) }
}
