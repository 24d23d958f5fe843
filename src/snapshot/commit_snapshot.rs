//! Writes the files of a snapshot: compares the entities of each source with its files, asks the shrink
//! guard, and writes what differs.
//!
//! Sources are read without a lock, because that takes long. From the last comparison until the git
//! commit, one process has the exclusive lock of the portal, so that a second snapshot compares with
//! the files that the first one wrote. Reading files of the portal needs the shared lock.

use std::{collections::BTreeSet, path::Path, time::Instant};

use rayon::prelude::*;

use super::{
    Changes, Companions, Entities, Options, Outcome, Progress, Report, Shrink, SnapshotError,
    companions,
    faults::{Fault, FileName},
    fragments::path_of,
    guard::losses,
    origins::{self, Origins},
    report::{DocumentFailure, Failure, FailureKind},
    source::Source,
    write::{self, SnapshotFolder},
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        fs::{self, Lock},
        leaks::Exceptions,
        path::RelativePath,
    },
    catalog::{leak_issues, load::ENTITIES},
};

/// The lock file, relative to the portal.
const LOCK: &str = ".callboard/lock";

/// The result of a snapshot, with the lock of the portal, which is held until the commit.
#[derive(Debug)]
pub struct Snapshot {
    /// The report.
    pub report: Report,
    /// The lock; a dry run has none.
    pub lock: Option<Lock>,
}

/// What was read of one source: its entities, and the files that come along with them.
pub(super) struct SourceContent {
    name: String,
    shrink: Shrink,
    entities: Entities,
    docs: Companions,
    templates: Companions,
    origins: Origins,
    read: BTreeSet<FileName>,
    faults: Vec<Fault>,
}

/// What is to be done with the content of a source: its outcome and the files to write.
pub(super) struct SourcePlan {
    pub(super) outcome: Outcome,
    /// Documents that failed.
    pub(super) failures: Vec<DocumentFailure>,
    /// Fragments that are kept although no document has them now, because one that failed may have;
    /// paths below the folder of the source.
    pub(super) stale: BTreeSet<RelativePath>,
    /// The files to write and remove in each [`SnapshotFolder`].
    files: [write::Files; 4],
}

impl SourceContent {
    /// Makes the content of a source. `read` lists the files of which at least one document was read.
    pub(super) fn new(
        source: Source,
        (entities, origins): (Entities, Origins),
        (docs, templates): (Companions, Companions),
        faults: Vec<Fault>,
        read: BTreeSet<FileName>,
    ) -> Self {
        let Source { name, shrink, .. } = source;
        Self { name, shrink, entities, docs, templates, origins, read, faults }
    }

    pub(super) fn entities(&self) -> impl Iterator<Item = &serde_json::Value> {
        self.entities.values()
    }

    /// Reports texts in changed entities that look like credentials, each with the path of the entity's
    /// file.
    pub(super) fn leaks(&self, changes: &Changes, exceptions: &Exceptions) -> Vec<Diagnostic> {
        let renamed = changes.renamed.iter().map(|rename| &rename.to);
        let changed = changes.added.iter().chain(&changes.changed).chain(renamed);
        let changed: BTreeSet<_> = changed.map(String::as_str).collect();
        let entities = self.entities.par_iter().filter(|(key, _)| changed.contains(key.as_str()));
        let warnings = entities.flat_map_iter(|(reference, entity)| {
            let file =
                path_of(entity).map_or_else(|_| reference.to_string(), |path| path.to_string());
            let place = Place::file(format!("{ENTITIES}/{}/{file}", self.name));
            leak_issues(entity, exceptions).into_iter().map(move |issue| {
                Diagnostic::warning(issue.code, place.clone(), issue.message).hint_opt(issue.hint)
            })
        });
        warnings.collect()
    }

    /// Plans the source with the shared lock, before anything is written.
    pub(super) fn preview(
        &self,
        options: &Options<'_>,
        progress: &dyn Progress,
    ) -> Result<SourcePlan, SnapshotError> {
        let planned = share(options.root, progress).map_err(SnapshotError::from);
        self.unless_files_fail(planned.and_then(|_lock| self.plan(options)))
    }

