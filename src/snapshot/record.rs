//! The record of a source: the times of the last attempt and the last success, and what could not be read.
//!
//! A record is the file `sources/<name>.yaml` on the branch `callboard-sources`. It is not among the
//! portal's files, so that these do not change when a source is unchanged or cannot be read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::report::{DocumentFailure, Outcome, SourceReport};
use crate::base::{
    clock::rfc3339,
    diagnostics::{Place, Position},
    path::{PathError, RelativePath},
    text::count,
    yaml::{self, FormatVersion, YamlError},
};

/// Branch of the records.
pub const BRANCH: &str = "callboard-sources";
/// Folder of the records on their branch.
pub const RECORDS: &str = "sources";

/// The newest version of records that this program reads, which it writes.
const VERSION: u32 = 1;
/// Most problems of a failure that are recorded.
const PROBLEMS: usize = 20;
/// Most characters of a reason that are recorded.
const LETTERS: usize = 500;

/// The record of a source. Times are RFC 3339, UTC, to the second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// Version of the record's format; 1 when missing.
    #[serde(default, skip_serializing_if = "FormatVersion::is_first")]
    pub version: FormatVersion<VERSION>,
    /// Its name.
    pub source: String,
    /// Time of the last attempt.
    pub attempt: String,
    /// Time of the last attempt that succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<String>,
    /// The last failed attempt, which may be before `success`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureRecord>,
    /// Documents, records and repositories that failed in the last successful attempt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentRecord>,
}

/// A failed attempt, which changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureRecord {
    /// Time of the attempt.
    pub time: String,
    /// Time of the first of the consecutive failed attempts.
    pub since: String,
    /// The problems, each as place and message; at least one.
    pub problems: Vec<String>,
}

/// A document that failed while its source succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRecord {
    /// Its file, as in [`DocumentFailure::place`].
    pub file: String,
    /// Line in the file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column in characters, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// Address of its repository, when it is in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Stable name of the rule, such as `invalid-yaml`.
    pub code: String,
    /// What is wrong.
    pub reason: String,
    /// References of the entities whose last good fragments are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<String>,
    /// Time of the first of the consecutive attempts in which it failed.
    pub since: String,
    /// Time of the last success of the source before that, which is the age of the fragments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<String>,
}

impl SourceRecord {
    /// Parses a record.
    ///
    /// # Errors
    /// When the text is not a record.
    pub fn parse(text: &str) -> Result<Self, YamlError> {
        yaml::from_versioned_str(text, VERSION)
    }

    /// The text of the record.
    ///
    /// # Errors
    /// When it cannot be written as YAML.
    pub fn text(&self) -> Result<String, YamlError> {
        yaml::to_string(self)
    }

    /// The file of a source's record on the branch [`BRANCH`].
    ///
    /// # Errors
    /// When the name is not valid in a path; names of sources are.
    pub fn file(source: &str) -> Result<RelativePath, PathError> {
        RelativePath::new(format!("{RECORDS}/{source}.yaml"))
    }

    /// Makes the record after an attempt with this report. `previous` is the record before, and
    /// `redact` removes secrets from a text.
    pub fn after(
        previous: Option<&Self>,
        report: &SourceReport,
        now: Timestamp,
        redact: &dyn Fn(&str) -> String,
    ) -> Self {
        let now = rfc3339(now);
        let mut record = Self {
            version: FormatVersion::CURRENT,
            source: report.source.clone(),
            attempt: now.clone(),
            success: previous.and_then(|record| record.success.clone()),
            failure: previous.and_then(|record| record.failure.clone()),
            documents: previous.map(|record| record.documents.clone()).unwrap_or_default(),
        };
        let problems: Vec<String> = match &report.outcome {
            Outcome::Done(_) => {
                let failures = report.failures.iter();
                let document = |failure| DocumentRecord::after(previous, failure, &now, redact);
                record.documents = failures.map(document).collect();
                record.success = Some(now);
                return record;
            }
            Outcome::Refused(changes) => [report.refusal()]
                .into_iter()
                .chain(changes.losses.iter().map(ToString::to_string))
                .collect(),
            Outcome::Failed(failure) => {
                let problems = failure.problems.iter();
                problems.map(|problem| format!("{}: {}", problem.place, problem.message)).collect()
            }
        };
        let since = previous.and_then(Self::failing).map(|failure| failure.since.clone());
        let since = since.unwrap_or_else(|| now.clone());
        record.failure = Some(FailureRecord { time: now, since, problems: few(&problems, redact) });
        record
    }

    /// The failure of the last attempt, when it failed.
    pub fn failing(&self) -> Option<&FailureRecord> {
        self.failure.as_ref().filter(|failure| failure.time == self.attempt)
    }
}

impl DocumentRecord {
    fn after(
        previous: Option<&SourceRecord>,
        failure: &DocumentFailure,
        now: &str,
        redact: &dyn Fn(&str) -> String,
    ) -> Self {
        let DocumentFailure { place, code, reason, entities, .. } = failure;
        let (file, repository) = (redact(&place.file), failure.repository.as_deref().map(redact));
        let is_same = |known: &&Self| known.file == file && known.repository == repository;
        let known = previous.and_then(|record| record.documents.iter().find(is_same));
        Self {
            line: place.position.map(|position| position.line),
            column: place.position.map(|position| position.column),
            code: (*code).to_owned(),
            reason: short(&redact(reason)),
            entities: entities.clone(),
            since: known.map_or_else(|| now.to_owned(), |known| known.since.clone()),
            read: match known {
                Some(known) => known.read.clone(),
                None => previous.and_then(|record| record.success.clone()),
            },
            file,
            repository,
        }
    }

