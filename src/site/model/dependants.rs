//! What depends on an entity, directly and through others: whom to tell before it changes.
//!
//! The index turns the catalog's relations round once per build; the page of each entity then walks them from
//! that entity, nearest first, as far as [`MOST`] entities. The parts of an entity count as the entity: what
//! depends on a part of a system depends on the system. What calls an API that a component provides depends on
//! the component, through the API.
//!
//! Entities are numbered by their index in the catalog. In a large catalog a walk mostly waits for memory, so
//! the index is made of rows of numbers, and an edge has everything that a walk needs of its end.

use std::{cell::RefCell, cmp::Reverse, collections::HashMap};

use rayon::prelude::*;

use crate::catalog::{Entity, Relation};

/// How many dependants are counted; when there are more, a page says "more than".
const MOST: usize = 250;
/// How many parts of an entity are walked from.
const PARTS: usize = 1000;
/// Stands for no owner.
const NO_OWNER: u32 = u32::MAX;
/// Stands for no entity.
const NO_ENTITY: u32 = u32::MAX;

/// What depends on each entity of the catalog.
#[derive(Debug)]
pub(crate) struct DependantIndex<'a> {
    /// What depends directly on each entity.
    edges: Rows<Edge>,
    /// The parts of each entity.
    parts: Rows<u32>,
    /// The owner of each entity, by its number in `owners`, or [`NO_OWNER`].
    owned_by: Vec<u32>,
    /// A relation to each owner.
    owners: Vec<&'a Relation>,
}

/// A list for each entity, all in one vector.
#[derive(Debug)]
struct Rows<T> {
    /// Where each list begins; the last is the length of `items`.
    starts: Vec<u32>,
    items: Vec<T>,
}

/// The way from an entity to one that depends on it.
#[derive(Debug, Clone, Copy)]
struct Edge {
    to: u32,
    /// An API between the two, which the first entity provides, or [`NO_ENTITY`].
    through: u32,
    /// The order of `to` among entities that are as near: those in production first, then those that most
    /// depend on.
    rank: u32,
    /// The owner of `to`.
    owner: u32,
    /// Where the edges of `to` are.
    next: Span,
}

/// A range of the items of [`Rows`].
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    end: u32,
}

/// An entity that depends on the one that a walk began at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dependant {
    /// The way to it. Its `through` is the last entity before it, or [`NO_ENTITY`] where that is the one that
    /// the walk began at.
    edge: Edge,
    /// How many relations lie between.
    pub(crate) steps: u32,
}

/// How many of the dependants an owner has.
#[derive(Debug)]
pub(crate) struct OwnerShare {
    /// Its number among the owners; `None` for entities without an owner.
    pub(crate) owner: Option<u32>,
    pub(crate) count: usize,
}

thread_local! {
    /// The entities that a walk has visited.
    static VISITED: RefCell<EntitySet> = RefCell::default();
    /// The position of each owner in the list that [`DependantIndex::by_owner`] makes.
    static OWNERS: RefCell<Numbering> = RefCell::default();
}

impl Dependant {
    /// The entity.
    pub(crate) fn entity(&self) -> usize {
        self.edge.to as usize
    }

    /// The last entity on the way to it, unless the walk began there.
    pub(crate) fn through(&self) -> Option<usize> {
        (self.edge.through != NO_ENTITY).then_some(self.edge.through as usize)
    }

    /// The owner of the entity, by its number.
    pub(crate) fn owner(&self) -> Option<u32> {
        owner_number(self.edge.owner)
    }

    /// The nearest come first, then the most important.
    pub(crate) fn order(&self) -> (u32, u32) {
        (self.steps, self.edge.rank)
    }
}

fn owner_number(owner: u32) -> Option<u32> {
    (owner != NO_OWNER).then_some(owner)
}

