//! The two trees of a catalog: organisation → unit → team → system → application, and
//! domain → system → component.
//!
//! A page of a tree stays small: it unfolds as many whole levels as fit, and what lies deeper stands
//! on the pages of the nodes. Every entity has at most one place, and none is lost to a loop.

use std::collections::HashMap;

use serde::Serialize;

use super::team;
use crate::{
    catalog::{Entity, EntityRef},
    site::{
        model::{Atlas, sort_by_title},
        parts::frame::{Card, Page},
    },
};

/// How many lines a page of a tree has at most, unless its first level alone has more.
const LINES: usize = 1_500;
/// How many lines of the organisation the home page has at most.
const HOME_LINES: usize = 250;
/// Up to so many lines, a tree is unfolded whole when the page opens.
const UNFOLDED: usize = 60;

/// What the template of the page of teams knows.
#[derive(Debug, Serialize)]
pub(crate) struct TreeView<'a> {
    pub(crate) page: Page<'a>,
    roots: Vec<Node<'a>>,
    /// Levels that are open when the page opens.
    unfold: usize,
    /// Whether deeper levels were left to the pages of the nodes.
    is_cut: bool,
    teams: usize,
    people: usize,
    /// People without a team.
    teamless: Vec<team::Person<'a>>,
}

/// What the template of the page of domains knows.
#[derive(Debug, Serialize)]
pub(crate) struct DomainsView<'a> {
    pub(crate) page: Page<'a>,
    roots: Vec<Node<'a>>,
    unfold: usize,
    is_cut: bool,
    domains: usize,
    systems: usize,
    /// Components that are in no system, and so not in this tree.
    outside: usize,
}

/// One line of a tree with those below. A number that does not apply is 0.
#[derive(Debug, Serialize)]
pub(crate) struct Node<'a> {
    /// `None` for what has no domain.
    card: Option<Card<'a>>,
    lifecycle: Option<&'a str>,
    people: usize,
    owned: usize,
    systems: usize,
    components: usize,
    children: Vec<Self>,
}

/// What a line stands for.
#[derive(Debug, Clone, Copy)]
enum Spot<'a> {
    Team(&'a Entity),
    /// What a team has of a system.
    Part(&'a Entity, &'a Entity),
    Domain(&'a Entity),
    /// Systems without a domain.
    NoDomain,
    System(&'a Entity),
    Component(&'a Entity),
}

/// The catalog as trees see it.
#[derive(Debug)]
struct Tree<'t, 'a> {
    atlas: &'t Atlas<'a>,
    /// Domains by the domain above; those at the top under `None`.
    domains: HashMap<Option<&'a EntityRef>, Vec<&'a Entity>>,
}

impl<'a> TreeView<'a> {
    pub(crate) fn new(atlas: &Atlas<'a>) -> Self {
        let number = |kind| atlas.kind(kind).map_or(0, |kind| kind.entities.len());
        let users = atlas.kind("user").map_or(&[][..], |kind| &kind.entities);
        let is_teamless = |user: &&&Entity| atlas.first(user, "memberOf").is_none();
        let grown = organisation(atlas, LINES);
        Self {
            page: Page::new("teams.html", "Teams", "teams"),
            roots: grown.roots,
            unfold: grown.unfold,
            is_cut: grown.is_cut,
            teams: number("group"),
            people: number("user"),
            teamless: users.iter().filter(is_teamless).map(|user| team::person(user)).collect(),
        }
    }
}

impl<'a> DomainsView<'a> {
    pub(crate) fn new(atlas: &Atlas<'a>) -> Self {
        let tree = Tree { atlas, domains: domains(atlas) };
        let mut roots = tree.domains_below(None);
        if tree.below(Spot::NoDomain).next().is_some() {
            roots.push(Spot::NoDomain);
        }
        let grown = tree.grow(&roots, LINES);
        let number = |kind| atlas.kind(kind).map_or(0, |kind| kind.entities.len());
        let components = atlas.kind("component").map_or(&[][..], |kind| &kind.entities);
        let is_outside = |e: &&&Entity| part_of(atlas, e, "system").is_none();
        Self {
            page: Page::new("domains.html", "Domains", "catalog"),
            roots: grown.roots,
            unfold: grown.unfold,
            is_cut: grown.is_cut,
            domains: number("domain"),
            systems: number("system"),
            outside: components.iter().filter(is_outside).count(),
        }
    }
}

/// A tree with as many levels as fit.
#[derive(Debug)]
struct Grown<'a> {
    roots: Vec<Node<'a>>,
    unfold: usize,
    is_cut: bool,
}

/// The organisation as the home page shows it.
pub(crate) fn home<'a>(atlas: &Atlas<'a>) -> Vec<Node<'a>> {
    organisation(atlas, HOME_LINES).roots
}

