//! The pages of entities: which view and which template each kind has.

use rayon::prelude::*;
use serde::Serialize;

use super::{
    AT_ONCE, Error, address,
    api::Api,
    atlas::Atlas,
    basis,
    digest::Digests,
    entity::{EntityView, Shared},
    input::Input,
    output::Pages,
    person::PersonView,
    system::SystemView,
    team::TeamView,
    template::TemplateView,
};
use crate::{base::fs::Sink, catalog::Entity};

/// What the template of an entity's page knows.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum View<'a> {
    Team(TeamView<'a>),
    Person(PersonView<'a>),
    Template(TemplateView<'a>),
    System(SystemView<'a>),
    Other(EntityView<'a>),
}

impl<'a> View<'a> {
    pub(super) fn new(
        input: &Input<'a>,
        atlas: &Atlas<'a>,
        shared: &'a Shared<'a>,
        entity: &'a Entity,
    ) -> Self {
        match entity.reference.kind() {
            "group" => Self::Team(TeamView::new(input, atlas, shared, entity)),
            "user" => Self::Person(PersonView::new(input, atlas, shared, entity)),
            "template" => Self::Template(TemplateView::new(input, atlas, shared, entity)),
            "system" | "domain" => Self::System(SystemView::new(input, atlas, shared, entity)),
            _ => Self::Other(EntityView::new(input, atlas, shared, entity, &[])),
        }
    }
}

/// The template of the pages of a kind.
fn template(kind: &str) -> &'static str {
    match kind {
        "group" => "pages/team.html",
        "user" => "pages/person.html",
        "template" => "pages/template.html",
        "system" | "domain" => "pages/system.html",
        _ => "pages/entity.html",
    }
}

/// Writes the page of each entity, and the definitions of APIs as files.
pub(super) fn write<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    atlas: &Atlas<'_>,
    digests: &Digests,
) -> Result<(), Error> {
    let shared = &Shared::new(input, atlas, digests);
    let entities = input.catalog.entities().par_iter().with_max_len(AT_ONCE);
    entities.try_for_each(|entity: &Entity| {
        if let Some(api) = Api::of(entity) {
            pages.write(api.file, api.text.as_bytes())?;
        }
        let path = address::entity_page(&entity.reference);
        let basis = basis::of(atlas, shared, entity)?;
        pages.render_derived(&path, template(entity.reference.kind()), basis, || {
            View::new(input, atlas, shared, entity)
        })
    })
}
