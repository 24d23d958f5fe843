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

/// An entity or another named thing on a page.
#[derive(Debug, Clone)]
pub(crate) enum Card<'a> {
    /// An entity. `shared` is its template value that all pages share; `None` where few pages name the entity.
    Entity { entity: &'a Entity, shared: Option<&'a SharedCard> },
    /// Anything else with a name.
    Named {
        title: Cow<'a, str>,
        /// Kind in lower case: it chooses the icon.
        kind: Cow<'a, str>,
        /// Address from the root; `None` when there is no such page.
        url: Option<PagePath<'a>>,
    },
}

impl<'a> Card<'a> {
    /// A card of a name; `url` is the page that it links to, if any.
    pub(crate) fn new(
        title: impl Into<Cow<'a, str>>,
        kind: impl Into<Cow<'a, str>>,
        url: Option<PagePath<'a>>,
    ) -> Self {
        Self::Named { title: title.into(), kind: kind.into(), url }
    }

    /// A card of an entity that few pages name.
    pub(crate) fn of(entity: &'a Entity) -> Self {
        Self::Entity { entity, shared: None }
    }

    /// A card of the entity at an index of the catalog, with the template value that all pages share.
    pub(crate) fn at(model: &Model<'a>, at: usize) -> Self {
        Self::Entity { entity: &model.catalog.entities()[at], shared: model.cards.get(at) }
    }

    fn fields(&self) -> CardFields<'_> {
        CardFields { title: self.title(), kind: self.kind(), url: self.url() }
    }

    /// The title.
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

    /// Address of its page from the root, if it has one.
    pub(crate) fn url(&self) -> Option<PagePath<'_>> {
        match self {
            Self::Entity { entity, .. } => Some(PagePath::Entity(&entity.reference)),
            Self::Named { url, .. } => url.clone(),
        }
    }

    /// A card of a reference, whose entity may not exist.
    pub(crate) fn to(model: &Model<'a>, reference: &'a EntityRef) -> Self {
        let place = model.catalog.position(reference);
        place.map_or_else(|| Self::missing(reference), |place| Self::at(model, place))
    }

    /// A card of the other end of a relation, which may not exist.
    pub(crate) fn across(model: &Model<'a>, relation: &'a Relation) -> Self {
        let missing = || Self::missing(&relation.target);
        relation.target_index.map_or_else(missing, |place| Self::at(model, place as usize))
    }

    /// A card of a reference whose entity does not exist.
    pub(crate) fn missing(reference: &'a EntityRef) -> Self {
        Self::new(reference.humanize(Some(reference.kind())), reference.kind(), None)
    }

    /// A card of a reference that does not live as long as the catalog; its entity may not exist.
    pub(crate) fn of_reference(model: &Model<'a>, reference: &EntityRef) -> Self {
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
