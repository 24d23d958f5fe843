//! The page of problems: what is wrong with the catalog, by code, and a page for each owner that has problems.

use rayon::prelude::*;
use serde::Serialize;

use crate::{
    base::{diagnostics::Level, fs::Sink},
    catalog::Entity,
    site::{
        error::Error,
        input::Input,
        model::{
            Model,
            problems::{Problem, Problems},
        },
        output::PageWriter,
        parts::{
            card::Card,
            frame::Page,
            problems::{FailureGroup, ProblemView, ReadFailureView, failure_groups},
        },
        text::address,
    },
};

/// How many problems of a code the page of all lists, and how many the page of an owner.
const ROWS: usize = 100;
const OWN_ROWS: usize = 500;

/// How many problems an owner has.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tally<'a> {
    owner: Card<'a>,
    /// The page that lists them.
    url: String,
    errors: usize,
    warnings: usize,
    notes: usize,
}

/// What the template gets.
#[derive(Debug, Serialize)]
struct HealthView<'a> {
    page: Page<'a>,
    /// The owner whose problems these are; `None` on the page of all.
    owner: Option<Card<'a>>,
    /// Sources that cannot be read.
    failing: Vec<ReadFailureView<'a>>,
    /// Documents that cannot be read, by reason.
    unread: Vec<FailureGroup<'a>>,
    rules: Vec<Rule<'a>>,
    owners: Vec<Tally<'a>>,
    sources: Vec<&'a str>,
    entities: usize,
}

#[derive(Debug, Serialize)]
struct Rule<'a> {
    code: &'a str,
    level: &'static str,
    count: usize,
    rows: Vec<Row<'a>>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    card: Option<Card<'a>>,
    owner: Option<Card<'a>>,
    #[serde(flatten)]
    problem: ProblemView,
}

/// How many problems each owner has, those with most first.
fn tallies<'a>(problems: &Problems<'a>) -> Vec<(&'a Entity, Tally<'a>)> {
    let tally = |owner: &'a Entity| {
        let own = problems.of_owner(owner);
        let count = |level| own.iter().filter(|found| found.diagnostic.level == level).count();
        let tally = Tally {
            owner: Card::of(owner),
            url: address::health_page(&owner.reference),
            errors: count(Level::Error),
            warnings: count(Level::Warning),
            notes: count(Level::Note),
        };
        (owner, tally)
    };
    let mut owners: Vec<_> = problems.owners().map(tally).collect();
    owners.sort_by_key(|(_, tally)| std::cmp::Reverse((tally.errors, tally.warnings, tally.notes)));
    owners
}

/// Groups problems, which are sorted by level and code; of each code at most `most` are listed.
fn rules<'a>(problems: &[&Problem<'a>], shows_owner: bool, most: usize) -> Vec<Rule<'a>> {
    let rules =
        problems.chunk_by(|a, b| (a.code, a.diagnostic.level) == (b.code, b.diagnostic.level));
    let row = |found: &&Problem<'a>| Row {
        card: found.entity.map(Card::of),
        owner: found.owner.filter(|_| shows_owner).map(Card::of),
        problem: found.diagnostic.into(),
    };
    rules
        .map(|found| Rule {
            code: found[0].code,
            level: found[0].diagnostic.level.as_str(),
            count: found.len(),
            rows: found.iter().take(most).map(row).collect(),
            more: found.len().saturating_sub(most),
        })
        .collect()
}

/// Writes the page of all, and one for each owner with something to do.
pub(crate) fn write<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
) -> Result<(), Error> {
    let owners = tallies(&model.problems);
    let all: Vec<_> = model.problems.all.iter().collect();
    let view = HealthView {
        page: Page::new("health.html", "Health", "health"),
        owner: None,
        failing: model.read_failures.sources().map(ReadFailureView::from).collect(),
        unread: failure_groups(model),
        rules: rules(&all, true, ROWS),
        owners: owners.iter().map(|(_, tally)| tally.clone()).collect(),
        sources: input.freshness.sources.iter().map(|source| source.name.as_str()).collect(),
        entities: model.catalog.entities().len(),
    };
    writer.render("health.html", "pages/health.html", &view)?;
    owners.par_iter().try_for_each(|(owner, tally)| {
        let view = HealthView {
            page: Page::new(&tally.url, owner.title(), "health"),
            owner: Some(Card::of(owner)),
            failing: Vec::new(),
            unread: Vec::new(),
            rules: rules(&model.problems.of_owner(owner), false, OWN_ROWS),
            owners: Vec::new(),
            sources: Vec::new(),
            entities: 0,
        };
        writer.render(&tally.url, "pages/health.html", &view)
    })
}
