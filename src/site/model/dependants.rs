//! What depends on a thing, directly and by way of others: whom to tell before it changes.
//!
//! The edges are turned round once per build; each page then walks them from itself, nearest first, as
//! far as [`MOST`] entities. The parts of a thing count as the thing: what depends on a part of a system
//! depends on the system. What calls an API that a component provides depends on the component,
//! through the API.

use std::{cell::RefCell, cmp::Reverse, collections::HashMap};

use rayon::prelude::*;
use serde::Serialize;

use super::Atlas;
use crate::{
    catalog::{Entity, Relation},
    site::parts::frame::Card,
};

/// How many dependants are counted; beyond, a page says "more than".
const MOST: usize = 250;
/// How many parts of a thing are walked from.
const PARTS: usize = 1000;
/// How many teams a page names, and how many entities of one.
const TEAMS: usize = 6;
const NAMED: usize = 4;

/// Who depends on whom, for all entities, by their place among the sorted.
#[derive(Debug)]
pub(crate) struct Impact<'a> {
    /// Those that depend directly on each entity.
    edges: Rows<Edge>,
    /// For each entity, its parts.
    parts: Rows<u32>,
    /// For each entity, its owner among `owners`; [`NOBODY`] where it has none.
    owned_by: Vec<u32>,
    /// A relation to each owner.
    owners: Vec<&'a Relation>,
}

/// Lists of all entities, one behind the other: walks touch many of them.
#[derive(Debug)]
struct Rows<T> {
    /// Where each begins; the last is the end of all.
    starts: Vec<u32>,
    items: Vec<T>,
}

/// The number of no owner.
const NOBODY: u32 = u32::MAX;

/// A way from an entity to one that depends on it, with all that is asked of that one: in a large catalog
/// a walk mostly waits for what it fetches, and so need not fetch that.
#[derive(Debug, Clone, Copy)]
struct Edge {
    to: u32,
    /// What lies between: an API that the entity provides, or [`NOTHING`].
    through: u32,
    /// How soon `to` is named among others as near: those that people rely on now, then those that most
    /// depend on.
    rank: u32,
    /// The owner of `to`.
    owner: u32,
    /// Where the edges of `to` are.
    next: Span,
}

/// A part of the items of [`Rows`].
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    end: u32,
}

/// The place of no entity.
const NOTHING: u32 = u32::MAX;

/// What depends on an entity, by team.
#[derive(Debug, Serialize)]
pub(crate) struct Dependants<'a> {
    total: usize,
    /// Whether there are more than `total`.
    is_cut: bool,
    /// Those that depend on it without anything between.
    direct: usize,
    /// How many teams own them; entities without a team count as one.
    teams_total: usize,
    teams: Vec<Team<'a>>,
    /// Those of the teams that are not shown.
    rest: usize,
    rest_teams: usize,
}

/// The dependants of one team, the most important first.
#[derive(Debug, Serialize)]
struct Team<'a> {
    owner: Option<Card<'a>>,
    /// Whether the team owns the entity itself.
    is_own: bool,
    count: usize,
    named: Vec<Dependant<'a>>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct Dependant<'a> {
    card: Card<'a>,
    steps: usize,
    /// What people call the last thing before it, where that is not the entity itself.
    through: Option<&'a str>,
}

/// An entity that was reached.
#[derive(Debug, Clone, Copy)]
struct Reached {
    /// The way to it; between lies the last thing before it, or [`NOTHING`] where that is the entity itself.
    edge: Edge,
    steps: u32,
}

/// What of all that was reached one owner has.
#[derive(Debug)]
struct Share {
    owner: u32,
    count: usize,
}

thread_local! {
    /// The entities that a walk has reached.
    static SEEN: RefCell<Seen> = RefCell::default();
    /// The places of the owners of what was reached.
    static OWNERS: RefCell<Marks> = RefCell::default();
}

