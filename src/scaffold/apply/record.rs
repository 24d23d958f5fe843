//! Reads and writes the record of a run in the journal.

use jiff::Timestamp;

use super::ApplyError;
use crate::{
    base::{environment::redact_json, yaml},
    git::{journal::Journal, push::ORIGIN},
    scaffold::{
        effects::World,
        run::{BRANCH, Run},
    },
};

/// Opens the journal of runs.
pub(super) fn open(world: &World<'_>) -> Result<Journal, ApplyError> {
    Ok(Journal::open(world.portal, BRANCH, ORIGIN, world.settings.author.clone())?)
}

/// The time by which leases begin and end: that of the server which has the records, because the clocks of runners may be
/// wrong, and else that of this runner.
pub(super) fn lease_time(world: &World<'_>, journal: &Journal) -> Timestamp {
    journal.server_time().unwrap_or_else(|| (world.clock)())
}

/// Reads the record of a request's run; `None` when it has none.
pub(super) fn read(journal: &Journal, request: &str) -> Result<Option<Run>, ApplyError> {
    let file = Run::file(request);
    let Some(text) = journal.read(&file)? else {
        return Ok(None);
    };
    let run = Run::parse(&text).map_err(|error| ApplyError::Refused {
        message: format!("`{file}` on the branch `{BRANCH}` is not a run record: {error}"),
        hint: Some("repair or remove it there".to_owned()),
    })?;
    Ok(Some(run))
}

/// Reads the record of a run that must be there; `hint` says what to do when it is not.
pub(super) fn read_existing(
    journal: &Journal,
    request: &str,
    hint: &str,
) -> Result<Run, ApplyError> {
    read(journal, request)?.ok_or_else(|| ApplyError::Refused {
        message: format!("there is no run `{request}`"),
        hint: Some(hint.to_owned()),
    })
}

/// Commits a record without secrets; `what` ends the subject of the commit.
pub(super) fn write(
    world: &World<'_>,
    journal: &mut Journal,
    run: &Run,
    what: &str,
    now: Timestamp,
) -> Result<(), ApplyError> {
    let redact = |text: &str| world.redactor.redact(text);
    let record = redact_json(serde_json::to_value(run).unwrap_or_default(), &redact);
    let text = yaml::to_string(&record).map_err(|error| ApplyError::Outside(error.into()))?;
    let id = &run.request;
    let subject = redact(&format!("Run {id}: {what}"));
    Ok(journal.commit(&Run::file(id), &text, id, &subject, now)?)
}
