//! Sources of files: entities in YAML files of the portal or of other repositories.
//!
//! [`reader`] reads a [`tree::Tree`], which is a folder of the portal or a commit of another
//! repository. Other repositories are never checked out, and no link is followed.

mod annotations;
mod copies;
mod docs;
mod globs;
mod outside;
mod reader;
mod remote;
mod templates;
mod tree;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde_json::{Value, json};

pub(super) use copies::FileCopies;
pub(super) use globs::Globs;
pub use outside::{FileChoice, FilePattern, FileScan, STDIN, read_outside};
pub(super) use remote::read_repositories;

use super::{
    faults::{DocumentPlaces, Fault},
    fetch::RecordSink,
    mapping::{Record, RecordId, from_json},
    report::{Failure, FailureKind, Volume},
    source::{FileSource, Source},
};
use crate::base::{
    diagnostics::{Diagnostic, Level},
    yaml::EntryPart,
};
use reader::{TreeOrigin, TreeScan, read};
use tree::Folder;

/// Limits of reading one tree.
#[derive(Debug, Clone, Copy)]
struct TreeLimits {
    /// Most bytes of one file.
    file: u64,
    /// Most bytes of all files; a file counts each time that it is used.
    all: u64,
    /// Most files of entities.
    files: usize,
}

const LIMITS: TreeLimits = TreeLimits { file: 5_000_000, all: 200_000_000, files: 20_000 };

/// The result of reading a source, beside its records.
#[derive(Debug, Default)]
pub(super) struct ReadReport {
    /// How much was read.
    pub(super) volume: Volume,
    /// Warnings.
    pub(super) warnings: Vec<Diagnostic>,
    /// A description of the account, when the source has `identity`.
    pub(super) identity: Option<String>,
    /// Documentation of records, by the number of the record.
    pub(super) docs: BTreeMap<usize, FileCopies>,
    /// Files of templates, by the number of the record.
    pub(super) templates: BTreeMap<usize, FileCopies>,
    /// The places of records that are documents of files.
    pub(super) places: DocumentPlaces,
    /// Documents that failed.
    pub(super) faults: Vec<Fault>,
}

/// Reads the files of a folder of the portal.
pub(super) fn read_folder(
    source: &Source,
    files: &FileSource,
    root: &Path,
    limit: Option<usize>,
    take: RecordSink<'_>,
) -> Result<ReadReport, Failure> {
    let folder = Folder::open(root, files.path.as_ref()).map_err(|error| {
        let problem = problem(source, "/path", "invalid-source", error.to_string());
        Failure::new(FailureKind::Data, vec![problem])
    })?;
    let prefix = files.path.as_ref().map(|path| format!("{path}/")).unwrap_or_default();
    let origin = TreeOrigin { prefix, repository: None, pages: None };
    let mut found = read(&folder, &origin, &files.globs, LIMITS, files.docs);
    let parent = |file: &str| json!({ "repository": null, "ref": null, "file": file });
    if found.is_empty() {
        let message = "no file of this folder matches the `globs` of the source";
        let problem = problem(source, "/path", "no-entities", message.into());
        found.warnings.push(Diagnostic { level: Level::Warning, ..problem });
    }
    let mut read_report = ReadReport::default();
    let mut records = Records { limit, taken: 0, take };
    records.add(found, &parent, &mut read_report);
    Ok(read_report)
}

/// Passes the documents of trees on as numbered records.
struct Records<'t> {
    limit: Option<usize>,
    taken: usize,
    take: RecordSink<'t>,
}

impl Records<'_> {
    fn add(
        &mut self,
        found: TreeScan,
        parent: &dyn Fn(&str) -> Value,
        read_report: &mut ReadReport,
    ) {
        let most = self.limit.map_or(usize::MAX, |limit| limit.saturating_sub(self.taken));
        let documents = found.documents.into_iter().take(most);
        let records: Vec<_> = documents
            .map(|document| {
                self.taken += 1;
                read_report.docs.extend(document.docs.map(|docs| (self.taken, docs)));
                let files = document.template.map(|files| (self.taken, files));
                read_report.templates.extend(files);
                let request = Arc::from(document.place.file.shown());
                read_report.places.insert(self.taken, document.place);
                let id = RecordId { request, number: self.taken };
                let parent = Some(from_json(&parent(document.file.as_str())));
                Record { id, value: from_json(&document.value), parent }
            })
            .collect();
        read_report.volume.records += records.len();
        read_report.volume.pages += 1;
        read_report.volume.bytes += found.bytes;
        read_report.warnings.extend(found.warnings);
        read_report.faults.extend(found.faults);
        (self.take)(records);
    }
}

/// Makes a diagnostic at a JSON pointer of the source's file.
fn problem(source: &Source, pointer: &str, code: &'static str, message: String) -> Diagnostic {
    Diagnostic::error(code, source.file.place(pointer, EntryPart::Value), message)
}
