//! The home page, and the short pages that need nothing of their own.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    run::{self, RunLine},
    tree::{self, Node},
};
use crate::{
    catalog::Entity,
    site::{
        input::{Input, Run, Status},
        model::Atlas,
        parts::{
            frame::{self, Card, KindLink, Page, State},
            grouped_changes::{Told, alike},
        },
        text::markdown,
    },
};

/// How many runs the home page shows.
const RUNS: usize = 6;

/// How many changes the home page shows.
const CHANGES: usize = 8;
/// Among how many events it looks for them: those that are alike count once.
const LOOKED_AT: usize = 500;

/// What the template of the home page knows.
#[derive(Debug, Serialize)]
pub(crate) struct HomeView<'a> {
    pub(crate) page: Page<'a>,
    roots: Vec<Node<'a>>,
    /// Whether people can sign in, or only say who they are.
    can_sign_in: bool,
    kinds: Vec<KindLink>,
    templates: Vec<TemplateLine<'a>>,
    /// What changed last.
    changes: Vec<Told<'a>>,
    runs: Vec<RunLine<'a>>,
    /// Those that have not ended: a visitor sees their own.
    open_runs: Vec<RunLine<'a>>,
    errors: usize,
    warnings: usize,
}

/// A template in a list.
#[derive(Debug, Serialize)]
pub(crate) struct TemplateLine<'a> {
    card: Card<'a>,
    description: String,
    kind_type: Option<&'a str>,
    owner: Option<Card<'a>>,
    uses: usize,
}

/// What the template of the list of templates knows.
#[derive(Debug, Serialize)]
pub(crate) struct CreateView<'a> {
    pub(crate) page: Page<'a>,
    templates: Vec<TemplateLine<'a>>,
}

/// What a page knows that shows only what is the same everywhere.
#[derive(Debug, Serialize)]
pub(crate) struct PlainView<'a> {
    pub(crate) page: Page<'a>,
}

impl<'a> HomeView<'a> {
    pub(crate) fn new(input: &Input<'a>, atlas: &Atlas<'a>) -> Self {
        let mut runs = run::lines(input, atlas);
        let is_open = |run: &Run| matches!(run.status, Status::Waiting | Status::Running);
        runs.truncate(RUNS);
        let mut groups = alike(atlas.past.events.iter().take(LOOKED_AT).copied());
        groups.truncate(CHANGES);
        let changes = Told::all(atlas, &groups);
        let has_errors = crate::base::diagnostics::Level::Error;
        let errors = input.diagnostics.iter().filter(|d| d.level == has_errors).count();
        Self {
            page: Page::new("index.html", "Home", "home"),
            roots: tree::home(atlas),
            can_sign_in: input.settings.sign_in.is_some(),
            kinds: frame::kind_links(atlas),
            templates: templates(input, atlas),
            changes,
            runs,
            open_runs: run::chosen(input, atlas, is_open),
            errors,
            warnings: atlas.health.warnings(),
        }
    }
}

/// What the page about the portal knows: the one page that changes with every build.
#[derive(Debug, Serialize)]
pub(crate) struct AboutView<'a> {
    page: Page<'a>,
    state: State<'a>,
    kinds: Vec<KindLink>,
    sources: Vec<Said<'a>>,
}

/// How many entities a source says something about.
#[derive(Debug, Serialize)]
struct Said<'a> {
    name: &'a str,
    entities: usize,
}

impl<'a> AboutView<'a> {
    pub(crate) fn new(input: &Input<'a>, atlas: &Atlas<'a>) -> Self {
        let mut sources: BTreeMap<&str, usize> = BTreeMap::new();
        for entity in atlas.catalog.entities() {
            let names: BTreeSet<&str> = entity.fragments.iter().map(|f| &*f.source).collect();
            names.into_iter().for_each(|name| *sources.entry(name).or_default() += 1);
        }
        let said = |(name, entities)| Said { name, entities };
        Self {
            page: Page::new("about.html", "About", "about"),
            state: State::new(input),
            kinds: frame::kind_links(atlas),
            sources: sources.into_iter().map(said).collect(),
        }
    }
}

impl<'a> CreateView<'a> {
    pub(crate) fn new(input: &Input<'a>, atlas: &Atlas<'a>) -> Self {
        Self {
            page: Page::new("create.html", "Create", "create"),
            templates: templates(input, atlas),
        }
    }
}

fn templates<'a>(input: &Input<'a>, atlas: &Atlas<'a>) -> Vec<TemplateLine<'a>> {
    let all = atlas.kind("template").map_or(&[][..], |kind| &kind.entities);
    let line = |template: &&'a Entity| TemplateLine {
        card: Card::of(template),
        description: markdown::first_line(template.description(), 200),
        kind_type: template.spec_text("type"),
        owner: template.related("ownedBy").next().map(|owner| Card::to(atlas, owner)),
        uses: input.runs.iter().filter(|run| run::is_of(run, template)).count(),
    };
    all.iter().map(line).collect()
}
