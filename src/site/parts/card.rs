//! A thing that a page names, with the address of its page.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::{
    catalog::{Entity, EntityRef, Relation},
    site::{
        key::lazy::{self, LazyContent},
        model::{
            Model,
            cards::{CardFields, SharedCard},
        },
        text::address::PagePath,
    },
};

/// A thing that is named on a page, with its page.
#[derive(Debug, Clone)]
pub(crate) enum Card<'a> {
    /// An entity. What a card says of it is fetched when it is asked: where many pages name it, its template
    /// value is there already, and that is all that they ask.
    Entity { entity: &'a Entity, shared: Option<&'a SharedCard> },
    /// Anything else that has a name.
    Named {
        title: Cow<'a, str>,
        /// Kind in lower case: which icon it has.
        kind: Cow<'a, str>,
        /// Address from the root; `None` when there is no such page.
        url: Option<PagePath<'a>>,
    },
}

impl<'a> Card<'a> {
    /// A card of a name; `url` is the page that it leads to, where it leads to one.
    pub(crate) fn new(
        title: impl Into<Cow<'a, str>>,
        kind: impl Into<Cow<'a, str>>,
        url: Option<PagePath<'a>>,
    ) -> Self {
        Self::Named { title: title.into(), kind: kind.into(), url }
    }

    /// A card of an entity that exists.
    pub(crate) fn of(entity: &'a Entity) -> Self {
        Self::Entity { entity, shared: None }
    }

    /// A card of the entity at an index of the catalog, which many pages may name.
    pub(crate) fn at(model: &Model<'a>, at: usize) -> Self {
        Self::Entity { entity: &model.catalog.entities()[at], shared: model.cards.get(at) }
    }

    fn fields(&self) -> CardFields<'_> {
        CardFields { title: self.title(), kind: self.kind(), url: self.url() }
    }

    /// What people call it.
    pub(crate) fn title(&self) -> &str {
        match self {
            Self::Entity { entity, .. } => entity.title(),
            Self::Named { title, .. } => title,
        }
    }

    /// Kind in lower case.
    pub(crate) fn kind(&self) -> &str {
        match self {
            Self::Entity { entity, .. } => entity.reference.kind(),
            Self::Named { kind, .. } => kind,
        }
    }

    /// Address of its page from the root; `None` when it has none.
    pub(crate) fn url(&self) -> Option<PagePath<'_>> {
        match self {
            Self::Entity { entity, .. } => Some(PagePath::Entity(&entity.reference)),
            Self::Named { url, .. } => url.clone(),
        }
    }

    /// A card of what a reference names, which may not exist.
    pub(crate) fn to(model: &Model<'a>, reference: &'a EntityRef) -> Self {
        let place = model.catalog.position(reference);
        place.map_or_else(|| Self::missing(reference), |place| Self::at(model, place))
    }

    /// A card of the other end of a relation, which may not exist.
    pub(crate) fn across(model: &Model<'a>, relation: &'a Relation) -> Self {
        let missing = || Self::missing(&relation.target);
        relation.target_index.map_or_else(missing, |place| Self::at(model, place as usize))
    }

    /// A card of what does not exist.
    pub(crate) fn missing(reference: &'a EntityRef) -> Self {
        Self::new(reference.humanize(Some(reference.kind())), reference.kind(), None)
    }

    /// A card of a reference that is not in the catalog's memory.
    pub(crate) fn found(model: &Model<'a>, reference: &EntityRef) -> Self {
        let missing =
            || Self::new(reference.humanize(Some("user")), reference.kind().to_owned(), None);
        model.catalog.get(reference).map_or_else(missing, Self::of)
    }
}

impl Serialize for Card<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        lazy::serialize(self, serializer)
    }
}

impl LazyContent for Card<'_> {
    fn serialize_key<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Entity { shared: Some(shared), .. } => serializer.serialize_u128(shared.key),
            _ => self.fields().serialize(serializer),
        }
    }

    fn serialize_content<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Entity { entity, shared: Some(shared) } => {
                shared.value(entity).serialize(serializer)
            }
            _ => self.fields().serialize(serializer),
        }
    }
}
