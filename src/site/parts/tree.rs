//! The two trees of a catalog: organisation → unit → team → system → component, and
//! domain → system → component.
//!
//! A page of a tree stays small: it shows as many whole levels as fit into its number of lines, and each line
//! links to the page of its entity, which shows what is below. Every entity has at most one line, and none is
//! lost to a loop.

use std::collections::HashMap;

use serde::Serialize;

use super::card::Card;
use crate::{
    catalog::{Entity, EntityRef},
    site::model::{Model, sort_by_title},
};

/// A tree of at most 60 lines is unfolded whole when the page opens.
const UNFOLDED: usize = 60;

/// A tree with as many levels as fit.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    pub(crate) roots: Vec<TreeLine<'a>>,
    /// How many levels are open when the page opens.
    pub(crate) unfold: usize,
    /// Whether there are deeper levels than the tree shows.
    pub(crate) is_cut: bool,
}

/// One line of a tree with those below. A number that does not apply is 0.
#[derive(Debug, Serialize)]
pub(crate) struct TreeLine<'a> {
    /// `None` for the line of systems without a domain.
    card: Option<Card<'a>>,
    lifecycle: Option<&'a str>,
    people: usize,
    owned: usize,
    systems: usize,
    components: usize,
    children: Vec<Self>,
}

/// What a line of a tree stands for.
#[derive(Debug, Clone, Copy)]
enum Item<'a> {
    Team(&'a Entity),
    /// The components of a system that a team owns.
    Part(&'a Entity, &'a Entity),
    Domain(&'a Entity),
    /// Systems without a domain.
    NoDomain,
    System(&'a Entity),
    Component(&'a Entity),
}

/// Makes trees of a catalog.
#[derive(Debug)]
struct Builder<'t, 'a> {
    model: &'t Model<'a>,
    /// Domains by the domain above; those at the top under `None`.
    domains: HashMap<Option<&'a EntityRef>, Vec<&'a Entity>>,
}

/// The organisation, in at most `lines` lines.
pub(crate) fn organisation<'a>(model: &Model<'a>, lines: usize) -> Tree<'a> {
    let roots: Vec<_> = model.teams.roots.iter().map(|team| Item::Team(team)).collect();
    Builder { model, domains: HashMap::new() }.grow(&roots, lines)
}

/// The domains and the systems without a domain, in at most `lines` lines.
pub(crate) fn domains<'a>(model: &Model<'a>, lines: usize) -> Tree<'a> {
    let builder = Builder { model, domains: domains_by_parent(model) };
    let mut roots = builder.domains_below(None);
    if builder.below(Item::NoDomain).next().is_some() {
        roots.push(Item::NoDomain);
    }
    builder.grow(&roots, lines)
}

/// How many components are in no system, and so not in the tree of domains.
pub(crate) fn components_without_system(model: &Model<'_>) -> usize {
    let components = model.kind("component").map_or(&[][..], |kind| &kind.entities);
    components.iter().filter(|component| part_of(model, component, "system").is_none()).count()
}

