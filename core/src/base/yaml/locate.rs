//! Finds the line and column of a value in a YAML text.

use std::{borrow::Cow, collections::HashMap, ops::Deref, sync::OnceLock};

use super::{
    node::{Content, Documents, Node},
    text::prepare,
};
use crate::base::diagnostics::Position;

/// The part of a mapping entry that a position is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryPart {
    /// The key.
    Key,
    /// The value.
    Value,
}

/// Returns the position of a JSON pointer in the document with this index, as [`Positions::find`] does.
/// To find several positions, keep the [`Positions`] or a [`YamlText`].
pub fn locate(text: &str, document: usize, pointer: &str, part: EntryPart) -> Option<Position> {
    Positions::new(text).find(document, pointer, part)
}

/// A YAML text whose positions are computed once, when the first one is needed.
#[derive(Debug, Clone)]
pub struct YamlText {
    text: String,
    positions: OnceLock<Positions>,
}

impl YamlText {
    /// The positions of its values.
    pub fn positions(&self) -> &Positions {
        self.positions.get_or_init(|| Positions::new(&self.text))
    }

    /// Finds a position as [`Positions::find`] does.
    pub fn locate(&self, document: usize, pointer: &str, part: EntryPart) -> Option<Position> {
        self.positions().find(document, pointer, part)
    }
}

impl From<String> for YamlText {
    fn from(text: String) -> Self {
        Self { text, positions: OnceLock::new() }
    }
}

impl Deref for YamlText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

/// The positions of all values of a text, computed in one parse.
#[derive(Debug, Clone, Default)]
pub struct Positions {
    /// The root of each document.
    documents: Vec<Option<usize>>,
    /// Positions of the key and the value of each node.
    nodes: Vec<[Position; 2]>,
    /// Nodes by their parent and their key or index in it.
    children: HashMap<(usize, String), usize>,
}

impl Positions {
    /// Computes the positions of a text. A document that is not valid YAML has none.
    pub fn new(text: &str) -> Self {
        let mut positions = Self::default();
        let text = prepare(text).unwrap_or(Cow::Borrowed(""));
        for document in Documents::new(&text) {
            let root = document.ok().map(|root| positions.add(&root, root.position));
            positions.documents.push(root);
        }
        positions
    }

    fn add(&mut self, node: &Node<'_>, key: Position) -> usize {
        let index = self.nodes.len();
        self.nodes.push([key, node.position]);
        match &node.content {
            Content::Scalar(..) => {}
            Content::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    let child = self.add(item, item.position);
                    self.children.insert((index, at.to_string()), child);
                }
            }
            Content::Map(entries) => {
                for entry in entries {
                    let child = self.add(&entry.value, entry.key_position);
                    self.children.insert((index, entry.key.to_string()), child);
                }
            }
        }
        index
    }

    /// Returns the position of a JSON pointer in the document with this index (from 0).
    ///
    /// For a field that does not exist, this is the position of its deepest existing parent. `None`
    /// when the text has no such document.
    pub fn find(&self, document: usize, pointer: &str, part: EntryPart) -> Option<Position> {
        let mut node = (*self.documents.get(document)?)?;
        let mut is_whole = true;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let Some(child) = self.children.get(&(node, step)) else {
                is_whole = false;
                break;
            };
            node = *child;
        }
        let [key, value] = self.nodes[node];
        Some(if part == EntryPart::Key && is_whole { key } else { value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: 1\n---\nkind: Apii\nmetadata:\n  annotations:\n    x/y: [1, two]\n";

    fn at(pointer: &str, part: EntryPart) -> Option<(usize, usize)> {
        locate(TEXT, 1, pointer, part).map(|p| (p.line, p.column))
    }

    #[test]
    fn values_keys_and_items_are_found() {
        assert_eq!(at("/kind", EntryPart::Value), Some((3, 7)));
        assert_eq!(at("/kind", EntryPart::Key), Some((3, 1)));
        assert_eq!(at("/metadata/annotations/x~1y/1", EntryPart::Value), Some((6, 14)));
    }

    #[test]
    fn what_is_missing_points_at_its_parent() {
        assert_eq!(at("/metadata/name", EntryPart::Value).map(|p| p.0), Some(5));
        assert_eq!(at("", EntryPart::Value), Some((3, 1)));
        assert_eq!(locate(TEXT, 2, "", EntryPart::Value), None);
    }

    proptest::proptest! {
        #[test]
        fn locating_never_panics(text in "\\PC{0,200}", pointer in "(/[a-z0-9]{0,3}){0,4}") {
            let _ = locate(&text, 0, &pointer, EntryPart::Value);
        }
    }
}
