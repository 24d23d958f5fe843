//! The diagram of a system or a domain: its parts, their relations, and the entities outside that they are
//! related to.
//!
//! A system shows its components, APIs and resources; entities outside are drawn as the systems that they are
//! part of. A domain shows its systems; entities outside are drawn as domains. The parts with the most relations
//! are drawn; the others, and the relations to them, are counted.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt::Write,
};

use ahash::RandomState;
use serde::Serialize;

use super::{
    USED, USERS,
    layers::{self, Side},
    shorten,
};
use crate::{
    catalog::Entity,
    site::{
        model::{Model, wholes::RelationTarget},
        parts::card::Card,
        text::address,
    },
};

/// How many parts are drawn, and how many entities outside on each side.
const PARTS: usize = 24;
const OUTSIDE: usize = 6;
/// How many entities outside are named below the drawing, for each side.
const LISTED: usize = 12;
/// Width of a node, of the gap between columns, height of a node, and the margin.
const WIDTH: usize = 172;
const GAP: usize = 44;
const HEIGHT: usize = 28;
const MARGIN: usize = 14;
const LETTERS: usize = 17;

/// A drawn diagram.
#[derive(Debug, Serialize)]
pub(crate) struct Diagram<'a> {
    width: usize,
    height: usize,
    /// The frame around the parts: left, top, width and height.
    frame: [usize; 4],
    nodes: Vec<Node<'a>>,
    /// Lines by verb.
    lines: Vec<Line>,
    /// Parts that are not drawn, by kind, with the anchor of their list.
    more: Vec<(&'a str, usize, String)>,
    /// Parts that are drawn, and relations, drawn or not.
    parts: usize,
    relations: usize,
    /// Relations that lead to parts or things that are not drawn.
    undrawn: usize,
    /// Entities outside that use a part, or that a part uses: the most connected, and how many more there are.
    users: Vec<OutsideEntity<'a>>,
    more_users: usize,
    used: Vec<OutsideEntity<'a>>,
    more_used: usize,
}

#[derive(Debug, Serialize)]
struct Node<'a> {
    card: Card<'a>,
    text: String,
    x: usize,
    y: usize,
    is_outside: bool,
}

#[derive(Debug, Serialize)]
struct Line {
    verb: &'static str,
    path: String,
}

/// An entity outside, and how many relations it has with the parts.
#[derive(Debug, Serialize)]
struct OutsideEntity<'a> {
    card: Card<'a>,
    count: usize,
}

/// The number of relations between two parts, by type.
type Edges = BTreeMap<(usize, usize, &'static str), usize>;

/// The parts and relations of a diagram, before some are chosen to be drawn.
struct Plan<'a> {
    /// The entity that is drawn for each part: the part in a system, its system in a domain.
    parts: Vec<&'a Entity>,
    inside: Edges,
    users: OutsideRelations<'a>,
    used: OutsideRelations<'a>,
    relations: usize,
}

/// The relations of the parts with each entity outside, by type.
type OutsideRelations<'a> =
    HashMap<RelationTarget<'a>, BTreeMap<(usize, &'static str), usize>, RandomState>;

fn card<'a>(model: &Model<'a>, target: RelationTarget<'a>) -> Card<'a> {
    match target {
        RelationTarget::Known(at) => Card::at(model, at as usize),
        RelationTarget::Missing(reference) => Card::missing(reference),
    }
}

/// Draws a system or domain; `None` when it has no parts.
pub(crate) fn draw<'a>(model: &Model<'a>, whole: &'a Entity) -> Option<Diagram<'a>> {
    let plan = plan(model, whole);
    if plan.parts.is_empty() {
        return None;
    }
    let drawn = strongest(&plan);
    let outside = [nearest(&plan.users, &drawn), nearest(&plan.used, &drawn)];
    Some(Drawing::new(model, &plan, &drawn, &outside).finish(model, &plan))
}

