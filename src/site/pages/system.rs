//! The page of a system or a domain: an entity's page with a diagram of the parts; for a domain also a table of
//! its systems.

use serde::Serialize;

use super::entity::{EntityPageContext, EntityView};
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

/// What the template gets.
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
        shared: &'a EntityPageContext<'a>,
        whole: &'a Entity,
    ) -> Self {
        let mut systems = Vec::new();
        if whole.reference.kind() == "domain" {
            systems = model.all(whole, "hasPart", "system");
        }
        // The table shows the systems.
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
