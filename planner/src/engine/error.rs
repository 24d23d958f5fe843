//! Errors of expressions with their position. Their callers decide how an error is shown.

use std::fmt;

use super::unknown::Unknown;

/// Most characters of a message that are shown.
const LONGEST_MESSAGE: usize = 500;

/// Whether a template could not be read or could not be rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is not in the language; known without any value.
    Syntax,
    /// The text is in the language, but these values cannot be rendered with it.
    Render,
    /// The text or what it makes is larger or deeper, or takes longer, than this engine allows.
    Limit,
}

/// A mistake in one template string, with its place and, where one helps, a hint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct EngineError {
    /// Whether reading or rendering failed.
    pub kind: ErrorKind,
    /// JSON pointer to the string within a rendered input, empty for a lone template.
    pub path: String,
    /// Line within the string, from 1.
    pub line: usize,
    /// Column within the line in characters, from 1.
    pub column: usize,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// A mistake without its place: what operators, filters and methods report.
#[derive(Debug, Clone)]
pub(crate) struct Complaint {
    pub(crate) message: String,
    pub(super) hint: Option<String>,
    /// No mistake: what was read is known only after apply, and so is the result.
    unknown: Option<Box<Unknown>>,
    /// Not a mistake in the language, but more than this engine allows.
    is_limit: bool,
}

impl Complaint {
    /// Ends what reads an unknown value.
    pub(super) fn unknown(unknown: &Unknown) -> Self {
        let message = "this is known only after apply";
        Self { unknown: Some(Box::new(unknown.derived())), ..Self::from(message) }
    }

    /// Says that something is larger, deeper or longer than it may be.
    pub(super) fn limit(message: impl Into<String>) -> Self {
        Self { is_limit: true, ..Self::from(message) }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn at(self, at: usize) -> Fault {
        Fault { at, complaint: self }
    }
}

impl<T: Into<String>> From<T> for Complaint {
    fn from(message: T) -> Self {
        Self { message: message.into(), hint: None, unknown: None, is_limit: false }
    }
}

/// A complaint at a byte offset of the source.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) at: usize,
    complaint: Complaint,
}

impl Fault {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Complaint::from(message).at(at)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.complaint.hint = Some(hint.into());
        self
    }

    /// The unknown value that was read, or the mistake.
    pub(super) fn into_unknown(self) -> Result<Unknown, Self> {
        match self.complaint.unknown {
            Some(unknown) => Ok(*unknown),
            None => Err(self),
        }
    }

    /// Turns the offset into line and column of `source`.
    pub(super) fn place(self, kind: ErrorKind, source: &str) -> EngineError {
        let before = source.get(..self.at).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        EngineError {
            kind: if self.complaint.is_limit { ErrorKind::Limit } else { kind },
            path: String::new(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: shortened(self.complaint.message),
            hint: self.complaint.hint,
        }
    }
}

/// Cuts a message that quotes a long value.
fn shortened(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(LONGEST_MESSAGE) {
        message.truncate(end);
        message.push('…');
    }
    message
}

/// Says "did you mean", when one of `known` is close to `name`.
pub(super) fn did_you_mean<'k>(
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<String> {
    known
        .into_iter()
        // A name that is much longer is not close, and would take long to compare.
        .filter(|candidate| name.len() <= 4 * candidate.len())
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
        .min()
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// Counts arguments in a message.
pub(super) fn arguments(count: usize) -> String {
    if count == 1 { "1 argument".into() } else { format!("{count} arguments") }
}