impl<'a> Impact<'a> {
    /// Turns the relations round.
    pub(crate) fn new(entities: &'a [Entity]) -> Self {
        let to = |entity: &Entity, verb: &str| -> Vec<u32> {
            let related = entity.relations.iter().filter(|relation| relation.kind == verb);
            related.filter_map(|relation| relation.place).collect()
        };
        let (mut owners, mut known) = (Vec::new(), HashMap::new());
        let owner = |entity: &'a Entity| {
            entity.relations_of("ownedBy").next().map_or(NOBODY, |owner| {
                *known.entry(&owner.target).or_insert_with(|| {
                    owners.push(owner);
                    owners.len() as u32 - 1
                })
            })
        };
        let owned_by: Vec<u32> = entities.iter().map(owner).collect();
        let edges = |entity: &Entity| {
            let direct = ["dependencyOf", "apiConsumedBy"].into_iter().flat_map(|v| to(entity, v));
            let mut ends: Vec<_> = direct.map(|to| (to, NOTHING)).collect();
            for api in to(entity, "providesApi") {
                let callers = to(&entities[api as usize], "apiConsumedBy");
                ends.extend(callers.into_iter().map(|to| (to, api)));
            }
            let edge = |(to, through)| Edge {
                to,
                through,
                rank: 0,
                owner: owned_by[to as usize],
                next: Span::default(),
            };
            ends.into_iter().map(edge).collect()
        };
        let mut edges = Rows::new(entities.par_iter().map(edges).collect());
        let mut order: Vec<u32> = (0..).take(entities.len()).collect();
        let is_live = |entity: &Entity| entity.spec_text("lifecycle") == Some("production");
        order.par_sort_unstable_by_key(|&at| {
            (!is_live(&entities[at as usize]), Reverse(edges.of(at).len()), at)
        });
        let mut ranks = vec![0; entities.len()];
        order.into_iter().zip(0..).for_each(|(at, rank)| ranks[at as usize] = rank);
        let Rows { starts, items } = &mut edges;
        items.par_iter_mut().for_each(|edge| {
            edge.rank = ranks[edge.to as usize];
            edge.next = span(starts, edge.to);
        });
        let parts = Rows::new(entities.par_iter().map(|entity| to(entity, "hasPart")).collect());
        Self { edges, parts, owned_by, owners }
    }

    /// Walks from an entity to all that depend on it, nearest first; whether there may be more.
    fn walk(&self, from: u32) -> (Vec<Reached>, bool) {
        SEEN.with_borrow_mut(|seen| {
            seen.begin(self.owned_by.len());
            seen.insert(from);
            let (mut own, mut next, mut is_cut) = (vec![from], 0, false);
            while let Some(&whole) = own.get(next) {
                next += 1;
                for &part in self.parts.of(whole) {
                    if !seen.insert(part) {
                        continue;
                    }
                    if own.len() == PARTS {
                        is_cut = true;
                    } else {
                        own.push(part);
                    }
                }
            }
            let mut reached = Vec::new();
            for &at in &own {
                // The last thing before it says the way; a thing itself says nothing.
                let through = if at == from { NOTHING } else { at };
                if !self.spread(self.edges.span(at), 1, through, seen, &mut reached) {
                    return (reached, true);
                }
            }
            next = 0;
            while let Some(&last) = reached.get(next) {
                next += 1;
                let Reached { edge: Edge { to, next, .. }, steps } = last;
                if !self.spread(next, steps + 1, to, seen, &mut reached) {
                    return (reached, true);
                }
            }
            (reached, is_cut)
        })
    }

    /// Adds what some edges lead to and was not reached yet, so many steps away and, where an edge says nothing
    /// else, through another; `false` when there would be more than [`MOST`].
    fn spread(
        &self,
        edges: Span,
        steps: u32,
        before: u32,
        seen: &mut Seen,
        reached: &mut Vec<Reached>,
    ) -> bool {
        for &edge in self.edges.at(edges) {
            if !seen.insert(edge.to) {
                continue;
            }
            if reached.len() == MOST {
                return false;
            }
            let through = if edge.through == NOTHING { before } else { edge.through };
            reached.push(Reached { edge: Edge { through, ..edge }, steps });
        }
        true
    }

    /// What depends on an entity, by team; `None` when nothing does.
    pub(crate) fn of(&self, atlas: &Atlas<'a>, entity: &'a Entity) -> Option<Dependants<'a>> {
        let from = entity.place;
        let (mut reached, is_cut) = self.walk(u32::try_from(from).ok()?);
        if reached.is_empty() {
            return None;
        }
        let own = self.owned_by[from];
        // In the order of their most important; one's own team knows.
        let mut teams = self.teams(&mut reached);
        teams.sort_by_key(|team| team.owner != NOBODY && team.owner == own);
        let (shown, rest) = teams.split_at(TEAMS.min(teams.len()));
        Some(Dependants {
            total: reached.len(),
            is_cut,
            direct: reached.iter().take_while(|found| found.steps == 1).count(),
            teams_total: teams.len(),
            rest: rest.iter().map(|team| team.count).sum(),
            rest_teams: rest.len(),
            teams: shown.iter().map(|team| self.team(atlas, team, own, &reached)).collect(),
        })
    }

    /// Counts what each owner has, in the order of their most important.
    fn teams(&self, reached: &mut [Reached]) -> Vec<Share> {
        let mut teams: Vec<Share> = Vec::new();
        OWNERS.with_borrow_mut(|known| {
            known.begin(self.owners.len() + 1);
            for found in reached.chunk_by_mut(|a, b| a.steps == b.steps) {
                // Beyond the teams that a page names, and its own, the order is of no interest.
                if teams.len() <= TEAMS {
                    found.sort_unstable_by_key(|found| found.edge.rank);
                }
                for found in &*found {
                    let owner = found.edge.owner;
                    // Nobody stands behind all owners.
                    let at = owner.min(self.owners.len() as u32);
                    if let Some(team) = known.get(at) {
                        teams[team as usize].count += 1;
                    } else {
                        known.set(at, teams.len() as u32);
                        teams.push(Share { owner, count: 1 });
                    }
                }
            }
        });
        teams
    }

    fn team(
        &self,
        atlas: &Atlas<'a>,
        &Share { owner, count }: &Share,
        own: u32,
        reached: &[Reached],
    ) -> Team<'a> {
        let mut found: Vec<_> = reached.iter().filter(|found| found.edge.owner == owner).collect();
        found.sort_unstable_by_key(|found| (found.steps, found.edge.rank));
        let named = found.into_iter().take(NAMED).map(|found| Dependant {
            card: Card::at(atlas, found.edge.to as usize),
            steps: found.steps as usize,
            through: (found.edge.through != NOTHING)
                .then(|| atlas.catalog.entities()[found.edge.through as usize].title()),
        });
        Team {
            owner: self.owners.get(owner as usize).map(|owner| Card::across(atlas, owner)),
            is_own: owner != NOBODY && owner == own,
            count,
            named: named.collect(),
            more: count.saturating_sub(NAMED),
        }
    }
}

