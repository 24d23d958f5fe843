//! The pages of the two trees: teams with what they own, and domains with their systems.

use serde::Serialize;

use crate::{
    catalog::Entity,
    site::{
        model::Model,
        parts::{
            frame::Page,
            people::{Person, person},
            tree::{self, Tree, TreeLine},
        },
    },
};

/// How many lines a page of a tree has at most, unless its first level alone has more.
const LINES: usize = 1_500;

/// What the template of the page of teams gets.
#[derive(Debug, Serialize)]
pub(crate) struct TeamsView<'a> {
    page: Page<'a>,
    roots: Vec<TreeLine<'a>>,
    /// How many levels are open when the page opens.
    unfold: usize,
    /// Whether deeper levels are only on the pages of the teams.
    is_cut: bool,
    teams: usize,
    people: usize,
    /// People without a team.
    teamless: Vec<Person<'a>>,
}

/// What the template of the page of domains gets.
#[derive(Debug, Serialize)]
pub(crate) struct DomainsView<'a> {
    page: Page<'a>,
    roots: Vec<TreeLine<'a>>,
    unfold: usize,
    is_cut: bool,
    domains: usize,
    systems: usize,
    /// Components that are in no system, and so not in this tree.
    outside: usize,
}

impl<'a> TeamsView<'a> {
    pub(crate) fn new(model: &Model<'a>) -> Self {
        let users = model.kind("user").map_or(&[][..], |kind| &kind.entities);
        let is_teamless = |user: &&&Entity| model.first(user, "memberOf").is_none();
        let Tree { roots, unfold, is_cut } = tree::organisation(model, LINES);
        Self {
            page: Page::new("teams.html", "Teams", "teams"),
            roots,
            unfold,
            is_cut,
            teams: count(model, "group"),
            people: count(model, "user"),
            teamless: users.iter().filter(is_teamless).map(|user| person(user)).collect(),
        }
    }
}

impl<'a> DomainsView<'a> {
    pub(crate) fn new(model: &Model<'a>) -> Self {
        let Tree { roots, unfold, is_cut } = tree::domains(model, LINES);
        Self {
            page: Page::new("domains.html", "Domains", "catalog"),
            roots,
            unfold,
            is_cut,
            domains: count(model, "domain"),
            systems: count(model, "system"),
            outside: tree::components_without_system(model),
        }
    }
}

fn count(model: &Model<'_>, kind: &str) -> usize {
    model.kind(kind).map_or(0, |kind| kind.entities.len())
}
