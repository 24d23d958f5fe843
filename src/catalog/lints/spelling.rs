//! What a reference that leads nowhere may have meant: hints for people, made only when something is wrong.

use std::collections::{BTreeMap, HashMap};

use crate::{
    base::text::nearest,
    catalog::{Catalog, EntityRef, reference::DEFAULT_NAMESPACE},
};

/// So many targets are compared with other spellings; a catalog that lacks thousands of entities lacks
/// more than letters.
const MOST_TARGETS: usize = 1000;
/// So many names are compared with one target, letter by letter.
const MOST_NAMES: usize = 500;

/// The names of a catalog, by what a slip of the pen leaves as it was.
pub(super) struct SpellingIndex<'c> {
    catalog: &'c Catalog,
    /// Places of entities by name, in lower case.
    named: HashMap<&'c str, Vec<usize>>,
    /// For each kind its names with the letters that they have.
    spelt: BTreeMap<&'c str, Vec<(u64, &'c EntityRef)>>,
    /// How many targets were compared until now.
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

    /// What to do about a reference to `target`, which does not exist; `None` when nothing is near.
    pub(super) fn hint(&mut self, target: &EntityRef) -> Option<String> {
        if let Some(known) = self.hints.get(target) {
            return known.clone();
        }
        let hint = self.elsewhere(target).or_else(|| self.misspelt(target));
        self.hints.insert(target.clone(), hint.clone());
        hint
    }

    /// The same name in another namespace, else as another kind in the same one.
    fn elsewhere(&self, target: &EntityRef) -> Option<String> {
        let places = self.named.get(target.name())?;
        let named = || places.iter().map(|&at| &self.catalog.entities()[at].reference);
        let same_kind = || named().filter(|found| found.kind() == target.kind());
        let in_default = same_kind().find(|found| found.namespace() == DEFAULT_NAMESPACE);
        if let Some(found) = in_default.or_else(|| same_kind().next()) {
            return Some(format!(
                "`{found}` exists: a reference without a namespace means that of the entity it stands in"
            ));
        }
        let same_place = named().find(|found| found.namespace() == target.namespace())?;
        Some(format!("`{same_place}` exists: did you mean that kind?"))
    }

    /// The nearest spelling in the same namespace, else in another one.
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

/// How many letters of a name may be wrong, as [`nearest`] has it.
fn edits(name: &str) -> usize {
    1 + name.chars().count() / 4
}

/// Which letters a name has, as bits: a name that is `n` edits away has at most `n` others.
fn letters(name: &str) -> u64 {
    name.chars().fold(0, |bits, letter| bits | 1 << (letter as u32 % 64))
}