/// A set of entities: a bit for each, so that all of a large catalog stay in the core's cache.
#[derive(Debug, Default)]
struct Seen {
    bits: Vec<u64>,
    /// Where a bit is set, to begin again.
    set: Vec<u32>,
}

impl Seen {
    /// Forgets all; entities are counted from 0 to `len`.
    fn begin(&mut self, len: usize) {
        for at in self.set.drain(..) {
            self.bits[at as usize] = 0;
        }
        self.bits.resize(len.div_ceil(64), 0);
    }

    /// Adds an entity; whether it was not there.
    fn insert(&mut self, entity: u32) -> bool {
        let (at, bit) = (entity / 64, 1 << (entity % 64));
        let bits = &mut self.bits[at as usize];
        let is_new = *bits & bit == 0;
        if is_new {
            *bits |= bit;
            self.set.push(at);
        }
        is_new
    }
}

/// Numbers of things, made anew for each walk without emptying what the last one left.
#[derive(Debug, Default)]
struct Marks {
    round: u32,
    marks: Vec<(u32, u32)>,
}

impl Marks {
    /// Forgets all; things are counted from 0 to `len`.
    fn begin(&mut self, len: usize) {
        if self.marks.len() != len || self.round == u32::MAX {
            *self = Self { round: 0, marks: vec![(0, 0); len] };
        }
        self.round += 1;
    }

    fn get(&self, at: u32) -> Option<u32> {
        let (round, number) = self.marks[at as usize];
        (round == self.round).then_some(number)
    }

    fn set(&mut self, at: u32, number: u32) {
        self.marks[at as usize] = (self.round, number);
    }
}

