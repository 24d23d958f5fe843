//! Changes that are alike, in one line: forty components that one commit gave another owner are one change of
//! forty entities.

use std::collections::HashMap;

use serde::Serialize;

use super::{
    card::Card,
    history::{EventLine, subject},
};
use crate::{
    catalog::{Entity, diff::FieldChange, history::EventKind},
    site::{
        model::{Model, events::DatedEvent},
        text::address,
    },
};

/// A change, and all entities that it is a change of.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ChangeGroup<'a> {
    #[serde(flatten)]
    pub(crate) line: EventLine<'a>,
    /// More entities with the same change, and those folded away.
    others: Vec<Card<'a>>,
    folded: Vec<Card<'a>>,
    /// How many entities are not named.
    unnamed: usize,
}

/// How many entities a line names beside the first, and how many it folds away.
const OTHERS: usize = 4;
const FOLDED: usize = 200;
/// How many groups of changes the page of a team or a system shows.
const RECENT: usize = 10;

/// What makes two events alike.
type Likeness<'a> = (&'a str, &'a str, &'a EventKind, Vec<[Option<&'a str>; 3]>);

/// Groups events of one commit and source that have the same changes. The order of events is kept.
pub(crate) fn group_alike<'a>(
    events: impl IntoIterator<Item = DatedEvent<'a>>,
) -> Vec<Vec<DatedEvent<'a>>> {
    let mut groups: Vec<Vec<DatedEvent<'a>>> = Vec::new();
    let mut known: HashMap<Likeness<'a>, usize> = HashMap::new();
    for dated in events {
        let view = |change: &'a FieldChange| {
            [Some(change.field.as_str()), change.from.as_deref(), change.to.as_deref()]
        };
        let changes = dated.event.changes.iter().map(view).collect();
        let likeness = (&*dated.commit.id, &*dated.source.source, &dated.event.what, changes);
        let at = *known.entry(likeness).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(dated),
            None => groups.push(vec![dated]),
        }
    }
    groups
}

impl<'a> ChangeGroup<'a> {
    /// The change of a group of events; `None` for an empty group.
    fn new(model: &Model<'a>, group: &[DatedEvent<'a>]) -> Option<Self> {
        let (first, rest) = group.split_first()?;
        let card = |dated: &DatedEvent<'a>| subject(model, dated.event);
        Some(Self {
            line: EventLine::new(model, *first),
            others: rest.iter().take(OTHERS).map(card).collect(),
            folded: rest.iter().skip(OTHERS).take(FOLDED).map(card).collect(),
            unnamed: rest.len().saturating_sub(OTHERS + FOLDED),
        })
    }

    /// The changes of groups of events.
    pub(crate) fn all(model: &Model<'a>, groups: &[Vec<DatedEvent<'a>>]) -> Vec<Self> {
        groups.iter().filter_map(|group| Self::new(model, group)).collect()
    }
}

/// The newest changes of a team or a system, on its own page.
#[derive(Debug, Serialize)]
pub(crate) struct RecentChanges<'a> {
    lines: Vec<ChangeGroup<'a>>,
    /// The page with all of them, if these are not all.
    all: Option<String>,
}

impl<'a> RecentChanges<'a> {
    /// The newest changes of a team or system. `None` for other entities, and if there are no changes.
    pub(crate) fn of(model: &Model<'a>, entity: &Entity) -> Option<Self> {
        let groups = group_alike(model.events.within(&entity.reference));
        let all = (groups.len() > RECENT).then(|| address::changes_page(&entity.reference));
        let lines = ChangeGroup::all(model, groups.get(..RECENT).unwrap_or(&groups));
        (!lines.is_empty()).then_some(Self { lines, all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::history::{Commit, Event, SourceChange};

    #[test]
    fn the_same_change_of_several_entities_is_one_group() {
        let event = |name: &str, what, to: Option<&str>| {
            let change =
                |to: &str| FieldChange { field: "owner".into(), from: None, to: Some(to.into()) };
            let changes = to.into_iter().map(change).collect();
            Event {
                entity: format!("component:default/{name}"),
                title: None,
                owner: None,
                what,
                changes,
            }
        };
        let events = vec![
            event("a", EventKind::Changed, Some("x")),
            event("b", EventKind::Changed, Some("y")),
            event("c", EventKind::Changed, Some("x")),
            event("d", EventKind::Added, None),
            event("e", EventKind::Renamed("d".into()), None),
            event("f", EventKind::Added, None),
        ];
        let source = SourceChange { source: "s".into(), files: 6, is_new: false, events };
        let commit = |id: &str| Commit {
            id: id.into(),
            time: jiff::Timestamp::UNIX_EPOCH,
            author: None,
            sources: vec![source.clone()],
        };
        let commits = [commit("2"), commit("1")];
        let dated = commits.iter().flat_map(|commit| {
            let source = &commit.sources[0];
            source.events.iter().map(move |event| DatedEvent { commit, source, event })
        });
        let name =
            |dated: &DatedEvent<'_>| dated.event.entity.rsplit('/').next().map(str::to_owned);
        let names: Vec<String> = group_alike(dated)
            .iter()
            .map(|group| group.iter().filter_map(name).collect::<Vec<_>>().concat())
            .collect();
        assert_eq!(names, ["ac", "b", "df", "e", "ac", "b", "df", "e"]);
    }
}
