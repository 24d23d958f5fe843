//! The home page, the page about the portal, the list of templates, and pages without data of their own.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    base::diagnostics::Level,
    catalog::Entity,
    site::{
        input::Input,
        model::Model,
        parts::{
            card::Card,
            frame::{self, KindLink, Page},
            grouped_changes::{ChangeGroup, group_alike},
            notices::CatalogAge,
            runs::{self, RunLine},
            tree::{self, TreeLine},
        },
        text::markdown,
    },
};

/// How many lines of the tree of teams the home page shows at most.
const TREE_LINES: usize = 250;
/// How many runs the home page shows.
const RUNS: usize = 6;
/// How many groups of changes the home page shows.
const CHANGES: usize = 8;
/// How many of the newest events it groups.
const EVENTS: usize = 500;

/// What the template of the home page gets.
#[derive(Debug, Serialize)]
pub(crate) struct HomeView<'a> {
    pub(crate) page: Page<'a>,
    roots: Vec<TreeLine<'a>>,
    /// Whether visitors can sign in; otherwise they choose their name.
    can_sign_in: bool,
    kinds: Vec<KindLink>,
    templates: Vec<TemplateLine<'a>>,
    /// The newest changes.
    changes: Vec<ChangeGroup<'a>>,
    runs: Vec<RunLine<'a>>,
    /// Runs that have not ended: a visitor sees their own.
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

/// What the template of the list of templates gets.
#[derive(Debug, Serialize)]
pub(crate) struct CreateView<'a> {
    pub(crate) page: Page<'a>,
    templates: Vec<TemplateLine<'a>>,
}

/// What a page without data of its own gets.
#[derive(Debug, Serialize)]
pub(crate) struct PlainView<'a> {
    pub(crate) page: Page<'a>,
}

impl<'a> HomeView<'a> {
    pub(crate) fn new(input: &Input<'a>, model: &Model<'a>) -> Self {
        let open = model.runs.all.iter().filter(|run| run.status.is_open());
        let mut groups = group_alike(model.events.all.iter().take(EVENTS).copied());
        groups.truncate(CHANGES);
        let changes = ChangeGroup::all(model, &groups);
        let errors = input.diagnostics.iter().filter(|d| d.level == Level::Error).count();
        Self {
            page: Page::new("index.html", "Home", "home"),
            roots: tree::organisation(model, TREE_LINES).roots,
            can_sign_in: input.settings.sign_in.is_some(),
            kinds: frame::kind_links(model),
            templates: templates(model),
            changes,
            runs: runs::lines(model, model.runs.all.iter().take(RUNS)),
            open_runs: runs::lines(model, open),
            errors,
            warnings: model.problems.warnings(),
        }
    }
}

/// What the page about the portal gets: the one page that changes with every build.
#[derive(Debug, Serialize)]
pub(crate) struct AboutView<'a> {
    page: Page<'a>,
    state: CatalogAge<'a>,
    kinds: Vec<KindLink>,
    sources: Vec<SourceShare<'a>>,
}

/// How many entities have data of a source.
#[derive(Debug, Serialize)]
struct SourceShare<'a> {
    name: &'a str,
    entities: usize,
}

impl<'a> AboutView<'a> {
    pub(crate) fn new(input: &Input<'a>, model: &Model<'a>) -> Self {
        let mut sources: BTreeMap<&str, usize> = BTreeMap::new();
        for entity in model.catalog.entities() {
            let names: BTreeSet<&str> = entity.fragments.iter().map(|f| &*f.source).collect();
            names.into_iter().for_each(|name| *sources.entry(name).or_default() += 1);
        }
        let source = |(name, entities)| SourceShare { name, entities };
        Self {
            page: Page::new("about.html", "About", "about"),
            state: CatalogAge::new(input),
            kinds: frame::kind_links(model),
            sources: sources.into_iter().map(source).collect(),
        }
    }
}

impl<'a> CreateView<'a> {
    pub(crate) fn new(model: &Model<'a>) -> Self {
        Self { page: Page::new("create.html", "Create", "create"), templates: templates(model) }
    }
}

fn templates<'a>(model: &Model<'a>) -> Vec<TemplateLine<'a>> {
    let all = model.kind("template").map_or(&[][..], |kind| &kind.entities);
    let line = |template: &&'a Entity| TemplateLine {
        card: Card::of(template),
        description: markdown::first_line(template.description(), 200),
        kind_type: template.spec_text("type"),
        owner: template.related("ownedBy").next().map(|owner| Card::to(model, owner)),
        uses: model.runs.of_template(&template.reference).len(),
    };
    all.iter().map(line).collect()
}
