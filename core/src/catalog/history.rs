//! The history of the catalog: the commits that changed it, with the changes of each by entity.
//!
//! Callers read the texts from git. The changes of a commit depend only on the commit, so that they can
//! be cached.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Catalog, SourceOrder,
    diff::{self, FieldChange},
    load::{ENTITIES, MANUAL, TEMPLATES, load_from},
};
use crate::base::files::FileError;

/// The history of the catalog, newest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Commits that changed the catalog.
    pub commits: Vec<Commit>,
    /// Whether the list is complete, not cut by a limit or a shallow clone.
    pub is_whole: bool,
}

/// A commit that changed the catalog.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The full id.
    pub id: String,
    /// Its time.
    pub time: Timestamp,
    /// Name of the author.
    pub author: Option<String>,
    /// Its changes by source.
    pub sources: Vec<SourceChange>,
}

/// The changes of a commit in one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceChange {
    /// Name of the source; `manual` and `templates` for files that people wrote.
    pub source: String,
    /// Number of changed files.
    pub files: usize,
    /// Whether the commit added the source.
    pub is_new: bool,
    /// Changes by entity; empty for a new source with many files, and where too many files changed.
    pub events: Vec<Event>,
}

/// A change of one entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its reference after the change.
    pub entity: String,
    /// Its title at that time, when it differs from the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Reference of its owner at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The kind of change.
    pub what: EventKind,
    /// Changed fields, the most important first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
}

/// Kinds of changes of an entity.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// It was added.
    Added,
    /// It was removed.
    Removed,
    /// It was renamed: its old reference.
    Renamed(String),
    /// Fields of it changed.
    Changed,
}

/// Most files of a new source whose entities are listed one by one.
const FEW: usize = 20;

/// The folder that a file of the portal is counted in: that of its source, the entities that people
/// wrote, or the templates; `None` for other files.
pub fn folder_of(path: &str) -> Option<String> {
    if let Some(below) = path.strip_prefix(ENTITIES) {
        let source = below.trim_start_matches('/').split_once('/')?.0;
        return Some(format!("{ENTITIES}/{source}"));
    }
    let is_descriptor = path.ends_with(".yaml") || path.ends_with(".yml");
    let folder = [MANUAL, TEMPLATES].into_iter().find(|folder| path.starts_with(folder))?;
    let is_entity = folder == MANUAL || path.ends_with("/template.yaml");
    (is_descriptor && is_entity).then(|| folder.to_owned())
}

/// Compares the files of one folder before and after a commit.
///
/// # Errors
/// None in practice: reading texts in memory does not fail.
pub fn meaning(
    folder: &str,
    files: usize,
    is_new: bool,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Result<SourceChange, FileError> {
    let source = match folder {
        MANUAL => "manual",
        TEMPLATES => "templates",
        folder => folder.rsplit('/').next().unwrap_or(folder),
    };
    // The fragments of this source are compared as if it were the only source.
    let order = [SourceOrder { name: source.to_owned(), enrich: false, may_overlap: false }];
    let catalog = |files| -> Result<Catalog, FileError> { Ok(load_from(files, &order)?.0) };
    let events = match is_new && files > FEW {
        true => Vec::new(),
        false => events(diff::compare(&catalog(before)?, &catalog(after)?)),
    };
    Ok(SourceChange { source: source.to_owned(), files, is_new, events })
}

fn events(difference: diff::Difference) -> Vec<Event> {
    let event = |named: diff::EntitySummary, what, changes| Event {
        entity: named.entity,
        title: named.title,
        owner: named.owner,
        what,
        changes,
    };
    let mut events = Vec::new();
    let diff::Difference { added, removed, renamed, changed } = difference;
    events.extend(renamed.into_iter().map(|r| event(r.to, EventKind::Renamed(r.from), r.changes)));
    events.extend(added.into_iter().map(|named| event(named, EventKind::Added, Vec::new())));
    events.extend(removed.into_iter().map(|named| event(named, EventKind::Removed, Vec::new())));
    events.extend(changed.into_iter().map(|c| event(c.entity, EventKind::Changed, c.changes)));
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(name: &str, owner: &str) -> BTreeMap<String, String> {
        let text = format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n\
             spec: {{type: service, lifecycle: production, owner: {owner}}}\n"
        );
        [(format!("{ENTITIES}/carto/component/default/{name}.yaml"), text)].into()
    }

    #[test]
    fn a_file_belongs_to_its_source() {
        assert_eq!(
            folder_of("catalog-data/entities/org/user/default/a.yaml").as_deref(),
            Some("catalog-data/entities/org")
        );
        assert_eq!(folder_of("catalog-data/manual/x/a.yaml").as_deref(), Some(MANUAL));
        assert_eq!(folder_of("scaffolds/templates/x/template.yaml").as_deref(), Some(TEMPLATES));
        assert_eq!(folder_of("scaffolds/templates/x/skeleton/a.yaml"), None);
        assert_eq!(folder_of("README.md"), None);
    }

    #[test]
    fn what_a_source_says_anew_is_told_in_meaning() {
        let folder = "catalog-data/entities/carto";
        let (before, after) = (files("cart", "a"), files("cart", "b"));
        let change = meaning(folder, 1, false, &before, &after).expect("readable");
        assert_eq!((change.source.as_str(), change.files), ("carto", 1));
        let [event] = change.events.as_slice() else { panic!("{:?}", change.events) };
        assert_eq!(
            (event.entity.as_str(), &event.what),
            ("component:default/cart", &EventKind::Changed)
        );
        assert_eq!(event.changes[0].field, "owner");
        let renamed = meaning(folder, 2, false, &before, &files("basket", "a")).expect("readable");
        assert_eq!(renamed.events[0].what, EventKind::Renamed("component:default/cart".into()));
        let new = |files| meaning(folder, files, true, &BTreeMap::new(), &after).expect("readable");
        assert!(new(FEW + 1).events.is_empty(), "a whole source is not told one by one");
        assert_eq!(new(1).events[0].what, EventKind::Added);
    }
}
