//! The changes of a source: its entities compared with its files.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::snapshot::guard::Loss;

/// The changes of a source. Each list is sorted.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub struct Changes {
    /// References of added entities.
    pub added: Vec<String>,
    /// References of changed entities.
    pub changed: Vec<String>,
    /// Renamed entities, which are neither in `added` nor in `removed`.
    pub renamed: Vec<Rename>,
    /// References of removed entities.
    pub removed: Vec<String>,
    /// References of entities whose documentation changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub docs: Vec<String>,
    /// References of templates whose files changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<String>,
    /// References of entities whose fragments are kept because their document cannot be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<String>,
    /// Number of unchanged entities that are in another file of the source than before.
    pub moved: usize,
    /// Number of unchanged entities.
    pub unchanged: usize,
    /// Losses that exceed the limits of the shrink guard. When the source was written, a person has
    /// allowed them.
    pub losses: Vec<Loss>,
}

/// A renamed entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rename {
    /// Its old reference.
    pub from: String,
    /// Its new reference.
    pub to: String,
}

/// Numbers of changes.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Count {
    pub(super) added: usize,
    pub(super) changed: usize,
    pub(super) renamed: usize,
    pub(super) removed: usize,
    pub(super) docs: usize,
    pub(super) templates: usize,
    pub(super) moved: usize,
}

impl Changes {
    /// True when nothing changed.
    pub fn is_empty(&self) -> bool {
        let Count { added, changed, renamed, removed, docs, templates, moved } = self.count();
        added + changed + renamed + removed + docs + templates + moved == 0
    }

    /// Returns `3 added, 12 changed, 2 renamed, 1 removed`, or `unchanged`.
    pub fn summary(&self) -> String {
        self.count().summary()
    }

    /// A line for every changed entity: `- removed`, `~ old -> new`, `+ added` and `~ changed`.
    /// Removals and renames come first, so that they remain when the list is cut.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let added = self.added.iter().map(|entity| format!("+ {entity}"));
        let changed = self.changed.iter().map(|entity| format!("~ {entity}"));
        let docs = self.docs.iter().map(|entity| format!("~ documentation of {entity}"));
        let templates = self.templates.iter().map(|entity| format!("~ files of {entity}"));
        let changed = added.chain(changed).chain(docs).chain(templates);
        self.lost().map(|(line, _)| line).chain(changed)
    }

    /// Lines of removed and renamed entities, each with the old reference.
    pub(super) fn lost(&self) -> impl Iterator<Item = (String, &str)> {
        let removed = self.removed.iter().map(|entity| (format!("- {entity}"), entity.as_str()));
        let renamed = self
            .renamed
            .iter()
            .map(|Rename { from, to }| (format!("~ {from} -> {to}"), from.as_str()));
        removed.chain(renamed)
    }

    /// Counts the entities that were neither added nor changed nor renamed.
    pub(in crate::snapshot) fn only_unchanged(&self, entities: Vec<String>) -> usize {
        let renamed = self.renamed.iter().map(|rename| &rename.to);
        let differing: BTreeSet<_> =
            self.added.iter().chain(&self.changed).chain(renamed).collect();
        entities.iter().filter(|entity| !differing.contains(entity)).count()
    }

    /// Number of entities of the source after the snapshot.
    pub(super) fn entities(&self) -> usize {
        let Self { added, changed, renamed, stale, unchanged, .. } = self;
        unchanged + added.len() + changed.len() + renamed.len() + stale.len()
    }

    pub(super) fn count(&self) -> Count {
        Count {
            added: self.added.len(),
            changed: self.changed.len(),
            renamed: self.renamed.len(),
            removed: self.removed.len(),
            docs: self.docs.len(),
            templates: self.templates.len(),
            moved: self.moved,
        }
    }
}

impl Count {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            added: self.added + other.added,
            changed: self.changed + other.changed,
            renamed: self.renamed + other.renamed,
            removed: self.removed + other.removed,
            docs: self.docs + other.docs,
            templates: self.templates + other.templates,
            moved: self.moved + other.moved,
        }
    }

    pub(super) fn summary(self) -> String {
        let parts = [
            (self.added, "added"),
            (self.changed, "changed"),
            (self.renamed, "renamed"),
            (self.removed, "removed"),
            (self.docs, "with other documentation"),
            (self.templates, "with other files of the template"),
            (self.moved, "found in another file"),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let parts: Vec<_> = parts.map(|(number, what)| format!("{number} {what}")).collect();
        if parts.is_empty() { "unchanged".into() } else { parts.join(", ") }
    }
}
