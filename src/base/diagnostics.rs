//! Mistakes in data: each with its place, its text and a hint.
//!
//! A diagnostic never stops anything by itself: whoever collected them decides. What cannot go on
//! is an error (`Result`), not a diagnostic.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing; never fails anything.
    Note,
    /// Works, and should be mended.
    Warning,
    /// Wrong; the data it speaks of is left out.
    Error,
}

impl Level {
    /// Lower-case word, as shown in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A position in a text, both parts counted from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Where a diagnostic points: a file, and when known the position in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// Path relative to the portal, with `/` between its parts.
    pub file: String,
    /// Position in the file.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

impl Place {
    /// Makes a place that is a whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), position: None }
    }

    /// Makes a place at a position of a file.
    pub fn at(file: impl Into<String>, position: Option<Position>) -> Self {
        Self { file: file.into(), position }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(Position { line, column }) => write!(f, "{}:{line}:{column}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// One mistake: its level, a stable code, its place, what was found and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// Stable name of the rule, in kebab case, such as `unknown-kind`.
    pub code: &'static str,
    /// Where it is.
    pub place: Place,
    /// What was found; lower case, no full stop, literals in backticks.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Diagnostic {
    /// Makes an error.
    pub fn error(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self { level: Level::Error, code, place, message: message.into(), hint: None }
    }

    /// Makes a warning.
    pub fn warning(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(code, place, message) }
    }

    /// Makes a note.
    pub fn note(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self { level: Level::Note, ..Self::error(code, place, message) }
    }

    /// Adds what to do about it.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Adds a hint when there is one.
    pub fn hint_opt(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }
}

impl Diagnostic {
    /// Place, message and hint, without the level.
    pub fn text(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}: {}\nhint: {hint}", self.place, self.message),
            None => format!("{}: {}", self.place, self.message),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.level.as_str(), self.text())
    }
}

/// Sorts diagnostics by place, then level, then text, so that the order of work never shows.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics
        .sort_by(|a, b| (&a.place, b.level, &a.message).cmp(&(&b.place, a.level, &b.message)));
}

/// Diagnostics that say the same of different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The first of them.
    pub first: Diagnostic,
    /// What all of them say; literals in which they differ are `` `…` ``.
    pub message: String,
    /// Their places, in the order of the diagnostics.
    pub places: Vec<Place>,
}

/// How many places of a group are named.
const NAMED: usize = 3;

impl Group {
    /// Says what all of them say, in one line: the diagnostic itself when there is only one.
    pub fn headline(&self) -> String {
        match self.places.as_slice() {
            [only] => format!("{only}: {}", self.message),
            places => format!("{} places: {}", places.len(), self.message),
        }
    }

    /// Names the first places of several, and says how many more there are.
    pub fn named_places(&self) -> Vec<String> {
        if self.places.len() == 1 {
            return Vec::new();
        }
        let mut lines: Vec<_> = self.places.iter().take(NAMED).map(Place::to_string).collect();
        let more = self.places.len().saturating_sub(NAMED);
        lines.extend((more > 0).then(|| format!("… and {more} more")));
        lines
    }
}

/// Groups diagnostics by level, code and message, whatever names and numbers stand in it. Groups are in
/// the order of their first diagnostics.
pub fn group<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: BTreeMap<(Level, &str, String), usize> = BTreeMap::new();
    for diagnostic in diagnostics {
        let Diagnostic { level, code, place, message, .. } = diagnostic;
        let pattern = pattern_of(message);
        if let Some(&at) = known.get(&(*level, *code, pattern.clone())) {
            let group = &mut groups[at];
            group.places.push(place.clone());
            if group.message != *message {
                group.message = pattern;
            }
        } else {
            let (first, message) = (diagnostic.clone(), message.clone());
            groups.push(Group { first, message, places: vec![place.clone()] });
            known.insert((*level, code, pattern), groups.len() - 1);
        }
    }
    groups
}

/// A message without its literals. Names of fields stay: they are what the message is about.
fn pattern_of(message: &str) -> String {
    let mut pattern = String::with_capacity(message.len());
    let last = message.split('`').count() - 1;
    for (at, part) in message.split('`').enumerate() {
        let is_literal = at % 2 == 1 && at < last;
        let is_field = ["spec", "metadata", "kind", "apiVersion"].iter().any(|root| {
            part.strip_prefix(root).is_some_and(|r| r.is_empty() || r.starts_with('.'))
        });
        match is_literal {
            true if is_field => pattern.push_str(part),
            true => pattern.push('…'),
            false => pattern.extend(part.chars().map(|c| if c.is_ascii_digit() { '…' } else { c })),
        }
        if at < last {
            pattern.push('`');
        }
    }
    pattern
}

/// Counts those of a level.
pub fn count(diagnostics: &[Diagnostic], level: Level) -> usize {
    diagnostics.iter().filter(|d| d.level == level).count()
}

/// True when one of them is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.level == Level::Error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_the_same_of_many_things_is_one_line() {
        let at = |file: &str, message: &str| Diagnostic::warning("x", Place::file(file), message);
        let all = [
            at("a", "there is no file `a.txt`"),
            at("b", "API `pay`: `spec.owner`: is missing"),
            at("c", "there is no file `c.txt`"),
            at("d", "API `cart`: `spec.type`: is missing"),
            at("e", "API `cart`: `spec.owner`: is missing"),
            at("f", "there is no file `f.txt`"),
            at("g", "there is no file `g.txt`"),
            at("h", "a tick ` alone"),
        ];
        let groups = group(&all);
        let lines: Vec<_> = groups.iter().map(Group::headline).collect();
        assert_eq!(
            lines,
            [
                "4 places: there is no file `…`",
                "2 places: API `…`: `spec.owner`: is missing",
                "d: API `cart`: `spec.type`: is missing",
                "h: a tick ` alone",
            ]
        );
        assert_eq!(groups[0].named_places(), ["a", "c", "f", "… and 1 more"]);
        assert!(groups[2].named_places().is_empty());
    }
}