/// All parts and relations of a system or domain.
fn plan<'a>(model: &Model<'a>, whole: &'a Entity) -> Plan<'a> {
    let is_domain = whole.reference.kind() == "domain";
    let of =
        |whole: &'a Entity| whole.relations_of("hasPart").filter_map(|to| model.catalog.target(to));
    let parts: Vec<&Entity> = of(whole).collect();
    let there = |entity: &Entity| RelationTarget::Known(entity.index as u32);
    let place: HashMap<RelationTarget<'_>, usize, RandomState> =
        parts.iter().enumerate().map(|(at, part)| (there(part), at)).collect();
    let mut plan = Plan {
        inside: Edges::new(),
        users: OutsideRelations::default(),
        used: OutsideRelations::default(),
        relations: 0,
        parts: Vec::new(),
    };
    for (at, part) in parts.iter().enumerate() {
        let members: Vec<&Entity> = match (is_domain, part.reference.kind()) {
            (true, "domain") => of(part).flat_map(of).collect(),
            (true, _) => of(part).collect(),
            (false, _) => vec![part],
        };
        for relation in members.iter().flat_map(|member| &member.relations) {
            let is_used = USED.contains(&relation.kind);
            // A relation that is stored from its other end is the same line.
            let turned = USERS.iter().position(|verb| *verb == relation.kind).map(|at| USED[at]);
            let Some(verb) = turned.or(is_used.then_some(relation.kind)) else { continue };
            let target = RelationTarget::of(relation);
            let system = model.wholes.system(target);
            // The part that the target is drawn with, and the entity outside.
            let whole_of = system.unwrap_or(target);
            let (unit, beyond) = if is_domain {
                (whole_of, system.and_then(|of| model.wholes.domain(of)).unwrap_or(whole_of))
            } else {
                (target, whole_of)
            };
            if let Some(&other) = place.get(&unit).or_else(|| place.get(&beyond)) {
                // Each relation is stored at both ends: it is counted at the end that uses the other.
                if is_used && other != at {
                    *plan.inside.entry((at, other, verb)).or_default() += 1;
                    plan.relations += 1;
                }
                continue;
            }
            if beyond == there(whole) {
                continue;
            }
            let side = if is_used { &mut plan.used } else { &mut plan.users };
            *side.entry(beyond).or_default().entry((at, verb)).or_default() += 1;
            plan.relations += 1;
        }
    }
    plan.parts = parts;
    plan
}

/// The parts that are drawn: those with most relations, in the order of kind and title.
fn strongest(plan: &Plan<'_>) -> Vec<usize> {
    let mut degree = vec![0; plan.parts.len()];
    for (&(from, to, _), count) in &plan.inside {
        degree[from] += count;
        degree[to] += count;
    }
    for (&(at, _), count) in plan.users.values().chain(plan.used.values()).flatten() {
        degree[at] += count;
    }
    let mut order: Vec<usize> = (0..plan.parts.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(degree[at]));
    order.truncate(PARTS);
    order.sort_by_cached_key(|&at| {
        let part = plan.parts[at];
        (degree[at] == 0, part.reference.kind(), part.title().to_lowercase())
    });
    order
}

/// The entities outside that are drawn: those with most relations to drawn parts.
fn nearest<'a>(side: &OutsideRelations<'a>, drawn: &[usize]) -> Vec<RelationTarget<'a>> {
    let mut all: Vec<_> = side
        .iter()
        .map(|(thing, relations)| {
            let near = relations.iter().filter(|((at, _), _)| drawn.contains(at));
            (std::cmp::Reverse(near.map(|(_, count)| count).sum::<usize>()), *thing)
        })
        .filter(|(near, _)| near.0 > 0)
        .collect();
    all.sort();
    all.into_iter().take(OUTSIDE).map(|(_, thing)| thing).collect()
}

/// The left edge of a column.
fn left_of(column: usize) -> usize {
    MARGIN + column * (WIDTH + GAP)
}

