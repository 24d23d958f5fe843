//! What the page of a person has beside an entity's: teams, colleagues, what their teams own.

use serde::Serialize;

use super::{
    atlas::{Atlas, sort_by_title},
    entity::{EntityView, Shared},
    frame::{Card, Near},
    input::Input,
    team::{self, Person, SystemGroup, TeamLine},
};
use crate::catalog::Entity;

/// What the template of a person knows.
#[derive(Debug, Serialize)]
pub(super) struct PersonView<'a> {
    #[serde(flatten)]
    entity: EntityView<'a>,
    person: Person<'a>,
    teams: Vec<Membership<'a>>,
    /// Different people in the same teams.
    colleagues: usize,
    /// What the person owns without a team.
    owned: Vec<SystemGroup<'a>>,
}

/// A team that the person is in.
#[derive(Debug, Serialize)]
struct Membership<'a> {
    team: TeamLine<'a>,
    above: Vec<Card<'a>>,
    colleagues: Vec<Person<'a>>,
    owned: Vec<SystemGroup<'a>>,
    owned_count: usize,
}

impl<'a> PersonView<'a> {
    pub(super) fn new(
        input: &Input<'a>,
        atlas: &Atlas<'a>,
        shared: &'a Shared<'a>,
        user: &'a Entity,
    ) -> Self {
        let mut entity = EntityView::new(input, atlas, shared, user, &["memberOf", "ownerOf"]);
        let teams = atlas.all(user, "memberOf", "group");
        if let Some(first) = teams.first() {
            let above = atlas.teams.above(&first.reference);
            entity.page.crumbs = above.into_iter().chain([*first]).map(Card::of).collect();
            let people = atlas.all(first, "hasMember", "user");
            entity.page.near = Some(Near::among(Card::of(first), &people, user));
        }
        let mut colleagues: Vec<_> = teams
            .iter()
            .flat_map(|team| atlas.all(team, "hasMember", "user"))
            .filter(|other| other.reference != user.reference)
            .collect();
        sort_by_title(&mut colleagues);
        colleagues.dedup_by(|a, b| a.reference == b.reference);
        Self {
            person: team::person(user),
            colleagues: colleagues.len(),
            owned: team::by_system(atlas, &team::owned(atlas, user)),
            teams: teams.iter().map(|team| membership(atlas, team, user)).collect(),
            entity,
        }
    }
}

fn membership<'a>(atlas: &Atlas<'a>, team: &'a Entity, user: &'a Entity) -> Membership<'a> {
    let owned = team::owned(atlas, team);
    let others = atlas.all(team, "hasMember", "user").into_iter();
    Membership {
        team: team::line(atlas, team),
        above: atlas.teams.above(&team.reference).into_iter().map(Card::of).collect(),
        colleagues: others
            .filter(|other| other.reference != user.reference)
            .map(team::person)
            .collect(),
        owned_count: owned.len(),
        owned: team::by_system(atlas, &owned),
    }
}
