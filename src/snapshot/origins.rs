//! The index of documents of a source: which file has which entities.
//!
//! When a file cannot be read any more, the index tells which entities it had, so that their fragments
//! are kept. It is committed to git beside the fragments, because a build job starts from a fresh
//! clone. Sources of APIs have no index, because records have no stable names.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    Entities, SnapshotError,
    faults::FileName,
    write::{Files, SnapshotFolder},
};
use crate::{
    base::{
        fs::{self, FileError},
        path::RelativePath,
        yaml,
    },
    catalog::{
        Catalog, EntityRef,
        extract::{Claim, Claims},
    },
};

/// The file of the index, in the folder of its source.
const FILE: &str = "files.yaml";

const HEADER: &str =
    "# Which file said which entities, by repository; written by `callboard snapshot`.\n";

/// Repositories, their files and the entities of each, all sorted.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct OriginIndex(BTreeMap<String, BTreeMap<String, Vec<String>>>);

/// The file of each entity.
pub(super) type Origins = BTreeMap<EntityRef, FileName>;

/// Loads the index of a source: the file of each entity in the last snapshot. An index that cannot be
/// parsed counts as empty; then more fragments are kept than necessary.
pub(super) fn load(root: &Path, source: &str) -> Result<BTreeMap<String, FileName>, FileError> {
    let text = fs::read_text_if_exists(&path(root, source))?;
    let index: OriginIndex = text.and_then(|text| yaml::from_str(&text).ok()).unwrap_or_default();
    let mut known = BTreeMap::new();
    for (repository, files) in index.0 {
        for (path, entities) in files {
            let file =
                FileName { repository: repository.as_str().into(), path: path.as_str().into() };
            known.extend(entities.into_iter().map(|entity| (entity, file.clone())));
        }
    }
    Ok(known)
}

/// The files that define the entities of a catalog, by the indices of these sources. `portal` is the address of the
/// portal's own repository; without it, files of the portal are left out.
///
/// # Errors
/// When an index exists but cannot be read.
pub fn claims(
    root: &Path,
    sources: &[String],
    portal: Option<&str>,
    catalog: &Catalog,
) -> Result<Claims, FileError> {
    let mut claims = Claims::new();
    for source in sources {
        let known = load(root, source)?;
        for entity in catalog.entities() {
            let Some(file) = known.get(entity.reference.as_str()) else { continue };
            let Some(repository) = file.repository().or(portal) else { continue };
            if entity.fragments.iter().any(|fragment| *fragment.source == **source) {
                let (source, repository) = (source.clone(), repository.to_owned());
                let claim = Claim { source, repository, file: file.path.to_string() };
                claims.entry(entity.reference.clone()).or_default().push(claim);
            }
        }
    }
    Ok(claims)
}

/// Compares the index of a source with its file. Returns the file to write or remove, and the entities
/// that are in another file than before. `stale` lists entities whose fragments are kept although no
/// document has them now.
pub(super) fn plan(
    root: &Path,
    source: &str,
    entities: &Entities,
    origins: &Origins,
    stale: &[String],
    known: &BTreeMap<String, FileName>,
) -> Result<(Files, Vec<String>), SnapshotError> {
    let said = entities.keys().filter_map(|entity| {
        let file = origins.get(entity)?;
        Some((entity.to_string(), file))
    });
    let stale = stale.iter().filter_map(|entity| Some((entity.clone(), known.get(entity)?)));
    let (mut index, mut moved) = (OriginIndex::default(), Vec::new());
    for (entity, file) in said.chain(stale) {
        if known.get(&entity) != Some(file) {
            moved.push(entity.clone());
        }
        let files = index.0.entry(file.repository.to_string()).or_default();
        files.entry(file.path.to_string()).or_default().push(entity);
    }
    let mut files = Files::default();
    let file = RelativePath::new(FILE)?;
    let old = fs::read_text_if_exists(&path(root, source))?;
    if index.0.is_empty() {
        files.removals.extend(old.map(|_| file));
        return Ok((files, moved));
    }
    let text = format!("{HEADER}{}", yaml::to_string(&index)?);
    if old.as_deref() != Some(&*text) {
        files.writes.push((file, text.into_bytes()));
    }
    Ok((files, moved))
}

fn path(root: &Path, source: &str) -> std::path::PathBuf {
    root.join(SnapshotFolder::ORIGINS.folder).join(source).join(FILE)
}
