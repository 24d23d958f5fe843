//! Records of sources on the branch `callboard-sources`: written after a snapshot, and read for the pages of the
//! site.

use jiff::Timestamp;

use super::{Failure, exit::outside, settings::Settings};
use crate::{
    base::{diagnostics::Diagnostic, forges, http::Url, text::count},
    catalog::{Catalog, EntityRef, extract::Claims, load::ENTITIES},
    git::{
        self, head,
        journal::{Journal, JournalError, SOURCES_TRAILER},
        push::ORIGIN,
    },
    site::{Freshness, SourceFailure, SourceState, StaleDocument},
    snapshot::{
        self, Report, Role,
        record::{BRANCH, DocumentRecord, SourceRecord},
        source_info,
    },
};

/// The topic of this journal's commits: one snapshot reads all sources.
const TOPIC: &str = "snapshot";
/// Most attempts to commit when other snapshots commit at the same time.
const MOST_RACES: usize = 5;

/// Why the records could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Path(#[from] crate::base::path::PathError),
    #[error("cannot write the record of a source")]
    Yaml(#[from] crate::base::yaml::YamlError),
}

/// Records the result of a snapshot, without secrets; with `push` it pushes the branch, too.
pub(super) fn record(
    settings: &Settings,
    report: &Report,
    push: bool,
    redact: &dyn Fn(&str) -> String,
) -> Result<(), RecordError> {
    let open = || -> Result<Option<Journal>, JournalError> {
        let (portal, author) = (&settings.portal, settings.author());
        let journal = match push {
            true => Some(Journal::open(portal, BRANCH, ORIGIN, author)?),
            false => Journal::open_local_for_writing(portal, BRANCH, ORIGIN, author)?,
        };
        Ok(journal.map(|journal| journal.with_trailer(SOURCES_TRAILER)))
    };
    let mut races = 0;
    while let Some(mut journal) = open()? {
        match write(&mut journal, report, settings.now, redact) {
            Err(RecordError::Journal(JournalError::Lost(_))) if races < MOST_RACES => races += 1,
            result => return result,
        }
    }
    Ok(())
}

fn write(
    journal: &mut Journal,
    report: &Report,
    now: Timestamp,
    redact: &dyn Fn(&str) -> String,
) -> Result<(), RecordError> {
    let mut files = Vec::new();
    for source in &report.sources {
        let file = SourceRecord::file(&source.source)?;
        let previous = journal.read(&file)?;
        // A record that cannot be read is replaced.
        let previous = previous.and_then(|text| SourceRecord::parse(&text).ok());
        let record = SourceRecord::after(previous.as_ref(), source, now, redact);
        files.push((file, record.text()?));
    }
    let failed = report.sources.iter().filter(|source| source.outcome.changes().is_none()).count();
    let mut subject = format!("sources: {} read", report.sources.len() - failed);
    if failed > 0 {
        subject = format!("{subject}, {} failed", count(failed, "source", "sources"));
    }
    Ok(journal.commit_all(&files, TOPIC, &subject, now)?)
}

/// How old the catalog is: by the records of the sources; by git for a source without a record, which
/// then says when its files last changed.
pub(super) fn freshness(settings: &Settings) -> Result<Freshness, Failure> {
    let head = head::head(&settings.portal).map_err(outside)?;
    let names = &settings.file.sources;
    let folders: Vec<_> = names.iter().map(|name| format!("{ENTITIES}/{name}")).collect();
    let changes = head::last_changes(&settings.portal, &folders).map_err(outside)?;
    let journal = Journal::open_local(&settings.portal, BRANCH, ORIGIN, settings.author());
    let journal = journal.map_err(outside)?;
    let mut sources = Vec::new();
    for (name, changed) in names.iter().zip(changes) {
        let record = journal.as_ref().and_then(|journal| read(journal, name));
        sources.push(match record {
            Some(record) => state(record),
            None => SourceState { name: name.clone(), changed, ..SourceState::default() },
        });
    }
    Ok(Freshness {
        commit: head.as_ref().map(|head| head.short().to_owned()),
        as_of: head.map(|head| head.time),
        sources,
    })
}

/// The files that define the entities of the catalog, for whoever checks other files. Sources that only add to entities,
/// or that may have the entities of others, define none.
pub(super) fn claims(settings: &Settings, catalog: &Catalog) -> Result<Claims, Failure> {
    let mut names = Vec::new();
    for name in &settings.file.sources {
        let is_enrich =
            source_info(&settings.portal, name)?.is_some_and(|s| s.role == Role::Enrich);
        if !is_enrich && !settings.file.overlapping_sources.contains(name) {
            names.push(name.clone());
        }
    }
    let portal = git::remote_of(&settings.portal).as_deref().and_then(forges::web_address);
    let portal = portal.as_ref().map(Url::as_str);
    Ok(snapshot::claims(&settings.portal, &names, portal, catalog)?)
}

/// The record of a source; `None` also when it cannot be read, because pages can do without it.
fn read(journal: &Journal, name: &str) -> Option<SourceRecord> {
    let text = journal.read(&SourceRecord::file(name).ok()?).ok()??;
    SourceRecord::parse(&text).ok()
}

fn state(record: SourceRecord) -> SourceState {
    let failure = record.failing().and_then(|failure| {
        Some(SourceFailure {
            since: failure.since.parse().ok()?,
            reason: failure.problems.first().cloned().unwrap_or_default(),
        })
    });
    SourceState {
        failure,
        read: record.success.and_then(|time| time.parse().ok()),
        stale: record.documents.into_iter().filter_map(stale).collect(),
        name: record.source,
        changed: None,
    }
}

fn stale(document: DocumentRecord) -> Option<StaleDocument> {
    let place = document.place();
    let entities = document.entities.iter();
    let entities = entities.filter_map(|text| EntityRef::parse(text, None, "default").ok());
    Some(StaleDocument {
        since: document.since.parse().ok()?,
        read: document.read.and_then(|time| time.parse().ok()),
        entities: entities.collect(),
        code: document.code,
        problem: Diagnostic::warning("stale-document", place, document.reason),
    })
}
