//! The commit message of a snapshot: text for people, and trailers for scripts.

use std::fmt::Write;

use super::{Changes, Outcome, Report, SourceReport, changes::Count, cut};
use crate::snapshot::guard::{Loss, Numbers};

/// Most entities that a message lists.
const LISTED: usize = 50;

impl Report {
    /// Makes the commit message: a subject with the numbers of changes, a line for each source, the
    /// first changed entities, and trailers (`git interpret-trailers --parse`).
    ///
    /// There is a message even when this run changed nothing, because files of an interrupted run are
    /// committed, too.
    pub fn commit_message(&self) -> String {
        let changed: Vec<_> = self.done().filter(|(_, changes)| !changes.is_empty()).collect();
        let lines: Vec<_> = changed.iter().flat_map(|(_, changes)| changes.lines()).collect();
        let paragraphs = [
            vec![subject(&changed)],
            self.sources.iter().filter_map(|source| line(source, changed.len())).collect(),
            cut(lines, LISTED),
            self.trailers(),
        ];
        let paragraphs = paragraphs.iter().filter(|lines| !lines.is_empty());
        let paragraphs: Vec<_> = paragraphs.map(|lines| lines.join("\n")).collect();
        paragraphs.join("\n\n") + "\n"
    }

    fn trailers(&self) -> Vec<String> {
        let allowed = self.done().filter(|(_, changes)| !changes.losses.is_empty());
        let allowed = allowed.map(|(source, changes)| allow_shrink(source, changes));
        self.sources.iter().map(source_trailer).chain(allowed).collect()
    }
}

fn subject(changed: &[(&str, &Changes)]) -> String {
    match changed {
        [] => "snapshot: files of an interrupted run".into(),
        [(source, changes)] => format!("{source}: {}", changes.summary()),
        _ => {
            let counts = changed.iter().map(|(_, changes)| changes.count());
            let sum = counts.fold(Count::default(), Count::plus);
            format!("snapshot: {} in {} sources", sum.summary(), changed.len())
        }
    }
}

/// The line of a source; `None` when the subject has the same information.
fn line(source: &SourceReport, changed: usize) -> Option<String> {
    let name = &source.source;
    match &source.outcome {
        Outcome::Done(changes) if changed < 2 || changes.is_empty() => None,
        Outcome::Done(changes) => Some(format!("{name}: {}", changes.summary())),
        Outcome::Failed(_) => Some(format!("{name}: failed, so its entities are unchanged")),
        Outcome::Refused(_) => {
            Some(format!("{name}: refused by the shrink guard, so its entities are unchanged"))
        }
    }
}

fn source_trailer(source: &SourceReport) -> String {
    let mut text = format!("Callboard-Source: {}", source.source);
    match &source.outcome {
        Outcome::Done(changes) => {
            let Count { added, changed, renamed, removed, .. } = changes.count();
            let numbers = [
                ("records", source.volume.records),
                ("entities", changes.entities()),
                ("added", added),
                ("changed", changed),
                ("renamed", renamed),
                ("removed", removed),
            ];
            for (name, number) in numbers {
                let _ = write!(text, " {name}={number}");
            }
        }
        Outcome::Failed(failure) => {
            let _ = write!(text, " failed={}", failure.kind.as_str());
        }
        Outcome::Refused(_) => text.push_str(" refused=shrink"),
    }
    text
}

/// The trailer about losses that a person has allowed, in total and by kind.
fn allow_shrink(source: &str, changes: &Changes) -> String {
    let mut text = format!("Allow-Shrink: {source}");
    for Loss { kind, numbers: Numbers { had, lost, .. }, .. } in &changes.losses {
        let _ = write!(text, " {}={lost}/{had}", kind.as_deref().unwrap_or("all"));
    }
    text
}
