//! Pictures of relations: coordinates for inline SVG, computed in the build, so that no script does any layout.
//!
//! This file has the picture of an entity with its neighbours: what uses it, the entity, what it uses. Neighbours
//! that do not fit are counted and link to their list on the page, so that the picture leaves no relation out.
//! [`diagram`] draws the parts of a system or domain, [`layers`] lays them out.

pub(crate) mod diagram;
mod layers;

use serde::Serialize;

use super::{card::Card, relations::RelationGroup};

/// How many neighbours are drawn. Each side has half of them, and what the other side does not need.
const PLACES: usize = 12;
/// Height of a neighbour, and of the label above those of one type of relation.
const ROW: usize = 28;
const WORDS: usize = 22;
/// Width of the whole and of a column, in the same units.
const WIDTH: usize = 760;
const COLUMN: usize = 236;
/// How many characters of a name fit into a column.
const LETTERS: usize = 27;

/// Types of relations to entities that use this one, and to those that it uses. APIs that an entity provides are
/// on the side of its users, because they use it through them.
pub(crate) const USERS: [&str; 3] = ["dependencyOf", "apiConsumedBy", "providesApi"];
pub(crate) const USED: [&str; 3] = ["dependsOn", "consumesApi", "apiProvidedBy"];

/// A drawn picture.
#[derive(Debug, Serialize)]
pub(crate) struct Graph<'a> {
    width: usize,
    height: usize,
    middle: usize,
    title: String,
    /// Relations on each side, drawn or counted.
    users_total: usize,
    used_total: usize,
    users: Vec<NeighbourGroup<'a>>,
    used: Vec<NeighbourGroup<'a>>,
}

/// The neighbours of one verb and kind.
#[derive(Debug, Serialize)]
struct NeighbourGroup<'a> {
    verb: &'static str,
    kind: &'a str,
    /// The height of the label of the type; `None` for a further group of the same type.
    words_y: Option<usize>,
    nodes: Vec<Node<'a>>,
    /// The number of neighbours that are not drawn, its height, and the anchor of their list.
    more: usize,
    more_y: usize,
    anchor: String,
    /// All lines between the group and the entity.
    path: String,
}

/// One neighbour.
#[derive(Debug, Serialize)]
struct Node<'a> {
    card: Card<'a>,
    text: String,
    y: usize,
}

/// Draws the neighbours of an entity, given its relations; `None` when nothing uses it and it uses
/// nothing.
pub(crate) fn draw<'a>(title: &str, groups: &[RelationGroup<'a>]) -> Option<Graph<'a>> {
    let side = |verbs: [&str; 3]| -> Vec<_> {
        groups.iter().filter(|group| verbs.contains(&group.verb)).collect()
    };
    let (users, used) = (side(USERS), side(USED));
    let total = |side: &[&RelationGroup<'_>]| side.iter().map(|group| group.count).sum::<usize>();
    let (users_total, used_total) = (total(&users), total(&used));
    if users_total + used_total == 0 {
        return None;
    }
    let half = PLACES / 2;
    let room = |other: usize| PLACES - other.min(half);
    let (mut users, users_height) = column(&users, room(used_total));
    let (mut used, used_height) = column(&used, room(users_total));
    let height = users_height.max(used_height).max(2 * ROW);
    let middle = height / 2;
    let half_box = COLUMN / 2 - 6;
    place(&mut users, middle - users_height / 2, |y| {
        curve((COLUMN, y), (WIDTH / 2 - half_box - 2, middle))
    });
    place(&mut used, middle - used_height / 2, |y| {
        curve((WIDTH / 2 + half_box + 2, middle), (WIDTH - COLUMN - 4, y))
    });
    let title = shorten(title, LETTERS);
    Some(Graph { width: WIDTH, height, middle, title, users_total, used_total, users, used })
}

