//! `callboard scaffold lock`: writes which commit and which bytes each address of the templates stands for.

use std::{collections::BTreeSet, path::Path};

use anyhow::anyhow;
use serde::Serialize;

use crate::{
    base::{
        content::{ContentLock, LOCK, LockEntry},
        diagnostics::Diagnostic,
        files::Directory,
        fs,
        text::{count, did_you_mean},
    },
    cli::{
        Failure,
        args_scaffold::LockArgs,
        content::unreadable,
        output::{BOLD, CHANGED, DIM, GONE, GOOD, Output, progress},
        settings::Settings,
    },
    scaffold::{
        self,
        content::{Change, ContentServers, LockUpdate, Selection, update},
    },
};

/// What `--json` prints.
#[derive(Serialize)]
struct LockReport<'r> {
    /// Number of addresses in the new lock.
    locked: usize,
    changes: &'r [Change],
    problems: &'r [Diagnostic],
}

/// Makes the lock anew, shows what differs, and writes it.
pub(super) fn run(
    portal: &Path,
    args: &LockArgs,
    is_offline: bool,
    output: &Output,
) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    settings.hide_credentials(output);
    let files = Directory::new(portal);
    let before = ContentLock::load(&files).map_err(|error| unreadable(&error))?;
    if is_offline && !args.check {
        return Err(Failure::Usage(anyhow!(
            "`lock` asks servers: only `--check` works `--offline`"
        )));
    }
    let selection = selection(args, &before)?;
    let servers = ContentServers::new(portal, &settings.scaffold().hosts);
    let bar = progress("content", None);
    let made = update(
        portal,
        &before,
        (&selection, &servers),
        |files| {
            let (catalog, _) = settings.load_catalog_from(files)?;
            Ok::<_, Failure>(scaffold::addresses(files, &catalog)?)
        },
        |address| {
            bar.set_message(output.redact(address));
            bar.inc(1);
        },
    );
    bar.finish_and_clear();
    let made = made?;
    if !args.check && !args.dry_run && made.lock != before {
        match made.lock.content.is_empty() {
            true => fs::remove_file(&files.writable_path(LOCK)?)?,
            false => files.write(LOCK, made.lock.to_text().as_bytes(), false)?,
        }
    }
    print(args, &made, output)?;
    if !made.problems.is_empty() || args.check && !made.changes.is_empty() {
        return Err(Failure::Reported);
    }
    Ok(())
}

fn selection(args: &LockArgs, lock: &ContentLock) -> Result<Selection, Failure> {
    match &args.update {
        _ if args.check => Ok(Selection::Nothing),
        None => Ok(Selection::Missing),
        Some(addresses) if addresses.is_empty() => Ok(Selection::All),
        Some(addresses) => {
            for address in addresses {
                if !lock.content.contains_key(address) {
                    let near = did_you_mean(address, lock.content.keys().map(String::as_str));
                    let hint = near.unwrap_or_else(|| format!("`{LOCK}` lists the addresses"));
                    return Err(Failure::Usage(anyhow!("`{address}` is not locked\nhint: {hint}")));
                }
            }
            Ok(Selection::Addresses(addresses.iter().cloned().collect::<BTreeSet<_>>()))
        }
    }
}

fn print(args: &LockArgs, made: &LockUpdate, output: &Output) -> Result<(), Failure> {
    let LockUpdate { lock, changes, problems } = made;
    if args.json {
        return output.json(&LockReport { locked: lock.content.len(), changes, problems });
    }
    output.diagnostics(problems);
    for change in changes {
        print_change(change, output);
    }
    let number = count(lock.content.len(), "address", "addresses");
    let state = match (changes.is_empty(), args.check, args.dry_run) {
        (true, ..) => "nothing changed",
        (false, true, _) => "the lock is not up to date: run `callboard scaffold lock`",
        (false, _, true) => "nothing was written (`--dry-run`)",
        (false, ..) => "commit the file",
    };
    output.line(format!("{DIM}{number} in `{LOCK}`; {state}{DIM:#}"));
    Ok(())
}

fn print_change(change: &Change, output: &Output) {
    let Change { address, before, after, place } = change;
    let of = |entry: &LockEntry| entry.commit.get(..7).unwrap_or_default().to_owned();
    let (style, sign, what) = match (before, after) {
        (None, Some(after)) => (GOOD, "+", format!("commit {}", of(after))),
        (Some(before), Some(after)) if before.digest == after.digest => {
            (CHANGED, "~", format!("commit {} has the same files as {}", of(after), of(before)))
        }
        (Some(before), Some(after)) => {
            (CHANGED, "~", format!("commit {} instead of {}", of(after), of(before)))
        }
        (Some(_), None) if place.is_none() => (GONE, "-", "no template names it".to_owned()),
        (_, None) => (GONE, "?", "it is not locked".to_owned()),
    };
    output.line(format!("{style}{sign}{style:#} {BOLD}{address}{BOLD:#}"));
    let place = place.as_ref().map(|place| format!(", {place}")).unwrap_or_default();
    output.line(format!("    {what}{DIM}{place}{DIM:#}"));
}
