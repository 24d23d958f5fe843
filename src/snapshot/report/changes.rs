//! What differs between what a source said and what it says now.

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
}

impl Changes {
    /// True when nothing differs.
    pub fn is_empty(&self) -> bool {
        let Count { added, changed, renamed, removed, docs } = self.count();
        added + changed + renamed + removed + docs == 0
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

    /// Number of entities that the source has now.
    pub(super) fn entities(&self) -> usize {
        self.unchanged + self.added.len() + self.changed.len() + self.renamed.len()
    }

    pub(super) fn count(&self) -> Count {
        Count {
            added: self.added.len(),
            changed: self.changed.len(),
            renamed: self.renamed.len(),
            removed: self.removed.len(),
            docs: self.docs.len(),
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
        }
    }

    pub(super) fn summary(self) -> String {
        let parts = [
            (self.added, "added"),
            (self.changed, "changed"),
            (self.renamed, "renamed"),
            (self.removed, "removed"),
            (self.docs, "with other documentation"),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let parts: Vec<_> = parts.map(|(number, what)| format!("{number} {what}")).collect();
        if parts.is_empty() { "unchanged".into() } else { parts.join(", ") }
    }
}
