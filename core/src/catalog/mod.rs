//! Layer 1: the catalog, which is Backstage's entity model: fragments, merging, validation and relations.
//!
//! It does not know how sources are read nor what the catalog is used for. Everything is sorted by
//! entity reference, so that the output is deterministic.

pub mod choices;
mod conflicts;
pub mod diff;
pub mod docs;
pub mod entity;
pub mod envelope;
pub mod explain;
pub mod extract;
mod finding;
pub mod history;
pub mod includes;
pub mod issue;
pub mod kinds;
mod lints;
pub mod load;
pub mod merge;
pub mod names;
pub mod outside;
pub mod placeholders;
pub mod reference;
pub mod renames;
pub mod schema;
pub mod spec;
pub mod target;
pub mod template_files;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

use std::collections::HashMap;

use ahash::RandomState;
use rayon::prelude::*;

pub use entity::{Entity, Fragment, Relation};
pub use issue::Issue;
use kinds::RelationPair;
pub use lints::{leak_issues, lint, lint_leaks};
pub use load::{SourceOrder, load_from};
pub use reference::EntityRef;
use spec::SpecReference;

/// All entities, with their relations in both directions.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Sorted by reference.
    entities: Vec<Entity>,
    index: HashMap<EntityRef, usize, RandomState>,
}

impl Catalog {
    /// Makes a catalog of valid entities, and derives their relations.
    pub fn new(mut entities: Vec<Entity>) -> Self {
        entities.par_sort_by(|a, b| a.reference.cmp(&b.reference));
        entities.dedup_by(|a, b| a.reference == b.reference);
        entities.iter_mut().enumerate().for_each(|(at, entity)| entity.index = at);
        let index = entities.iter().map(|e| (e.reference.clone(), e.index)).collect();
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
                // A company's own kind may use the name of the field for something else.
                None => refs.filter(|(_, _, index)| index.is_some()).collect(),
            }
        };
        let refs: Vec<_> = self.entities.par_iter().map(refs).collect();
        for (at, refs) in (0..).zip(refs) {
            let from = self.entities[at as usize].reference.clone();
            for (pair, target, target_index) in refs {
                if let Some(other) = target_index {
                    let back =
                        Relation { kind: pair.back, target: from.clone(), target_index: Some(at) };
                    self.entities[other as usize].relations.push(back);
                }
                self.entities[at as usize].relations.push(Relation {
                    kind: pair.out,
                    target,
                    target_index,
                });
            }
        }
        self.entities.par_iter_mut().for_each(|entity| {
            entity.relations.sort_unstable();
            entity.relations.dedup();
        });
    }

    /// The relations that a reference makes, its target, and the target's index when it exists.
    fn resolved(&self, made: SpecReference) -> (RelationPair, EntityRef, Option<u32>) {
        let index = self.index.get(&made.target).copied();
        // The target's own reference: clones share its text, and comparing them compares addresses.
        let shared = index.map(|at| self.entities[at].reference.clone());
        (made.rule.relation, shared.unwrap_or(made.target), index.map(|at| at as u32))
    }

    /// All entities, sorted by reference.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// Finds an entity.
    pub fn get(&self, reference: &EntityRef) -> Option<&Entity> {
        self.index.get(reference).map(|&at| &self.entities[at])
    }

    /// The entity at the other end of a relation, when it exists.
    pub fn target(&self, relation: &Relation) -> Option<&Entity> {
        relation.target_index.map(|at| &self.entities[at as usize])
    }

    /// The index of an entity in [`Self::entities`]; `None` when there is no such entity.
    pub fn position(&self, reference: &EntityRef) -> Option<usize> {
        self.index.get(reference).copied()
    }

    /// All entities of a kind (in any case), sorted by reference.
    pub fn of_kind<'c>(&'c self, kind: &'c str) -> impl Iterator<Item = &'c Entity> {
        let kind = kind.to_lowercase();
        let start = self.entities.partition_point(|e| e.reference.kind() < kind.as_str());
        self.entities[start..].iter().take_while(move |e| e.reference.kind() == kind)
    }
}
