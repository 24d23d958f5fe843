//! The end of a snapshot: what the sources said is compared with the files once more, and written.
//!
//! Reading takes long and is free for everybody; from this comparison until the commit one process
//! has the portal's lock. Whoever waited for it compares with what the other wrote. Files are read
//! only while nobody writes: that shares the lock.

use std::{collections::BTreeSet, path::Path, time::Instant};

use rayon::prelude::*;

use super::{
    Changes, Docs, Entities, Options, Outcome, Progress, Report, Shrink, SnapshotError, docs,
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

/// What is locked, relative to the portal.
const LOCK: &str = ".callboard/lock";

/// What a snapshot did, and the portal's lock: whoever commits holds it until then.
#[derive(Debug)]
pub struct Snapshot {
    /// What it did.
    pub report: Report,
    /// The lock; a dry run has none.
    pub lock: Option<Lock>,
}

/// What one source says now.
pub(super) struct SourceContent {
    name: String,
    shrink: Shrink,
    entities: Entities,
    docs: Docs,
    origins: Origins,
    read: BTreeSet<FileName>,
    faults: Vec<Fault>,
}

/// What comes of a source.
pub(super) struct SourcePlan {
    pub(super) outcome: Outcome,
    /// Documents that are not content.
    pub(super) failures: Vec<DocumentFailure>,
    /// Fragments that stay although nothing says them now, below the folder of the source.
    pub(super) stale: BTreeSet<RelativePath>,
    /// What has to be done in each [`SnapshotFolder`].
    files: [write::Files; 3],
}

impl SourceContent {
    /// What a source says: entities and their files, documentation, and what is wrong. `read` has the
    /// files of which a document was read.
    pub(super) fn new(
        source: Source,
        (entities, origins): (Entities, Origins),
        docs: Docs,
        faults: Vec<Fault>,
        read: BTreeSet<FileName>,
    ) -> Self {
        let Source { name, shrink, .. } = source;
        Self { name, shrink, entities, docs, origins, read, faults }
    }

    pub(super) fn entities(&self) -> impl Iterator<Item = &serde_json::Value> {
        self.entities.values()
    }

    /// What looks like a credential in the entities that change, each placed at the entity's file.
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

    /// What would come of it: compares with the files, and asks the guard.
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
        let (docs, changed) = docs::plan(root, name, entities, &self.docs, &plan.stale)?;
        plan.changes.docs = changed;
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
        Ok(SourcePlan { outcome, failures, stale, files: [files, docs, origins] })
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

    /// Files that cannot be read or written are the failure of their source alone.
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

/// Finishes what a crash of an earlier snapshot left, before anything is compared.
pub(super) fn recover(options: &Options<'_>, progress: &dyn Progress) -> Result<(), SnapshotError> {
    if !options.dry_run && write::is_interrupted(options.root) {
        let _lock = lock(options.root, progress)?;
        write::recover(options.root)?;
    }
    Ok(())
}

/// Writes what differs.
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

/// Waits until nobody writes, so that files are read which belong together.
pub(super) fn share(root: &Path, progress: &dyn Progress) -> Result<Option<Lock>, fs::FileError> {
    Lock::share(&root.join(LOCK), || progress.waiting())
}

fn lock(root: &Path, progress: &dyn Progress) -> Result<Lock, fs::FileError> {
    Lock::take(&root.join(LOCK), || progress.waiting())
}
