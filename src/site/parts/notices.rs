//! What readers have to know before they rely on a page: that the catalog or an entity is older than the last
//! snapshot, that an entity is deprecated or an orphan, that it names entities that do not exist.
//!
//! When the catalog was read changes with every build, so pages do not have it: they fetch it from the small
//! file `assets/state.json`, which is a [`CatalogAge`]. Only the page about the portal shows it directly.

use serde::Serialize;
use serde_json::json;

use super::{
    card::Card,
    facts::Link,
    moment::Moment,
    problems::{ReadFailureView, read_failures},
};
use crate::{
    catalog::{Entity, EntityRef},
    site::{
        input::Input,
        model::Model,
        text::{address, escape::message_html},
    },
};

/// How many missing entities are named.
const NAMED: usize = 5;
/// Names of the annotation or link that leads to the successor.
const SUCCESSOR: [&str; 5] =
    ["successor", "replaced-by", "superseded-by", "replacement", "remplacé par"];

/// The banners of a page.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Notices<'a> {
    is_deprecated: bool,
    /// The successor of a deprecated entity: an entity, or a page elsewhere.
    successor: Option<Card<'a>>,
    successor_url: Option<String>,
    is_orphan: bool,
    /// Why the data is older than the last snapshot.
    unread: Vec<ReadFailureView<'a>>,
    /// Entities that this one names and that do not exist.
    missing: Vec<Card<'a>>,
    more_missing: usize,
}

impl<'a> Notices<'a> {
    /// The notices of an entity; `None` when it has none. `says_dangling` is true when its diagnostics name the
    /// missing entities.
    pub(crate) fn of(
        model: &Model<'a>,
        entity: &'a Entity,
        links: &[Link<'a>],
        says_dangling: bool,
    ) -> Option<Self> {
        let is_deprecated = entity.spec_text("lifecycle") == Some("deprecated");
        let mut missing: Vec<&EntityRef> = Vec::new();
        // The diagnostics of the entity name them, with a hint.
        if !says_dangling {
            let gone = entity.relations.iter().map(|relation| &relation.target);
            missing = gone.filter(|target| model.catalog.get(target).is_none()).collect();
            missing.sort();
            missing.dedup();
        }
        let mut notices = Self {
            is_deprecated,
            unread: read_failures(model, entity),
            is_orphan: entity.annotation("backstage.io/orphan") == Some("true"),
            more_missing: missing.len().saturating_sub(NAMED),
            missing: missing.into_iter().take(NAMED).map(|e| Card::to(model, e)).collect(),
            ..Self::default()
        };
        if is_deprecated {
            notices.find_successor(model, entity, links);
        }
        let is_sound = notices.unread.is_empty() && notices.missing.is_empty();
        (notices.is_deprecated || notices.is_orphan || !is_sound).then_some(notices)
    }

    fn find_successor(&mut self, model: &Model<'a>, entity: &'a Entity, links: &[Link<'a>]) {
        let annotations = entity.value("/metadata/annotations");
        let annotations = annotations.and_then(serde_json::Value::as_object).into_iter().flatten();
        let named = |name: &str| SUCCESSOR.contains(&name.rsplit('/').next().unwrap_or(name));
        let value =
            annotations.filter(|(name, _)| named(name)).find_map(|(_, value)| value.as_str());
        if let Some(value) = value {
            self.successor_url = address::external(value);
            let reference = EntityRef::parse(value, Some(entity.kind()), entity.namespace());
            let found = reference.ok().and_then(|reference| model.catalog.get(&reference));
            self.successor = found.map(Card::of);
            return;
        }
        let named = |link: &&Link<'_>| SUCCESSOR.contains(&link.title.to_lowercase().as_str());
        self.successor_url = links.iter().find(named).and_then(|link| link.url.clone());
    }
}

/// When the catalog was read and the site was built, and the numbers beside entries of the navigation.
#[derive(Debug, Serialize)]
pub(crate) struct CatalogAge<'a> {
    built: Moment,
    as_of: Option<Moment>,
    commit: Option<&'a str>,
    sources: Vec<SourceAge<'a>>,
    counts: Counts,
}

/// Numbers beside entries of the navigation.
#[derive(Debug, Serialize)]
struct Counts {
    open_runs: usize,
    problems: usize,
}

#[derive(Debug, Serialize)]
struct SourceAge<'a> {
    name: &'a str,
    read: Option<Moment>,
    /// When its files changed, if it is not recorded when it was read.
    changed: Option<Moment>,
    failure: Option<&'a str>,
    /// HTML of `failure`: what stands in backticks is code.
    reason: Option<String>,
    /// Since when it fails.
    since: Option<Moment>,
    /// How many of its documents could not be read.
    unread: usize,
}

impl<'a> CatalogAge<'a> {
    pub(crate) fn new(input: &Input<'a>) -> Self {
        let sources = input.freshness.sources.iter().map(|source| SourceAge {
            name: &source.name,
            read: source.read.map(Moment::from),
            changed: source.changed.map(Moment::from),
            failure: source.failure.as_ref().map(|failure| failure.reason.as_str()),
            reason: source.failure.as_ref().map(|failure| message_html(&failure.reason)),
            since: source.failure.as_ref().map(|failure| failure.since.into()),
            unread: source.stale.len(),
        });
        let all = input.freshness.sources.iter();
        let unread = all.map(|source| source.stale.len() + usize::from(source.failure.is_some()));
        Self {
            built: input.now.into(),
            as_of: input.freshness.as_of.map(Moment::from),
            commit: input.freshness.commit.as_deref(),
            sources: sources.collect(),
            counts: Counts {
                open_runs: input.runs.iter().filter(|run| run.status.is_open()).count(),
                problems: input.diagnostics.len() + unread.sum::<usize>(),
            },
        }
    }

    /// The file `assets/state.json`, with times in RFC 3339 only.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let iso = |moment: &Option<Moment>| moment.as_ref().map(|moment| moment.iso.clone());
        let sources = self.sources.iter().map(|source| {
            json!({
                "name": source.name,
                "read": iso(&source.read),
                "changed": iso(&source.changed),
                "failure": source.failure,
                "since": iso(&source.since),
                "unread": source.unread,
            })
        });
        let state = json!({
            "built": self.built.iso,
            "as_of": iso(&self.as_of),
            "commit": self.commit,
            "sources": sources.collect::<Vec<_>>(),
            "counts": self.counts,
        });
        state.to_string().into_bytes()
    }
}
