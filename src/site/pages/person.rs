//! The page of a person: an entity's page with teams, colleagues, and what the teams own.

use serde::Serialize;

use super::entity::{EntityPageContext, EntityView};
use crate::{
    catalog::Entity,
    site::{
        input::Input,
        model::Model,
        parts::{
            card::Card,
            frame::Neighbours,
            owned::{self, OwnedEntities},
            people::{Person, TeamLine, person, team_line},
        },
    },
};

/// How many colleagues in a team the page shows.
const COLLEAGUES: usize = 24;

/// What the template of a person gets.
#[derive(Debug, Serialize)]
pub(crate) struct PersonView<'a> {
    #[serde(flatten)]
    entity: EntityView<'a>,
    person: Person<'a>,
    teams: Vec<Membership<'a>>,
    /// The entities that the person owns, without those of teams.
    owned_entities: OwnedEntities<'a>,
}

/// A team that the person is in.
#[derive(Debug, Serialize)]
struct Membership<'a> {
    team: TeamLine<'a>,
    above: Vec<Card<'a>>,
    colleagues: Vec<Person<'a>>,
    /// How many more colleagues there are.
    more: usize,
    owned_entities: Option<&'a OwnedEntities<'a>>,
}

impl<'a> PersonView<'a> {
    pub(crate) fn new(
        input: &Input<'a>,
        model: &Model<'a>,
        shared: &'a EntityPageContext<'a>,
        user: &'a Entity,
    ) -> Self {
        let teams = model.all(user, "memberOf", "group");
        // When some teams do not exist, the group of relations shows them.
        let named = user.related("memberOf").filter(|team| team.kind() == "group").count();
        let shown = if named == teams.len() { "memberOf-group" } else { "" };
        let mut entity = EntityView::new(input, model, shared, user, &["ownerOf", shown]);
        if let Some(first) = teams.first() {
            let above = model.teams.above(&first.reference);
            entity.page.crumbs = above.into_iter().chain([*first]).map(Card::of).collect();
            let people = model.all(first, "hasMember", "user");
            entity.page.neighbours = Some(Neighbours::among(Card::of(first), &people, user));
        }
        Self {
            person: person(user),
            owned_entities: OwnedEntities::new(model, user, &model.owned_by(user), owned::NAMED),
            teams: teams.iter().map(|team| membership(model, shared, team, user)).collect(),
            entity,
        }
    }
}

fn membership<'a>(
    model: &Model<'a>,
    shared: &'a EntityPageContext<'a>,
    team: &'a Entity,
    user: &'a Entity,
) -> Membership<'a> {
    let mut others = model.all(team, "hasMember", "user");
    others.retain(|other| other.reference != user.reference);
    Membership {
        team: team_line(model, team),
        above: model.teams.above(&team.reference).into_iter().map(Card::of).collect(),
        more: others.len().saturating_sub(COLLEAGUES),
        colleagues: others.into_iter().take(COLLEAGUES).map(person).collect(),
        owned_entities: shared.owned_by_team.get(&team.reference),
    }
}
