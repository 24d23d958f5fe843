//! The list of runs, and the page of a run with its steps.

use serde::Serialize;

use crate::{
    catalog::EntityRef,
    site::{
        input::{Input, Run, RunLink, RunNeed, RunStep, Status},
        model::Model,
        parts::{
            card::Card,
            frame::Page,
            moment::{Moment, duration},
            runs::{RunLine, line, lines},
        },
        text::address,
    },
};

/// What the template of the list gets.
#[derive(Debug, Serialize)]
pub(crate) struct RunsView<'a> {
    pub(crate) page: Page<'a>,
    runs: Vec<RunLine<'a>>,
    /// Whether it is known of any run how it was reviewed.
    has_reviews: bool,
}

/// What the template of a run gets.
#[derive(Debug, Serialize)]
pub(crate) struct RunView<'a> {
    pub(crate) page: Page<'a>,
    run: RunLine<'a>,
    need: Option<&'a RunNeed>,
    steps: Vec<Step<'a>>,
    links: Vec<Output<'a>>,
    /// Path of the request in the portal's repository.
    request: String,
}

#[derive(Debug, Serialize)]
struct Step<'a> {
    id: &'a str,
    name: &'a str,
    action: &'a str,
    status: Status,
    started: Option<Moment>,
    duration: Option<String>,
    message: Option<&'a str>,
}

/// An output of a run.
#[derive(Debug, Serialize)]
struct Output<'a> {
    title: &'a str,
    /// The entity that the output refers to, if it refers to one.
    card: Option<Card<'a>>,
    url: Option<String>,
    text: &'a str,
}

impl<'a> RunsView<'a> {
    pub(crate) fn new(input: &Input<'a>, model: &Model<'a>) -> Self {
        let runs = lines(input, model);
        let has_reviews = runs.iter().any(RunLine::is_reviewed);
        Self { page: Page::new("runs.html", "Runs", "runs"), runs, has_reviews }
    }
}

impl<'a> RunView<'a> {
    pub(crate) fn new(model: &Model<'a>, run: &'a Run) -> Self {
        let step = |step: &'a RunStep| Step {
            id: &step.id,
            name: &step.name,
            action: &step.action,
            status: step.status,
            started: step.started.map(Moment::from),
            duration: duration(step.started, step.finished),
            message: step.message.as_deref(),
        };
        Self {
            page: Page::new(&address::run_page(&run.id), &run.id, "runs"),
            run: line(model, run),
            need: run.need.as_ref(),
            steps: run.steps.iter().map(step).collect(),
            links: run.links.iter().map(|link| output(model, link)).collect(),
            request: format!("scaffolds/requests/{}.yaml", run.id),
        }
    }
}

fn output<'a>(model: &Model<'a>, link: &'a RunLink) -> Output<'a> {
    let card = EntityRef::parse(&link.url, None, "default")
        .ok()
        .filter(|_| !link.url.contains("://"))
        .and_then(|reference| model.catalog.get(&reference))
        .map(Card::of);
    Output {
        title: &link.title,
        url: address::external(&link.url).filter(|_| card.is_none()),
        card,
        text: &link.url,
    }
}