/// The drawing while it is drawing.
struct Drawing<'a> {
    cards: Vec<Card<'a>>,
    sides: Vec<Side>,
    edges: Vec<(usize, usize)>,
    verbs: Vec<&'static str>,
    /// Relations that are drawn.
    drawn: usize,
}

impl<'a> Drawing<'a> {
    fn new(
        model: &Model<'a>,
        plan: &Plan<'a>,
        drawn: &[usize],
        [users, used]: &[Vec<RelationTarget<'a>>; 2],
    ) -> Self {
        let mut drawing = Self {
            cards: drawn.iter().map(|&at| Card::at(model, plan.parts[at].index)).collect(),
            sides: vec![Side::Inside; drawn.len()],
            edges: Vec::new(),
            verbs: Vec::new(),
            drawn: 0,
        };
        let node = |at: usize| drawn.iter().position(|other| *other == at);
        for (&(from, to, verb), count) in &plan.inside {
            if let (Some(from), Some(to)) = (node(from), node(to)) {
                drawing.edge((from, to), verb, *count);
            }
        }
        for (side, shown, all) in
            [(Side::Left, users, &plan.users), (Side::Right, used, &plan.used)]
        {
            for thing in shown {
                let number = drawing.cards.len();
                drawing.cards.push(card(model, *thing));
                drawing.sides.push(side);
                for (&(at, verb), count) in all.get(thing).into_iter().flatten() {
                    let Some(part) = node(at) else { continue };
                    let ends = if side == Side::Left { (number, part) } else { (part, number) };
                    drawing.edge(ends, verb, *count);
                }
            }
        }
        drawing
    }

    /// Adds a line; several relations between the same two entities are one line.
    fn edge(&mut self, ends: (usize, usize), verb: &'static str, count: usize) {
        self.drawn += count;
        if !self.edges.contains(&ends) {
            self.edges.push(ends);
            self.verbs.push(verb);
        }
    }

    /// Computes the coordinates.
    fn finish(self, model: &Model<'a>, plan: &Plan<'a>) -> Diagram<'a> {
        // Nodes without relations are drawn below the others, in rows.
        let (tied, alone): (Vec<usize>, Vec<usize>) = (0..self.cards.len())
            .partition(|node| self.edges.iter().any(|edge| edge.0 == *node || edge.1 == *node));
        let number: HashMap<usize, usize> =
            tied.iter().enumerate().map(|(at, node)| (*node, at)).collect();
        let sides: Vec<_> = tied.iter().map(|&node| self.sides[node]).collect();
        let edges: Vec<_> = self.edges.iter().map(|(a, b)| (number[a], number[b])).collect();
        let layout = layers::lay_out(&sides, &edges, &self.lanes());
        let has = |side| usize::from(sides.contains(&side));
        let (left, right) = (has(Side::Left), has(Side::Right));
        let inner = (layout.columns - left - right).max(alone.len().min(3)).max(1);
        let columns = left + inner + right;
        // The rows of nodes without relations may be wider than the layout, so the last column moves right.
        let x = |column: usize| match right == 1 && column + 1 == layout.columns {
            true => left_of(columns - 1),
            false => left_of(column),
        };
        let places = tied.iter().zip(&layout.nodes);
        let mut nodes: Vec<Node<'a>> =
            places.map(|(&node, &(column, y))| self.node(node, x(column), y + MARGIN)).collect();
        let top = MARGIN + layout.height + HEIGHT / 2 + usize::from(layout.height > 0) * 10;
        for (at, &node) in alone.iter().enumerate() {
            let (row, column) = (at / inner, at % inner);
            nodes.push(self.node(node, left_of(left + column), top + row * (HEIGHT + 10)));
        }
        let bottom = nodes.iter().map(|node| node.y + HEIGHT / 2).max().unwrap_or(0);
        let frame_width = inner * (WIDTH + GAP) - GAP + 2 * MARGIN;
        Diagram {
            width: left_of(columns) - GAP + MARGIN,
            height: bottom + MARGIN + 2,
            frame: [left_of(left) - MARGIN, 1, frame_width, bottom + MARGIN],
            lines: self.lines(&layout, x),
            nodes,
            more: self.undrawn_parts(plan),
            parts: plan.parts.len(),
            relations: plan.relations,
            undrawn: plan.relations - self.drawn,
            users: outside(model, &plan.users),
            more_users: plan.users.len().saturating_sub(LISTED),
            used: outside(model, &plan.used),
            more_used: plan.used.len().saturating_sub(LISTED),
        }
    }

