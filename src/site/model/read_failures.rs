//! What the last snapshot could not read: sources and documents, and the entities whose data is older because
//! of that.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::{
    base::{clock::rfc3339, diagnostics::Place},
    catalog::{Entity, EntityRef},
    site::input::{Freshness, SourceFailure, StaleDocument},
};

/// All read failures, by source and by entity.
#[derive(Debug)]
pub(crate) struct ReadFailures<'a> {
    freshness: &'a Freshness,
    /// Sources that cannot be read, with the time when they were read last.
    failing: HashMap<&'a str, (&'a SourceFailure, Option<Timestamp>)>,
    /// Documents that cannot be read, with their sources, by the entities that came from them.
    stale: HashMap<&'a EntityRef, Vec<(&'a str, &'a StaleDocument)>>,
}

/// One reason why data is older than the last snapshot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadFailure<'a> {
    pub(crate) source: &'a str,
    /// File and line; `None` when the whole source cannot be read.
    pub(crate) place: Option<&'a Place>,
    /// The message of the error.
    pub(crate) reason: &'a str,
    pub(crate) since: Timestamp,
    /// When the data that the portal has was read, if that is known.
    pub(crate) read: Option<Timestamp>,
}

impl<'a> ReadFailures<'a> {
    pub(super) fn new(freshness: &'a Freshness) -> Self {
        let mut failures = Self { freshness, failing: HashMap::new(), stale: HashMap::new() };
        for source in &freshness.sources {
            if let Some(failure) = &source.failure {
                failures.failing.insert(&source.name, (failure, source.read));
            }
            for document in &source.stale {
                for entity in &document.entities {
                    failures.stale.entry(entity).or_default().push((&source.name, document));
                }
            }
        }
        failures
    }

    /// Why the data of an entity is older than the last snapshot: sources first, then documents.
    pub(crate) fn of(&self, entity: &Entity) -> Vec<ReadFailure<'a>> {
        if self.failing.is_empty() && self.stale.is_empty() {
            return Vec::new();
        }
        let mut sources: Vec<&str> = entity.fragments.iter().map(|f| &*f.source).collect();
        sources.sort_unstable();
        sources.dedup();
        let failing = sources.iter().filter_map(|name| {
            let (name, (failure, read)) = self.failing.get_key_value(*name)?;
            Some(ReadFailure::of_source(name, failure, *read))
        });
        let stale = self.stale.get(&entity.reference).into_iter().flatten();
        let stale = stale.filter(|(source, _)| sources.iter().any(|own| own == source));
        failing
            .chain(stale.map(|(source, document)| ReadFailure::of_document(source, document)))
            .collect()
    }

    /// Sources that cannot be read, in the order of the settings.
    pub(crate) fn sources(&self) -> impl Iterator<Item = ReadFailure<'a>> {
        self.freshness.sources.iter().filter_map(|source| {
            Some(ReadFailure::of_source(&source.name, source.failure.as_ref()?, source.read))
        })
    }

    /// Documents that cannot be read, with their sources.
    pub(crate) fn documents(&self) -> impl Iterator<Item = (&'a str, &'a StaleDocument)> {
        let sources = self.freshness.sources.iter();
        sources.flat_map(|source| source.stale.iter().map(|document| (&*source.name, document)))
    }
}

impl<'a> ReadFailure<'a> {
    fn of_source(source: &'a str, failure: &'a SourceFailure, read: Option<Timestamp>) -> Self {
        let SourceFailure { reason, since } = failure;
        Self { source, place: None, reason, since: *since, read }
    }

    /// The failure of one document.
    pub(crate) fn of_document(source: &'a str, document: &'a StaleDocument) -> Self {
        let StaleDocument { problem, since, read, .. } = document;
        let (place, reason) = (Some(&problem.place), &problem.message);
        Self { source, place, reason, since: *since, read: *read }
    }

    /// The failure in one line of text, for JSON and Markdown; times are as in RFC 3339.
    pub(crate) fn sentence(&self) -> String {
        let Self { source, reason, .. } = self;
        let what = match self.place {
            Some(place) => format!("`{place}` of the source `{source}`"),
            None => format!("the source `{source}`"),
        };
        let since = rfc3339(self.since);
        let read = self.read.map(|read| format!("; it was last read at {}", rfc3339(read)));
        format!("{what} cannot be read since {since}: {reason}{}", read.unwrap_or_default())
    }
}
