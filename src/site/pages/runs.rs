//! The list of runs: pages of fifty rows, and all rows as JSON for the script that filters them.

use std::collections::HashMap;

use serde::Serialize;

use super::list::ROWS;
use crate::{
    base::fs::Sink,
    catalog::EntityRef,
    site::{
        error::Error,
        input::{Input, Status},
        model::Model,
        output::PageWriter,
        parts::{
            card::Card,
            frame::Page,
            page_links::{PageLink, page_links},
            runs::{Approver, RunLine, lines},
        },
    },
};

/// What the template gets.
#[derive(Debug, Serialize)]
struct RunsView<'v, 'a> {
    page: Page<'a>,
    runs: &'v [RunLine<'a>],
    total: usize,
    /// The first and the last row of the page, counted from 1.
    first: usize,
    last: usize,
    pages: Vec<PageLink>,
    /// Whether it is known of any run how it was reviewed.
    has_reviews: bool,
    /// All states, for the rows that the script makes.
    states: &'static [Status],
}

/// Writes the pages of the list, and `assets/runs.json`.
pub(super) fn write<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
) -> Result<(), Error> {
    let runs = lines(model, &model.runs.all);
    let has_reviews = runs.iter().any(RunLine::is_reviewed);
    let last = runs.len().div_ceil(ROWS).max(1);
    for number in 1..=last {
        let path = path(number);
        let first = (number - 1) * ROWS;
        let end = (first + ROWS).min(runs.len());
        let view = RunsView {
            page: Page::new(&path, "Runs", "runs"),
            runs: &runs[first..end],
            total: runs.len(),
            first: first + 1,
            last: end,
            pages: page_links(number, last, self::path),
            has_reviews,
            states: &Status::ALL,
        };
        writer.render(&path, "pages/runs.html", &view)?;
    }
    let json = serde_json::to_vec(&Table::new(input, model, &runs)).unwrap_or_default();
    writer.write("assets/runs.json".into(), &json)
}

fn path(number: usize) -> String {
    if number == 1 { "runs.html".into() } else { format!("runs-{number}.html") }
}

/// All runs as the script reads them. What rows have in common is there once; rows name it by its place.
#[derive(Debug, Default, Serialize)]
struct Table {
    templates: Vec<Named>,
    people: Vec<Named>,
    teams: Vec<Named>,
    runs: Vec<Row>,
}

/// A template, a person or a team.
#[derive(Debug, Serialize)]
struct Named {
    /// Its reference, or the text where that is none.
    #[serde(rename = "ref")]
    reference: String,
    title: String,
    /// Address of its page from the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The teams of a person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    teams: Vec<usize>,
}

/// Id, address, template, requester, state, start, duration, ended steps, steps, pull request, names of approvers.
type Row = (
    String,
    String,
    usize,
    usize,
    Status,
    Option<String>,
    Option<String>,
    usize,
    usize,
    Option<String>,
    Vec<String>,
);

impl Table {
    fn new(input: &Input<'_>, model: &Model<'_>, lines: &[RunLine<'_>]) -> Self {
        let mut table = Self::default();
        let (mut templates, mut people, mut teams) =
            (HashMap::new(), HashMap::new(), HashMap::new());
        for (run, line) in model.runs.all.iter().zip(lines) {
            let template = *templates.entry(run.template.as_str()).or_insert_with(|| {
                table.templates.push(named(&run.template, "template", &line.template));
                table.templates.len() - 1
            });
            let requester = *people.entry(run.requester.as_str()).or_insert_with(|| {
                let mut person = named(&run.requester, "user", &line.requester);
                let user = EntityRef::parse(&person.reference, None, "default").ok();
                let user = user.and_then(|user| input.catalog.get(&user));
                let member_of = user.into_iter().flat_map(|user| user.related("memberOf"));
                person.teams = member_of
                    .map(|team| {
                        *teams.entry(team.clone()).or_insert_with(|| {
                            let card = Card::of_reference(model, team);
                            table.teams.push(named(team.as_str(), "group", &card));
                            table.teams.len() - 1
                        })
                    })
                    .collect();
                table.people.push(person);
                table.people.len() - 1
            });
            table.runs.push((
                line.id.to_owned(),
                line.url.clone(),
                template,
                requester,
                line.status,
                line.created.as_ref().map(|at| at.iso.clone()),
                line.duration.clone(),
                line.done,
                line.steps,
                line.pull_request.clone(),
                line.approvers.iter().map(|person| Approver::title(person).to_owned()).collect(),
            ));
        }
        table
    }
}

fn named(text: &str, kind: &str, card: &Card<'_>) -> Named {
    let reference = EntityRef::parse(text, Some(kind), "default");
    Named {
        reference: reference.map_or_else(|_| text.to_owned(), |found| found.to_string()),
        title: card.title().to_owned(),
        url: card.url().map(|path| path.to_path().into_owned()),
        teams: Vec::new(),
    }
}
