//! The pages of entities: which view and which template each kind has.

use rayon::prelude::*;
use serde::Serialize;

use super::{
    entity::{EntityView, Shared},
    person::PersonView,
    system::SystemView,
    team::TeamView,
    template::TemplateView,
};
use crate::{
    base::fs::Sink,
    catalog::Entity,
    site::{
        error::Error,
        input::Input,
        model::Model,
        output::{AT_ONCE, Pages},
        parts::api::Api,
        rebuild::{digest::Digests, page_inputs},
        text::address,
    },
};

/// What the template of an entity's page knows.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum View<'a> {
    Team(TeamView<'a>),
    Person(PersonView<'a>),
    Template(TemplateView<'a>),
    System(SystemView<'a>),
    Other(EntityView<'a>),
}

impl<'a> View<'a> {
    pub(crate) fn new(
        input: &Input<'a>,
        model: &Model<'a>,
        shared: &'a Shared<'a>,
        entity: &'a Entity,
    ) -> Self {
        match entity.reference.kind() {
            "group" => Self::Team(TeamView::new(input, model, shared, entity)),
            "user" => Self::Person(PersonView::new(input, model, shared, entity)),
            "template" => Self::Template(TemplateView::new(input, model, shared, entity)),
            "system" | "domain" => Self::System(SystemView::new(input, model, shared, entity)),
            _ => Self::Other(EntityView::new(input, model, shared, entity, &[])),
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
pub(crate) fn write<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
    digests: &Digests,
) -> Result<(), Error> {
    let shared = &Shared::new(input, model, digests);
    let entities = input.catalog.entities().par_iter().with_max_len(AT_ONCE);
    entities.try_for_each(|entity: &Entity| {
        if let Some(api) = Api::of(entity) {
            pages.write(api.file, api.text.as_bytes())?;
        }
        let path = address::entity_page(&entity.reference);
        let basis = page_inputs::of(model, digests, entity)?;
        pages.render_derived(&path, template(entity.reference.kind()), basis, || {
            View::new(input, model, shared, entity)
        })
    })
}
