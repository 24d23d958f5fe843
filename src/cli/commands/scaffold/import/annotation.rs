//! Adds the annotation that takes mistakes in expressions as Backstage does, and leaves all other text as it is.

use serde_json::{Map, Value};

use crate::{
    base::yaml::{self, EntryPart, Positions},
    catalog::issue::escape,
    scaffold::template::EXPRESSIONS,
};

const LENIENT: &str = "lenient";
const COMMENT: &str = "# As in Backstage, a mistake in an expression leaves the text as it is \
                       written. Without this it is an error.";

/// The text with the annotation in one of its documents. `None` when the document has the annotation already, or
/// is written in a way that it cannot be added to.
pub(super) fn add(text: &str, document: usize) -> Option<String> {
    let parsed = parse(text)?;
    let mut wanted = parsed.get(document)?.clone();
    let metadata = wanted.get_mut("metadata")?.as_object_mut()?;
    let first = metadata.keys().next()?.clone();
    let annotations = metadata.entry("annotations").or_insert(Value::Null);
    if annotations.is_null() {
        *annotations = Value::Object(Map::new());
    }
    let annotations = annotations.as_object_mut()?;
    let own = annotations.keys().next().cloned();
    if annotations.insert(EXPRESSIONS.to_owned(), LENIENT.into()).is_some() {
        return None;
    }
    let is_there = parsed[document].pointer("/metadata/annotations").is_some();
    let pointer = match (&own, is_there) {
        (Some(own), _) => format!("/metadata/annotations/{}", escape(own)),
        (None, true) => "/metadata/annotations".to_owned(),
        (None, false) => format!("/metadata/{}", escape(&first)),
    };
    let at = Positions::new(text).find(document, &pointer, EntryPart::Key)?;
    let entry = format!("{EXPRESSIONS}: {LENIENT}");
    let place = Place { line: at.line - 1, column: at.column - 1 };
    let candidates = match (own.is_some(), is_there) {
        (true, _) => [place.before(text, &[COMMENT, &entry], 0), place.inside(text, &entry)],
        (false, true) => [place.instead(text, &entry), None],
        (false, false) => [
            place.before(
                text,
                &["annotations:", &format!("  {COMMENT}"), &format!("  {entry}")],
                0,
            ),
            place.inside(text, &format!("annotations: {{{entry}}}")),
        ],
    };
    let is_wanted = |candidate: &String| {
        parse(candidate).is_some_and(|found| {
            found.len() == parsed.len()
                && found.iter().zip(&parsed).enumerate().all(|(index, (found, before))| {
                    *found == if index == document { wanted.clone() } else { before.clone() }
                })
        })
    };
    candidates.into_iter().flatten().find(is_wanted)
}

fn parse(text: &str) -> Option<Vec<Value>> {
    yaml::parse_documents(text).into_iter().collect::<Result<_, _>>().ok()
}

/// A line and a character of it, both from 0.
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    /// Puts lines before the line of the place, indented as far as the place is.
    fn before(&self, text: &str, lines: &[&str], skipped: usize) -> Option<String> {
        let indent = self.indent(text)?;
        let mut all: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let end = if text.contains("\r\n") { "\r" } else { "" };
        let new = lines.iter().map(|line| format!("{indent}{line}{end}"));
        all.splice(self.line..self.line + skipped, new);
        Some(all.join("\n"))
    }

    /// Replaces a line that is `annotations:` without entries.
    fn instead(&self, text: &str, entry: &str) -> Option<String> {
        let line = text.split('\n').nth(self.line)?.trim();
        let is_empty = matches!(line, "annotations:" | "annotations: {}");
        let lines = ["annotations:", &format!("  {COMMENT}"), &format!("  {entry}")];
        if is_empty { self.before(text, &lines, 1) } else { None }
    }

    /// Puts an entry before the one at the place, of a map in braces, and the comment above its line.
    fn inside(&self, text: &str, entry: &str) -> Option<String> {
        let mut all: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let line = all.get_mut(self.line)?;
        let (at, _) = line.char_indices().nth(self.column)?;
        line.insert_str(at, &format!("{entry}, "));
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        let end = if text.contains("\r\n") { "\r" } else { "" };
        all.insert(self.line, format!("{indent}{COMMENT}{end}"));
        Some(all.join("\n"))
    }

    /// What is before the place on its line, when that is only spaces.
    fn indent(&self, text: &str) -> Option<String> {
        let line = text.split('\n').nth(self.line)?;
        let before: String = line.chars().take(self.column).collect();
        before.chars().all(|c| c == ' ').then_some(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str) -> String {
        add(text, 0).expect("it can be added").replace(COMMENT, "#")
    }

    #[test]
    fn the_annotation_is_added_and_all_other_text_stays() {
        assert_eq!(
            added("kind: T # c\nmetadata:\n  name: a\nspec: {}\n"),
            "kind: T # c\nmetadata:\n  annotations:\n    #\n    callboard.dev/expressions: lenient\n  name: a\nspec: {}\n"
        );
        assert_eq!(
            added("metadata:\r\n  name: a\r\n  annotations:\r\n    b/c: d\r\n"),
            "metadata:\r\n  name: a\r\n  annotations:\r\n    #\r\n    callboard.dev/expressions: lenient\r\n    b/c: d\r\n"
        );
        assert_eq!(
            added("metadata:\n  name: a\n  annotations: {}\n"),
            "metadata:\n  name: a\n  annotations:\n    #\n    callboard.dev/expressions: lenient\n"
        );
        assert_eq!(
            added("metadata:\n  annotations: {b/c: d}\n"),
            "metadata:\n  #\n  annotations: {callboard.dev/expressions: lenient, b/c: d}\n"
        );
        assert_eq!(
            added("metadata: {name: a}\n"),
            "#\nmetadata: {annotations: {callboard.dev/expressions: lenient}, name: a}\n"
        );
    }

    #[test]
    fn only_the_document_gets_the_annotation_and_only_once() {
        let text = "metadata:\n  name: a\n---\nmetadata:\n  name: b\n";
        let once = add(text, 1).expect("it can be added");
        assert!(
            once.starts_with("metadata:\n  name: a\n---\nmetadata:\n  annotations:\n"),
            "{once}"
        );
        assert_eq!(add(&once, 1), None);
        assert!(add(&once, 0).is_some());
    }
}
