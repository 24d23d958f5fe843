//! Issues: mistakes in an entity, located by JSON pointer. They become diagnostics when the file is known.

use crate::base::{
    diagnostics::{Diagnostic, Level, Place},
    yaml::{EntryPart, Positions},
};

/// A mistake in an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Its severity.
    pub level: Level,
    /// Stable name of the rule.
    pub code: &'static str,
    /// JSON pointer in the entity.
    pub pointer: String,
    /// Whether its position is that of the key or of the value.
    pub part: EntryPart,
    /// What is wrong.
    pub message: String,
    /// How to correct it.
    pub hint: Option<String>,
}

impl Issue {
    /// Makes an error at a value.
    pub fn error(
        code: &'static str,
        pointer: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Error,
            code,
            pointer: pointer.into(),
            part: EntryPart::Value,
            message: message.into(),
            hint: None,
        }
    }

    /// Makes a warning at a value.
    pub fn warning(
        code: &'static str,
        pointer: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { level: Level::Warning, ..Self::error(code, pointer, message) }
    }

    /// Makes a note at a value.
    pub fn note(
        code: &'static str,
        pointer: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { level: Level::Note, ..Self::error(code, pointer, message) }
    }

    /// Sets the position to that of the key.
    pub fn at_key(self) -> Self {
        Self { part: EntryPart::Key, ..self }
    }

    /// Adds a hint.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Adds a hint when there is one.
    pub fn hint_opt(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }

    /// Adds a hint unless there is one already.
    pub fn or_hint(self, hint: &str) -> Self {
        Self { hint: self.hint.or_else(|| Some(hint.to_owned())), ..self }
    }

    /// Makes a diagnostic of the issue, for the document with this index in a file with these positions.
    pub fn placed(self, file: &str, positions: &Positions, document: usize) -> Diagnostic {
        let position = positions.find(document, &self.pointer, self.part);
        Diagnostic {
            level: self.level,
            code: self.code,
            place: Place::at(file, position),
            message: self.message,
            hint: self.hint,
        }
    }
}

/// Escapes one part of a JSON pointer (RFC 6901).
pub fn escape(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}
