//! The end of a snapshot: what the sources said is compared with the files once more, and written.
//!
//! Reading takes long and is free for everybody; from this comparison until the commit one process
//! has the portal's lock. Whoever waited for it compares with what the other wrote. Files are read
//! only while nobody writes: that shares the lock.

use std::{path::Path, time::Instant};

use super::{
    Docs, Entities, Options, Outcome, Progress, Report, Shrink, SnapshotError, docs,
    guard::losses,
    report::{Failure, FailureKind},
    source::Source,
    write::{self, SnapshotPlace},
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        fs::{self, Lock},
    },
    catalog::load::ENTITIES,
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
pub(super) struct Taken {
    name: String,
    shrink: Shrink,
    entities: Entities,
    docs: Docs,
}

impl Taken {
    pub(super) fn new(source: Source, entities: Entities, docs: Docs) -> Self {
        Self { name: source.name, shrink: source.shrink, entities, docs }
    }

    pub(super) fn entities(&self) -> impl Iterator<Item = &serde_json::Value> {
        self.entities.values()
    }

    /// What would come of it: compares with the files, and asks the guard.
    pub(super) fn preview(
        &self,
        options: &Options<'_>,
        progress: &dyn Progress,
    ) -> Result<Outcome, SnapshotError> {
        let judged = share(options.root, progress).map_err(SnapshotError::from);
        let judged = judged.and_then(|_lock| self.judge(options));
        self.unless_files_fail(judged.map(|(outcome, _)| outcome))
    }

    fn judge(&self, options: &Options<'_>) -> Result<(Outcome, [write::Files; 2]), SnapshotError> {
        let mut plan = write::plan(options.root, &self.name, &self.entities)?;
        let (docs, changed) = docs::plan(options.root, &self.name, &self.entities, &self.docs)?;
        plan.changes.docs = changed;
        plan.changes.losses = losses(&plan.kinds, &self.shrink);
        let is_allowed = options.allow_shrink.contains(&self.name);
        let changes = plan.changes.clone();
        let outcome = match changes.losses.is_empty() || is_allowed {
            true => Outcome::Done(changes),
            false => Outcome::Refused(changes),
        };
        Ok((outcome, [plan.files, docs]))
    }

    fn write(&self, options: &Options<'_>) -> Result<Outcome, SnapshotError> {
        let written = self.judge(options).and_then(|(outcome, files)| {
            if outcome.changes().is_some() {
                for (place, files) in SnapshotPlace::ALL.iter().zip(&files) {
                    write::apply(options.root, place, &self.name, files)?;
                }
            }
            Ok(outcome)
        });
        self.unless_files_fail(written)
    }

    /// Files that cannot be read or written are the failure of their source alone.
    fn unless_files_fail(
        &self,
        result: Result<Outcome, SnapshotError>,
    ) -> Result<Outcome, SnapshotError> {
        let Err(SnapshotError::File(error)) = result else {
            return result;
        };
        let place = Place::file(format!("{ENTITIES}/{}", self.name));
        let problem = Diagnostic::error("not-written", place, error.explained());
        Ok(Outcome::Failed(Failure::new(FailureKind::Outside, vec![problem])))
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
pub(super) fn settle(
    mut report: Report,
    all: Vec<Taken>,
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<Snapshot, SnapshotError> {
    if options.dry_run {
        return Ok(Snapshot { report, lock: None });
    }
    let lock = lock(options.root, progress)?;
    for taken in all {
        let Some(source) = report.sources.iter_mut().find(|s| s.source == taken.name) else {
            continue;
        };
        if source.outcome.changes().is_none_or(super::Changes::is_empty) {
            continue;
        }
        let started = Instant::now();
        source.outcome = taken.write(options)?;
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
