//! Finds the line and column of a value in a YAML text.

use std::{borrow::Cow, collections::HashMap, ops::Deref, sync::OnceLock};

use super::{
    node::{Content, Documents, Node},
    text::prepare,
};
use crate::base::diagnostics::Position;

/// Which part of a mapping entry is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryPart {
    /// The key.
    Key,
    /// The value.
    Value,
}

/// Returns the position of what a JSON pointer names in the `document`-th document (from 0), as
/// [`Positions::find`] does. Whoever looks for several keeps the [`Positions`] or a [`YamlText`].
pub fn locate(text: &str, document: usize, pointer: &str, part: EntryPart) -> Option<Position> {
    Positions::new(text).find(document, pointer, part)
}

/// A YAML text whose positions are read when the first is looked for, and once.
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

/// The positions of all values of a text, so that many are found in the time of one reading.
#[derive(Debug, Clone, Default)]
pub struct Positions {
    /// The root of each document.
    documents: Vec<Option<usize>>,
    /// Key and value of each node.
    places: Vec<[Position; 2]>,
    /// Nodes by the node above them and the part of the pointer that leads on.
    children: HashMap<(usize, String), usize>,
}

impl Positions {
    /// Reads a text; a document that is not YAML has no positions.
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
        let index = self.places.len();
        self.places.push([key, node.position]);
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

    /// Returns the position of what a JSON pointer names in the `document`-th document (from 0).
    ///
    /// When the pointer leads nowhere (a missing field), the deepest part that exists is returned. `None`
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
        let [key, value] = self.places[node];
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
