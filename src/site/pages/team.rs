//! The page of a team: an entity's page with its people, the entities that it owns, and the teams below it.

use std::collections::HashSet;

use serde::Serialize;

use super::entity::{EntityPageContext, EntityView};
use crate::{
    catalog::{Entity, EntityRef},
    site::{
        input::Input,
        model::Model,
        parts::{
            card::Card,
            frame::Neighbours,
            owned::{self, OwnedEntities},
            people::{Person, TeamLine, person, team_line},
        },
        text::address,
    },
};

/// What the template of a team gets.
#[derive(Debug, Serialize)]
pub(crate) struct TeamView<'a> {
    #[serde(flatten)]
    pub(crate) entity: EntityView<'a>,
    people: Vec<Person<'a>>,
    /// How many people are in this team and all below, and some of those that are only below.
    people_below: usize,
    below: Vec<Card<'a>>,
    below_more: usize,
    children: Vec<TeamLine<'a>>,
    owned_entities: OwnedEntities<'a>,
    /// Entities owned by this team and all below.
    owned_below: usize,
    /// Owned entities with problems.
    problem_entities: Vec<Card<'a>>,
    problem_entities_total: usize,
    /// The page with the problems of all entities of the team.
    problems_url: Option<String>,
}

/// How many people of the teams below are named, and how many entities with problems.
const BELOW: usize = 48;
const PROBLEM_ENTITIES: usize = 12;

/// The groups of relations that sections of the page show completely. Groups stay that have people or teams that do
/// not exist, members that are no people, or teams that are below another team in the tree.
fn in_sections(model: &Model<'_>, team: &Entity) -> Vec<&'static str> {
    let place = model.teams.get(&team.reference);
    let is_child = |e: &EntityRef| {
        place.is_some_and(|place| place.children.iter().any(|child| child.reference == *e))
    };
    let mut shown = vec!["ownerOf"];
    let all = |verb, kind: &str, is_shown: &dyn Fn(&EntityRef) -> bool| {
        team.related(verb).filter(|e| e.kind() == kind).all(is_shown)
    };
    if all("hasMember", "user", &|e| model.catalog.get(e).is_some()) {
        shown.push("hasMember-user");
    }
    if all("parentOf", "group", &is_child) {
        shown.push("parentOf-group");
    }
    shown
}

impl<'a> TeamView<'a> {
    pub(crate) fn new(
        input: &Input<'a>,
        model: &Model<'a>,
        shared: &'a EntityPageContext<'a>,
        team: &'a Entity,
    ) -> Self {
        let mut entity = EntityView::new(input, model, shared, team, &in_sections(model, team));
        entity.page.crumbs = model.teams.above(&team.reference).into_iter().map(Card::of).collect();
        let place = model.teams.get(&team.reference);
        entity.page.neighbours = place.and_then(|place| siblings(model, place.parent?, team));
        let owned = model.owned_by(team);
        let problem_entities: Vec<_> =
            owned.iter().filter(|e| model.problems.of_entity(e).next().is_some()).collect();
        let people: Vec<_> = model.all(team, "hasMember", "user");
        let people_below = place.map_or(0, |place| place.people);
        let mut below = Vec::new();
        let mut known: HashSet<_> = people.iter().map(|person| &person.reference).collect();
        people_of_teams_below(model, team, &mut known, &mut below);
        let children = place.map_or(&[][..], |place| &place.children);
        Self {
            below_more: people_below.saturating_sub(people.len() + below.len()),
            people: people.into_iter().map(person).collect(),
            people_below,
            below: below.into_iter().map(Card::of).collect(),
            children: children.iter().map(|e| team_line(model, e)).collect(),
            problem_entities_total: problem_entities.len(),
            problems_url: model
                .problems
                .has_owner(team)
                .then(|| address::health_page(&team.reference)),
            problem_entities: problem_entities
                .into_iter()
                .take(PROBLEM_ENTITIES)
                .map(|e| Card::of(e))
                .collect(),
            owned_below: place.map_or(0, |place| place.owned),
            owned_entities: OwnedEntities::new(model, team, &owned, owned::NAMED),
            entity,
        }
    }
}

/// Adds people of the teams below who are not in `known`, team by team.
fn people_of_teams_below<'a>(
    model: &Model<'a>,
    team: &Entity,
    known: &mut HashSet<&'a EntityRef>,
    found: &mut Vec<&'a Entity>,
) {
    for child in model.teams.get(&team.reference).map_or(&[][..], |team| &team.children) {
        for person in model.all(child, "hasMember", "user") {
            if found.len() == BELOW {
                return;
            }
            if known.insert(&person.reference) {
                found.push(person);
            }
        }
        people_of_teams_below(model, child, known, found);
    }
}

fn siblings<'a>(model: &Model<'a>, parent: &'a Entity, team: &'a Entity) -> Option<Neighbours<'a>> {
    let all = &model.teams.get(&parent.reference)?.children;
    Some(Neighbours::among(Card::of(parent), all, team))
}
