//! Mistakes in data: each with its place, its text and a hint.
//!
//! A diagnostic never stops anything by itself: whoever collected them decides. What cannot go on
//! is an error (`Result`), not a diagnostic.

use std::fmt;

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

/// Counts those of a level.
pub fn count(diagnostics: &[Diagnostic], level: Level) -> usize {
    diagnostics.iter().filter(|d| d.level == level).count()
}

/// True when one of them is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.level == Level::Error)
}
