//! Events of the catalog's history as lines of pages, and where the feeds of them are.

use serde::Serialize;

use super::{card::Card, moment::Moment};
use crate::{
    catalog::{
        Entity, EntityRef,
        diff::FieldChange,
        history::{Event, EventKind},
    },
    site::{
        input::Input,
        model::{Model, events::DatedEvent},
        text::address,
    },
};

/// An event on a page.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EventLine<'a> {
    pub(crate) at: Moment,
    /// First digits of the commit.
    pub(crate) commit: &'a str,
    pub(crate) source: &'a str,
    /// The author, for sources that people write.
    pub(crate) author: Option<&'a str>,
    pub(crate) card: Card<'a>,
    /// `added`, `removed`, `renamed` or `changed`: the templates have the words.
    pub(crate) what: &'static str,
    /// The old name of a renamed entity.
    pub(crate) from: Option<String>,
    pub(crate) changes: Vec<FieldLine<'a>>,
    /// How many more fields changed.
    pub(crate) more: usize,
}

/// A field that changed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FieldLine<'a> {
    pub(crate) field: &'a str,
    pub(crate) from: Option<Card<'a>>,
    pub(crate) to: Option<Card<'a>>,
}

/// How many fields of an event a line has.
const FIELDS: usize = 4;
impl<'a> EventLine<'a> {
    pub(crate) fn new(model: &Model<'a>, dated: DatedEvent<'a>) -> Self {
        let DatedEvent { commit, source, event } = dated;
        let (what, from) = match &event.what {
            EventKind::Added => ("added", None),
            EventKind::Removed => ("removed", None),
            EventKind::Renamed(from) => ("renamed", Some(short(from))),
            EventKind::Changed => ("changed", None),
        };
        let by_hand = matches!(source.source.as_str(), "manual" | "templates");
        let field = |change: &'a FieldChange| FieldLine {
            field: &change.field,
            from: change.from.as_deref().map(|text| value(model, text)),
            to: change.to.as_deref().map(|text| value(model, text)),
        };
        Self {
            at: commit.time.into(),
            commit: commit.id.get(..10).unwrap_or(&commit.id),
            source: &source.source,
            author: by_hand.then_some(commit.author.as_deref()).flatten(),
            card: subject(model, event),
            what,
            from,
            changes: event.changes.iter().take(FIELDS).map(field).collect(),
            more: event.changes.len().saturating_sub(FIELDS),
        }
    }

    pub(crate) fn all(
        model: &Model<'a>,
        events: impl IntoIterator<Item = DatedEvent<'a>>,
    ) -> Vec<Self> {
        events.into_iter().map(|dated| Self::new(model, dated)).collect()
    }
}

/// The entity of an event, with its page if it still exists.
pub(crate) fn subject<'a>(model: &Model<'a>, event: &'a Event) -> Card<'a> {
    if let Some(entity) = known(model, &event.entity) {
        return Card::of(entity);
    }
    let title = event.title.clone().unwrap_or_else(|| short(&event.entity));
    let kind = event.entity.split(':').next().unwrap_or_default();
    Card::new(title, kind, None)
}

/// A value of a field, with its page if it is a reference to an entity.
fn value<'a>(model: &Model<'a>, text: &'a str) -> Card<'a> {
    match known(model, text) {
        Some(entity) => Card::of(entity),
        None => Card::new(text, "", None),
    }
}

fn known<'a>(model: &Model<'a>, text: &str) -> Option<&'a Entity> {
    let (kind, rest) = text.split_once(':')?;
    let (namespace, name) = rest.split_once('/')?;
    model.catalog.get(&EntityRef::new(kind, namespace, name))
}

/// The name of a whole reference.
fn short(reference: &str) -> String {
    reference.rsplit('/').next().unwrap_or(reference).to_owned()
}

/// The address of the feed of all changes, if there is one.
pub(crate) fn feed_of_all(input: &Input<'_>, model: &Model<'_>) -> Option<String> {
    (input.settings.url.is_some() && !model.events.all.is_empty()).then(|| "changes.xml".into())
}

/// The address of the feed of a team or a system, if there is one.
pub(crate) fn feed_of(input: &Input<'_>, model: &Model<'_>, entity: &Entity) -> Option<String> {
    input.settings.url.as_ref()?;
    let reference = &entity.reference;
    model.events.is_scope(reference).then(|| address::changes_feed(reference))
}