impl<T> Rows<T> {
    fn new(lists: Vec<Vec<T>>) -> Self {
        let mut starts = vec![0];
        let mut items = Vec::with_capacity(lists.iter().map(Vec::len).sum());
        for list in lists {
            items.extend(list);
            starts.push(items.len() as u32);
        }
        Self { starts, items }
    }

    /// Where the list of an entity is.
    fn span(&self, entity: u32) -> Span {
        span(&self.starts, entity)
    }

    fn at(&self, Span { start, end }: Span) -> &[T] {
        &self.items[start as usize..end as usize]
    }

    fn of(&self, entity: u32) -> &[T] {
        self.at(self.span(entity))
    }
}

fn span(starts: &[u32], entity: u32) -> Span {
    Span { start: starts[entity as usize], end: starts[entity as usize + 1] }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::catalog::{Catalog, load::reference_of};

    fn entity(kind: &str, name: &str, spec: Value) -> Entity {
        let document = json!({"kind": kind, "metadata": {"name": name}, "spec": spec});
        Entity::new(reference_of(&document), Arc::new(document), Vec::new())
    }

    /// `name steps through`, in the order in which they were reached.
    fn told(catalog: &Catalog, reference: &str) -> Vec<String> {
        let impact = Impact::new(catalog.entities());
        let at = catalog.entities().iter().position(|e| e.reference.as_str() == reference);
        let (reached, _) = impact.walk(at.expect("an entity") as u32);
        let name = |at: u32| catalog.entities()[at as usize].reference.name();
        let line = |r: &Reached| {
            let through = if r.edge.through == NOTHING { "" } else { name(r.edge.through) };
            format!("{} {} {through}", name(r.edge.to), r.steps)
        };
        reached.iter().map(line).collect()
    }

    fn shop() -> Catalog {
        Catalog::new(vec![
            entity("System", "checkout", json!({})),
            entity("Resource", "db", json!({"system": "checkout"})),
            entity("API", "cart-v1", json!({"system": "checkout"})),
            entity(
                "Component",
                "cart",
                json!({"system": "checkout", "dependsOn": ["resource:db"], "providesApis": ["cart-v1"]}),
            ),
            entity("Component", "web", json!({"consumesApis": ["cart-v1"]})),
            entity("Component", "mail", json!({"dependsOn": ["component:web", "component:mail"]})),
        ])
    }

    #[test]
    fn dependants_come_nearest_first_with_the_way() {
        assert_eq!(
            told(&shop(), "resource:default/db"),
            ["cart 1 ", "web 2 cart-v1", "mail 3 web"]
        );
        assert_eq!(told(&shop(), "component:default/cart"), ["web 1 cart-v1", "mail 2 web"]);
        assert_eq!(told(&shop(), "api:default/cart-v1"), ["web 1 ", "mail 2 web"]);
    }

    #[test]
    fn parts_count_as_the_whole_and_loops_end() {
        assert_eq!(told(&shop(), "system:default/checkout"), ["web 1 cart-v1", "mail 2 web"]);
        assert_eq!(told(&shop(), "component:default/mail"), [""; 0]);
    }

    proptest! {
        #[test]
        fn the_walk_reaches_what_a_plain_search_reaches(
            pairs in prop::collection::vec((0_usize..12, 0_usize..12), 0..40)
        ) {
            let depends = |at: usize| -> Vec<String> {
                let to = pairs.iter().filter(|(from, _)| *from == at);
                to.map(|(_, to)| format!("component:c{to:02}")).collect()
            };
            let all = (0..12).map(|at| {
                entity("Component", &format!("c{at:02}"), json!({"dependsOn": depends(at)}))
            });
            let catalog = Catalog::new(all.collect());
            let mut known = [false; 12];
            let mut open = vec![0];
            while let Some(to) = open.pop() {
                for (from, _) in pairs.iter().filter(|(_, other)| *other == to) {
                    if *from != 0 && !std::mem::replace(&mut known[*from], true) {
                        open.push(*from);
                    }
                }
            }
            let found = told(&catalog, "component:default/c00");
            prop_assert_eq!(found.len(), known.iter().filter(|known| **known).count());
            let steps: Vec<u32> = found
                .iter()
                .map(|line| line.split(' ').nth(1).and_then(|n| n.parse().ok()).expect("steps"))
                .collect();
            prop_assert!(steps.is_sorted());
        }
    }
}
