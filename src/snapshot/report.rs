//! What a snapshot did, or why it did not: as text, as JSON and as a commit message.

use std::{fmt, fmt::Write};

use serde::Serialize;

use super::guard::Shrunk;
use crate::base::{diagnostics::Diagnostic, text::count};

/// How many entities a commit message lists.
const LISTED: usize = 50;
/// How many problems of one source are shown as text.
const SHOWN: usize = 20;

/// What a snapshot did.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// True when nothing was written because nothing should be.
    pub dry_run: bool,
    /// One report per source, in the order of the run.
    pub sources: Vec<SourceReport>,
    /// What is worth mending and stopped nothing.
    pub warnings: Vec<Diagnostic>,
}

/// What happened to one source.
#[derive(Debug, Serialize)]
pub struct SourceReport {
    /// Its name.
    pub source: String,
    /// How much was read.
    #[serde(flatten)]
    pub volume: Volume,
    /// Time that it took.
    pub milliseconds: u64,
    /// What came of it.
    pub outcome: Outcome,
}

/// How much was read of a source.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Volume {
    /// Number of records.
    pub records: usize,
    /// Number of pages.
    pub pages: usize,
    /// Size of all bodies, after decompression.
    pub bytes: u64,
}

/// What came of one source.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase", tag = "result")]
pub enum Outcome {
    /// Its files say what the source said.
    Done(Changes),
    /// Its files are as they were.
    Failed(Failure),
    /// Its files are as they were, because too much would go.
    Refused(Shrunk),
}

/// What changed in the entities of a source, each list sorted.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Entity refs of new ones.
    pub added: Vec<String>,
    /// Entity refs of those that differ.
    pub changed: Vec<String>,
    /// Entity refs of those that are gone.
    pub removed: Vec<String>,
    /// Number of those that are the same.
    pub unchanged: usize,
    /// True when more went than the guard allows, and a person allowed it.
    pub shrink_allowed: bool,
}

/// Why a source changed nothing.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// Whose business it is.
    pub kind: FailureKind,
    /// What is wrong; at least one.
    pub problems: Vec<Diagnostic>,
    /// True when nothing more can be read: a program of the source still runs.
    #[serde(skip)]
    pub is_fatal: bool,
}

/// Whose business a failure is, the one that a repetition cannot mend first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FailureKind {
    /// The source's files, or the entities that its mapping makes, are wrong.
    Data,
    /// Something of the environment is missing.
    Settings,
    /// The shrink guard refused.
    Guard,
    /// The API failed.
    Outside,
}

impl Failure {
    pub(super) fn new(kind: FailureKind, problems: Vec<Diagnostic>) -> Self {
        Self { kind, problems, is_fatal: false }
    }

    /// Says that the snapshot has to end with this.
    pub(super) fn fatal(mut self) -> Self {
        self.is_fatal = true;
        self
    }

    /// Adds a hint to the last problem.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(last) = self.problems.last_mut() {
            last.hint = Some(hint.into());
        }
        self
    }
}

impl Outcome {
    /// What changed, when the source was taken.
    pub fn changes(&self) -> Option<&Changes> {
        match self {
            Self::Done(changes) => Some(changes),
            Self::Failed(_) | Self::Refused(_) => None,
        }
    }

    /// Why it failed, when it did.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Done(_) | Self::Refused(_) => None,
        }
    }
}

