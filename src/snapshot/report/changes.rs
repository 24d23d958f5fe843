//! What differs between what a source said and what it says now.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::snapshot::guard::Loss;

/// What changed in the entities of a source, each list sorted.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub struct Changes {
    /// Entity refs of new ones.
    pub added: Vec<String>,
    /// Entity refs of those that differ.
    pub changed: Vec<String>,
    /// Those that are the same thing under another name; neither in `added` nor in `removed`.
    pub renamed: Vec<Rename>,
    /// Entity refs of those that are gone.
    pub removed: Vec<String>,
    /// Entity refs of those whose documentation differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub docs: Vec<String>,
    /// Entity refs of those that stay as they were last time, because what said them cannot be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<String>,
    /// Number of those that stand in another file of the source than before.
    pub moved: usize,
    /// Number of those that are the same.
    pub unchanged: usize,
    /// What is too much for the shrink guard: allowed by a person when the source was taken.
    pub losses: Vec<Loss>,
}

/// One entity under a new name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rename {
    /// Entity ref that it had.
    pub from: String,
    /// Entity ref that it has.
    pub to: String,
}

/// How many of each.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Count {
    pub(super) added: usize,
    pub(super) changed: usize,
    pub(super) renamed: usize,
    pub(super) removed: usize,
    pub(super) docs: usize,
    pub(super) moved: usize,
}

impl Changes {
    /// True when nothing differs.
    pub fn is_empty(&self) -> bool {
        let Count { added, changed, renamed, removed, docs, moved } = self.count();
        added + changed + renamed + removed + docs + moved == 0
    }

    /// Returns `3 added, 12 changed, 2 renamed, 1 removed`, or `unchanged`.
    pub fn summary(&self) -> String {
        self.count().summary()
    }

    /// Every entity that differs as a line with a sign: `- gone`, `~ old -> new`, `+ new` and
    /// `~ changed`. What breaks references comes first, where a list is cut it is still there.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let added = self.added.iter().map(|entity| format!("+ {entity}"));
        let changed = self.changed.iter().map(|entity| format!("~ {entity}"));
        let docs = self.docs.iter().map(|entity| format!("~ documentation of {entity}"));
        self.lost().map(|(line, _)| line).chain(added).chain(changed).chain(docs)
    }

    /// Lines of those that are gone from under a name, each with that name.
    pub(super) fn lost(&self) -> impl Iterator<Item = (String, &str)> {
        let removed = self.removed.iter().map(|entity| (format!("- {entity}"), entity.as_str()));
        let renamed = self
            .renamed
            .iter()
            .map(|Rename { from, to }| (format!("~ {from} -> {to}"), from.as_str()));
        removed.chain(renamed)
    }

    /// Counts those that neither came nor differ.
    pub(in crate::snapshot) fn only_unchanged(&self, entities: Vec<String>) -> usize {
        let renamed = self.renamed.iter().map(|rename| &rename.to);
        let differing: BTreeSet<_> =
            self.added.iter().chain(&self.changed).chain(renamed).collect();
        entities.iter().filter(|entity| !differing.contains(entity)).count()
    }

    /// Number of entities that the source has now.
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
            (self.moved, "found in another file"),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let parts: Vec<_> = parts.map(|(number, what)| format!("{number} {what}")).collect();
        if parts.is_empty() { "unchanged".into() } else { parts.join(", ") }
    }
}
