//! What the page of a team has beside an entity's: people, what they own, the teams around it.

use std::collections::HashSet;

use serde::Serialize;

use super::entity::{EntityView, Shared};
use crate::{
    catalog::{Entity, EntityRef},
    site::{
        input::Input,
        model::{Atlas, sort_by_title},
        parts::{
            frame::{Card, Near},
            owned::{self, Holdings},
        },
    },
};

/// What the template of a team knows.
#[derive(Debug, Serialize)]
pub(crate) struct TeamView<'a> {
    #[serde(flatten)]
    pub(crate) entity: EntityView<'a>,
    people: Vec<Person<'a>>,
    /// Different people in this team and all below; the first of those that are only below.
    people_below: usize,
    below: Vec<Card<'a>>,
    below_more: usize,
    children: Vec<TeamLine<'a>>,
    holdings: Holdings<'a>,
    /// Entities owned by this team and all below.
    owned_below: usize,
    /// Owned entities with something wrong in their files.
    troubled: Vec<Card<'a>>,
    troubled_count: usize,
    /// Where all that needs work is listed.
    work: Option<String>,
}

/// A person in a list.
#[derive(Debug, Serialize)]
pub(crate) struct Person<'a> {
    card: Card<'a>,
    initials: String,
    /// One of eight hues, always the same for the same person.
    hue: u32,
    role: Option<&'a str>,
}

/// A team in a list.
#[derive(Debug, Serialize)]
pub(crate) struct TeamLine<'a> {
    card: Card<'a>,
    kind_type: Option<&'a str>,
    people: usize,
    owned: usize,
}

/// How many people of the teams below are named, and how many entities that need work.
const BELOW: usize = 48;
const TROUBLED: usize = 12;

/// The groups of relations that the sections of the page show whole. What is odd stays a group: people
/// and teams that do not exist, members that are no people, teams that another place in the tree has.
fn in_sections(atlas: &Atlas<'_>, team: &Entity) -> Vec<&'static str> {
    let place = atlas.teams.get(&team.reference);
    let is_child = |e: &EntityRef| {
        place.is_some_and(|place| place.children.iter().any(|child| child.reference == *e))
    };
    let mut shown = vec!["ownerOf"];
    let all = |verb, kind: &str, is_shown: &dyn Fn(&EntityRef) -> bool| {
        team.related(verb).filter(|e| e.kind() == kind).all(is_shown)
    };
    if all("hasMember", "user", &|e| atlas.catalog.get(e).is_some()) {
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
        atlas: &Atlas<'a>,
        shared: &'a Shared<'a>,
        team: &'a Entity,
    ) -> Self {
        let mut entity = EntityView::new(input, atlas, shared, team, &in_sections(atlas, team));
        entity.page.crumbs = atlas.teams.above(&team.reference).into_iter().map(Card::of).collect();
        let place = atlas.teams.get(&team.reference);
        entity.page.near = place.and_then(|place| siblings(atlas, place.parent?, team));
        let owned = owned(atlas, team);
        let troubled: Vec<_> =
            owned.iter().filter(|e| atlas.problems(e).next().is_some()).collect();
        let people: Vec<_> = atlas.all(team, "hasMember", "user");
        let people_below = place.map_or(0, |place| place.people);
        let mut below = Vec::new();
        let mut known: HashSet<_> = people.iter().map(|person| &person.reference).collect();
        people_of_teams_below(atlas, team, &mut known, &mut below);
        let children = place.map_or(&[][..], |place| &place.children);
        Self {
            below_more: people_below.saturating_sub(people.len() + below.len()),
            people: people.into_iter().map(person).collect(),
            people_below,
            below: below.into_iter().map(Card::of).collect(),
            children: children.iter().map(|e| line(atlas, e)).collect(),
            troubled_count: troubled.len(),
            work: atlas.health.work_of(team),
            troubled: troubled.into_iter().take(TROUBLED).map(|e| Card::of(e)).collect(),
            owned_below: place.map_or(0, |place| place.owned),
            holdings: Holdings::new(atlas, team, &owned, owned::SHOWN),
            entity,
        }
    }
}

/// Adds people of the teams below, team by team, who are not known yet.
fn people_of_teams_below<'a>(
    atlas: &Atlas<'a>,
    team: &Entity,
    known: &mut HashSet<&'a EntityRef>,
    found: &mut Vec<&'a Entity>,
) {
    for child in atlas.teams.get(&team.reference).map_or(&[][..], |team| &team.children) {
        for person in atlas.all(child, "hasMember", "user") {
            if found.len() == BELOW {
                return;
            }
            if known.insert(&person.reference) {
                found.push(person);
            }
        }
        people_of_teams_below(atlas, child, known, found);
    }
}

fn siblings<'a>(atlas: &Atlas<'a>, parent: &'a Entity, team: &'a Entity) -> Option<Near<'a>> {
    let all = &atlas.teams.get(&parent.reference)?.children;
    Some(Near::among(Card::of(parent), all, team))
}

/// A person in a list.
pub(crate) fn person(user: &Entity) -> Person<'_> {
    Person {
        card: Card::of(user),
        initials: initials(user.title()),
        hue: user.reference.as_str().bytes().fold(7u32, |h, b| h.wrapping_mul(31) + u32::from(b))
            % 8,
        role: role(user),
    }
}

/// What a person does, where the organisation says it.
pub(crate) fn role(user: &Entity) -> Option<&str> {
    ["/spec/profile/title", "/spec/profile/role", "/spec/role", "/spec/title"]
        .iter()
        .find_map(|pointer| user.value(pointer)?.as_str())
        .or_else(|| Some(user.description()).filter(|text| !text.is_empty()))
}

/// First letters of the first and the last word of a name.
fn initials(name: &str) -> String {
    let words: Vec<_> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let letters = match words.as_slice() {
        [] => return "?".into(),
        [only] => only.chars().take(2).collect::<String>(),
        [first, .., last] => first.chars().take(1).chain(last.chars().take(1)).collect(),
    };
    letters.to_uppercase()
}

/// A team in a list.
pub(crate) fn line<'a>(atlas: &Atlas<'a>, team: &'a Entity) -> TeamLine<'a> {
    let place = atlas.teams.get(&team.reference);
    TeamLine {
        card: Card::of(team),
        kind_type: team.spec_text("type"),
        people: place.map_or(0, |place| place.people),
        owned: place.map_or(0, |place| place.owned),
    }
}

/// What a team or person owns.
pub(crate) fn owned<'a>(atlas: &Atlas<'a>, owner: &Entity) -> Vec<&'a Entity> {
    let mut owned: Vec<_> =
        owner.relations_of("ownerOf").filter_map(|to| atlas.catalog.target(to)).collect();
    sort_by_title(&mut owned);
    owned
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(initials("Élodie de La Tour"), "ÉT");
        assert_eq!(initials("jean-luc"), "JL");
        assert_eq!(initials("madonna"), "MA");
        assert_eq!(initials("—"), "?");
    }
}
