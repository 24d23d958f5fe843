//! What depends on an entity, as its page shows it: by team, the most important first.

use serde::Serialize;

use super::card::Card;
use crate::{
    catalog::Entity,
    site::model::{
        Model,
        dependants::{Dependant, OwnerShare},
    },
};

/// How many teams a page names, and how many entities of one.
const TEAMS: usize = 6;
const NAMED: usize = 4;

/// What depends on an entity, by team.
#[derive(Debug, Serialize)]
pub(crate) struct DependantsView<'a> {
    total: usize,
    /// Whether there are more than `total`.
    is_cut: bool,
    /// How many depend on it directly.
    direct: usize,
    /// How many teams own them; entities without a team count as one.
    teams_total: usize,
    teams: Vec<TeamView<'a>>,
    /// How many dependants belong to teams that are not shown, and how many such teams there are.
    rest: usize,
    rest_teams: usize,
}

/// The dependants of one team, the most important first.
#[derive(Debug, Serialize)]
struct TeamView<'a> {
    owner: Option<Card<'a>>,
    /// Whether the team owns the entity itself.
    is_own: bool,
    count: usize,
    dependants: Vec<DependantView<'a>>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct DependantView<'a> {
    card: Card<'a>,
    steps: usize,
    /// The title of the last entity on the way to it, unless that is the entity of the page.
    through: Option<&'a str>,
}

impl<'a> DependantsView<'a> {
    /// What depends on an entity, by team; `None` when nothing does.
    pub(crate) fn of(model: &Model<'a>, entity: &'a Entity) -> Option<Self> {
        let (index, from) = (&model.dependants, entity.index);
        let (mut reached, is_cut) = index.walk(u32::try_from(from).ok()?);
        if reached.is_empty() {
            return None;
        }
        let own = index.owner(from);
        // The entity's own team comes last.
        let mut teams = index.by_owner(&mut reached, TEAMS);
        teams.sort_by_key(|team| team.owner.is_some() && team.owner == own);
        let (shown, rest) = teams.split_at(TEAMS.min(teams.len()));
        Some(Self {
            total: reached.len(),
            is_cut,
            direct: reached.iter().take_while(|found| found.steps == 1).count(),
            teams_total: teams.len(),
            rest: rest.iter().map(|team| team.count).sum(),
            rest_teams: rest.len(),
            teams: shown.iter().map(|team| team_view(model, team, own, &reached)).collect(),
        })
    }
}

fn team_view<'a>(
    model: &Model<'a>,
    &OwnerShare { owner, count }: &OwnerShare,
    own: Option<u32>,
    reached: &[Dependant],
) -> TeamView<'a> {
    let mut found: Vec<_> = reached.iter().filter(|found| found.owner() == owner).collect();
    found.sort_unstable_by_key(|found| found.order());
    let dependants = found.into_iter().take(NAMED).map(|found| DependantView {
        card: Card::at(model, found.entity()),
        steps: found.steps as usize,
        through: found.through().map(|at| model.catalog.entities()[at].title()),
    });
    TeamView {
        owner: owner
            .and_then(|owner| model.dependants.owner_relation(owner))
            .map(|owner| Card::across(model, owner)),
        is_own: owner.is_some() && owner == own,
        count,
        dependants: dependants.collect(),
        more: count.saturating_sub(NAMED),
    }
}
