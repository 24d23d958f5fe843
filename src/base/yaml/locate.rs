//! Finds the line and column of a value in a YAML text.

use saphyr_parser::{Event, Parser, Span};

use crate::base::diagnostics::Position;

/// Which part of a mapping entry is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The key.
    Key,
    /// The value.
    Value,
}

/// Returns the position of what a JSON pointer names in the `document`-th document (from 0).
///
/// When the pointer leads nowhere (a missing field), the deepest part that exists is returned. `None`
/// when the text has no such document.
pub fn locate(text: &str, document: usize, pointer: &str, at: At) -> Option<Position> {
    let path: Vec<String> =
        pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    let mut walk = Walk { events: Parser::new_from_str(text), path, at, best: None };
    let mut seen = 0;
    loop {
        match walk.next()?.0 {
            Event::DocumentStart(_) if seen == document => break,
            Event::DocumentStart(_) => seen += 1,
            Event::StreamEnd => return None,
            _ => {}
        }
    }
    let (event, span) = walk.next()?;
    walk.node(&event, span, 0, true);
    walk.best.map(|(_, position)| position)
}

struct Walk<'t> {
    events: Parser<'t, saphyr_parser::StrInput<'t>>,
    path: Vec<String>,
    at: At,
    /// The deepest match so far: how many parts of the path it covers, and where it is.
    best: Option<(usize, Position)>,
}

impl<'t> Walk<'t> {
    fn next(&mut self) -> Option<(Event<'t>, Span)> {
        self.events.next_event()?.ok()
    }

    /// Walks one node whose first event was read. `depth` parts of the path lead to it when it is
    /// `on_path`. Returns `None` where the text is broken.
    fn node(&mut self, event: &Event<'_>, span: Span, depth: usize, on_path: bool) -> Option<()> {
        if on_path && !(self.at == At::Key && depth > 0 && depth == self.path.len()) {
            self.note(depth, span);
        }
        match event {
            Event::MappingStart(..) => loop {
                let (key, key_span) = self.next()?;
                if matches!(key, Event::MappingEnd) {
                    return Some(());
                }
                let found = on_path
                    && matches!(&key, Event::Scalar(text, ..)
                        if self.path.get(depth).is_some_and(|part| part == text));
                self.node(&key, key_span, 0, false)?;
                if found {
                    self.note(depth + 1, key_span);
                }
                let (value, value_span) = self.next()?;
                self.node(&value, value_span, depth + 1, found)?;
            },
            Event::SequenceStart(..) => {
                for index in 0.. {
                    let (item, item_span) = self.next()?;
                    if matches!(item, Event::SequenceEnd) {
                        break;
                    }
                    let found = on_path
                        && self.path.get(depth).is_some_and(|part| *part == index.to_string());
                    self.node(&item, item_span, depth + 1, found)?;
                }
                Some(())
            }
            _ => Some(()),
        }
    }

    /// Remembers a match that is deeper than, or as deep as, the best one.
    fn note(&mut self, depth: usize, span: Span) {
        if self.best.is_none_or(|(best, _)| depth >= best) {
            let position = Position { line: span.start.line(), column: span.start.col() + 1 };
            self.best = Some((depth, position));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: 1\n---\nkind: Apii\nmetadata:\n  annotations:\n    x/y: [1, two]\n";

    fn at(pointer: &str, at: At) -> Option<(usize, usize)> {
        locate(TEXT, 1, pointer, at).map(|p| (p.line, p.column))
    }

    #[test]
    fn values_keys_and_items_are_found() {
        assert_eq!(at("/kind", At::Value), Some((3, 7)));
        assert_eq!(at("/kind", At::Key), Some((3, 1)));
        assert_eq!(at("/metadata/annotations/x~1y/1", At::Value), Some((6, 14)));
    }

    #[test]
    fn what_is_missing_points_at_its_parent() {
        assert_eq!(at("/metadata/name", At::Value).map(|p| p.0), Some(5));
        assert_eq!(at("", At::Value), Some((3, 1)));
        assert_eq!(locate(TEXT, 2, "", At::Value), None);
    }

    proptest::proptest! {
        #[test]
        fn locating_never_panics(text in "\\PC{0,200}", pointer in "(/[a-z0-9]{0,3}){0,4}") {
            let _ = locate(&text, 0, &pointer, At::Value);
        }
    }
}
