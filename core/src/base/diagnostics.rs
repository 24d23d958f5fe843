//! Diagnostics: mistakes in data, each with its place, a message and a hint.
//!
//! A diagnostic does not stop the program: the command that collected it decides what to do. Failures
//! after which a function cannot continue are errors (`Result`), not diagnostics.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For information; never makes a command fail.
    Note,
    /// Probably a mistake, but the data is used.
    Warning,
    /// A mistake; the data is left out.
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

/// The place of a diagnostic: a file, and the position in it when it is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// Path relative to the portal, with `/` between its parts.
    pub file: String,
    /// Position in the file.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

impl Place {
    /// Makes the place of a whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), position: None }
    }

    /// Makes the place of a position in a file.
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

/// One mistake: its level, a stable code, its place, a message and a hint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// Stable name of the rule, in kebab case, such as `unknown-kind`.
    pub code: &'static str,
    /// The place of the mistake.
    pub place: Place,
    /// What is wrong: starts in lower case, has no full stop, and puts literals in backticks.
    pub message: String,
    /// How to correct it.
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

    /// Adds a hint: how to correct the mistake.
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

/// Sorts diagnostics by place, then level (errors first), then message, so that the order does not
/// depend on threads.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics
        .sort_by(|a, b| (&a.place, b.level, &a.message).cmp(&(&b.place, a.level, &b.message)));
}

/// Diagnostics of the same level and code whose messages differ only in literals and numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The first diagnostic.
    pub first: Diagnostic,
    /// Their common message; literals in which they differ are `` `…` ``.
    pub message: String,
    /// Their places with the literals of their messages, such as `` `a`, `b` ``, in the order of the diagnostics.
    pub places: Vec<(Place, String)>,
}

/// Most places of a group that are listed.
const NAMED: usize = 3;

impl Group {
    /// One line for the group: the place and message of a single diagnostic, or the number of places
    /// and the common message.
    pub fn headline(&self) -> String {
        match self.places.as_slice() {
            [(only, _)] => format!("{only}: {}", self.message),
            places => format!("{} places: {}", places.len(), self.message),
        }
    }

    /// Lists the first places of several, with what the common message leaves out, and the number of the others.
    pub fn named_places(&self) -> Vec<String> {
        if self.places.len() == 1 {
            return Vec::new();
        }
        let differ = self.message != self.first.message;
        let line = |(place, literals): &(Place, String)| match differ && !literals.is_empty() {
            true => format!("{place}: {literals}"),
            false => place.to_string(),
        };
        let mut lines: Vec<_> = self.places.iter().take(NAMED).map(line).collect();
        let more = self.places.len().saturating_sub(NAMED);
        lines.extend((more > 0).then(|| format!("… and {more} more")));
        lines
    }
}

/// Groups diagnostics by level, code and message, without regard to literals and numbers in the message.
/// Groups are in the order of their first diagnostics.
pub fn group<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: BTreeMap<(Level, &str, String), usize> = BTreeMap::new();
    for diagnostic in diagnostics {
        let Diagnostic { level, code, place, message, .. } = diagnostic;
        let (pattern, literals) = pattern_of(message);
        if let Some(&at) = known.get(&(*level, *code, pattern.clone())) {
            let group = &mut groups[at];
            group.places.push((place.clone(), literals));
            if group.message != *message {
                group.message = pattern;
            }
        } else {
            let (first, message) = (diagnostic.clone(), message.clone());
            groups.push(Group { first, message, places: vec![(place.clone(), literals)] });
            known.insert((*level, code, pattern), groups.len() - 1);
        }
    }
    groups
}

/// A message with `…` instead of literals and digits, and these literals. Names of fields are kept, because messages
/// about different fields are different.
fn pattern_of(message: &str) -> (String, String) {
    let mut literals = Vec::new();
    let mut pattern = String::with_capacity(message.len());
    let last = message.split('`').count() - 1;
    for (at, part) in message.split('`').enumerate() {
        let is_literal = at % 2 == 1 && at < last;
        let is_field = ["spec", "metadata", "kind", "apiVersion"].iter().any(|root| {
            part.strip_prefix(root).is_some_and(|r| r.is_empty() || r.starts_with('.'))
        });
        match is_literal {
            true if is_field => pattern.push_str(part),
            true => {
                pattern.push('…');
                literals.push(format!("`{part}`"));
            }
            false => pattern.extend(part.chars().map(|c| if c.is_ascii_digit() { '…' } else { c })),
        }
        if at < last {
            pattern.push('`');
        }
    }
    (pattern, literals.join(", "))
}

/// Counts the diagnostics of a level.
pub fn count(diagnostics: &[Diagnostic], level: Level) -> usize {
    diagnostics.iter().filter(|d| d.level == level).count()
}

/// True when at least one diagnostic is an error.
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
        let first = ["a: `a.txt`", "c: `c.txt`", "f: `f.txt`", "… and 1 more"];
        assert_eq!(groups[0].named_places(), first);
        assert!(groups[2].named_places().is_empty());
    }
}
