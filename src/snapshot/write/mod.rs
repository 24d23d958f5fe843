//! Plans the files of entities: compares the entities of a source with its files. [`swap`] then
//! replaces the files.

mod swap;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use rayon::prelude::*;
use serde_json::Value;

pub use swap::ORIGINS;
pub(super) use swap::{SnapshotFolder, apply, is_interrupted, recover};

use super::{
    SnapshotError,
    faults::{Fault, FileName},
    fragments::{path_of, text_of},
    guard::Numbers,
    report::{Changes, DocumentFailure, Rename},
    stale::keep_last_good,
};
use crate::{
    base::{
        fs::{self, FileError},
        path::RelativePath,
        yaml,
    },
    catalog::{EntityRef, load::ENTITIES, renames::renames},
};

type Entities = BTreeMap<EntityRef, Value>;

/// Files to write and to remove, relative to the folder of a source.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) writes: Vec<(RelativePath, Vec<u8>)>,
    pub(super) removals: Vec<RelativePath>,
}

/// The planned changes of a source's files of entities.
pub(super) struct EntityPlan {
    /// The changes by entity.
    pub(super) changes: Changes,
    /// Numbers of entities by kind, for the shrink guard.
    pub(super) kinds: BTreeMap<String, Numbers>,
    pub(super) files: Files,
    /// Fragments that are kept although no document has them now.
    pub(super) stale: BTreeSet<RelativePath>,
    /// Documents that failed, with the entities that are kept because of each.
    pub(super) failures: Vec<DocumentFailure>,
}

/// Compares the entities of a source with its files. Fragments that documents with `faults` may have
/// defined are kept. `known` has the file of each entity in the last snapshot, `read` the files of
/// which a document was read now.
pub(super) fn plan(
    root: &Path,
    source: &str,
    entities: &Entities,
    faults: &[Fault],
    known: &BTreeMap<String, FileName>,
    read: &BTreeSet<FileName>,
) -> Result<EntityPlan, SnapshotError> {
    let folder = root.join(ENTITIES).join(source);
    let mut removals = fragments_in(&folder)?;
    let mut kinds = BTreeMap::new();
    for reference in removals.values() {
        numbers_of(&mut kinds, kind_of(reference)).had += 1;
    }
    let (mut changes, mut writes) = (Changes::default(), Vec::new());
    let mut added = BTreeSet::new();
    for (reference, path, text, state) in compare(&folder, entities)? {
        numbers_of(&mut kinds, reference.kind()).has += 1;
        removals.remove(&path);
        match state {
            FileComparison::Same => {
                changes.unchanged += 1;
                continue;
            }
            FileComparison::Changed => changes.changed.push(reference.to_string()),
            FileComparison::New => drop(added.insert(reference)),
        }
        writes.push((path, text));
    }
    let mut removed: BTreeMap<_, _> = removals.iter().map(|(path, r)| (r.clone(), path)).collect();
    // When only the case of a name changed, it is the same entity in another file.
    for reference in entities.keys().filter(|r| removed.remove(r.as_str()).is_some()) {
        added.remove(reference);
        changes.changed.push(reference.to_string());
    }
    changes.changed.sort();
    let unsaid = removed.iter().map(|(reference, path)| (reference.as_str(), path.below(&folder)));
    let (failures, stay) = keep_last_good(faults, unsaid, known, read)?;
    let mut stale = BTreeSet::new();
    for reference in &stay {
        numbers_of(&mut kinds, kind_of(reference)).has += 1;
        let path = removed.remove(reference).cloned();
        stale.extend(path);
    }
    changes.stale = stay.into_iter().collect();
    for reference in removed.keys() {
        numbers_of(&mut kinds, kind_of(reference)).lost += 1;
    }
    for (from, to) in find_renames(&folder, &removed, &added, entities)? {
        removed.remove(from.as_str());
        added.remove(&to);
        changes.renamed.push(Rename { from: from.to_string(), to: to.to_string() });
    }
    changes.added = added.iter().map(ToString::to_string).collect();
    changes.removed = removed.into_keys().collect();
    removals.retain(|path, _| !stale.contains(path));
    let files = Files { writes, removals: removals.into_keys().collect() };
    Ok(EntityPlan { changes, kinds, files, stale, failures })
}

fn numbers_of<'k>(kinds: &'k mut BTreeMap<String, Numbers>, kind: &str) -> &'k mut Numbers {
    kinds.entry(kind.to_owned()).or_default()
}

/// The kind of a reference; empty when the path of the file has another form.
fn kind_of(reference: &str) -> &str {
    reference.split_once(':').map_or("", |(kind, _)| kind)
}

/// How an entity compares with its file.
#[derive(Clone, Copy)]
enum FileComparison {
    Same,
    Changed,
    New,
}

type ComparedEntity<'e> = (&'e EntityRef, RelativePath, Vec<u8>, FileComparison);

fn compare<'e>(
    folder: &Path,
    entities: &'e Entities,
) -> Result<Vec<ComparedEntity<'e>>, SnapshotError> {
    let compared = entities.par_iter().map(|(reference, entity)| {
        let (path, text) = (path_of(entity)?, text_of(entity)?);
        let state = match fs::read(&path.below(folder)) {
            Ok(old) if old == text => FileComparison::Same,
            Ok(_) => FileComparison::Changed,
            Err(e) if e.is_not_found() => FileComparison::New,
            Err(e) => return Err(e.into()),
        };
        Ok((reference, path, text, state))
    });
    compared.collect()
}

/// Finds renamed entities among removed and added ones. Removed files are read only for this.
fn find_renames(
    folder: &Path,
    removed: &BTreeMap<String, &RelativePath>,
    added: &BTreeSet<&EntityRef>,
    entities: &Entities,
) -> Result<Vec<(EntityRef, EntityRef)>, FileError> {
    if removed.is_empty() || added.is_empty() {
        return Ok(Vec::new());
    }
    let old = removed.par_iter().filter_map(|(reference, path)| {
        let reference = EntityRef::parse(reference, None, "").ok()?;
        let text = match fs::read_text(&path.below(folder)) {
            Ok(text) => text,
            Err(error) => return Some(Err(error)),
        };
        let document = yaml::parse_documents(&text).into_iter().next()?.ok()?;
        Some(Ok((reference, document)))
    });
    let old: Vec<_> = old.collect::<Result<_, FileError>>()?;
    let old: Vec<_> = old.iter().map(|(reference, entity)| (reference.clone(), entity)).collect();
    let is_new = |reference: &EntityRef| added.contains(reference);
    let new = entities.iter().filter(|(reference, _)| is_new(reference));
    let new: Vec<_> = new.map(|(reference, entity)| (reference.clone(), entity)).collect();
    let kept = entities.iter().filter(|(reference, _)| !is_new(reference));
    Ok(renames(&old, &new, kept.map(|(_, entity)| entity)))
}

/// Lists the fragments in the folder of a source, with the references that their paths stand for.
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
