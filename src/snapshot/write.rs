//! Brings the files of a source to what the source says now.
//!
//! Planning reads and compares; applying touches only what differs. All new bytes are written aside
//! first, so that a crash before the last moment leaves the old files as they were.

use std::{collections::BTreeMap, path::Path};

use rayon::prelude::*;
use serde_json::Value;

use super::{
    SnapshotError,
    fragments::{path_of, text_of},
    report::Changes,
};
use crate::{
    base::{
        fs::{self, DirectorySink, FileError, Sink},
        path::RelativePath,
    },
    catalog::{EntityRef, load::ENTITIES},
};

/// Where new files wait, relative to the portal.
const STAGING: &str = ".callboard/snapshot";

/// What has to be done to the files of one source.
pub(super) struct Plan {
    /// What that means for its entities.
    pub(super) changes: Changes,
    /// How many entities it had.
    pub(super) had: usize,
    writes: Vec<(RelativePath, Vec<u8>)>,
    removals: Vec<RelativePath>,
}

/// Compares the entities of a source with its files.
pub(super) fn plan(
    root: &Path,
    source: &str,
    entities: &BTreeMap<EntityRef, Value>,
) -> Result<Plan, SnapshotError> {
    let folder = root.join(ENTITIES).join(source);
    let compared: Vec<_> = entities
        .par_iter()
        .map(|(reference, entity)| {
            let (path, text) = (path_of(entity)?, text_of(entity)?);
            let state = match fs::read(&path.below(&folder)) {
                Ok(old) if old == text => State::Same,
                Ok(_) => State::Changed,
                Err(e) if e.is_not_found() => State::New,
                Err(e) => return Err(e.into()),
            };
            Ok((reference, path, text, state))
        })
        .collect::<Result<_, SnapshotError>>()?;
    let mut removals = fragments_in(&folder)?;
    let had = removals.len();
    let (mut changes, mut writes) = (Changes::default(), Vec::new());
    for (reference, path, text, state) in compared {
        removals.remove(&path);
        match state {
            State::Same => {
                changes.unchanged += 1;
                continue;
            }
            State::Changed => changes.changed.push(reference.to_string()),
            State::New => changes.added.push(reference.to_string()),
        }
        writes.push((path, text));
    }
    changes.removed = removals.values().cloned().collect();
    changes.removed.sort();
    Ok(Plan { changes, had, writes, removals: removals.into_keys().collect() })
}

#[derive(Clone, Copy)]
enum State {
    Same,
    Changed,
    New,
}

/// Lists the fragments in the folder of a source, with what they speak of by their path.
pub(super) fn fragments_in(folder: &Path) -> Result<BTreeMap<RelativePath, String>, FileError> {
    let files = fs::walk_files(folder)?.into_iter();
    let fragments = files.filter_map(|file| {
        let path = file.as_str().strip_suffix(".yaml")?;
        let reference = match path.split('/').collect::<Vec<_>>().as_slice() {
            [kind, namespace, name] => EntityRef::new(kind, namespace, name).to_string(),
            _ => path.to_owned(),
        };
        Some((file, reference))
    });
    Ok(fragments.collect())
}

/// Does what was planned. Removals come before renames, so that a name that only changed its case
/// survives on file systems that ignore case.
pub(super) fn apply(root: &Path, source: &str, plan: &Plan) -> Result<(), FileError> {
    let entities = root.join(ENTITIES);
    let (folder, staging) = (entities.join(source), root.join(STAGING).join(source));
    fs::remove_dir_all(&staging)?;
    if !plan.writes.is_empty() {
        let sink = DirectorySink::new(&staging)?;
        plan.writes.par_iter().try_for_each(|(path, bytes)| sink.write(path, bytes))?;
    }
    for path in &plan.removals {
        fs::remove_file(&path.below(&folder))?;
        fs::remove_empty_parents(&path.below(&folder), &entities);
    }
    for (path, _) in &plan.writes {
        let target = path.below(&folder);
        fs::create_dir_all(target.parent().unwrap_or(&folder))?;
        fs::rename(&path.below(&staging), &target)?;
    }
    fs::remove_dir_all(&staging)?;
    fs::remove_empty_parents(&staging, root);
    Ok(())
}
