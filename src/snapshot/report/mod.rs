//! The report of a snapshot: as text, as JSON and as a commit message.

mod changes;
mod failures;
mod message;

use std::fmt;

use serde::Serialize;

pub use changes::{Changes, Rename};
pub use failures::DocumentFailure;

use crate::base::{
    diagnostics::{self, Diagnostic},
    text::count,
};

/// Most problems of one source that are shown as text.
const SHOWN: usize = 20;
/// Most entities that are listed when the shrink guard refuses a source.
const KEPT: usize = 10;

/// The report of a snapshot.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// True when nothing was written because it was a dry run.
    pub dry_run: bool,
    /// One report per source, in the order of the run.
    pub sources: Vec<SourceReport>,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
}

/// The report of one source.
#[derive(Debug, Serialize)]
pub struct SourceReport {
    /// Its name.
    pub source: String,
    /// How much was read.
    #[serde(flatten)]
    pub volume: Volume,
    /// Duration in milliseconds.
    pub milliseconds: u64,
    /// The outcome.
    pub outcome: Outcome,
    /// Documents that failed, in the order in which they were read. The others were used when `outcome` is
    /// [`Outcome::Done`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<DocumentFailure>,
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

/// The outcome of one source.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase", tag = "result")]
pub enum Outcome {
    /// Its files are up to date.
    Done(Changes),
    /// The source failed; its files are unchanged.
    Failed(Failure),
    /// The shrink guard refused the changes; its files are unchanged.
    Refused(Changes),
}

/// Why a source failed.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// Who has to correct it.
    pub kind: FailureKind,
    /// The problems; at least one.
    pub problems: Vec<Diagnostic>,
    /// True when the snapshot has to end, because a program of the source is still running.
    #[serde(skip)]
    pub is_fatal: bool,
    /// True when it concerns only the record that a request was sent for.
    #[serde(skip)]
    pub(super) is_of_record: bool,
}

/// Who has to correct a failure. Those that a retry cannot correct come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FailureKind {
    /// The source's files, or the entities of its mapping, are invalid.
    Data,
    /// Settings in the environment are missing or invalid.
    Settings,
    /// The shrink guard refused.
    Guard,
    /// The API failed.
    Outside,
}

impl FailureKind {
    /// Lower-case word, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Settings => "settings",
            Self::Guard => "guard",
            Self::Outside => "outside",
        }
    }
}

impl Failure {
    pub(super) fn new(kind: FailureKind, problems: Vec<Diagnostic>) -> Self {
        Self { kind, problems, is_fatal: false, is_of_record: false }
    }

    /// Marks that the snapshot has to end.
    pub(super) fn fatal(mut self) -> Self {
        self.is_fatal = true;
        self
    }

    /// Marks that it concerns only the record that a request was sent for.
    pub(super) fn of_record(mut self) -> Self {
        self.is_of_record = true;
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
    /// The changes, when the source succeeded.
    pub fn changes(&self) -> Option<&Changes> {
        match self {
            Self::Done(changes) => Some(changes),
            Self::Failed(_) | Self::Refused(_) => None,
        }
    }

    /// The failure, when the source failed.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Done(_) | Self::Refused(_) => None,
        }
    }
}

impl Report {
    /// True when a file changed, or would without a dry run.
    pub fn has_changes(&self) -> bool {
        self.done().any(|(_, changes)| !changes.is_empty())
    }

    /// True when a document of a source failed, fully or in part.
    pub fn has_document_failures(&self) -> bool {
        self.sources.iter().any(|source| !source.failures.is_empty())
    }

    /// The worst failure of all sources. A retry helps only when it is [`FailureKind::Outside`].
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
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for source in &self.sources {
            writeln!(f, "{source}")?;
            let warnings: Vec<_> = source.failures.iter().map(DocumentFailure::warning).collect();
            write_groups(f, &warnings)?;
            if let Some(line) = source.stale_line() {
                writeln!(f, "{line}")?;
            }
        }
        write_groups(f, &self.warnings)?;
        if self.dry_run {
            writeln!(f, "dry run: nothing was written")?;
        }
        Ok(())
    }
}

fn write_groups(f: &mut fmt::Formatter<'_>, diagnostics: &[Diagnostic]) -> fmt::Result {
    for group in diagnostics::group(diagnostics) {
        writeln!(f, "{}: {}", group.first.level.as_str(), group.headline())?;
        for place in group.named_places() {
            writeln!(f, "  {place}")?;
        }
        if let Some(hint) = &group.first.hint {
            writeln!(f, "hint: {hint}")?;
        }
    }
    Ok(())
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
            Outcome::Refused(changes) => {
                writeln!(f, "error: {}", self.refusal())?;
                for line in changes.why_refused() {
                    writeln!(f, "  {line}")?;
                }
                write!(f, "hint: {}", self.override_hint())
            }
            Outcome::Failed(failure) => {
                write!(f, "{}: failed; its entities are unchanged", self.source)?;
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

impl SourceReport {
    /// A line with the number of entities whose fragments are kept because their documents failed.
    pub fn stale_line(&self) -> Option<String> {
        let stale = &self.outcome.changes()?.stale;
        (!stale.is_empty()).then(|| {
            let stale = count(stale.len(), "entity", "entities");
            format!("{}: {stale} of documents that failed are kept unchanged", self.source)
        })
    }

    /// The headline of a refusal.
    pub fn refusal(&self) -> String {
        format!("{}: refused by the shrink guard; nothing was changed", self.source)
    }

    /// The command that overrides the shrink guard.
    pub fn override_hint(&self) -> String {
        let name = &self.source;
        format!(
            "when that is right, run `callboard snapshot --source {name} --allow-shrink {name}`"
        )
    }
}

impl Changes {
    /// The losses that the shrink guard refused, and the first entities that would be lost.
    pub fn why_refused(&self) -> Vec<String> {
        let is_meant = |entity: &str| {
            self.losses.iter().any(|loss| match (&loss.kind, entity.split_once(':')) {
                (None, _) => true,
                (Some(kind), Some((of, _))) => kind.eq_ignore_ascii_case(of),
                (Some(kind), None) => kind.is_empty(),
            })
        };
        let lost: Vec<_> = self.lost().filter(|(_, entity)| is_meant(entity)).collect();
        let renamed = lost.iter().filter(|(line, _)| line.starts_with('~')).count();
        let mut lines: Vec<_> = self.losses.iter().map(ToString::to_string).collect();
        if renamed > 0 {
            lines.push(format!(
                "{renamed} of them would only have a new name, which breaks every reference to the old one"
            ));
        }
        lines.extend(cut(lost.into_iter().map(|(line, _)| line).collect(), KEPT));
        lines
    }
}

/// Keeps the first lines, and adds the number of the others.
pub fn cut(mut lines: Vec<String>, most: usize) -> Vec<String> {
    let more = lines.len().saturating_sub(most);
    if more > 0 {
        lines.truncate(most);
        lines.push(format!("… and {more} more"));
    }
    lines
}
