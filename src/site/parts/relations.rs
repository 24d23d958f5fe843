//! The relations of an entity, grouped by type of relation and kind of the other entity.

use serde::Serialize;

use super::card::Card;
use crate::{
    catalog::{Entity, Relation},
    site::{model::Model, text::address},
};

/// How many entities of a group are shown, and how many with those folded away. Others are only counted.
const UNFOLDED: usize = 12;
const LISTED: usize = 400;

/// The entities of one kind that relations of one type lead to.
#[derive(Debug, Serialize)]
pub(crate) struct RelationGroup<'a> {
    /// Anchor of the group on the page.
    pub(crate) id: String,
    /// Whether it is the first group of its type.
    pub(crate) is_first: bool,
    /// Type of the relation: the templates have the words for it.
    pub(crate) verb: &'static str,
    /// Kind of the other ends, in lower case, for words and icon.
    pub(crate) kind: &'a str,
    pub(crate) count: usize,
    /// How many of them do not exist.
    pub(crate) missing: usize,
    pub(crate) shown: Vec<Card<'a>>,
    pub(crate) folded: Vec<Card<'a>>,
    /// How many entities are only counted.
    pub(crate) unlisted: usize,
    /// The address of the list of all, if there is one.
    pub(crate) list: Option<String>,
}

impl<'a> RelationGroup<'a> {
    /// Makes a group, sorted by title.
    pub(crate) fn new(verb: &'static str, kind: &'a str, mut cards: Vec<Card<'a>>) -> Self {
        cards.sort_by_cached_key(|card| card.title().to_lowercase());
        let count = cards.len();
        let missing = cards.iter().filter(|card| card.url().is_none()).count();
        cards.truncate(LISTED);
        // Folding four or fewer away would save no space.
        let keep = if cards.len() > UNFOLDED + 4 { UNFOLDED } else { cards.len() };
        let folded = cards.split_off(keep);
        Self {
            id: format!("{verb}-{}", address::file_name(kind)),
            is_first: true,
            verb,
            kind,
            count,
            missing,
            unlisted: count - keep - folded.len(),
            shown: cards,
            folded,
            list: None,
        }
    }
}

/// Groups the relations of an entity. `but` names groups that the page shows elsewhere, by type of relation or by
/// anchor.
pub(crate) fn groups<'a>(
    model: &Model<'a>,
    entity: &'a Entity,
    but: &[&str],
) -> Vec<RelationGroup<'a>> {
    // Relations are sorted by type, then target.
    let same = |a: &Relation, b: &Relation| a.kind == b.kind && a.target.kind() == b.target.kind();
    let mut groups: Vec<_> = entity
        .relations
        .chunk_by(same)
        .filter(|group| !but.contains(&group[0].kind))
        .map(|group| {
            let cards = group.iter().map(|r| Card::across(model, r)).collect();
            let mut group_view = RelationGroup::new(group[0].kind, group[0].target.kind(), cards);
            if group_view.verb == "hasPart" && entity.reference.kind() == "system" {
                group_view.list = Some(listed(group_view.kind, "system", entity));
            }
            group_view
        })
        .filter(|group| !but.contains(&group.id.as_str()))
        .collect();
    groups.sort_by_key(|group| (rank(group.verb), group.kind));
    for at in 1..groups.len() {
        groups[at].is_first = groups[at].verb != groups[at - 1].verb;
    }
    groups
}

/// The address of the list of a kind, filtered by a field that refers to an entity.
pub(crate) fn listed(kind: &str, field: &str, entity: &Entity) -> String {
    let list = address::list_page(&address::kind_slug(kind), None, 1);
    format!("{list}?{field}={}", address::query(entity.reference.as_str()))
}

/// The order of types of relations: first what uses the entity, then what it uses.
fn rank(verb: &str) -> usize {
    const ORDER: [&str; 12] = [
        "apiProvidedBy",
        "dependencyOf",
        "apiConsumedBy",
        "providesApi",
        "consumesApi",
        "dependsOn",
        "hasPart",
        "parentOf",
        "hasMember",
        "ownerOf",
        "memberOf",
        "childOf",
    ];
    ORDER.iter().position(|v| *v == verb).unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relation_of_a_group_is_listed_or_counted() {
        for count in [0, 1, 12, 16, 17, 400, 401, 3000] {
            let card = |at: usize| Card::new(format!("{at}"), "api", None);
            let group = RelationGroup::new("hasPart", "api", (0..count).map(card).collect());
            assert_eq!(group.shown.len() + group.folded.len() + group.unlisted, count);
            assert_eq!((group.count, group.missing), (count, count));
            assert!(group.shown.len() <= UNFOLDED + 4 && group.folded.len() <= LISTED);
        }
    }
}
