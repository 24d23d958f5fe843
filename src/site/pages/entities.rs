//! The pages of entities: the view and the template that each kind has.

use rayon::prelude::*;
use serde::Serialize;

use super::{
    entity::{EntityPageContext, EntityView},
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
        output::{BATCH, PageWriter},
        parts::api::Api,
        rebuild::{digest::Digests, page_inputs},
        text::address,
    },
};

/// What the template of a page gets.
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
        shared: &'a EntityPageContext<'a>,
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
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
    digests: &Digests,
) -> Result<(), Error> {
    let shared = &EntityPageContext::new(input, model, digests);
    let entities = input.catalog.entities().par_iter().with_max_len(BATCH);
    entities.try_for_each(|entity: &Entity| {
        if let Some(api) = Api::of(entity) {
            writer.write(api.file, api.text.as_bytes())?;
        }
        let path = address::entity_page(&entity.reference);
        let inputs = page_inputs::of(model, digests, entity)?;
        writer.render_derived(&path, template(entity.reference.kind()), inputs, || {
            View::new(input, model, shared, entity)
        })
    })
}
