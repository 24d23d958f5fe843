//! What the page of a team has beside an entity's: people, what they own, the teams around it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    atlas::{Atlas, sort_by_title},
    entity::{EntityView, Shared},
    frame::{Card, Near},
    input::Input,
};
use crate::catalog::{Entity, EntityRef};

/// What the template of a team knows.
#[derive(Debug, Serialize)]
pub(super) struct TeamView<'a> {
    #[serde(flatten)]
    pub(super) entity: EntityView<'a>,
    people: Vec<Person<'a>>,
    /// Different people in this team and all below.
    people_below: usize,
    parent: Option<TeamLine<'a>>,
    children: Vec<TeamLine<'a>>,
    owned: Vec<SystemGroup<'a>>,
    owned_count: usize,
    /// Entities owned by this team and all below.
    owned_below: usize,
    /// Owned entities with something wrong in their files.
    troubled: Vec<Card<'a>>,
}

/// A person in a list.
#[derive(Debug, Serialize)]
pub(super) struct Person<'a> {
    card: Card<'a>,
    initials: String,
    /// One of eight hues, always the same for the same person.
    hue: u32,
    role: Option<&'a str>,
}

/// A team in a list.
#[derive(Debug, Serialize)]
pub(super) struct TeamLine<'a> {
    card: Card<'a>,
    kind_type: Option<&'a str>,
    people: usize,
    owned: usize,
}

/// What a team owns in one system; without a system at the end.
#[derive(Debug, Serialize)]
pub(super) struct SystemGroup<'a> {
    system: Option<Card<'a>>,
    count: usize,
    kinds: Vec<KindGroup<'a>>,
}

/// What a team owns of one kind.
#[derive(Debug, Serialize)]
struct KindGroup<'a> {
    kind: &'a str,
    rows: Vec<Owned<'a>>,
}

/// An owned entity.
#[derive(Debug, Serialize)]
struct Owned<'a> {
    card: Card<'a>,
    kind_type: Option<&'a str>,
    lifecycle: Option<&'a str>,
}

/// Relations that the sections of the page show.
pub(super) const IN_SECTIONS: [&str; 3] = ["ownerOf", "hasMember", "parentOf"];

impl<'a> TeamView<'a> {
    pub(super) fn new(
        input: &Input<'a>,
        atlas: &Atlas<'a>,
        shared: &'a Shared<'a>,
        team: &'a Entity,
    ) -> Self {
        let mut entity = EntityView::new(input, atlas, shared, team, &IN_SECTIONS);
        entity.page.crumbs = atlas.teams.above(&team.reference).into_iter().map(Card::of).collect();
        let place = atlas.teams.get(&team.reference);
        entity.page.near = place.and_then(|place| siblings(atlas, place.parent?, team));
        let owned: Vec<_> = owned(atlas, team);
        let troubled = owned.iter().filter(|e| atlas.problems(e).next().is_some());
        Self {
            people: people(atlas, team),
            people_below: place.map_or(0, |place| place.people),
            parent: place.and_then(|place| place.parent).map(|e| line(atlas, e)),
            children: place.map_or_else(Vec::new, |place| {
                place.children.iter().map(|e| line(atlas, e)).collect()
            }),
            troubled: troubled.map(|e| Card::of(e)).collect(),
            owned_count: owned.len(),
            owned_below: place.map_or(0, |place| place.owned),
            owned: by_system(atlas, &owned),
            entity,
        }
    }
}

fn siblings<'a>(atlas: &Atlas<'a>, parent: &'a Entity, team: &'a Entity) -> Option<Near<'a>> {
    let all = &atlas.teams.get(&parent.reference)?.children;
    Some(Near::among(Card::of(parent), all, team))
}

/// The people of a team, sorted by name.
pub(super) fn people<'a>(atlas: &Atlas<'a>, team: &Entity) -> Vec<Person<'a>> {
    let people = atlas.all(team, "hasMember", "user");
    people.into_iter().map(person).collect()
}

/// A person in a list.
pub(super) fn person(user: &Entity) -> Person<'_> {
    Person {
        card: Card::of(user),
        initials: initials(user.title()),
        hue: user.reference.as_str().bytes().fold(7u32, |h, b| h.wrapping_mul(31) + u32::from(b))
            % 8,
        role: role(user),
    }
}

/// What a person does, where the organisation says it.
pub(super) fn role(user: &Entity) -> Option<&str> {
    ["/spec/profile/title", "/spec/profile/role", "/spec/role", "/spec/title"]
        .iter()
        .find_map(|pointer| user.document.pointer(pointer)?.as_str())
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
pub(super) fn line<'a>(atlas: &Atlas<'a>, team: &'a Entity) -> TeamLine<'a> {
    let place = atlas.teams.get(&team.reference);
    TeamLine {
        card: Card::of(team),
        kind_type: team.spec_text("type"),
        people: place.map_or(0, |place| place.people),
        owned: place.map_or(0, |place| place.owned),
    }
}

/// What a team or person owns.
pub(super) fn owned<'a>(atlas: &Atlas<'a>, owner: &Entity) -> Vec<&'a Entity> {
    let mut owned: Vec<_> =
        owner.related("ownerOf").filter_map(|target| atlas.catalog.get(target)).collect();
    sort_by_title(&mut owned);
    owned
}

/// Groups entities by their system, then by kind in the order in which people look for kinds.
pub(super) fn by_system<'a>(atlas: &Atlas<'a>, owned: &[&'a Entity]) -> Vec<SystemGroup<'a>> {
    let mut systems: BTreeMap<Option<&EntityRef>, Vec<&'a Entity>> = BTreeMap::new();
    for &entity in owned {
        let system = match entity.reference.kind() {
            // A system stands with its own parts.
            "system" => Some(&entity.reference),
            _ => entity.related("partOf").find(|target| target.kind() == "system"),
        };
        systems.entry(system).or_default().push(entity);
    }
    let mut groups: Vec<_> = systems
        .into_iter()
        .map(|(system, entities)| {
            let is_head = |e: &&Entity| Some(&e.reference) == system;
            let rest: Vec<_> = entities.iter().copied().filter(|e| !is_head(e)).collect();
            SystemGroup {
                system: system.map(|system| Card::to(atlas, system)),
                count: rest.len(),
                kinds: by_kind(atlas, &rest),
            }
        })
        .collect();
    groups.sort_by_cached_key(|group| match &group.system {
        Some(system) => (0, system.title.to_lowercase()),
        None => (1, String::new()),
    });
    groups
}

fn by_kind<'a>(atlas: &Atlas<'a>, entities: &[&'a Entity]) -> Vec<KindGroup<'a>> {
    let of_kind = |kind: &'a str| {
        let rows: Vec<_> = entities
            .iter()
            .filter(|e| e.reference.kind() == kind)
            .map(|e| Owned {
                card: Card::of(e),
                kind_type: e.spec_text("type"),
                lifecycle: e.spec_text("lifecycle"),
            })
            .collect();
        (!rows.is_empty()).then_some(KindGroup { kind, rows })
    };
    let mut kinds: Vec<&str> = entities.iter().map(|e| e.reference.kind()).collect();
    kinds.sort_by_key(|kind| {
        let rank = atlas.kinds.iter().position(|known| known.id == *kind);
        (rank, *kind)
    });
    kinds.dedup();
    kinds.into_iter().filter_map(of_kind).collect()
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
