//! Relations as sentences: one group for each verb and kind, with its number.

use serde::Serialize;

use super::card::Card;
use crate::{
    catalog::{Entity, Relation},
    site::{model::Model, text::address},
};

/// How many of a group are shown unfolded, and with those folded away. Beyond, they are counted.
const UNFOLDED: usize = 12;
const LISTED: usize = 400;

/// What one verb leads to.
#[derive(Debug, Serialize)]
pub(crate) struct RelationGroup<'a> {
    /// Anchor of the group on the page.
    pub(crate) id: String,
    /// Whether it is the first group of its verb.
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
    /// How many are only counted.
    pub(crate) unlisted: usize,
    /// The list of them all, where there is one.
    pub(crate) list: Option<String>,
}

impl<'a> RelationGroup<'a> {
    /// Groups what one verb leads to, by title.
    pub(crate) fn new(verb: &'static str, kind: &'a str, mut cards: Vec<Card<'a>>) -> Self {
        cards.sort_by_cached_key(|card| card.title().to_lowercase());
        let count = cards.len();
        let missing = cards.iter().filter(|card| card.url().is_none()).count();
        cards.truncate(LISTED);
        // Folding a few away would save nothing.
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

/// Groups the relations of an entity; `but` names those that the page shows elsewhere, by verb or by
/// the anchor of one group.
pub(crate) fn groups<'a>(
    model: &Model<'a>,
    entity: &'a Entity,
    but: &[&str],
) -> Vec<RelationGroup<'a>> {
    // Sorted by type, then target: what belongs together is adjacent.
    let same = |a: &Relation, b: &Relation| a.kind == b.kind && a.target.kind() == b.target.kind();
    let mut groups: Vec<_> = entity
        .relations
        .chunk_by(same)
        .filter(|group| !but.contains(&group[0].kind))
        .map(|group| {
            let cards = group.iter().map(|r| Card::across(model, r)).collect();
            let mut made = RelationGroup::new(group[0].kind, group[0].target.kind(), cards);
            if made.verb == "hasPart" && entity.reference.kind() == "system" {
                made.list = Some(listed(made.kind, "system", entity));
            }
            made
        })
        .filter(|group| !but.contains(&group.id.as_str()))
        .collect();
    groups.sort_by_key(|group| (rank(group.verb), group.kind));
    for at in 1..groups.len() {
        groups[at].is_first = groups[at].verb != groups[at - 1].verb;
    }
    groups
}

/// The list of a kind, narrowed to what belongs to an entity.
pub(crate) fn listed(kind: &str, field: &str, entity: &Entity) -> String {
    let list = address::list_page(&address::kind_slug(kind), None, 1);
    format!("{list}?{field}={}", address::query(entity.reference.as_str()))
}

/// What people ask first: who uses it, then what it uses.
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
    fn nothing_of_a_group_is_lost() {
        for count in [0, 1, 12, 16, 17, 400, 401, 3000] {
            let card = |at: usize| Card::new(format!("{at}"), "api", None);
            let group = RelationGroup::new("hasPart", "api", (0..count).map(card).collect());
            assert_eq!(group.shown.len() + group.folded.len() + group.unlisted, count);
            assert_eq!((group.count, group.missing), (count, count));
            assert!(group.shown.len() <= UNFOLDED + 4 && group.folded.len() <= LISTED);
        }
    }
}
