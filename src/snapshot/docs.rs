//! Documentation from sources: assigns it to entities, and plans the files to write and remove.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{
    Entities,
    files::DocFiles,
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

/// The files of the documentation of each entity.
pub(super) type Docs = BTreeMap<EntityRef, DocFiles>;

/// Assigns the documentation of each record to the first entity that was mapped from it.
pub(super) fn assign(made: &[MappedEntity], mut records: BTreeMap<usize, DocFiles>) -> Docs {
    let mut docs = Docs::new();
    for made in made {
        if let Some(files) = records.remove(&made.record.number) {
            docs.entry(reference_of(&made.document)).or_insert(files);
        }
    }
    docs
}

/// Compares the documentation of a source with its files. Returns the files to write and remove, and
/// the references of the entities whose documentation differs.
pub(super) fn plan(
    root: &Path,
    source: &str,
    entities: &Entities,
    docs: &Docs,
    stale: &BTreeSet<RelativePath>,
) -> Result<(Files, Vec<String>), super::SnapshotError> {
    let folder = root.join(SnapshotFolder::DOCS.folder).join(source);
    let mut old: Vec<RelativePath> = fs::walk_files(&folder)?;
    let (mut files, mut changed) = (Files::default(), Vec::new());
    let mut kept = BTreeSet::new();
    for (reference, set) in docs {
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

/// The folder of a set, from the path of one of its files: `<kind>/<namespace>/<name>`.
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
