//! Adds the annotations with the address of an entity's file, as Backstage does for entities that it
//! reads by URL. Annotations in the file are kept.

use serde_json::{Map, Value};

use crate::base::{forges::RepositoryPages, path::RelativePath};

/// Adds the addresses of the file of an entity, unless the entity has them or the code host is not known.
pub(super) fn annotate(entity: &mut Value, file: &RelativePath, pages: &RepositoryPages) {
    let (file, folder) = match file.as_str().rsplit_once('/') {
        Some((folder, _)) => (file.as_str(), folder),
        None => (file.as_str(), ""),
    };
    let location = |page: String| format!("url:{page}");
    let made = [
        ("backstage.io/managed-by-location", pages.file(file).map(location)),
        ("backstage.io/source-location", pages.folder(folder).map(location)),
        ("backstage.io/view-url", pages.file(file)),
        ("backstage.io/edit-url", pages.edit(file)),
    ];
    if made.iter().all(|(_, value)| value.is_none()) {
        return;
    }
    let Some(Value::Object(metadata)) = entity.get_mut("metadata") else { return };
    let annotations = metadata.entry("annotations").or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(annotations) = annotations else { return };
    for (key, value) in made {
        if let Some(value) = value {
            annotations.entry(key).or_insert(Value::String(value));
        }
    }
}