fn organisation<'a>(atlas: &Atlas<'a>, lines: usize) -> Grown<'a> {
    let roots: Vec<_> = atlas.teams.roots.iter().map(|team| Spot::Team(team)).collect();
    Tree { atlas, domains: HashMap::new() }.grow(&roots, lines)
}

impl<'a> Tree<'_, 'a> {
    /// Grows the tree from its roots, level by level while it has at most so many lines.
    fn grow(&self, roots: &[Spot<'a>], lines: usize) -> Grown<'a> {
        let (mut depth, mut count, mut unfold) = (0, roots.len(), 0);
        let mut level = roots.to_vec();
        let is_cut = loop {
            if count <= UNFOLDED {
                unfold = depth;
            }
            level = level.into_iter().flat_map(|spot| self.below(spot)).collect();
            if level.is_empty() {
                break false;
            }
            count += level.len();
            if count > lines {
                break true;
            }
            depth += 1;
        };
        let roots = roots.iter().map(|&spot| self.node(spot, depth)).collect();
        Grown { roots, unfold, is_cut }
    }

    fn node(&self, spot: Spot<'a>, depth: usize) -> Node<'a> {
        let children = match depth.checked_sub(1) {
            Some(depth) => self.below(spot).map(|child| self.node(child, depth)).collect(),
            None => Vec::new(),
        };
        let card = match spot {
            Spot::NoDomain => None,
            Spot::Team(e)
            | Spot::Part(_, e)
            | Spot::Domain(e)
            | Spot::System(e)
            | Spot::Component(e) => Some(Card::of(e)),
        };
        let lifecycle = match spot {
            Spot::Component(e) => e.spec_text("lifecycle"),
            _ => None,
        };
        let (mut people, mut owned) = (0, 0);
        let (systems, components) = match spot {
            Spot::Team(team) => {
                let place = self.atlas.teams.get(&team.reference);
                (people, owned) = place.map_or((0, 0), |place| (place.people, place.owned));
                (0, place.map_or(0, |place| place.components))
            }
            _ => self.numbers(spot),
        };
        Node { card, lifecycle, people, owned, systems, components, children }
    }

    /// How many systems and components lie below.
    fn numbers(&self, spot: Spot<'a>) -> (usize, usize) {
        self.below(spot).fold((0, 0), |(systems, components), child| match child {
            Spot::Component(_) => (systems, components + 1),
            Spot::System(_) => (systems + 1, components + self.numbers(child).1),
            _ => {
                let below = self.numbers(child);
                (systems + below.0, components + below.1)
            }
        })
    }

    /// What lies directly below, sorted by title.
    fn below(&self, spot: Spot<'a>) -> Box<dyn Iterator<Item = Spot<'a>> + '_> {
        let atlas = self.atlas;
        match spot {
            Spot::Team(team) => Box::new(self.below_team(team).into_iter()),
            Spot::Part(team, system) => {
                let owned = atlas.all(team, "ownerOf", "component").into_iter();
                let is_part = move |e: &&Entity| {
                    part_of(atlas, e, "system").is_some_and(|s| s.reference == system.reference)
                };
                Box::new(owned.filter(is_part).map(Spot::Component))
            }
            Spot::Domain(domain) => {
                let systems = atlas.all(domain, "hasPart", "system").into_iter();
                let domains = self.domains_below(Some(&domain.reference));
                Box::new(domains.into_iter().chain(systems.map(Spot::System)))
            }
            Spot::NoDomain => {
                let systems = atlas.kind("system").map_or(&[][..], |kind| &kind.entities);
                let is_outside = |e: &&&Entity| part_of(atlas, e, "domain").is_none();
                Box::new(systems.iter().filter(is_outside).map(|e| Spot::System(e)))
            }
            Spot::System(system) => {
                let parts = atlas.all(system, "hasPart", "component").into_iter();
                Box::new(parts.map(Spot::Component))
            }
            Spot::Component(_) => Box::new(std::iter::empty()),
        }
    }

    /// The teams below a team, the systems that it has a share in, and components without a system.
    fn below_team(&self, team: &'a Entity) -> Vec<Spot<'a>> {
        let children = self.atlas.teams.get(&team.reference).map_or(&[][..], |t| &t.children);
        let mut systems = self.atlas.all(team, "ownerOf", "system");
        let mut loose = Vec::new();
        for component in self.atlas.all(team, "ownerOf", "component") {
            match part_of(self.atlas, component, "system") {
                Some(system) => systems.push(system),
                None => loose.push(component),
            }
        }
        sort_by_title(&mut systems);
        systems.dedup_by(|a, b| a.reference == b.reference);
        let teams = children.iter().map(|child| Spot::Team(child));
        let parts = systems.into_iter().map(|system| Spot::Part(team, system));
        teams.chain(parts).chain(loose.into_iter().map(Spot::Component)).collect()
    }

    fn domains_below(&self, above: Option<&EntityRef>) -> Vec<Spot<'a>> {
        let domains = self.domains.get(&above).map_or(&[][..], Vec::as_slice);
        domains.iter().map(|domain| Spot::Domain(domain)).collect()
    }
}

/// The first whole of this kind that an entity is part of and that exists.
fn part_of<'a>(atlas: &Atlas<'a>, entity: &Entity, kind: &str) -> Option<&'a Entity> {
    let wholes = entity.related("partOf").filter(|target| target.kind() == kind);
    wholes.into_iter().find_map(|target| atlas.catalog.get(target))
}

