//! Regular expressions with JavaScript's rules (ECMAScript without the flags `u` and `v`), by characters instead of
//! UTF-16 units. Those of JSON Schema also have the flag `u`.
//!
//! The matcher goes back over alternatives as JavaScript does, and pays the meter for every step: a pattern that
//! takes exponential time ends with the budget of its plan.

mod class;
mod parse;
mod program;
mod property;
mod run;
mod tree;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::Complaint;
use super::limits::Meter;
use super::value::Value;
use program::Program;

/// Longest source, in bytes.
const SOURCE_BYTES: usize = 16 * 1024;

/// A pattern that was read: `/source/flags`.
#[derive(Debug)]
pub(crate) struct Pattern {
    source: String,
    flags: Flags,
    program: Program,
}

/// JavaScript's flags `g`, `i`, `m`, `y`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) global: bool,
    pub(super) ignore_case: bool,
    pub(super) multiline: bool,
    pub(super) sticky: bool,
}

/// Where a pattern matches, in bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Match {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The groups from the first; `None` for one that is not part of the match.
    pub(super) groups: Vec<Option<(usize, usize)>>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// JavaScript refuses it, too.
    pub(crate) fn parse(source: &str, flags: &str) -> Result<Self, Complaint> {
        Self::read(source, Flags::parse(flags)?, false)
    }

    /// Reads a pattern with the flag `u`.
    ///
    /// # Errors
    /// JavaScript refuses it, too, or it has a property of characters that is not known here, such as `Script=Latin`.
    pub(crate) fn parse_unicode(source: &str) -> Result<Self, Complaint> {
        Self::read(source, Flags::default(), true)
    }

    fn read(source: &str, flags: Flags, is_unicode: bool) -> Result<Self, Complaint> {
        if source.len() > SOURCE_BYTES {
            let message = format!("a regular expression has at most {SOURCE_BYTES} bytes");
            return Err(message.into());
        }
        let tree = parse::parse(source, is_unicode).map_err(|message| {
            Complaint::from(format!("this regular expression is not valid: {message}"))
        })?;
        let program = Program::of(&tree, flags.ignore_case);
        Ok(Self { source: source.to_owned(), flags, program })
    }

    pub(super) fn flags(&self) -> Flags {
        self.flags
    }

    /// What its reading costs, in units.
    pub(crate) fn cost(&self) -> usize {
        reading(&self.source)
    }

    /// How many groups it has.
    pub(super) fn groups(&self) -> usize {
        self.program.groups
    }

    /// The names of the groups that have one, with their number from 0.
    pub(super) fn names(&self) -> &[(String, usize)] {
        &self.program.names
    }

    /// Finds the first match at or after a byte of `text`; with the flag `y`, one that starts there.
    pub(crate) fn find(
        &self,
        text: &str,
        start: usize,
        meter: &Meter,
    ) -> Result<Option<Match>, Complaint> {
        run::find(&self.program, self.flags, text, start, meter)
    }

    /// Finds all matches, one after the other, at most `limit`; an empty one moves on by a character.
    pub(super) fn find_all(
        &self,
        text: &str,
        limit: usize,
        meter: &Meter,
    ) -> Result<Vec<Match>, Complaint> {
        let (mut found, mut start) = (Vec::new(), 0);
        while found.len() < limit
            && start <= text.len()
            && let Some(next) = self.find(text, start, meter)?
        {
            meter.spend(8 + 2 * next.groups.len())?;
            start = if next.start == next.end { after(text, next.end) } else { next.end };
            found.push(next);
        }
        Ok(found)
    }
}

/// What it costs to read a pattern, in units.
pub(super) fn reading(source: &str) -> usize {
    16 * source.len()
}

/// The start of the character behind the one at `at`, beyond the end when there is none.
pub(super) fn after(text: &str, at: usize) -> usize {
    at + text[at..].chars().next().map_or(1, char::len_utf8)
}

impl Flags {
    fn parse(text: &str) -> Result<Self, Complaint> {
        let mut flags = Self::default();
        for c in text.chars() {
            let flag = match c {
                'g' => &mut flags.global,
                'i' => &mut flags.ignore_case,
                'm' => &mut flags.multiline,
                'y' => &mut flags.sticky,
                _ => return Err(format!("`{c}` is not a flag of regular expressions").into()),
            };
            if std::mem::replace(flag, true) {
                return Err(format!("the flag `{c}` is there twice").into());
            }
        }
        Ok(flags)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.source, self.flags) == (&other.source, other.flags)
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            (self.global, 'g'),
            (self.ignore_case, 'i'),
            (self.multiline, 'm'),
            (self.sticky, 'y'),
        ];
        all.iter().filter(|(is_set, _)| *is_set).try_for_each(|(_, flag)| write!(f, "{flag}"))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = if self.source.is_empty() { "(?:)" } else { &self.source };
        write!(f, "/{}/{}", source.replace('\n', "\\n"), self.flags)
    }
}

/// A pattern as a value, which remembers where its last test ended.
#[derive(Debug)]
pub(super) struct Regex {
    pattern: Arc<Pattern>,
    last: AtomicUsize,
}

impl Regex {
    pub(super) fn new(pattern: &Arc<Pattern>) -> Self {
        Self { pattern: Arc::clone(pattern), last: AtomicUsize::new(0) }
    }

    pub(super) fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Its data: `source`, `flags`, and the flags one by one.
    pub(super) fn member(&self, name: &str) -> Value {
        let flags = self.pattern.flags;
        match name {
            "source" if self.pattern.source.is_empty() => Value::text("(?:)"),
            "source" => Value::text(self.pattern.source.as_str()),
            "flags" => Value::text(flags.to_string()),
            "global" => Value::Bool(flags.global),
            "ignoreCase" => Value::Bool(flags.ignore_case),
            "multiline" => Value::Bool(flags.multiline),
            "sticky" => Value::Bool(flags.sticky),
            _ => Value::Undefined,
        }
    }

    /// `regex.test(text)`: with the flags `g` and `y` it goes on where the last test ended.
    pub(super) fn test(&self, text: &str, meter: &Meter) -> Result<bool, Complaint> {
        let goes_on = self.pattern.flags.global || self.pattern.flags.sticky;
        let start = if goes_on { self.last.load(Ordering::Relaxed) } else { 0 };
        let found = match text.is_char_boundary(start) {
            true => self.pattern.find(text, start, meter)?,
            false => None,
        };
        let end = found.as_ref().map_or(0, |found| found.end);
        self.last.store(if goes_on { end } else { 0 }, Ordering::Relaxed);
        Ok(found.is_some())
    }
}

#[cfg(test)]
mod tests;
