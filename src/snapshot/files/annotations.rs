//! Says of an entity where it stands, as Backstage does of what it reads by URL. What its file says
//! itself is stronger.

use serde_json::{Map, Value};

use crate::base::{forges::RepositoryPages, path::RelativePath};

/// Adds where an entity stands, unless it says so itself or the forge's addresses are not known.
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
