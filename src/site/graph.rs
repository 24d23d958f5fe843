//! The picture of an entity among its neighbours: who uses it ← it → what it uses.
//!
//! Drawn at build as numbers for an inline SVG: no script lays anything out. What does not fit is
//! counted, and stands in the relations below the picture.

use serde::Serialize;

use super::{atlas::Atlas, frame::Card};
use crate::catalog::Entity;

/// Nodes on one side; when there are more, the last place says how many.
const PLACES: usize = 6;
/// Height of a node with the space below it.
const ROW: usize = 30;
/// Width of the whole and of a column, in the same units.
const WIDTH: usize = 760;
const COLUMN: usize = 230;
/// How many letters of a name fit into a column.
const LETTERS: usize = 27;

/// Relations from those that use an entity, and to what it uses. What an entity provides stands with
/// its users, who come by that way.
const USERS: [&str; 3] = ["dependencyOf", "apiConsumedBy", "providesApi"];
const USED: [&str; 3] = ["dependsOn", "consumesApi", "apiProvidedBy"];

/// A drawn picture.
#[derive(Debug, Serialize)]
pub(super) struct Graph<'a> {
    width: usize,
    height: usize,
    middle: usize,
    title: String,
    users: Vec<Node<'a>>,
    used: Vec<Node<'a>>,
}

/// One neighbour, or the number of those that are not drawn.
#[derive(Debug, Serialize)]
struct Node<'a> {
    card: Option<Card<'a>>,
    text: String,
    /// Number of neighbours that this place stands for; their list is at `anchor`.
    more: usize,
    anchor: String,
    /// Type of the relation.
    verb: &'static str,
    y: usize,
    /// Line between the node and the entity.
    path: String,
}

/// Draws the neighbours of an entity; `None` when nothing uses it and it uses nothing.
pub(super) fn draw<'a>(atlas: &Atlas<'a>, entity: &'a Entity) -> Option<Graph<'a>> {
    let users = neighbours(atlas, entity, &USERS);
    let used = neighbours(atlas, entity, &USED);
    let rows = users.len().max(used.len());
    if rows == 0 {
        return None;
    }
    let height = rows.max(2) * ROW;
    let middle = height / 2;
    Some(Graph {
        width: WIDTH,
        height,
        middle,
        title: shorten(entity.title()),
        users: place(users, middle, |y| curve(COLUMN, y, WIDTH / 2 - COLUMN / 2 - 8, middle)),
        used: place(used, middle, |y| curve(WIDTH / 2 + COLUMN / 2, middle, WIDTH - COLUMN - 8, y)),
    })
}

/// The neighbours of one side, as many as fit.
fn neighbours<'a>(atlas: &Atlas<'a>, entity: &'a Entity, verbs: &[&'static str]) -> Vec<Node<'a>> {
    let mut all: Vec<_> = verbs
        .iter()
        .flat_map(|verb| entity.relations.iter().filter(move |r| r.kind == *verb))
        .collect();
    let more = if all.len() > PLACES { all.split_off(PLACES - 1) } else { Vec::new() };
    let node = |relation: &&'a crate::catalog::Relation| {
        let card = Card::to(atlas, &relation.target);
        Node {
            text: shorten(&card.title),
            card: Some(card),
            more: 0,
            anchor: String::new(),
            verb: relation.kind,
            y: 0,
            path: String::new(),
        }
    };
    let mut nodes: Vec<_> = all.iter().map(node).collect();
    nodes.extend(more.first().map(|first| Node {
        card: None,
        text: String::new(),
        more: more.len(),
        anchor: format!("{}-{}", first.kind, first.target.kind()),
        verb: first.kind,
        y: 0,
        path: String::new(),
    }));
    nodes
}

/// Gives the nodes of a side their heights, around the middle.
fn place(mut nodes: Vec<Node<'_>>, middle: usize, path: impl Fn(usize) -> String) -> Vec<Node<'_>> {
    let top = middle - nodes.len() * ROW / 2 + ROW / 2;
    for (at, node) in nodes.iter_mut().enumerate() {
        node.y = top + at * ROW;
        node.path = path(node.y);
    }
    nodes
}

/// A line that leaves and arrives level, with a point at its end.
fn curve(x: usize, y: usize, to_x: usize, to_y: usize) -> String {
    let bend = usize::midpoint(x, to_x);
    format!("M{x} {y}C{bend} {y} {bend} {to_y} {to_x} {to_y}m-5-4 5 4-5 4")
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= LETTERS {
        return text.to_owned();
    }
    text.chars().take(LETTERS - 1).chain(['…']).collect()
}