    fn plan(&self, options: &Options<'_>) -> Result<SourcePlan, SnapshotError> {
        let (root, name, entities) = (options.root, &self.name, &self.entities);
        let known = origins::load(root, name)?;
        let mut plan = write::plan(root, name, entities, &self.faults, &known, &self.read)?;
        let companions = |folder: SnapshotFolder, files: &Companions| {
            companions::plan((root, &folder), name, entities, files, &plan.stale)
        };
        let (docs, changed) = companions(SnapshotFolder::DOCS, &self.docs)?;
        let (templates, fetched) = companions(SnapshotFolder::TEMPLATES, &self.templates)?;
        (plan.changes.docs, plan.changes.templates) = (changed, fetched);
        let stale = &plan.changes.stale;
        let (origins, moved) = origins::plan(root, name, entities, &self.origins, stale, &known)?;
        plan.changes.moved = plan.changes.only_unchanged(moved);
        plan.changes.losses = losses(&plan.kinds, &self.shrink);
        let is_allowed = options.allow_shrink.contains(&self.name);
        let changes = plan.changes.clone();
        let outcome = match changes.losses.is_empty() || is_allowed {
            true => Outcome::Done(changes),
            false => Outcome::Refused(changes),
        };
        let write::EntityPlan { failures, stale, files, .. } = plan;
        Ok(SourcePlan { outcome, failures, stale, files: [files, docs, templates, origins] })
    }

    fn write(&self, options: &Options<'_>) -> Result<SourcePlan, SnapshotError> {
        let written = self.plan(options).and_then(|plan| {
            if plan.outcome.changes().is_some() {
                for (folder, files) in SnapshotFolder::ALL.iter().zip(&plan.files) {
                    write::apply(options.root, folder, &self.name, files)?;
                }
            }
            Ok(plan)
        });
        self.unless_files_fail(written)
    }

    /// Makes files that cannot be read or written a failure of their source only.
    fn unless_files_fail(
        &self,
        result: Result<SourcePlan, SnapshotError>,
    ) -> Result<SourcePlan, SnapshotError> {
        let Err(SnapshotError::File(error)) = result else {
            return result;
        };
        let place = Place::file(format!("{ENTITIES}/{}", self.name));
        let problem = Diagnostic::error("not-written", place, error.explained());
        let outcome = Outcome::Failed(Failure::new(FailureKind::Outside, vec![problem]));
        let (failures, stale, files) = Default::default();
        Ok(SourcePlan { outcome, failures, stale, files })
    }
}

/// Completes the writes of an earlier snapshot that crashed.
pub(super) fn recover(options: &Options<'_>, progress: &dyn Progress) -> Result<(), SnapshotError> {
    if !options.dry_run && write::is_interrupted(options.root) {
        let _lock = lock(options.root, progress)?;
        write::recover(options.root)?;
    }
    Ok(())
}

/// Writes the files of all sources that differ.
pub(super) fn commit_snapshot(
    mut report: Report,
    all: Vec<SourceContent>,
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<Snapshot, SnapshotError> {
    if options.dry_run {
        return Ok(Snapshot { report, lock: None });
    }
    let lock = lock(options.root, progress)?;
    for content in all {
        let Some(source) = report.sources.iter_mut().find(|s| s.source == content.name) else {
            continue;
        };
        if source.outcome.changes().is_none_or(super::Changes::is_empty) {
            continue;
        }
        let started = Instant::now();
        (source.outcome, source.failures) = {
            let plan = content.write(options)?;
            (plan.outcome, plan.failures)
        };
        source.milliseconds += u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    }
    Ok(Snapshot { report, lock: Some(lock) })
}

/// Takes the shared lock, so that no file changes while files are read.
pub(super) fn share(root: &Path, progress: &dyn Progress) -> Result<Option<Lock>, fs::FileError> {
    Lock::share(&root.join(LOCK), || progress.waiting())
}

fn lock(root: &Path, progress: &dyn Progress) -> Result<Lock, fs::FileError> {
    Lock::take(&root.join(LOCK), || progress.waiting())
}