impl<'a> DependantIndex<'a> {
    /// Turns the relations of the catalog round.
    pub(crate) fn new(entities: &'a [Entity]) -> Self {
        let to = |entity: &Entity, verb: &str| -> Vec<u32> {
            let related = entity.relations.iter().filter(|relation| relation.kind == verb);
            related.filter_map(|relation| relation.target_index).collect()
        };
        let (mut owners, mut known) = (Vec::new(), HashMap::new());
        let owner = |entity: &'a Entity| {
            entity.relations_of("ownedBy").next().map_or(NO_OWNER, |owner| {
                *known.entry(&owner.target).or_insert_with(|| {
                    owners.push(owner);
                    owners.len() as u32 - 1
                })
            })
        };
        let owned_by: Vec<u32> = entities.iter().map(owner).collect();
        let edges = |entity: &Entity| {
            let direct = ["dependencyOf", "apiConsumedBy"].into_iter().flat_map(|v| to(entity, v));
            let mut ends: Vec<_> = direct.map(|to| (to, NO_ENTITY)).collect();
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

    /// The entities that depend on one, nearest first, and whether there are more than these.
    pub(crate) fn walk(&self, from: u32) -> (Vec<Dependant>, bool) {
        VISITED.with_borrow_mut(|visited| {
            visited.begin(self.owned_by.len());
            visited.insert(from);
            let (mut own, mut next, mut is_cut) = (vec![from], 0, false);
            while let Some(&whole) = own.get(next) {
                next += 1;
                for &part in self.parts.of(whole) {
                    if !visited.insert(part) {
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
                // Dependants of a part are reached through the part.
                let through = if at == from { NO_ENTITY } else { at };
                if !self.spread(self.edges.span(at), 1, through, visited, &mut reached) {
                    return (reached, true);
                }
            }
            next = 0;
            while let Some(&last) = reached.get(next) {
                next += 1;
                let Dependant { edge: Edge { to, next, .. }, steps } = last;
                if !self.spread(next, steps + 1, to, visited, &mut reached) {
                    return (reached, true);
                }
            }
            (reached, is_cut)
        })
    }

    /// Adds the entities at the end of some edges that the walk has not visited yet. They are `steps` away, and
    /// reached through `before` where the edge has no API. Returns `false` when there are more than [`MOST`].
    fn spread(
        &self,
        edges: Span,
        steps: u32,
        before: u32,
        visited: &mut EntitySet,
        reached: &mut Vec<Dependant>,
    ) -> bool {
        for &edge in self.edges.at(edges) {
            if !visited.insert(edge.to) {
                continue;
            }
            if reached.len() == MOST {
                return false;
            }
            let through = if edge.through == NO_ENTITY { before } else { edge.through };
            reached.push(Dependant { edge: Edge { through, ..edge }, steps });
        }
        true
    }

    /// The owner of an entity, by its number.
    pub(crate) fn owner(&self, entity: usize) -> Option<u32> {
        owner_number(self.owned_by[entity])
    }

    /// A relation to an owner.
    pub(crate) fn owner_relation(&self, owner: u32) -> Option<&'a Relation> {
        self.owners.get(owner as usize).copied()
    }

    /// Counts the dependants of each owner, in the order of their most important. `named` is how many owners
    /// the caller names: the order of those after it does not matter, and is not computed.
    pub(crate) fn by_owner(&self, reached: &mut [Dependant], named: usize) -> Vec<OwnerShare> {
        let mut teams: Vec<OwnerShare> = Vec::new();
        OWNERS.with_borrow_mut(|known| {
            known.begin(self.owners.len() + 1);
            for found in reached.chunk_by_mut(|a, b| a.steps == b.steps) {
                // One more than `named`, because the entity's own team may be among them.
                if teams.len() <= named {
                    found.sort_unstable_by_key(|found| found.edge.rank);
                }
                for found in &*found {
                    let owner = found.edge.owner;
                    // The number after those of all owners is for entities without one.
                    let at = owner.min(self.owners.len() as u32);
                    if let Some(team) = known.get(at) {
                        teams[team as usize].count += 1;
                    } else {
                        known.set(at, teams.len() as u32);
                        teams.push(OwnerShare { owner: owner_number(owner), count: 1 });
                    }
                }
            }
        });
        teams
    }
}

/// A set of entities, with a bit for each: those of a large catalog fit into the core's cache.
#[derive(Debug, Default)]
struct EntitySet {
    bits: Vec<u64>,
    /// Indexes of `bits` that are not 0.
    set: Vec<u32>,
}

impl EntitySet {
    /// Empties the set, for entities from 0 to `len`.
    fn begin(&mut self, len: usize) {
        for at in self.set.drain(..) {
            self.bits[at as usize] = 0;
        }
        self.bits.resize(len.div_ceil(64), 0);
    }

    /// Adds an entity. Returns whether it is new.
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

/// A map of small integers that is emptied by counting a round, without writing to its memory.
#[derive(Debug, Default)]
struct Numbering {
    round: u32,
    marks: Vec<(u32, u32)>,
}

impl Numbering {
    /// Empties the map, for keys from 0 to `len`.
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
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::catalog::{
        Catalog,
        testing::{self, document},
    };

    /// A line `name steps through` for each dependant, in the order of the walk.
    fn walk_lines(catalog: &Catalog, reference: &str) -> Vec<String> {
        let index = DependantIndex::new(catalog.entities());
        let at = catalog.entities().iter().position(|e| e.reference.as_str() == reference);
        let (reached, _) = index.walk(at.expect("an entity") as u32);
        let name = |at: u32| catalog.entities()[at as usize].reference.name();
        let line = |r: &Dependant| {
            let through = if r.edge.through == NO_ENTITY { "" } else { name(r.edge.through) };
            format!("{} {} {through}", name(r.edge.to), r.steps)
        };
        reached.iter().map(line).collect()
    }

    fn shop() -> Catalog {
        testing::catalog(
            "
{kind: System, metadata: {name: checkout}, spec: {}}
---
{kind: Resource, metadata: {name: db}, spec: {system: checkout}}
---
{kind: API, metadata: {name: cart-v1}, spec: {system: checkout}}
---
kind: Component
metadata: {name: cart}
spec: {system: checkout, dependsOn: ['resource:db'], providesApis: [cart-v1]}
---
{kind: Component, metadata: {name: web}, spec: {consumesApis: [cart-v1]}}
---
kind: Component
metadata: {name: mail}
spec: {dependsOn: ['component:web', 'component:mail']}
",
        )
    }

    #[test]
    fn dependants_are_sorted_by_steps_and_name_the_entity_between() {
        assert_eq!(
            walk_lines(&shop(), "resource:default/db"),
            ["cart 1 ", "web 2 cart-v1", "mail 3 web"]
        );
        assert_eq!(walk_lines(&shop(), "component:default/cart"), ["web 1 cart-v1", "mail 2 web"]);
        assert_eq!(walk_lines(&shop(), "api:default/cart-v1"), ["web 1 ", "mail 2 web"]);
    }

    #[test]
    fn parts_of_a_system_count_as_the_system_and_cycles_end() {
        assert_eq!(walk_lines(&shop(), "system:default/checkout"), ["web 1 cart-v1", "mail 2 web"]);
        assert_eq!(walk_lines(&shop(), "component:default/mail"), [""; 0]);
    }

    proptest! {
        #[test]
        fn the_walk_finds_the_same_entities_as_a_plain_search(
            pairs in prop::collection::vec((0_usize..12, 0_usize..12), 0..40)
        ) {
            let depends = |at: usize| -> Vec<String> {
                let to = pairs.iter().filter(|(from, _)| *from == at);
                to.map(|(_, to)| format!("component:c{to:02}")).collect()
            };
            let all = (0..12).map(|at| {
                let spec = json!({"dependsOn": depends(at)});
                testing::entity(document("Component", &format!("c{at:02}"), spec))
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
            let found = walk_lines(&catalog, "component:default/c00");
            prop_assert_eq!(found.len(), known.iter().filter(|known| **known).count());
            let steps: Vec<u32> = found
                .iter()
                .map(|line| line.split(' ').nth(1).and_then(|n| n.parse().ok()).expect("steps"))
                .collect();
            prop_assert!(steps.is_sorted());
        }
    }
}