impl<'a> Builder<'_, 'a> {
    /// Adds level after level below the roots, as long as the tree has at most `lines` lines.
    fn grow(&self, roots: &[Item<'a>], lines: usize) -> Tree<'a> {
        let (mut depth, mut count, mut unfold) = (0, roots.len(), 0);
        let mut level = roots.to_vec();
        let is_cut = loop {
            if count <= UNFOLDED {
                unfold = depth;
            }
            level = level.into_iter().flat_map(|item| self.below(item)).collect();
            if level.is_empty() {
                break false;
            }
            count += level.len();
            if count > lines {
                break true;
            }
            depth += 1;
        };
        let roots = roots.iter().map(|&item| self.node(item, depth)).collect();
        Tree { roots, unfold, is_cut }
    }

    fn node(&self, item: Item<'a>, depth: usize) -> TreeLine<'a> {
        let children = match depth.checked_sub(1) {
            Some(depth) => self.below(item).map(|child| self.node(child, depth)).collect(),
            None => Vec::new(),
        };
        let card = match item {
            Item::NoDomain => None,
            Item::Team(e)
            | Item::Part(_, e)
            | Item::Domain(e)
            | Item::System(e)
            | Item::Component(e) => Some(Card::of(e)),
        };
        let lifecycle = match item {
            Item::Component(e) => e.spec_text("lifecycle"),
            _ => None,
        };
        let (mut people, mut owned) = (0, 0);
        let (systems, components) = match item {
            Item::Team(team) => {
                let place = self.model.teams.get(&team.reference);
                (people, owned) = place.map_or((0, 0), |place| (place.people, place.owned));
                (0, place.map_or(0, |place| place.components))
            }
            _ => self.numbers(item),
        };
        TreeLine { card, lifecycle, people, owned, systems, components, children }
    }

    /// How many systems and components are below.
    fn numbers(&self, item: Item<'a>) -> (usize, usize) {
        self.below(item).fold((0, 0), |(systems, components), child| match child {
            Item::Component(_) => (systems, components + 1),
            Item::System(_) => (systems + 1, components + self.numbers(child).1),
            _ => {
                let below = self.numbers(child);
                (systems + below.0, components + below.1)
            }
        })
    }

    /// The items directly below, sorted by title.
    fn below(&self, item: Item<'a>) -> Box<dyn Iterator<Item = Item<'a>> + '_> {
        let model = self.model;
        match item {
            Item::Team(team) => Box::new(self.below_team(team).into_iter()),
            Item::Part(team, system) => {
                let owned = model.all(team, "ownerOf", "component").into_iter();
                let is_part = move |e: &&Entity| {
                    part_of(model, e, "system").is_some_and(|s| s.reference == system.reference)
                };
                Box::new(owned.filter(is_part).map(Item::Component))
            }
            Item::Domain(domain) => {
                let systems = model.all(domain, "hasPart", "system").into_iter();
                let domains = self.domains_below(Some(&domain.reference));
                Box::new(domains.into_iter().chain(systems.map(Item::System)))
            }
            Item::NoDomain => {
                let systems = model.kind("system").map_or(&[][..], |kind| &kind.entities);
                let is_outside = |e: &&&Entity| part_of(model, e, "domain").is_none();
                Box::new(systems.iter().filter(is_outside).map(|e| Item::System(e)))
            }
            Item::System(system) => {
                let parts = model.all(system, "hasPart", "component").into_iter();
                Box::new(parts.map(Item::Component))
            }
            Item::Component(_) => Box::new(std::iter::empty()),
        }
    }

    /// The teams below a team, the systems of which it owns a part, and components without a system.
    fn below_team(&self, team: &'a Entity) -> Vec<Item<'a>> {
        let children = self.model.teams.get(&team.reference).map_or(&[][..], |t| &t.children);
        let mut systems = self.model.all(team, "ownerOf", "system");
        let mut loose = Vec::new();
        for component in self.model.all(team, "ownerOf", "component") {
            match part_of(self.model, component, "system") {
                Some(system) => systems.push(system),
                None => loose.push(component),
            }
        }
        sort_by_title(&mut systems);
        systems.dedup_by(|a, b| a.reference == b.reference);
        let teams = children.iter().map(|child| Item::Team(child));
        let parts = systems.into_iter().map(|system| Item::Part(team, system));
        teams.chain(parts).chain(loose.into_iter().map(Item::Component)).collect()
    }

    fn domains_below(&self, above: Option<&EntityRef>) -> Vec<Item<'a>> {
        let domains = self.domains.get(&above).map_or(&[][..], Vec::as_slice);
        domains.iter().map(|domain| Item::Domain(domain)).collect()
    }
}

/// The first entity of a kind that another is part of and that exists.
fn part_of<'a>(model: &Model<'a>, entity: &Entity, kind: &str) -> Option<&'a Entity> {
    let wholes = entity.related("partOf").filter(|target| target.kind() == kind);
    wholes.into_iter().find_map(|target| model.catalog.get(target))
}

