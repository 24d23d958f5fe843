//! Changes that are alike, told once: forty components that one commit gave another owner are one line.

use std::collections::HashMap;

use serde::Serialize;

use super::frame::Card;
use crate::{
    catalog::{diff::Change, history::What},
    site::model::{
        Atlas,
        history::{Dated, Line, subject},
    },
};

/// A change, and all entities that it was made to.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Told<'a> {
    #[serde(flatten)]
    pub(crate) line: Line<'a>,
    /// More entities that changed alike, and those folded away.
    others: Vec<Card<'a>>,
    folded: Vec<Card<'a>>,
    /// How many are not named at all.
    unnamed: usize,
}

/// How many entities a line names beside the first, and how many it folds away.
const OTHERS: usize = 4;
const FOLDED: usize = 200;

/// What makes two events alike.
type Likeness<'a> = (&'a str, &'a str, &'a What, Vec<[Option<&'a str>; 3]>);

/// Puts events together that say the same of several entities: those of one commit and source. The
/// order stays.
pub(crate) fn alike<'a>(events: impl IntoIterator<Item = Dated<'a>>) -> Vec<Vec<Dated<'a>>> {
    let mut groups: Vec<Vec<Dated<'a>>> = Vec::new();
    let mut known: HashMap<Likeness<'a>, usize> = HashMap::new();
    for dated in events {
        let said = |change: &'a Change| {
            [Some(change.field.as_str()), change.from.as_deref(), change.to.as_deref()]
        };
        let changes = dated.event.changes.iter().map(said).collect();
        let likeness = (&*dated.commit.id, &*dated.source.source, &dated.event.what, changes);
        let at = *known.entry(likeness).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(dated),
            None => groups.push(vec![dated]),
        }
    }
    groups
}

impl<'a> Told<'a> {
    /// What a group of [`alike`] events says, which is not empty.
    fn new(atlas: &Atlas<'a>, group: &[Dated<'a>]) -> Option<Self> {
        let (first, rest) = group.split_first()?;
        let card = |dated: &Dated<'a>| subject(atlas, dated.event);
        Some(Self {
            line: Line::new(atlas, *first),
            others: rest.iter().take(OTHERS).map(card).collect(),
            folded: rest.iter().skip(OTHERS).take(FOLDED).map(card).collect(),
            unnamed: rest.len().saturating_sub(OTHERS + FOLDED),
        })
    }

    /// What groups of events say.
    pub(crate) fn all(atlas: &Atlas<'a>, groups: &[Vec<Dated<'a>>]) -> Vec<Self> {
        groups.iter().filter_map(|group| Self::new(atlas, group)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::history::{Commit, Event, SourceChange};

    #[test]
    fn what_one_commit_says_of_several_is_told_once() {
        let event = |name: &str, what, to: Option<&str>| {
            let change =
                |to: &str| Change { field: "owner".into(), from: None, to: Some(to.into()) };
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
            event("a", What::Changed, Some("x")),
            event("b", What::Changed, Some("y")),
            event("c", What::Changed, Some("x")),
            event("d", What::Added, None),
            event("e", What::Renamed("d".into()), None),
            event("f", What::Added, None),
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
            source.events.iter().map(move |event| Dated { commit, source, event })
        });
        let name = |dated: &Dated<'_>| dated.event.entity.rsplit('/').next().map(str::to_owned);
        let told: Vec<String> = alike(dated)
            .iter()
            .map(|group| group.iter().filter_map(name).collect::<Vec<_>>().concat())
            .collect();
        assert_eq!(told, ["ac", "b", "df", "e", "ac", "b", "df", "e"]);
    }
}
