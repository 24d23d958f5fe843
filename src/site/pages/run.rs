//! The page of a run, with its steps.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::form;
use crate::{
    catalog::EntityRef,
    site::{
        input::{Input, Run, RunEffect, RunLink, RunNeed, RunStep, RunText, RunWait, Status},
        model::Model,
        parts::{
            card::Card,
            facts::readable,
            frame::Page,
            moment::{Moment, duration},
            runs::{RunLine, line},
        },
        text::{address, escape::message_html, markdown},
    },
};

/// How many lines of the log of a step the page shows: the last ones.
const LOG_LINES: usize = 200;

/// What the template gets.
#[derive(Debug, Serialize)]
pub(crate) struct RunView<'a> {
    page: Page<'a>,
    run: RunLine<'a>,
    need: Option<&'a RunNeed>,
    wait: Option<Wait<'a>>,
    /// In which parts the plan differs from the approved one.
    deviation: &'a [String],
    /// When what the run made was compared with what is there.
    compared: Option<Moment>,
    /// What differs, as HTML: what stands in backticks is code.
    differences: Vec<String>,
    steps: Vec<Step<'a>>,
    links: Vec<Output<'a>>,
    texts: Vec<RequesterText<'a>>,
    /// Path of the request in the portal's repository.
    request: String,
    values: Vec<Parameter<'a>>,
    /// The same values as JSON, for the form of the template.
    values_json: String,
    /// The form that starts over with these values; none when the catalog does not have the template.
    form: Option<String>,
    /// The time of the states of a run that has not ended.
    as_of: Option<Moment>,
    /// Where a browser reads newer states.
    live: Option<String>,
    /// All states, for the script that shows newer ones.
    states: &'static [Status],
}

/// What a request waits for: another run, problems as HTML, or else the next job of apply.
#[derive(Debug, Serialize)]
struct Wait<'a> {
    run: Option<&'a str>,
    /// The page of the other run, if there is one.
    url: Option<String>,
    problems: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Step<'a> {
    id: &'a str,
    item: Option<&'a str>,
    /// The anchor.
    anchor: String,
    name: &'a str,
    action: &'a str,
    status: Status,
    duration: Option<String>,
    /// HTML: what stands in backticks is code.
    message: Option<String>,
    effects: Vec<Effect<'a>>,
    links: Vec<Output<'a>>,
    /// The last lines of the log, and how many come before them.
    log: &'a [String],
    log_before: usize,
}

#[derive(Debug, Serialize)]
struct Effect<'a> {
    /// HTML: what stands in backticks is code.
    summary: String,
    target: &'a str,
    status: Status,
}

/// An output of a run or of a step.
#[derive(Debug, Serialize)]
struct Output<'a> {
    title: &'a str,
    /// The entity that the output refers to, if it refers to one.
    card: Option<Card<'a>>,
    url: Option<String>,
    text: &'a str,
}

/// A text for who asked, as HTML.
#[derive(Debug, Serialize)]
struct RequesterText<'a> {
    title: Option<&'a str>,
    html: String,
}

/// The value of a parameter, as text.
#[derive(Debug, Serialize)]
struct Parameter<'a> {
    name: &'a str,
    text: String,
    is_block: bool,
}

impl<'a> RunView<'a> {
    pub(crate) fn new(input: &Input<'a>, model: &Model<'a>, run: &'a Run) -> Self {
        let template = EntityRef::parse(&run.template, Some("template"), "default").ok();
        let template = template.and_then(|reference| model.catalog.get(&reference));
        // Of a request with problems the values are not known to be sound.
        let has_values = !matches!(run.wait, Some(RunWait::Problems(_)));
        let secrets: BTreeSet<_> = template.map(form::secrets).unwrap_or_default();
        let values = run.values.iter().filter(|(name, _)| !secrets.contains(name.as_str()));
        let shown = |(name, value): (&'a String, &'a Value)| {
            let (text, is_block) = readable(value);
            Parameter { name, text, is_block }
        };
        let form = template.filter(|_| has_values).map(|template| {
            let page = address::entity_page(&template.reference);
            format!("{page}?from={}#form", address::query(&run.id))
        });
        let live = input.settings.live_runs.as_ref().filter(|_| run.status.is_open());
        Self {
            page: Page::new(&address::run_page(&run.id), &run.id, "runs"),
            run: line(model, run),
            need: run.need.as_ref(),
            wait: run.wait.as_ref().map(|wait| waits(model, wait)),
            deviation: &run.deviation,
            compared: run.drift.as_ref().and_then(|drift| drift.at).map(Moment::from),
            differences: run
                .drift
                .iter()
                .flat_map(|drift| &drift.differences)
                .map(|text| message_html(text))
                .collect(),
            steps: run.steps.iter().enumerate().map(|(at, of)| step(model, at, of)).collect(),
            links: run.links.iter().map(|link| output(model, link)).collect(),
            texts: run.texts.iter().map(said).collect(),
            request: format!("scaffolds/requests/{}.yaml", run.id),
            values: values.clone().map(shown).collect(),
            values_json: json(values),
            form,
            as_of: run.status.is_open().then(|| input.now.into()),
            live: live.map(|pattern| pattern.replace("{id}", &address::query(&run.id))),
            states: &Status::ALL,
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.page.path
    }
}

/// Values as the JSON of a map.
fn json<'v>(values: impl Iterator<Item = (&'v String, &'v Value)>) -> String {
    let values = values.map(|(name, value)| (name.clone(), value.clone()));
    Value::Object(values.collect()).to_string()
}

fn waits<'a>(model: &Model<'a>, wait: &'a RunWait) -> Wait<'a> {
    let (run, problems) = match wait {
        RunWait::Apply => (None, Vec::new()),
        RunWait::Run(run) => (Some(run.as_str()), Vec::new()),
        RunWait::Problems(problems) => {
            (None, problems.iter().map(|text| message_html(text)).collect())
        }
    };
    let url = run.filter(|run| model.runs.has(run)).map(address::run_page);
    Wait { run, url, problems }
}

fn step<'a>(model: &Model<'a>, at: usize, step: &'a RunStep) -> Step<'a> {
    let log_before = step.log.len().saturating_sub(LOG_LINES);
    let anchor = match step.item {
        Some(_) => format!("step-{}.{at}", step.id),
        None => format!("step-{}", step.id),
    };
    Step {
        id: &step.id,
        item: step.item.as_deref(),
        anchor,
        name: &step.name,
        action: &step.action,
        status: step.status,
        duration: duration(step.started, step.finished),
        message: step.message.as_deref().map(message_html),
        effects: step.effects.iter().map(effect).collect(),
        links: step.links.iter().map(|link| output(model, link)).collect(),
        log: &step.log[log_before..],
        log_before,
    }
}

fn effect(effect: &RunEffect) -> Effect<'_> {
    Effect { summary: message_html(&effect.summary), target: &effect.target, status: effect.status }
}

fn said(text: &RunText) -> RequesterText<'_> {
    RequesterText { title: text.title.as_deref(), html: markdown::render(&text.content, None) }
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