    /// Its place.
    pub fn place(&self) -> Place {
        let position = self.line.zip(self.column).map(|(line, column)| Position { line, column });
        Place::at(&self.file, position)
    }
}

fn few(problems: &[String], redact: &dyn Fn(&str) -> String) -> Vec<String> {
    let more = problems.len().saturating_sub(PROBLEMS);
    let kept = problems.iter().take(PROBLEMS);
    let mut kept: Vec<_> = kept.map(|text| short(&redact(text))).collect();
    if more > 0 {
        kept.push(format!("… and {}", count(more, "problem", "problems")));
    }
    kept
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::diagnostics::Diagnostic,
        snapshot::{Changes, Failure, FailureKind, Volume},
    };

    fn report(outcome: Outcome, failures: Vec<DocumentFailure>) -> SourceReport {
        let (volume, source) = (Volume::default(), "git".into());
        SourceReport { source, volume, milliseconds: 7, outcome, failures }
    }

    fn done(files: &[&str]) -> SourceReport {
        let failure = |file: &&str| DocumentFailure {
            place: Place::at(*file, Some(Position { line: 3, column: 1 })),
            repository: None,
            code: "invalid-yaml",
            reason: "a `:` is missing".into(),
            hint: None,
            entities: vec!["component:default/cart".into()],
        };
        report(Outcome::Done(Changes::default()), files.iter().map(failure).collect())
    }

    fn failed(message: &str) -> SourceReport {
        let problem = Diagnostic::error("source-failed", Place::file("x.yaml"), message);
        report(Outcome::Failed(Failure::new(FailureKind::Outside, vec![problem])), Vec::new())
    }

    fn plain(text: &str) -> String {
        text.to_owned()
    }

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(day * 86_400).expect("a time")
    }

    #[test]
    fn a_record_knows_since_when_and_how_old() {
        let mut record = None;
        let mut states = Vec::new();
        let attempts = [
            done(&[]),
            done(&["a"]),
            failed("HTTP 500"),
            failed("HTTP 502"),
            done(&["b", "a"]),
            done(&["b"]),
        ];
        for (at, report) in (1..).zip(&attempts) {
            let next = SourceRecord::after(record.as_ref(), report, day(at), &plain);
            let text = next.text().expect("YAML");
            assert_eq!(SourceRecord::parse(&text).expect("a record"), next, "{text}");
            let short = |time: &str| time[8..10].to_owned();
            let failing =
                next.failing().map(|f| format!(" since {} {}", short(&f.since), f.problems[0]));
            let documents = next.documents.iter().map(|d| {
                let read = d.read.as_deref().map(short).unwrap_or_default();
                format!(" {} since {} as of {read}", d.place(), short(&d.since))
            });
            states.push(format!(
                "read {}{}{}",
                next.success.as_deref().map(short).unwrap_or_default(),
                failing.unwrap_or_default(),
                documents.collect::<String>()
            ));
            record = Some(next);
        }
        assert_eq!(
            states,
            [
                "read 02",
                "read 03 a:3:1 since 03 as of 02",
                "read 03 since 04 x.yaml: HTTP 500 a:3:1 since 03 as of 02",
                "read 03 since 04 x.yaml: HTTP 502 a:3:1 since 03 as of 02",
                "read 06 b:3:1 since 06 as of 03 a:3:1 since 03 as of 02",
                "read 07 b:3:1 since 06 as of 03",
            ]
        );
        assert!(record.and_then(|record| record.failure).is_some(), "the last failure is kept");
    }

    #[test]
    fn long_failures_are_cut() {
        let problem = Diagnostic::error("source-failed", Place::file("x"), "é".repeat(LETTERS * 2));
        let problems = vec![problem; PROBLEMS + 3];
        let outcome = Outcome::Failed(Failure::new(FailureKind::Outside, problems));
        let record = SourceRecord::after(None, &report(outcome, Vec::new()), day(1), &plain);
        let problems = &record.failing().expect("it failed").problems;
        assert_eq!(problems.len(), PROBLEMS + 1);
        assert_eq!(problems[PROBLEMS], "… and 3 problems");
        assert_eq!(problems[0].chars().count(), LETTERS + 1);
    }

    #[test]
    fn no_secret_is_recorded() {
        let redact = |text: &str| text.replace("hunter2", "***");
        let mut one = done(&["https://x:hunter2@git.example/a.git:catalog-info.yaml"]);
        one.failures[0].repository = Some("https://x:hunter2@git.example/a.git".into());
        one.failures[0].reason = "`hunter2` is wrong".into();
        for report in [one, failed("the answer was `hunter2`")] {
            let text = SourceRecord::after(None, &report, day(1), &redact).text().expect("YAML");
            assert!(text.contains("***") && !text.contains("hunter2"), "{text}");
        }
    }
}
