//! What the page of a system or domain has beside an entity's: its diagram, and the systems of a domain
//! with their numbers.

use serde::Serialize;

use super::entity::{EntityView, Shared};
use crate::{
    catalog::Entity,
    site::{
        input::Input,
        model::Model,
        parts::{
            card::Card,
            graph::diagram::{self, Diagram},
        },
    },
};

/// What the template of the page knows.
#[derive(Debug, Serialize)]
pub(crate) struct SystemView<'a> {
    #[serde(flatten)]
    entity: EntityView<'a>,
    diagram: Option<Diagram<'a>>,
    systems: Vec<SystemLine<'a>>,
}

/// A system of a domain.
#[derive(Debug, Serialize)]
struct SystemLine<'a> {
    card: Card<'a>,
    owner: Option<Card<'a>>,
    components: usize,
    apis: usize,
    resources: usize,
}

impl<'a> SystemView<'a> {
    pub(crate) fn new(
        input: &Input<'a>,
        model: &Model<'a>,
        shared: &'a Shared<'a>,
        whole: &'a Entity,
    ) -> Self {
        let mut systems = Vec::new();
        if whole.reference.kind() == "domain" {
            systems = model.all(whole, "hasPart", "system");
        }
        // All of them are in the table.
        let but = if systems.is_empty() { &[][..] } else { &["hasPart-system"] };
        let mut entity = EntityView::new(input, model, shared, whole, but);
        entity.is_wide = true;
        Self {
            entity,
            diagram: diagram::draw(model, whole),
            systems: systems.into_iter().map(|system| line(model, system)).collect(),
        }
    }
}

fn line<'a>(model: &Model<'a>, system: &'a Entity) -> SystemLine<'a> {
    let count = |kind| system.related("hasPart").filter(|e| e.kind() == kind).count();
    SystemLine {
        card: Card::of(system),
        owner: system.relations_of("ownedBy").next().map(|to| Card::across(model, to)),
        components: count("component"),
        apis: count("api"),
        resources: count("resource"),
    }
}
