//! The events of the catalog's history, by entity, and by team and system.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::teams::Teams;
use crate::catalog::{
    Catalog, Entity, EntityRef,
    history::{Commit, Event, EventKind, History, SourceChange},
};

/// The events of the history, by entity.
#[derive(Debug)]
pub(crate) struct Events<'a> {
    /// Every event, newest first.
    pub(crate) all: Vec<DatedEvent<'a>>,
    /// Indexes of the events of an entity, by its references: today's and those before renames.
    of: HashMap<&'a str, Vec<usize>>,
    /// Indexes of the events in which a team or system lost an entity: it was removed, or has another owner, system,
    /// domain or parent now.
    lost: HashMap<&'a str, Vec<usize>>,
    /// Indexes of the events of each team and system, and of the entities that belong to it.
    scopes: HashMap<&'a EntityRef, Vec<usize>>,
}

/// An event with its commit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DatedEvent<'a> {
    pub(crate) commit: &'a Commit,
    pub(crate) source: &'a SourceChange,
    pub(crate) event: &'a Event,
}

/// How many events of a team or system are kept.
const IN_SCOPE: usize = 300;
/// Fields that name what an entity belongs to.
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

    /// Adds the events of an entity's old names to its new name.
    fn follow_names(&mut self) {
        // From the oldest rename to the newest, so that an entity with several renames has the events of all names.
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
        let indexes = self.of.get(reference.as_str());
        indexes.into_iter().flatten().map(|at| self.all[*at])
    }

    /// Finds the events of each team, with those of the teams below it, and of each system.
    pub(crate) fn with_scopes(mut self, catalog: &'a Catalog, teams: &Teams<'a>) -> Self {
        let groups: Vec<_> = catalog.of_kind("group").chain(catalog.of_kind("system")).collect();
        let scope = |entity: &&'a Entity| {
            let mut within = Vec::new();
            collect(teams, entity, &mut HashSet::new(), &mut within);
            let indexes = self.indexes(&within);
            (!indexes.is_empty()).then_some((&entity.reference, indexes))
        };
        self.scopes = groups.par_iter().filter_map(scope).collect();
        self
    }

    /// Indexes of the events of several entities, and of those in which the teams and systems among them lost an
    /// entity.
    fn indexes(&self, references: &[&EntityRef]) -> Vec<usize> {
        let found = references.iter().flat_map(|reference| {
            let lost = self.lost.get(reference.as_str());
            self.of.get(reference.as_str()).into_iter().chain(lost)
        });
        let mut indexes: Vec<usize> =
            found.flat_map(|all| all.iter().take(IN_SCOPE)).copied().collect();
        indexes.sort_unstable();
        indexes.dedup();
        indexes.truncate(IN_SCOPE);
        indexes
    }

    /// Whether a team or system, or an entity that belongs to it, has events.
    pub(crate) fn is_scope(&self, reference: &EntityRef) -> bool {
        self.scopes.contains_key(reference)
    }

    /// The events of a team or system and of the entities that belong to it, newest first.
    pub(crate) fn within(&self, reference: &EntityRef) -> Vec<DatedEvent<'a>> {
        let indexes = self.scopes.get(reference);
        indexes.into_iter().flatten().map(|at| self.all[*at]).collect()
    }

    /// The current reference of an entity by an old one; of a removed entity the last one.
    pub(crate) fn name_now(&self, old: &str) -> Option<&'a str> {
        let mut now: Option<&'a str> = None;
        // From the oldest rename to the newest, each of which may continue the one before.
        for (from, to) in self.old_names().collect::<Vec<_>>().into_iter().rev() {
            if from == now.unwrap_or(old) {
                now = Some(to);
            }
        }
        now
    }

    /// All renames: the old reference and the new one.
    pub(crate) fn old_names(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.all.iter().filter_map(|dated| match &dated.event.what {
            EventKind::Renamed(from) => Some((from.as_str(), dated.event.entity.as_str())),
            _ => None,
        })
    }
}

/// Lists an entity and the entities that belong to it: the parts of a system, or what a team and the teams below it
/// own.
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
    fn events_of_the_old_name_are_listed_under_the_new_name() {
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
