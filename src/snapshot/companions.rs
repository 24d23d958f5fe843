//! Files that come along with entities of sources, their documentation and what templates fetch: assigns them to
//! entities, and plans the files to write and remove.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{
    Entities,
    files::FileCopies,
    fragments::path_of,
    mapping::MappedEntity,
    write::{Files, SnapshotFolder},
};
use crate::{
    base::{
        fs::{self, FileError},
        path::RelativePath,
    },
    catalog::{EntityRef, load::reference_of},
};

/// The files that come along with each entity.
pub(super) type Companions = BTreeMap<EntityRef, FileCopies>;

/// Assigns the files of each record to the first entity that was mapped from it.
pub(super) fn assign(
    made: &[MappedEntity],
    mut records: BTreeMap<usize, FileCopies>,
) -> Companions {
    let mut companions = Companions::new();
    for made in made {
        if let Some(files) = records.remove(&made.record.number) {
            companions.entry(reference_of(&made.document)).or_insert(files);
        }
    }
    companions
}

/// Compares the files that come along with a source's entities with those in a folder of the portal. Returns the files
/// to write and remove, and the references of the entities whose files differ.
pub(super) fn plan(
    (root, target): (&Path, &SnapshotFolder),
    source: &str,
    entities: &Entities,
    companions: &Companions,
    stale: &BTreeSet<RelativePath>,
) -> Result<(Files, Vec<String>), super::SnapshotError> {
    let folder = root.join(target.folder).join(source);
    let mut old: Vec<RelativePath> = fs::walk_files(&folder)?;
    let (mut files, mut changed) = (Files::default(), Vec::new());
    let mut kept = BTreeSet::new();
    for (reference, set) in companions {
        let Some(entity) = entities.get(reference) else { continue };
        let home = path_of(entity)?;
        let home = home.as_str().trim_end_matches(".yaml");
        for (path, bytes) in set {
            let path = RelativePath::new(format!("{home}/{path}"))?;
            if differs(&folder, &path, bytes)? {
                changed.push(reference.to_string());
                files.writes.push((path.clone(), bytes.clone()));
            }
            kept.insert(path);
        }
    }
    let stale: BTreeSet<_> =
        stale.iter().filter_map(|p| p.as_str().strip_suffix(".yaml")).collect();
    old.retain(|path| !kept.contains(path) && !stale.contains(home_of(path.as_str())));
    changed.extend(old.iter().map(owner_of));
    files.removals = old;
    changed.sort();
    changed.dedup();
    Ok((files, changed))
}

fn differs(folder: &Path, path: &RelativePath, bytes: &[u8]) -> Result<bool, FileError> {
    match fs::read(&path.below(folder)) {
        Ok(old) => Ok(old != bytes),
        Err(error) if error.is_not_found() => Ok(true),
        Err(error) => Err(error),
    }
}

/// The folder of an entity, from the path of one of its files: `<kind>/<namespace>/<name>`.
fn home_of(path: &str) -> &str {
    path.match_indices('/').nth(2).map_or(path, |(at, _)| &path[..at])
}

/// The reference of the entity that a file is of.
fn owner_of(path: &RelativePath) -> String {
    let mut parts = path.as_str().splitn(4, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(kind), Some(namespace), Some(name)) => {
            EntityRef::new(kind, namespace, name).to_string()
        }
        _ => path.to_string(),
    }
}