/// Groups domains by the domain that they are part of, unless that is below themselves.
fn domains_by_parent<'a>(model: &Model<'a>) -> HashMap<Option<&'a EntityRef>, Vec<&'a Entity>> {
    let mut parents: HashMap<&EntityRef, &'a EntityRef> = HashMap::new();
    let mut below: HashMap<Option<&EntityRef>, Vec<&Entity>> = HashMap::new();
    for &domain in model.kind("domain").map_or(&[][..], |kind| &kind.entities) {
        let parent = part_of(model, domain, "domain").map(|parent| &parent.reference);
        let mut above = parent;
        while let Some(next) = above.filter(|next| **next != domain.reference) {
            above = parents.get(next).copied();
        }
        let parent = if above.is_some() { None } else { parent };
        if let Some(parent) = parent {
            parents.insert(&domain.reference, parent);
        }
        below.entry(parent).or_default().push(domain);
    }
    below
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::{
        catalog::{Catalog, history::History, testing},
        site::{
            input::Freshness,
            model::{ModelInput, cards::Cards},
        },
    };

    #[derive(Default)]
    struct TestData {
        catalog: Catalog,
        cards: Cards,
        history: History,
        freshness: Freshness,
    }

    impl TestData {
        fn model(&self) -> Model<'_> {
            Model::new(ModelInput {
                catalog: &self.catalog,
                cards: &self.cards,
                diagnostics: &[],
                lints: &[],
                history: &self.history,
                freshness: &self.freshness,
                docs: None,
                runs: &[],
            })
        }
    }

    fn catalog() -> Catalog {
        testing::catalog(
            "
{kind: Group, metadata: {name: org}, spec: {type: organisation, children: [pay]}}
---
{kind: Group, metadata: {name: pay}, spec: {type: team, children: []}}
---
{kind: Domain, metadata: {name: sales}, spec: {owner: pay}}
---
{kind: Domain, metadata: {name: till}, spec: {owner: pay, subdomainOf: sales}}
---
{kind: Domain, metadata: {name: egg}, spec: {owner: pay, subdomainOf: hen}}
---
{kind: Domain, metadata: {name: hen}, spec: {owner: pay, subdomainOf: egg}}
---
{kind: System, metadata: {name: checkout}, spec: {owner: pay, domain: till}}
---
{kind: System, metadata: {name: stray}, spec: {owner: org}}
---
{kind: Component, metadata: {name: cart}, spec: {type: service, owner: pay, system: checkout}}
---
{kind: Component, metadata: {name: price}, spec: {type: service, owner: pay, system: stray}}
---
{kind: Component, metadata: {name: loose}, spec: {type: service, owner: pay}}
",
        )
    }

    fn drawn(nodes: &[TreeLine<'_>], depth: usize, text: &mut String) {
        for node in nodes {
            let title = node.card.as_ref().map_or("—", |card| card.title());
            let TreeLine { systems, components, .. } = node;
            let _ = writeln!(text, "{}{title} {systems} {components}", "  ".repeat(depth));
            drawn(&node.children, depth + 1, text);
        }
    }

    fn text(nodes: &[TreeLine<'_>]) -> String {
        let mut text = String::new();
        drawn(nodes, 0, &mut text);
        text
    }

    #[test]
    fn teams_have_systems_and_components_below() {
        let data = TestData { catalog: catalog(), ..TestData::default() };
        let model = data.model();
        assert_eq!(
            text(&organisation(&model, 1_500).roots),
            "org 0 3\n  pay 0 3\n    checkout 0 1\n      cart 0 0\n    stray 0 1\n      price 0 0\n    \
             loose 0 0\n  stray 0 0\n"
        );
    }

    #[test]
    fn domains_nest_without_cycles_and_keep_every_entity() {
        let data = TestData { catalog: catalog(), ..TestData::default() };
        let model = data.model();
        let tree = domains(&model, 1_500);
        assert_eq!(
            text(&tree.roots),
            "hen 0 0\n  egg 0 0\nsales 1 1\n  till 1 1\n    checkout 0 1\n      cart 0 0\n— 1 1\n  \
             stray 0 1\n    price 0 0\n"
        );
        assert_eq!((components_without_system(&model), tree.is_cut), (1, false));
    }

    #[test]
    fn a_tree_is_cut_after_the_last_level_that_fits() {
        let data = TestData { catalog: catalog(), ..TestData::default() };
        let model = data.model();
        let cut = organisation(&model, 4);
        assert!(cut.is_cut);
        assert_eq!(text(&cut.roots), "org 0 3\n  pay 0 3\n  stray 0 0\n");
    }
}
