//! The system and the domain that each entity is part of.

use rayon::prelude::*;

use crate::catalog::{Catalog, Entity, EntityRef, Relation};

/// What a relation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RelationTarget<'a> {
    /// An entity, by its index in the catalog.
    Known(u32),
    /// A reference to an entity that the catalog does not have.
    Missing(&'a EntityRef),
}

impl<'a> RelationTarget<'a> {
    /// The other end of a relation.
    pub(crate) fn of(relation: &'a Relation) -> Self {
        relation.target_index.map_or(Self::Missing(&relation.target), Self::Known)
    }
}

/// The system and the domain of each entity, in the order of the catalog. They are computed once, because a
/// diagram asks for them for each entity around it.
#[derive(Debug)]
pub(crate) struct Wholes<'a>(Vec<Whole<'a>>);

#[derive(Debug)]
struct Whole<'a> {
    system: Option<RelationTarget<'a>>,
    domain: Option<RelationTarget<'a>>,
}

impl<'a> Wholes<'a> {
    pub(super) fn new(catalog: &'a Catalog) -> Self {
        let whole = |entity: &'a Entity| {
            let of = |kind| {
                let relation = entity.relations_of("partOf").find(|to| to.target.kind() == kind);
                relation.map(RelationTarget::of)
            };
            Whole { system: of("system"), domain: of("domain") }
        };
        Self(catalog.entities().par_iter().map(whole).collect())
    }

    /// The system that an entity is part of.
    pub(crate) fn system(&self, of: RelationTarget<'a>) -> Option<RelationTarget<'a>> {
        self.get(of)?.system
    }

    /// The domain that an entity is part of.
    pub(crate) fn domain(&self, of: RelationTarget<'a>) -> Option<RelationTarget<'a>> {
        self.get(of)?.domain
    }

    fn get(&self, of: RelationTarget<'a>) -> Option<&Whole<'a>> {
        match of {
            RelationTarget::Known(at) => self.0.get(at as usize),
            RelationTarget::Missing(_) => None,
        }
    }
}
