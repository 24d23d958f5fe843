//! What a team or person owns: named by system and kind, or counted where it is much.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{card::Card, relations::listed};
use crate::{
    catalog::{Entity, EntityRef},
    site::{model::Model, text::address},
};

/// Up to how many owned entities a page names; of more it says the numbers.
pub(crate) const SHOWN: usize = 40;
/// Where somebody else's page says it.
pub(crate) const SHOWN_SHORT: usize = 24;
/// How many systems are counted one by one.
const SYSTEMS: usize = 16;

/// What somebody owns.
#[derive(Debug, Serialize)]
pub(crate) struct Holdings<'a> {
    count: usize,
    /// By kind and type, with their lists.
    kinds: Vec<KindCount<'a>>,
    /// Everything by name; empty when it is too much.
    groups: Vec<SystemGroup<'a>>,
    /// Then numbers by system, the largest first; of systems beyond, how many entities.
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

/// How much of a system.
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
    rows: Vec<Owned<'a>>,
}

/// An owned entity.
#[derive(Debug, Serialize)]
struct Owned<'a> {
    card: Card<'a>,
    kind_type: Option<&'a str>,
    lifecycle: Option<&'a str>,
}

impl<'a> Holdings<'a> {
    /// Sums up `owned`, which belongs to `owner`; up to `shown` entities are named.
    pub(crate) fn new(
        model: &Model<'a>,
        owner: &Entity,
        owned: &[&'a Entity],
        shown: usize,
    ) -> Self {
        let is_much = owned.len() > shown;
        // On somebody else's page the kinds say enough.
        let mut systems = match is_much && shown == SHOWN {
            true => by_system_counted(model, owner, owned),
            false => Vec::new(),
        };
        let rest = systems.split_off(SYSTEMS.min(systems.len()));
        Self {
            count: owned.len(),
            kinds: kinds_of(model, owned)
                .into_iter()
                .map(|kind| counted(kind, owner, owned))
                .collect(),
            groups: if is_much { Vec::new() } else { by_system(model, owned) },
            systems,
            rest: rest.iter().map(|system| system.count).sum(),
        }
    }
}

fn counted<'a>(kind: &'a str, owner: &Entity, owned: &[&'a Entity]) -> KindCount<'a> {
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

/// The system that an entity is shown with; a system stands with its own parts.
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

/// Groups entities by their system, then by kind in the order in which people look for kinds.
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
            .map(|e| Owned {
                card: Card::at(model, e.index),
                kind_type: e.spec_text("type"),
                lifecycle: e.spec_text("lifecycle"),
            })
            .collect();
        (!rows.is_empty()).then_some(KindGroup { kind, rows })
    };
    kinds_of(model, entities).into_iter().filter_map(of_kind).collect()
}

/// The kinds of entities, in the order in which people look for them.
fn kinds_of<'a>(model: &Model<'a>, entities: &[&'a Entity]) -> Vec<&'a str> {
    let mut kinds: Vec<&str> = entities.iter().map(|e| e.reference.kind()).collect();
    kinds.sort_by_key(|kind| {
        let rank = model.kinds.iter().position(|known| known.id == *kind);
        (rank, *kind)
    });
    kinds.dedup();
    kinds
}
