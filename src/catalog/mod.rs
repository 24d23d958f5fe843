//! Layer 1: the catalog. Backstage's entity model, fragments, their merge and the relations.
//!
//! Knows nothing of where fragments come from nor of what is done with the catalog. Everything is
//! sorted by entity reference, so that what is made of it is the same each time.

pub mod choices;
mod claims;
pub mod diff;
pub mod docs;
pub mod entity;
pub mod envelope;
pub mod explain;
pub mod history;
pub mod issue;
pub mod kinds;
mod lints;
pub mod load;
pub mod merge;
pub mod names;
mod nearby;
pub mod reference;
pub mod renames;
pub mod schema;
pub mod spec;

use std::collections::HashMap;

use ahash::RandomState;
use rayon::prelude::*;

pub use entity::{Entity, Fragment, Relation};
pub use issue::Issue;
use kinds::RelationPair;
pub use lints::{leak_issues, lint, lint_leaks};
pub use load::{SourceOrder, load_from};
use nearby::SpellingIndex;
pub use reference::EntityRef;
use spec::SpecRef;

/// Every entity, with its relations in both directions.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Sorted by reference.
    entities: Vec<Entity>,
    index: HashMap<EntityRef, usize, RandomState>,
}

/// A reference to an entity that does not exist.
#[derive(Debug)]
pub struct Dangling<'c> {
    /// Who refers.
    pub entity: &'c Entity,
    /// Where in its document.
    pub pointer: String,
    /// To what.
    pub target: EntityRef,
    /// What may have been meant, when something is near.
    pub hint: Option<String>,
}

impl Catalog {
    /// Makes a catalog of valid entities and derives all relations.
    pub fn new(mut entities: Vec<Entity>) -> Self {
        entities.par_sort_by(|a, b| a.reference.cmp(&b.reference));
        entities.dedup_by(|a, b| a.reference == b.reference);
        entities.iter_mut().enumerate().for_each(|(at, entity)| entity.place = at);
        let index = entities.iter().map(|e| (e.reference.clone(), e.place)).collect();
        let mut catalog = Self { entities, index };
        catalog.relate();
        catalog
    }

    fn relate(&mut self) {
        for entity in &mut self.entities {
            entity.relations.clear();
        }
        let refs = |entity: &Entity| -> Vec<_> {
            let refs = spec::spec_refs(&entity.document).into_iter();
            let refs = refs.map(|made| self.resolved(made));
            match kinds::kind_spec(entity.kind()) {
                Some(_) => refs.collect(),
                // A company's own kind may mean something else by the name of the field.
                None => refs.filter(|(_, _, place)| place.is_some()).collect(),
            }
        };
        let refs: Vec<_> = self.entities.par_iter().map(refs).collect();
        for (at, refs) in (0..).zip(refs) {
            let from = self.entities[at as usize].reference.clone();
            for (pair, target, place) in refs {
                if let Some(other) = place {
                    let back = Relation { kind: pair.back, target: from.clone(), place: Some(at) };
                    self.entities[other as usize].relations.push(back);
                }
                self.entities[at as usize].relations.push(Relation {
                    kind: pair.out,
                    target,
                    place,
                });
            }
        }
        self.entities.par_iter_mut().for_each(|entity| {
            entity.relations.sort_unstable();
            entity.relations.dedup();
        });
    }

    /// What a reference means, its target and where that is, when it exists.
    fn resolved(&self, made: SpecRef) -> (RelationPair, EntityRef, Option<u32>) {
        let place = self.index.get(&made.target).copied();
        // One text for all who name it: less memory, and equal at a glance.
        let known = place.map(|at| self.entities[at].reference.clone());
        (made.spec.relation, known.unwrap_or(made.target), place.map(|at| at as u32))
    }

    /// All entities, sorted by reference.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// Finds an entity.
    pub fn get(&self, reference: &EntityRef) -> Option<&Entity> {
        self.index.get(reference).map(|&at| &self.entities[at])
    }

    /// The other end of a relation of one of the entities, when it exists.
    pub fn target(&self, relation: &Relation) -> Option<&Entity> {
        relation.place.map(|at| &self.entities[at as usize])
    }

    /// Where an entity is in [`Self::entities`], counted from 0; `None` when it is not there.
    pub fn position(&self, reference: &EntityRef) -> Option<usize> {
        self.index.get(reference).copied()
    }

    /// All entities of a kind (in any case), sorted by reference.
    pub fn of_kind<'c>(&'c self, kind: &'c str) -> impl Iterator<Item = &'c Entity> {
        let kind = kind.to_lowercase();
        let start = self.entities.partition_point(|e| e.reference.kind() < kind.as_str());
        self.entities[start..].iter().take_while(move |e| e.reference.kind() == kind)
    }

    /// Lists every reference to an entity that does not exist, in the order of the entities.
    pub fn dangling(&self) -> Vec<Dangling<'_>> {
        let has_some = |entity: &&Entity| entity.relations.iter().any(|r| r.place.is_none());
        let entities: Vec<_> = self.entities.par_iter().filter(has_some).collect();
        if entities.is_empty() {
            return Vec::new();
        }
        let mut nearby = SpellingIndex::new(self);
        let mut dangling = Vec::new();
        for entity in entities {
            let refs = spec::spec_refs(&entity.document).into_iter();
            for made in refs.filter(|made| !self.index.contains_key(&made.target)) {
                let (pointer, hint) = (made.pointer(), nearby.hint(&made.target));
                dangling.push(Dangling { entity, pointer, target: made.target, hint });
            }
        }
        dangling
    }
}
