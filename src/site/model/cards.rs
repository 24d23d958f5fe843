//! What templates know of each entity that pages name: title, kind and address.
//!
//! Most of what pages consist of are names of other entities. Each entity has one template value, which all
//! pages that name it share, and one hash of it, which the keys of these pages have instead.

use std::sync::OnceLock;

use rayon::prelude::*;
use serde::Serialize;

use crate::{
    catalog::{Catalog, Entity},
    site::{error::Error, key::key, text::address::PagePath},
};

/// The cards of all entities, in the order of the catalog.
#[derive(Debug, Default)]
pub(crate) struct Cards(Vec<SharedCard>);

/// The card of one entity, for all pages that name it.
#[derive(Debug)]
pub(crate) struct SharedCard {
    /// The hash of the card's fields.
    pub(crate) key: u128,
    /// The card as templates have it, made when a page is rendered that has it.
    value: OnceLock<tera::Value>,
}

/// What templates know of a card.
#[derive(Serialize)]
pub(crate) struct CardFields<'c> {
    /// What people call the entity.
    pub(crate) title: &'c str,
    /// Kind in lower case: it chooses the icon.
    pub(crate) kind: &'c str,
    /// Address of the page from the site's root, where there is one.
    pub(crate) url: Option<PagePath<'c>>,
}

impl<'c> CardFields<'c> {
    /// The fields of an entity's card.
    pub(crate) fn of(entity: &'c Entity) -> Self {
        let reference = &entity.reference;
        Self {
            title: entity.title(),
            kind: reference.kind(),
            url: Some(PagePath::Entity(reference)),
        }
    }
}

impl Cards {
    /// Hashes the card of each entity.
    pub(crate) fn new(catalog: &Catalog) -> Result<Self, Error> {
        let card = |entity: &Entity| {
            let key = key(0, "card", &CardFields::of(entity))?;
            Ok(SharedCard { key, value: OnceLock::new() })
        };
        Ok(Self(catalog.entities().par_iter().map(card).collect::<Result<_, Error>>()?))
    }

    /// The card of the entity at an index of the catalog. `None` for each when the cards are
    /// [`Cards::default`], which suits a model that renders no page.
    pub(crate) fn get(&self, at: usize) -> Option<&SharedCard> {
        self.0.get(at)
    }
}

impl SharedCard {
    /// The template value of the card, which is that of `entity`.
    pub(crate) fn value(&self, entity: &Entity) -> &tera::Value {
        // The fields are texts only: a value of them cannot fail.
        self.value.get_or_init(|| tera::Value::from_serializable(&CardFields::of(entity)))
    }
}
