//! Sets of characters.

use super::{property::Property, tree::Tree};

/// A set of characters.
#[derive(Debug, Clone, Default)]
pub(super) struct Class {
    pub(super) is_negated: bool,
    /// Ranges with both ends.
    pub(super) ranges: Vec<(char, char)>,
    /// Properties, and for each whether its opposite is meant. A set with properties is only negated as a whole.
    pub(super) properties: Vec<(Property, bool)>,
}

impl Class {
    pub(super) fn add(&mut self, part: &Tree) {
        match part {
            Tree::Char(c) => self.ranges.push((*c, *c)),
            Tree::Class(class) if class.is_negated => self.ranges.extend(class.complement()),
            Tree::Class(class) => {
                self.ranges.extend(&class.ranges);
                self.properties.extend(&class.properties);
            }
            _ => {}
        }
    }

    /// Sorts and joins the ranges, for a binary search.
    pub(super) fn sorted(mut self) -> Self {
        self.ranges.sort_unstable();
        let mut joined: Vec<(char, char)> = Vec::new();
        for (first, last) in self.ranges {
            match joined.last_mut() {
                Some(before) if first <= before.1 => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self { ranges: joined, ..self }
    }

    /// All characters that are not in the ranges, which are sorted.
    fn complement(&self) -> Vec<(char, char)> {
        let next = |c: char| char::from_u32(c as u32 + 1).unwrap_or('\u{e000}');
        let previous = |c: char| char::from_u32(c as u32 - 1).unwrap_or('\u{d7ff}');
        let mut gaps = Vec::new();
        let mut from = Some('\0');
        for (first, last) in &self.ranges {
            match from {
                Some(start) if start < *first => gaps.push((start, previous(*first))),
                _ => {}
            }
            from = (*last < char::MAX).then(|| next(*last));
        }
        gaps.extend(from.map(|start| (start, char::MAX)));
        gaps
    }

    pub(super) fn contains(&self, c: char) -> bool {
        let place = self.ranges.partition_point(|(_, last)| *last < c);
        self.ranges.get(place).is_some_and(|(first, _)| *first <= c)
            || self
                .properties
                .iter()
                .any(|(property, is_opposite)| property.holds(c) != *is_opposite)
    }
}

/// `\d`, `\w`, `\s` and their opposites.
pub(super) fn set_of(c: char) -> Option<Class> {
    let ranges: &[(char, char)] = match c.to_ascii_lowercase() {
        'd' => &[('0', '9')],
        'w' => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        's' => &[
            ('\t', '\r'),
            (' ', ' '),
            ('\u{a0}', '\u{a0}'),
            ('\u{1680}', '\u{1680}'),
            ('\u{2000}', '\u{200a}'),
            ('\u{2028}', '\u{2029}'),
            ('\u{202f}', '\u{202f}'),
            ('\u{205f}', '\u{205f}'),
            ('\u{3000}', '\u{3000}'),
            ('\u{feff}', '\u{feff}'),
        ],
        _ => return None,
    };
    Some(Class { is_negated: c.is_ascii_uppercase(), ranges: ranges.to_vec(), ..Class::default() })
}
