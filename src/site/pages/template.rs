//! The page of a template: an entity's page with its form, its steps and its runs.

use serde::Serialize;
use serde_json::Value;

use super::{
    entity::{EntityPageContext, EntityView},
    form::{self, FormPage},
};
use crate::{
    catalog::{Entity, EntityRef},
    site::{
        input::Input,
        model::{Model, sort_by_title},
        parts::{
            card::Card,
            facts,
            runs::{self, RunLine},
        },
        text::address,
    },
};

/// How many of its runs the page shows.
const RUNS: usize = 5;
/// How many of the entities that were made from it the page shows.
const MADE: usize = 50;

/// What the template gets.
#[derive(Debug, Serialize)]
pub(crate) struct TemplateView<'a> {
    #[serde(flatten)]
    entity: EntityView<'a>,
    form: Vec<FormPage<'a>>,
    /// Whether some fields depend on values of others.
    is_conditional: bool,
    /// Whether it adds an entity to the catalog, whose name must not be used yet.
    registers: bool,
    /// Reference, name and, where the choices of a field depend on them, groups.
    people: Vec<(EntityRef, String, Option<String>)>,
    steps: Vec<Step<'a>>,
    runs: Vec<RunLine<'a>>,
    /// How many runs there are, and the list of them; none when the page shows all.
    all_runs: Option<(usize, String)>,
    /// What was made from it, sorted by title, and how many more there are.
    made: Vec<Card<'a>>,
    more_made: usize,
    /// The name of the template in requests.
    request_name: String,
}

#[derive(Debug, Serialize)]
struct Step<'a> {
    name: &'a str,
    action: &'a str,
    condition: bool,
}

impl<'a> TemplateView<'a> {
    pub(crate) fn new(
        input: &Input<'a>,
        model: &Model<'a>,
        shared: &'a EntityPageContext<'a>,
        template: &'a Entity,
    ) -> Self {
        let mut entity = EntityView::new(input, model, shared, template, &[]);
        entity.page.neighbours = None;
        entity.page.crumbs.clear();
        let runs = model.runs.of_template(&template.reference);
        let mut made: Vec<_> = model
            .catalog
            .entities()
            .iter()
            .filter(|entity| facts::template_of(entity).as_ref() == Some(&template.reference))
            .collect();
        sort_by_title(&mut made);
        let more_made = made.len().saturating_sub(MADE);
        let form = form::pages(model, template);
        let steps = steps(template);
        Self {
            entity,
            people: form::people(model, form.iter().any(FormPage::depends_on_requester)),
            is_conditional: form.iter().any(FormPage::is_conditional),
            registers: steps.iter().any(|step| step.action == "catalog:register"),
            form,
            steps,
            runs: runs::lines(model, runs.iter().take(RUNS)),
            all_runs: (runs.len() > RUNS).then(|| {
                let reference = address::query(template.reference.as_str());
                (runs.len(), format!("runs.html?template={reference}"))
            }),
            made: made.into_iter().take(MADE).map(Card::of).collect(),
            more_made,
            request_name: template.reference.humanize(Some("template")),
        }
    }
}

fn steps(template: &Entity) -> Vec<Step<'_>> {
    let steps = template.value("/spec/steps").and_then(Value::as_array);
    steps
        .into_iter()
        .flatten()
        .map(|value| {
            let text = |key| value.get(key).and_then(Value::as_str);
            Step {
                name: text("name").or_else(|| text("id")).unwrap_or_default(),
                action: text("action").unwrap_or_default(),
                condition: value.get("if").is_some(),
            }
        })
        .collect()
}
