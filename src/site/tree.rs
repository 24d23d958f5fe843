//! The tree organisation → unit → team → applications, as the page of teams and the home page show it.

use serde::Serialize;

use super::{
    atlas::Atlas,
    frame::{Card, Page},
    team,
};
use crate::catalog::Entity;

/// Up to so many components, the tree names each one; beyond, the pages of the teams do.
const NAMED_COMPONENTS: usize = 2_000;

/// What the template of the page of teams knows.
#[derive(Debug, Serialize)]
pub(super) struct TreeView<'a> {
    pub(super) page: Page<'a>,
    roots: Vec<Node<'a>>,
    teams: usize,
    people: usize,
    /// Whether the tree names components.
    has_components: bool,
    /// People without a team.
    teamless: Vec<team::Person<'a>>,
}

/// A team with those below.
#[derive(Debug, Serialize)]
pub(super) struct Node<'a> {
    card: Card<'a>,
    kind_type: Option<&'a str>,
    people: usize,
    owned: usize,
    components: usize,
    children: Vec<Node<'a>>,
    applications: Vec<Application<'a>>,
}

#[derive(Debug, Serialize)]
struct Application<'a> {
    card: Card<'a>,
    lifecycle: Option<&'a str>,
}

impl<'a> TreeView<'a> {
    pub(super) fn new(atlas: &Atlas<'a>) -> Self {
        let number = |kind| atlas.kind(kind).map_or(0, |kind| kind.entities.len());
        let has_components = number("component") <= NAMED_COMPONENTS;
        let users = atlas.kind("user").map_or(&[][..], |kind| &kind.entities);
        let is_teamless = |user: &&&Entity| atlas.first(user, "memberOf").is_none();
        Self {
            page: Page::new("teams.html", "Teams", "teams"),
            roots: nodes(atlas, &atlas.teams.roots, has_components),
            teams: number("group"),
            people: number("user"),
            has_components,
            teamless: users.iter().filter(is_teamless).map(|user| team::person(user)).collect(),
        }
    }
}

/// The tree below some teams.
pub(super) fn nodes<'a>(
    atlas: &Atlas<'a>,
    teams: &[&'a Entity],
    has_components: bool,
) -> Vec<Node<'a>> {
    teams
        .iter()
        .filter_map(|team| Some((*team, atlas.teams.get(&team.reference)?)))
        .map(|(team, place)| Node {
            card: Card::of(team),
            kind_type: team.spec_text("type"),
            people: place.people,
            owned: place.owned,
            components: place.components,
            children: nodes(atlas, &place.children, has_components),
            applications: if has_components { applications(atlas, team) } else { Vec::new() },
        })
        .collect()
}

fn applications<'a>(atlas: &Atlas<'a>, team: &'a Entity) -> Vec<Application<'a>> {
    atlas
        .all(team, "ownerOf", "component")
        .into_iter()
        .map(|entity| Application {
            card: Card::of(entity),
            lifecycle: entity.spec_text("lifecycle"),
        })
        .collect()
}