/// Chooses which neighbours of each group a column shows, in turn, and computes the heights in it, from 0.
fn column<'a>(groups: &[&RelationGroup<'a>], places: usize) -> (Vec<NeighbourGroup<'a>>, usize) {
    let mut taken = vec![0; groups.len()];
    let mut left = places;
    while left > 0 && groups.iter().zip(&taken).any(|(group, taken)| group.shown.len() > *taken) {
        for (group, taken) in groups.iter().zip(&mut taken) {
            if left > 0 && group.shown.len() > *taken {
                *taken += 1;
                left -= 1;
            }
        }
    }
    let (mut neighbour_groups, mut top, mut verb) = (Vec::new(), 0, "");
    for (group, mut taken) in groups.iter().zip(taken) {
        // A line with the number 1 would need the space of the neighbour itself.
        if group.count == taken + 1 && group.shown.len() > taken {
            taken += 1;
        }
        let mut next = |height: usize| {
            top += height;
            top - height / 2
        };
        let words_y = (group.verb != verb).then(|| next(WORDS));
        let nodes = group.shown.iter().take(taken).map(|card| Node {
            text: shorten(card.title(), LETTERS),
            card: card.clone(),
            y: next(ROW),
        });
        let nodes: Vec<_> = nodes.collect();
        let more = group.count - taken;
        let more_y = if more > 0 { next(ROW) } else { 0 };
        verb = group.verb;
        neighbour_groups.push(NeighbourGroup {
            verb,
            kind: group.kind,
            words_y,
            nodes,
            more,
            more_y,
            anchor: group.id.clone(),
            path: String::new(),
        });
    }
    (neighbour_groups, top)
}

/// Moves a column down and draws its lines.
fn place(neighbour_groups: &mut [NeighbourGroup<'_>], down: usize, line: impl Fn(usize) -> String) {
    for neighbour_group in neighbour_groups {
        neighbour_group.words_y = neighbour_group.words_y.map(|y| y + down);
        for node in &mut neighbour_group.nodes {
            node.y += down;
            neighbour_group.path.push_str(&line(node.y));
        }
        if neighbour_group.more > 0 {
            neighbour_group.more_y += down;
            neighbour_group.path.push_str(&line(neighbour_group.more_y));
        }
    }
}

/// A curve with horizontal ends and an arrow head.
fn curve(from: (usize, usize), to: (usize, usize)) -> String {
    let bend = usize::midpoint(from.0, to.0);
    format!(
        "M{} {}C{bend} {} {bend} {} {} {}m-5-4 5 4-5 4",
        from.0, from.1, from.1, to.1, to.0, to.1
    )
}

/// Shortens a name that does not fit.
fn shorten(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn group(verb: &'static str, kind: &'static str, count: usize) -> RelationGroup<'static> {
        let card = |at: usize| Card::new(format!("n{at}"), kind, None);
        RelationGroup::new(verb, kind, (0..count).map(card).collect())
    }

    proptest! {
        #[test]
        fn every_relation_is_drawn_or_counted_and_nothing_overlaps(
            counts in prop::collection::vec(1_usize..90, 6)
        ) {
            let verbs = USERS.iter().chain(&USED);
            let groups: Vec<_> =
                verbs.zip(&counts).map(|(verb, count)| group(verb, "component", *count)).collect();
            let graph = draw("x", &groups).expect("a picture");
            let mut drawn = 0;
            for side in [&graph.users, &graph.used] {
                let mut last = 0;
                for neighbour_group in side {
                    drawn += neighbour_group.nodes.len();
                    let ys = neighbour_group.words_y.into_iter().chain(neighbour_group.nodes.iter().map(|n| n.y));
                    for y in ys.chain((neighbour_group.more > 0).then_some(neighbour_group.more_y)) {
                        prop_assert!(y > last || last == 0);
                        last = y;
                    }
                    let of = groups.iter().find(|group| group.verb == neighbour_group.verb);
                    prop_assert_eq!(neighbour_group.nodes.len() + neighbour_group.more, of.map_or(0, |of| of.count));
                }
                prop_assert!(last < graph.height);
            }
            prop_assert!(drawn <= PLACES + 6, "{}", drawn);
        }
    }
}
