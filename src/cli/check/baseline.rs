//! The baseline: a file of known problems that `callboard check` does not report, so that the check of an old
//! catalog can start with new problems only.
//!
//! A problem is identified by its code, file and message. Its line does not count, so that a problem that moves
//! stays known. The baseline counts equal problems of a file: as many of them are not reported.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{
    diagnostics::Diagnostic,
    yaml::{self, FormatVersion, YamlError},
};

/// Name of the file, when no other is named.
pub(in crate::cli) const FILE: &str = "callboard-baseline.yaml";

/// The newest version of the file that this program reads, which it writes.
const VERSION: u32 = 1;

const HEADER: &str = "# Known problems, which `callboard check` does not report: only new ones count. Written by\n\
    # `callboard check --write-baseline`; an entry may be removed by hand at any time.\n";

/// Known problems that `callboard check` does not report.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Baseline {
    /// Version of the format of this file; 1 when missing.
    #[serde(default, skip_serializing_if = "FormatVersion::is_first")]
    version: FormatVersion<VERSION>,
    /// The problems, sorted by file.
    problems: Vec<Entry>,
}

/// One known problem.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Entry {
    /// File, relative to the portal.
    pub(super) file: String,
    /// Code, as `callboard check --explain` knows it.
    pub(super) code: String,
    /// What was found.
    pub(super) message: String,
    /// How often it is in the file.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub(super) count: usize,
}

fn once() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_once(count: &usize) -> bool {
    *count == 1
}

/// Problems compared with a baseline.
#[derive(Debug)]
pub(in crate::cli) struct BaselineComparison {
    /// Problems that the baseline does not list.
    pub(in crate::cli) new: Vec<Diagnostic>,
    /// Problems that it lists.
    pub(in crate::cli) old: Vec<Diagnostic>,
    /// Entries of it that were not found.
    pub(in crate::cli) gone: Vec<Entry>,
}

type Key = (String, String, String);

fn key(file: &str, code: &str, message: &str) -> Key {
    (file.to_owned(), code.to_owned(), stable(message))
}

impl Baseline {
    /// Makes the baseline of all these problems.
    pub(in crate::cli) fn of(problems: &[Diagnostic]) -> Self {
        let mut counts: BTreeMap<Key, usize> = BTreeMap::new();
        for problem in problems {
            *counts.entry(key(&problem.place.file, problem.code, &problem.message)).or_default() +=
                1;
        }
        Self { version: FormatVersion::CURRENT, problems: entries(counts) }
    }

    /// Reads the text of a baseline.
    pub(in crate::cli) fn read(text: &str) -> Result<Self, YamlError> {
        yaml::from_versioned_str(text, VERSION)
    }

    /// Writes it as a text.
    pub(in crate::cli) fn write(&self) -> Result<String, YamlError> {
        Ok(format!("{HEADER}{}", yaml::to_string(self)?))
    }

    /// Splits problems into those it does not list and those it does.
    pub(in crate::cli) fn split(&self, problems: Vec<Diagnostic>) -> BaselineComparison {
        let mut left: BTreeMap<Key, usize> = BTreeMap::new();
        for entry in &self.problems {
            *left.entry(key(&entry.file, &entry.code, &entry.message)).or_default() += entry.count;
        }
        let (old, new) = problems.into_iter().partition(|problem| {
            match left.get_mut(&key(&problem.place.file, problem.code, &problem.message)) {
                Some(number) if *number > 0 => {
                    *number -= 1;
                    true
                }
                _ => false,
            }
        });
        left.retain(|_, number| *number > 0);
        BaselineComparison { new, old, gone: entries(left) }
    }
}

fn entries(counts: BTreeMap<Key, usize>) -> Vec<Entry> {
    let entry = |((file, code, message), count)| Entry { file, code, message, count };
    counts.into_iter().map(entry).collect()
}

/// The part of a message that stays when lines move: a YAML parser names lines in its messages.
pub(super) fn stable(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find(" at line ") {
        text.push_str(&rest[..at]);
        rest = rest[at + " at line ".len()..].trim_start_matches(|c: char| c.is_ascii_digit());
        if let Some(after) = rest.strip_prefix(" column ") {
            rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::diagnostics::{Place, Position};

    fn at(line: usize, message: &str) -> Diagnostic {
        let place = Place::at("a.yaml", Some(Position { line, column: 1 }));
        Diagnostic::error("invalid-value", place, message)
    }

    fn messages(problems: &[Diagnostic]) -> Vec<&str> {
        problems.iter().map(|d| d.message.as_str()).collect()
    }

    #[test]
    fn moved_problems_are_known_and_one_more_of_the_same_is_new() {
        let baseline = Baseline::of(&[at(1, "x"), at(2, "x"), at(3, "y"), at(4, "z")]);
        let text = baseline.write().expect("YAML");
        let read = Baseline::read(&text).expect("its own text");
        let split =
            read.split(vec![at(9, "x"), at(10, "x"), at(11, "x"), at(12, "y"), at(13, "new")]);
        assert_eq!(messages(&split.new), ["x", "new"]);
        assert_eq!(messages(&split.old), ["x", "x", "y"]);
        assert_eq!(split.gone.iter().map(|e| e.message.as_str()).collect::<Vec<_>>(), ["z"]);
    }

    #[test]
    fn lines_inside_messages_do_not_matter() {
        let message = "no `]`, while parsing a sequence at line 3 column 4, in a map at line 7";
        assert_eq!(stable(message), "no `]`, while parsing a sequence, in a map");
        assert_eq!(stable("plain"), "plain");
    }
}