impl Changes {
    /// True when nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    /// Returns `3 added, 12 changed, 1 removed`, or `unchanged`.
    pub fn summary(&self) -> String {
        let parts = [
            (self.added.len(), "added"),
            (self.changed.len(), "changed"),
            (self.removed.len(), "removed"),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let parts: Vec<_> = parts.map(|(number, what)| format!("{number} {what}")).collect();
        if parts.is_empty() {
            return "unchanged".into();
        }
        parts.join(", ")
    }

    /// Every entity that differs, with a sign: `+`, `~` or `-`.
    fn lines(&self) -> impl Iterator<Item = (char, &String)> {
        let signed = |sign| move |entity| (sign, entity);
        let added = self.added.iter().map(signed('+'));
        let changed = self.changed.iter().map(signed('~'));
        added.chain(changed).chain(self.removed.iter().map(signed('-')))
    }
}

impl Report {
    /// True when a file differs, or would in a dry run.
    pub fn has_changes(&self) -> bool {
        self.done().any(|(_, changes)| !changes.is_empty())
    }

    /// The worst failure of all sources: a repetition helps only when it is [`FailureKind::Outside`].
    pub fn failure(&self) -> Option<FailureKind> {
        let kinds = self.sources.iter().filter_map(|s| match &s.outcome {
            Outcome::Done(_) => None,
            Outcome::Failed(failure) => Some(failure.kind),
            Outcome::Refused(_) => Some(FailureKind::Guard),
        });
        kinds.min()
    }

    fn done(&self) -> impl Iterator<Item = (&str, &Changes)> {
        self.sources.iter().filter_map(|s| Some((s.source.as_str(), s.outcome.changes()?)))
    }

    /// Composes the message of the commit: what changed in one line, the first entities below it.
    ///
    /// Files that an interrupted run left are committed with it, so there is a message even when this
    /// run changed nothing.
    pub fn commit_message(&self) -> String {
        let sources = self.sources.iter().map(|s| match &s.outcome {
            Outcome::Done(changes) => format!("{} {}", s.source, changes.summary()),
            Outcome::Failed(_) => format!("{} failed", s.source),
            Outcome::Refused(_) => format!("{} refused", s.source),
        });
        let mut text = format!("snapshot: {}\n", sources.collect::<Vec<_>>().join("; "));
        let lines: Vec<_> = self.done().flat_map(|(_, changes)| changes.lines()).collect();
        if !lines.is_empty() {
            text.push('\n');
        }
        for (sign, entity) in lines.iter().take(LISTED) {
            let _ = writeln!(text, "{sign} {entity}");
        }
        if lines.len() > LISTED {
            let _ = writeln!(text, "… and {} more", lines.len() - LISTED);
        }
        let allowed = self.done().filter(|(_, changes)| changes.shrink_allowed);
        for (at, (source, _)) in allowed.enumerate() {
            let separator = if at == 0 { "\n" } else { "" };
            let _ = writeln!(text, "{separator}Allow-Shrink: {source}");
        }
        text
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for source in &self.sources {
            writeln!(f, "{source}")?;
        }
        for warning in &self.warnings {
            writeln!(f, "{warning}")?;
        }
        if self.dry_run {
            writeln!(f, "dry run: nothing was written")?;
        }
        Ok(())
    }
}

impl fmt::Display for SourceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (records, pages) = (
            count(self.volume.records, "record", "records"),
            count(self.volume.pages, "page", "pages"),
        );
        let seconds = self.milliseconds as f64 / 1000.0;
        match &self.outcome {
            Outcome::Done(changes) => write!(
                f,
                "{}: {} ({records}, {pages}, {seconds:.1} s)",
                self.source,
                changes.summary()
            ),
            Outcome::Refused(shrunk) => {
                write!(f, "error: {}: {shrunk}; nothing was changed", self.source)?;
                write!(
                    f,
                    "\nhint: when that is right, run again with `--allow-shrink {}`",
                    self.source
                )
            }
            Outcome::Failed(failure) => {
                write!(f, "{}: failed; its entities stay as they were", self.source)?;
                for problem in failure.problems.iter().take(SHOWN) {
                    write!(f, "\n{problem}")?;
                }
                match failure.problems.len().checked_sub(SHOWN) {
                    None | Some(0) => Ok(()),
                    Some(more) => write!(f, "\n… and {}", count(more, "problem", "problems")),
                }
            }
        }
    }
}
