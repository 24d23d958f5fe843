//! What changed, as lines for pages: of one entity, of what a team owns, of a system, of all.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::teams::Teams;
use crate::catalog::{
    Catalog, Entity, EntityRef,
    history::{Commit, Event, EventKind, History, SourceChange},
};

/// The history by entity.
#[derive(Debug)]
pub(crate) struct Events<'a> {
    /// Every event, newest first.
    pub(crate) all: Vec<DatedEvent<'a>>,
    /// Where the events of an entity are in `all`, by its reference now and then.
    of: HashMap<&'a str, Vec<usize>>,
    /// Where a team or system lost something: what is gone, and what belongs to another one now.
    lost: HashMap<&'a str, Vec<usize>>,
    /// What happened to each team and system and to what belongs to it: indexes of `all`.
    scopes: HashMap<&'a EntityRef, Vec<usize>>,
}

/// An event with its commit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DatedEvent<'a> {
    pub(crate) commit: &'a Commit,
    pub(crate) source: &'a SourceChange,
    pub(crate) event: &'a Event,
}

/// How many events of a team or system are told.
const IN_SCOPE: usize = 300;
/// Fields that say where something belongs.
const BELONGS: [&str; 4] = ["owner", "system", "domain", "parent"];

impl<'a> Events<'a> {
    pub(crate) fn new(history: &'a History) -> Self {
        let mut events = Vec::new();
        for commit in &history.commits {
            for source in &commit.sources {
                events.extend(source.events.iter().map(|event| DatedEvent {
                    commit,
                    source,
                    event,
                }));
            }
        }
        let (mut of, mut lost): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) = Default::default();
        for (at, DatedEvent { event, .. }) in events.iter().enumerate() {
            of.entry(event.entity.as_str()).or_default().push(at);
            let left = event.changes.iter().filter(|c| BELONGS.contains(&c.field.as_str()));
            let mut losers: Vec<&str> = left.filter_map(|c| c.from.as_deref()).collect();
            if event.what == EventKind::Removed {
                losers.extend(event.owner.as_deref());
            }
            for loser in losers {
                lost.entry(loser).or_default().push(at);
            }
        }
        let mut index = Self { all: events, of, lost, scopes: HashMap::new() };
        index.follow_names();
        index
    }

    /// What happened to an entity under an old name belongs to the new one too.
    fn follow_names(&mut self) {
        // From the oldest renaming to the newest, so that names that followed each other add up.
        for at in (0..self.all.len()).rev() {
            let event = self.all[at].event;
            if let EventKind::Renamed(from) = &event.what {
                let older = self.of.get(from.as_str()).cloned().unwrap_or_default();
                let own = self.of.entry(&event.entity).or_default();
                own.extend(older.into_iter().filter(|older| *older > at));
                own.sort_unstable();
                own.dedup();
            }
        }
    }

    /// The events of an entity, newest first.
    pub(crate) fn of(&self, reference: &EntityRef) -> impl Iterator<Item = DatedEvent<'a>> {
        let places = self.of.get(reference.as_str());
        places.into_iter().flatten().map(|at| self.all[*at])
    }

    /// Finds what happened to each team, the teams below included, and to each system.
    pub(crate) fn with_scopes(mut self, catalog: &'a Catalog, teams: &Teams<'a>) -> Self {
        let groups: Vec<_> = catalog.of_kind("group").chain(catalog.of_kind("system")).collect();
        let scope = |entity: &&'a Entity| {
            let mut within = Vec::new();
            collect(teams, entity, &mut HashSet::new(), &mut within);
            let places = self.places(&within);
            (!places.is_empty()).then_some((&entity.reference, places))
        };
        self.scopes = groups.par_iter().filter_map(scope).collect();
        self
    }

    /// Where the events of several entities stand, and those in which the teams and systems among them
    /// lost something.
    fn places(&self, references: &[&EntityRef]) -> Vec<usize> {
        let found = references.iter().flat_map(|reference| {
            let lost = self.lost.get(reference.as_str());
            self.of.get(reference.as_str()).into_iter().chain(lost)
        });
        let mut places: Vec<usize> =
            found.flat_map(|all| all.iter().take(IN_SCOPE)).copied().collect();
        places.sort_unstable();
        places.dedup();
        places.truncate(IN_SCOPE);
        places
    }

    /// Whether something happened to a team or system, or to what belongs to it.
    pub(crate) fn is_scope(&self, reference: &EntityRef) -> bool {
        self.scopes.contains_key(reference)
    }

    /// What happened to a team or system and to what belongs to it, newest first.
    pub(crate) fn within(&self, reference: &EntityRef) -> Vec<DatedEvent<'a>> {
        let places = self.scopes.get(reference);
        places.into_iter().flatten().map(|at| self.all[*at]).collect()
    }

    /// What an entity of an old name is called now, or was at its end.
    pub(crate) fn name_now(&self, old: &str) -> Option<&'a str> {
        let mut now: Option<&'a str> = None;
        // From the oldest renaming to the newest, each of which may go on from the one before.
        for (from, to) in self.old_names().collect::<Vec<_>>().into_iter().rev() {
            if from == now.unwrap_or(old) {
                now = Some(to);
            }
        }
        now
    }

    /// The names that entities had: old reference and what it leads to now.
    pub(crate) fn old_names(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.all.iter().filter_map(|dated| match &dated.event.what {
            EventKind::Renamed(from) => Some((from.as_str(), dated.event.entity.as_str())),
            _ => None,
        })
    }
}

/// Lists an entity and what belongs to it: a system's parts, what a team owns and the teams below.
fn collect<'a>(
    teams: &Teams<'a>,
    entity: &'a Entity,
    seen: &mut HashSet<&'a EntityRef>,
    within: &mut Vec<&'a EntityRef>,
) {
    if !seen.insert(&entity.reference) {
        return;
    }
    let verb = if entity.reference.kind() == "group" { "ownerOf" } else { "hasPart" };
    within.push(&entity.reference);
    within.extend(entity.related(verb));
    for team in teams.get(&entity.reference).into_iter().flat_map(|team| &team.children) {
        collect(teams, team, seen, within);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(id: &str, seconds: i64, events: Vec<Event>) -> Commit {
        Commit {
            id: id.into(),
            time: jiff::Timestamp::from_second(seconds).expect("a time"),
            author: None,
            sources: vec![SourceChange { source: "s".into(), files: 1, is_new: false, events }],
        }
    }

    fn event(entity: &str, what: EventKind) -> Event {
        Event { entity: entity.into(), title: None, owner: None, what, changes: Vec::new() }
    }

    #[test]
    fn what_happened_under_an_old_name_is_told_under_the_new_one() {
        let [a, b, c] = ["component:default/a", "component:default/b", "component:default/c"];
        let history = History {
            is_whole: true,
            commits: vec![
                commit("5", 5, vec![event(a, EventKind::Added)]),
                commit("4", 4, vec![event(c, EventKind::Renamed(b.into()))]),
                commit("3", 3, vec![event(b, EventKind::Renamed(a.into()))]),
                commit("2", 2, vec![event(a, EventKind::Changed)]),
            ],
        };
        let events = Events::new(&history);
        let of = |name: &str| {
            let reference = EntityRef::new("component", "default", name);
            events.of(&reference).map(|d| d.commit.id.as_str()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("c"), "4 3 2");
        assert_eq!(of("a"), "5 2");
        assert_eq!((events.name_now(a), events.name_now(c)), (Some(c), None));
        assert_eq!(events.old_names().collect::<Vec<_>>(), [(b, c), (a, b)]);
    }
}