    /// The parts that are not drawn, by kind, with the anchor of their list.
    fn undrawn_parts(&self, plan: &Plan<'a>) -> Vec<(&'a str, usize, String)> {
        let mut by_kind: BTreeMap<&str, usize> = BTreeMap::new();
        for part in &plan.parts {
            *by_kind.entry(part.reference.kind()).or_default() += 1;
        }
        for (card, _) in self.cards.iter().zip(&self.sides).filter(|(_, s)| **s == Side::Inside) {
            if let Some(count) = by_kind.get_mut(card.kind()) {
                *count -= 1;
            }
        }
        let more = by_kind.into_iter().filter(|(_, count)| *count > 0);
        more.map(|(kind, n)| (kind, n, format!("hasPart-{}", address::file_name(kind)))).collect()
    }

    fn node(&self, node: usize, x: usize, y: usize) -> Node<'a> {
        let card = self.cards[node].clone();
        let text = shorten(card.title(), LETTERS);
        Node { card, text, x, y, is_outside: self.sides[node] != Side::Inside }
    }

    /// Lines of one type of relation may share a lane.
    fn lanes(&self) -> Vec<usize> {
        let lane = |verb: &&str| USED.iter().position(|used| used == verb).unwrap_or(USED.len());
        self.verbs.iter().map(lane).collect()
    }

    /// One path for all lines of a type; segments that several lines share are drawn once.
    fn lines(&self, layout: &layers::Layout, x: impl Fn(usize) -> usize) -> Vec<Line> {
        let mut paths: BTreeMap<&'static str, String> = BTreeMap::new();
        let mut drawn = HashSet::new();
        for (verb, (points, turned)) in self.verbs.iter().zip(&layout.edges) {
            let path = paths.entry(verb).or_default();
            let mut pen = None;
            for (number, pair) in points.windows(2).enumerate() {
                if !drawn.insert((verb, pair[0], pair[1])) {
                    pen = None;
                    continue;
                }
                let (from, y) = (x(pair[0].0) + WIDTH, pair[0].1 + MARGIN);
                let (to, to_y) = (x(pair[1].0), pair[1].1 + MARGIN);
                if pen != Some((from, y)) {
                    let _ = write!(path, "M{from} {y}");
                }
                if number == 0 && *turned {
                    path.push_str("m5-4-5 4 5 4m-5-4");
                }
                let bend = usize::midpoint(from, to);
                let _ = write!(path, "C{bend} {y} {bend} {to_y} {to} {to_y}");
                if number + 2 < points.len() {
                    let _ = write!(path, "h{WIDTH}");
                    pen = Some((to + WIDTH, to_y));
                } else if !*turned {
                    path.push_str("m-5-4 5 4-5 4");
                }
            }
        }
        paths.into_iter().map(|(verb, path)| Line { verb, path }).collect()
    }
}

/// The entities outside on one side, the most connected first.
fn outside<'a>(model: &Model<'a>, side: &OutsideRelations<'a>) -> Vec<OutsideEntity<'a>> {
    let mut all: Vec<_> =
        side.iter().map(|(thing, relations)| (relations.values().sum::<usize>(), *thing)).collect();
    all.sort_by_key(|&(count, thing)| (std::cmp::Reverse(count), thing));
    all.into_iter()
        .take(LISTED)
        .map(|(count, thing)| OutsideEntity { card: card(model, thing), count })
        .collect()
}
