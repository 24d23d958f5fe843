//! What entities say, as hashes: whatever is made of an entity and the titles of what it is related to
//! need not be made again to know that it is as it was.

use rayon::prelude::*;

use super::{Error, output::key};
use crate::catalog::{Catalog, Entity};

/// The hashes of all entities.
#[derive(Debug)]
pub(super) struct Digests<'a> {
    catalog: &'a Catalog,
    /// In the order of the catalog.
    entities: Vec<Digest>,
}

/// The hashes of one entity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Digest {
    /// Of its document.
    pub(super) document: u128,
    /// Of its document and its relations.
    pub(super) whole: u128,
    /// Of these, and of what the other ends are called where they exist.
    pub(super) related: u128,
}

impl<'a> Digests<'a> {
    pub(super) fn new(catalog: &'a Catalog) -> Result<Self, Error> {
        let digest = |entity: &Entity| {
            let document = key(0, "document", &*entity.document)?;
            let ends = entity.relations.iter();
            let relations: Vec<_> = ends.clone().map(|to| (to.kind, to.target.as_str())).collect();
            let whole = key(document, "relations", &relations)?;
            let titles: Vec<_> = ends.map(|to| catalog.target(to).map(Entity::title)).collect();
            Ok(Digest { document, whole, related: key(whole, "titles", &titles)? })
        };
        let entities = catalog.entities().par_iter().map(digest).collect::<Result<_, Error>>()?;
        Ok(Self { catalog, entities })
    }

    /// The hashes of an entity of the catalog.
    pub(super) fn of(&self, entity: &Entity) -> Option<Digest> {
        Some(self.entities[self.catalog.position(&entity.reference)?])
    }

    /// The hash of what several entities and their relations say, in this order.
    pub(super) fn of_all(&self, entities: &[&Entity]) -> Result<u128, Error> {
        let digests = entities.iter().map(|entity| self.of(entity).map(|digest| digest.whole));
        key(0, "all", &digests.collect::<Vec<_>>())
    }

    /// The hashes of all entities, in the order of the catalog.
    pub(super) fn all(&self) -> &[Digest] {
        &self.entities
    }
}
