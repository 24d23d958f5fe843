//! Content of other repositories that the lock names and the cache lacks: commands that read templates fetch it first.

use std::path::Path;

use super::{
    exit::Failure,
    output::{Output, progress},
    settings::Settings,
};
use crate::{
    base::{
        content::{ContentError, ContentLock, LOCK, LockEntry},
        diagnostics::{Diagnostic, Place},
        files::{Directory, Files},
        yaml::{EntryPart, Positions},
    },
    catalog::issue::escape,
    scaffold::content::{ContentServers, missing},
};

/// Fetches what the cache lacks. What cannot be fetched is a warning: templates that do not use it can be read.
pub(super) fn fetch_missing(portal: &Path, output: &Output) -> Result<(), Failure> {
    // A lock with mistakes is named by whoever needs it.
    let Ok(lock) = ContentLock::load(&Directory::new(portal)) else { return Ok(()) };
    let missing = missing(portal, &lock);
    if !missing.is_empty() {
        let (_, problems) = fetch_all(portal, missing, output)?;
        output.diagnostics(&problems);
    }
    Ok(())
}

/// Fetches the content of entries of the lock. Returns the addresses that were fetched, and a warning for each of the
/// others, at its place in the lock.
pub(super) fn fetch_all(
    portal: &Path,
    entries: Vec<(String, LockEntry)>,
    output: &Output,
) -> Result<(Vec<String>, Vec<Diagnostic>), Failure> {
    // The settings say which credential each server gets.
    let settings = Settings::load(portal)?;
    settings.hide_credentials(output);
    let servers = ContentServers::new(portal, &settings.scaffold().hosts);
    let text = Directory::new(portal).text(LOCK)?.unwrap_or_default();
    let positions = Positions::new(&text);
    let (mut fetched, mut problems) = (Vec::new(), Vec::new());
    let bar = progress("content", Some(entries.len() as u64));
    for (address, entry) in entries {
        bar.set_message(output.redact(&entry.name()));
        match servers.fetch(&address, &entry) {
            Ok(()) => fetched.push(address),
            Err(fault) => {
                let pointer = format!("/content/{}", escape(&address));
                let place = Place::at(LOCK, positions.find(0, &pointer, EntryPart::Key));
                let message = output.redact(&fault.to_string());
                let problem = Diagnostic::warning("unusable-content", place, message);
                problems.push(problem.hint_opt(fault.hint()));
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok((fetched, problems))
}

/// The failure of a lock that cannot be read.
pub(super) fn unreadable(error: &ContentError) -> Failure {
    Failure::Data(vec![lock_problem(error)])
}

/// What is wrong with a lock that cannot be read.
pub(super) fn lock_problem(error: &ContentError) -> Diagnostic {
    let (place, message) = match error {
        ContentError::Lock(place, message) => (place.clone(), message.clone()),
        other => (Place::file(LOCK), other.to_string()),
    };
    let hint = error.hint().map(str::to_owned);
    Diagnostic::error("invalid-lock", place, message).hint_opt(hint)
}
