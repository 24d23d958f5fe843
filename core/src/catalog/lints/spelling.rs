//! Hints for dangling references: the entity that was probably meant.

use std::collections::{BTreeMap, HashMap};

use crate::{
    base::text::nearest,
    catalog::{Catalog, EntityRef, reference::DEFAULT_NAMESPACE},
};

/// Most targets that are compared with other spellings. When thousands of entities are missing, typos
/// are not the reason.
const MOST_TARGETS: usize = 1000;
/// Most names whose edit distance to one target is computed.
const MOST_NAMES: usize = 500;

/// The names of a catalog, indexed by kind and by the set of their letters.
pub(super) struct SpellingIndex<'c> {
    catalog: &'c Catalog,
    /// Indices of entities by name, in lower case.
    named: HashMap<&'c str, Vec<usize>>,
    /// For each kind, the references with the sets of letters of their names.
    spelt: BTreeMap<&'c str, Vec<(u64, &'c EntityRef)>>,
    /// Number of targets that were compared so far.
    targets: usize,
    hints: HashMap<EntityRef, Option<String>>,
}

impl<'c> SpellingIndex<'c> {
    pub(super) fn new(catalog: &'c Catalog) -> Self {
        let mut named: HashMap<_, Vec<_>> = HashMap::new();
        let mut spelt: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for entity in catalog.entities() {
            let reference = &entity.reference;
            named.entry(reference.name()).or_default().push(entity.index);
            spelt.entry(reference.kind()).or_default().push((letters(reference.name()), reference));
        }
        Self { catalog, named, spelt, targets: 0, hints: HashMap::new() }
    }

    /// A hint for a reference to `target`, which does not exist; `None` when no entity is similar.
    pub(super) fn hint(&mut self, target: &EntityRef) -> Option<String> {
        if let Some(known) = self.hints.get(target) {
            return known.clone();
        }
        let hint = self.elsewhere(target).or_else(|| self.misspelt(target));
        self.hints.insert(target.clone(), hint.clone());
        hint
    }

    /// An entity of the same name in another namespace, else of another kind in the same namespace.
    fn elsewhere(&self, target: &EntityRef) -> Option<String> {
        let indices = self.named.get(target.name())?;
        let named = || indices.iter().map(|&at| &self.catalog.entities()[at].reference);
        let same_kind = || named().filter(|found| found.kind() == target.kind());
        let in_default = same_kind().find(|found| found.namespace() == DEFAULT_NAMESPACE);
        if let Some(found) = in_default.or_else(|| same_kind().next()) {
            return Some(format!(
                "`{found}` exists: a reference without a namespace means that of the entity it stands in"
            ));
        }
        let same_namespace = named().find(|found| found.namespace() == target.namespace())?;
        Some(format!("`{same_namespace}` exists: did you mean that kind?"))
    }

    /// The most similar name in the same namespace, else in another one.
    fn misspelt(&mut self, target: &EntityRef) -> Option<String> {
        self.targets += 1;
        if self.targets > MOST_TARGETS {
            return None;
        }
        let (wanted, most) = (letters(target.name()), edits(target.name()));
        let near = self.spelt.get(target.kind())?.iter().filter(|(letters, found)| {
            let differ = (letters & !wanted).count_ones().max((wanted & !letters).count_ones());
            differ as usize <= most && found.name().len().abs_diff(target.name().len()) <= most * 4
        });
        let near: Vec<&EntityRef> = near.map(|(_, found)| *found).collect();
        let is_home = |found: &&&EntityRef| found.namespace() == target.namespace();
        let home = near.iter().filter(is_home).take(MOST_NAMES).map(|found| found.name());
        if let Some(name) = nearest(target.name(), home) {
            return Some(format!("did you mean `{name}`?"));
        }
        let away = near.iter().filter(|found| !is_home(found)).take(MOST_NAMES);
        let name = nearest(target.name(), away.clone().map(|found| found.name()))?;
        let found = away.into_iter().find(|found| found.name() == name)?;
        Some(format!("did you mean `{found}`?"))
    }
}

/// The largest edit distance that [`nearest`] accepts for a name.
fn edits(name: &str) -> usize {
    1 + name.chars().count() / 4
}

/// The set of letters of a name, as bits. A name at edit distance `n` has at most `n` other letters.
fn letters(name: &str) -> u64 {
    name.chars().fold(0, |bits, letter| bits | 1 << (letter as u32 % 64))
}
