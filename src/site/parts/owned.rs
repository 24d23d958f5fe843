//! The entities that a team or a person owns: named by system and kind, or only counted when there are many.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{card::Card, relations::listed};
use crate::{
    catalog::{Entity, EntityRef},
    site::{model::Model, text::address},
};

/// A page names at most 40 owned entities; of more it shows only numbers.
pub(crate) const NAMED: usize = 40;
/// The page of a person names at most 24 entities of each team.
pub(crate) const NAMED_ELSEWHERE: usize = 24;
/// How many systems are listed with their numbers.
const SYSTEMS: usize = 16;

/// The entities of an owner.
#[derive(Debug, Serialize)]
pub(crate) struct OwnedEntities<'a> {
    count: usize,
    /// By kind and type, with their lists.
    kinds: Vec<KindCount<'a>>,
    /// All entities by system; empty when there are too many.
    groups: Vec<SystemGroup<'a>>,
    /// In that case numbers by system, the largest first, and the number of entities in all other systems.
    systems: Vec<SystemCount<'a>>,
    rest: usize,
}

/// How many of a kind, and of each type.
#[derive(Debug, Serialize)]
struct KindCount<'a> {
    kind: &'a str,
    count: usize,
    list: String,
    types: Vec<(&'a str, usize, String)>,
}

/// How many entities of a system.
#[derive(Debug, Serialize)]
struct SystemCount<'a> {
    system: Option<Card<'a>>,
    kinds: Vec<(&'a str, usize, String)>,
    count: usize,
}

/// What a team owns in one system; without a system at the end.
#[derive(Debug, Serialize)]
struct SystemGroup<'a> {
    system: Option<Card<'a>>,
    count: usize,
    kinds: Vec<KindGroup<'a>>,
}

/// What a team owns of one kind.
#[derive(Debug, Serialize)]
struct KindGroup<'a> {
    kind: &'a str,
    rows: Vec<OwnedRow<'a>>,
}

/// An owned entity.
#[derive(Debug, Serialize)]
struct OwnedRow<'a> {
    card: Card<'a>,
    kind_type: Option<&'a str>,
    lifecycle: Option<&'a str>,
}

impl<'a> OwnedEntities<'a> {
    /// Groups `owned`, which belongs to `owner`. At most `most` entities are named.
    pub(crate) fn new(
        model: &Model<'a>,
        owner: &Entity,
        owned: &[&'a Entity],
        most: usize,
    ) -> Self {
        let is_much = owned.len() > most;
        // The page of a person shows only the numbers by kind.
        let mut systems = match is_much && most == NAMED {
            true => by_system_counted(model, owner, owned),
            false => Vec::new(),
        };
        let rest = systems.split_off(SYSTEMS.min(systems.len()));
        Self {
            count: owned.len(),
            kinds: kinds_of(model, owned)
                .into_iter()
                .map(|kind| kind_count(kind, owner, owned))
                .collect(),
            groups: if is_much { Vec::new() } else { by_system(model, owned) },
            systems,
            rest: rest.iter().map(|system| system.count).sum(),
        }
    }
}

fn kind_count<'a>(kind: &'a str, owner: &Entity, owned: &[&'a Entity]) -> KindCount<'a> {
    let of_kind: Vec<_> = owned.iter().filter(|e| e.reference.kind() == kind).collect();
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    for kind_type in of_kind.iter().filter_map(|e| e.spec_text("type")) {
        *types.entry(kind_type).or_default() += 1;
    }
    let list = listed(kind, "owner", owner);
    let mut types: Vec<_> = types
        .into_iter()
        .map(|(text, count)| (text, count, format!("{list}&type={}", address::query(text))))
        .collect();
    types.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
    types.truncate(8);
    KindCount { kind, count: of_kind.len(), list, types }
}

/// The system that an entity is listed with; a system is listed with its own parts.
fn system_of(entity: &Entity) -> Option<&EntityRef> {
    match entity.reference.kind() {
        "system" => Some(&entity.reference),
        _ => entity.related("partOf").find(|target| target.kind() == "system"),
    }
}

fn by_system_counted<'a>(
    model: &Model<'a>,
    owner: &Entity,
    owned: &[&'a Entity],
) -> Vec<SystemCount<'a>> {
    let mut systems: BTreeMap<Option<&EntityRef>, Vec<&'a Entity>> = BTreeMap::new();
    for &entity in owned {
        systems.entry(system_of(entity)).or_default().push(entity);
    }
    let mut counts: Vec<_> = systems
        .into_iter()
        .map(|(system, entities)| {
            let rest: Vec<_> =
                entities.into_iter().filter(|e| Some(&e.reference) != system).collect();
            let kind = |kind: &'a str| {
                let count = rest.iter().filter(|e| e.reference.kind() == kind).count();
                let list = listed(kind, "owner", owner);
                let within = system.map(|s| format!("&system={}", address::query(s.as_str())));
                (kind, count, list + &within.unwrap_or_default())
            };
            SystemCount {
                system: system.map(|system| Card::to(model, system)),
                kinds: kinds_of(model, &rest).into_iter().map(kind).collect(),
                count: rest.len(),
            }
        })
        .collect();
    counts.sort_by_cached_key(|group| {
        let title = group.system.as_ref().map(|system| system.title().to_lowercase());
        (title.is_none(), std::cmp::Reverse(group.count), title)
    });
    counts
}

/// Groups entities by their system, then by kind.
fn by_system<'a>(model: &Model<'a>, owned: &[&'a Entity]) -> Vec<SystemGroup<'a>> {
    let mut systems: BTreeMap<Option<&EntityRef>, Vec<&'a Entity>> = BTreeMap::new();
    for &entity in owned {
        systems.entry(system_of(entity)).or_default().push(entity);
    }
    let mut groups: Vec<_> = systems
        .into_iter()
        .map(|(system, entities)| {
            let is_head = |e: &&Entity| Some(&e.reference) == system;
            let rest: Vec<_> = entities.iter().copied().filter(|e| !is_head(e)).collect();
            SystemGroup {
                system: system.map(|system| Card::to(model, system)),
                count: rest.len(),
                kinds: by_kind(model, &rest),
            }
        })
        .collect();
    groups.sort_by_cached_key(|group| match &group.system {
        Some(system) => (0, system.title().to_lowercase()),
        None => (1, String::new()),
    });
    groups
}

fn by_kind<'a>(model: &Model<'a>, entities: &[&'a Entity]) -> Vec<KindGroup<'a>> {
    let of_kind = |kind: &'a str| {
        let rows: Vec<_> = entities
            .iter()
            .filter(|e| e.reference.kind() == kind)
            .map(|e| OwnedRow {
                card: Card::at(model, e.index),
                kind_type: e.spec_text("type"),
                lifecycle: e.spec_text("lifecycle"),
            })
            .collect();
        (!rows.is_empty()).then_some(KindGroup { kind, rows })
    };
    kinds_of(model, entities).into_iter().filter_map(of_kind).collect()
}

/// The kinds of entities, in the order of the model's kinds.
fn kinds_of<'a>(model: &Model<'a>, entities: &[&'a Entity]) -> Vec<&'a str> {
    let mut kinds: Vec<&str> = entities.iter().map(|e| e.reference.kind()).collect();
    kinds.sort_by_key(|kind| {
        let rank = model.kinds.iter().position(|known| known.id == *kind);
        (rank, *kind)
    });
    kinds.dedup();
    kinds
}