/// Puts each domain below the one that it is part of, unless that lies below itself.
fn domains<'a>(atlas: &Atlas<'a>) -> HashMap<Option<&'a EntityRef>, Vec<&'a Entity>> {
    let mut parents: HashMap<&EntityRef, &'a EntityRef> = HashMap::new();
    let mut below: HashMap<Option<&EntityRef>, Vec<&Entity>> = HashMap::new();
    for &domain in atlas.kind("domain").map_or(&[][..], |kind| &kind.entities) {
        let parent = part_of(atlas, domain, "domain").map(|parent| &parent.reference);
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
    use std::{fmt::Write, sync::Arc};

    use serde_json::{Value, json};

    use super::*;
    use crate::catalog::{Catalog, history::History, load::reference_of};
    use crate::site::parts::frame::Cards;

    static NO_PAST: History = History { commits: Vec::new(), is_whole: true };

    fn entity(kind: &str, name: &str, spec: Value) -> Entity {
        let document =
            json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "spec": spec});
        Entity::new(reference_of(&document), Arc::new(document), Vec::new())
    }

    fn catalog() -> Catalog {
        let component = |name, system: Option<&str>| {
            entity("Component", name, json!({"type": "service", "owner": "pay", "system": system}))
        };
        Catalog::new(vec![
            entity("Group", "org", json!({"type": "organisation", "children": ["pay"]})),
            entity("Group", "pay", json!({"type": "team", "children": []})),
            entity("Domain", "sales", json!({"owner": "pay"})),
            entity("Domain", "till", json!({"owner": "pay", "subdomainOf": "sales"})),
            entity("Domain", "egg", json!({"owner": "pay", "subdomainOf": "hen"})),
            entity("Domain", "hen", json!({"owner": "pay", "subdomainOf": "egg"})),
            entity("System", "checkout", json!({"owner": "pay", "domain": "till"})),
            entity("System", "stray", json!({"owner": "org"})),
            component("cart", Some("checkout")),
            component("price", Some("stray")),
            component("loose", None),
        ])
    }

    fn drawn(nodes: &[Node<'_>], depth: usize, text: &mut String) {
        for node in nodes {
            let title = node.card.as_ref().map_or("—", |card| card.title());
            let Node { systems, components, .. } = node;
            let _ = writeln!(text, "{}{title} {systems} {components}", "  ".repeat(depth));
            drawn(&node.children, depth + 1, text);
        }
    }

    fn text(nodes: &[Node<'_>]) -> String {
        let mut text = String::new();
        drawn(nodes, 0, &mut text);
        text
    }

    #[test]
    fn teams_have_systems_and_applications_below() {
        let (catalog, cards) = (catalog(), Cards::default());
        let atlas = Atlas::new(&catalog, &cards, &[], &NO_PAST);
        assert_eq!(
            text(&TreeView::new(&atlas).roots),
            "org 0 3\n  pay 0 3\n    checkout 0 1\n      cart 0 0\n    stray 0 1\n      price 0 0\n    \
             loose 0 0\n  stray 0 0\n"
        );
    }

    #[test]
    fn domains_nest_without_loops_and_lose_nothing() {
        let (catalog, cards) = (catalog(), Cards::default());
        let atlas = Atlas::new(&catalog, &cards, &[], &NO_PAST);
        let view = DomainsView::new(&atlas);
        assert_eq!(
            text(&view.roots),
            "hen 0 0\n  egg 0 0\nsales 1 1\n  till 1 1\n    checkout 0 1\n      cart 0 0\n— 1 1\n  \
             stray 0 1\n    price 0 0\n"
        );
        assert_eq!((view.outside, view.is_cut), (1, false));
    }

    #[test]
    fn only_whole_levels_that_fit_are_shown() {
        let (catalog, cards) = (catalog(), Cards::default());
        let atlas = Atlas::new(&catalog, &cards, &[], &NO_PAST);
        let cut = organisation(&atlas, 4);
        assert!(cut.is_cut);
        assert_eq!(text(&cut.roots), "org 0 3\n  pay 0 3\n  stray 0 0\n");
    }
}
