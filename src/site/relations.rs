//! Relations as sentences: one group for each verb and kind, with its number.

use serde::Serialize;

use super::{atlas::Atlas, frame::Card};
use crate::catalog::Entity;

/// How many of a group are shown unfolded.
const UNFOLDED: usize = 12;

/// What one verb leads to.
#[derive(Debug, Serialize)]
pub(super) struct RelationGroup<'a> {
    /// Type of the relation: the templates have the words for it.
    pub(super) verb: &'static str,
    /// Kind of the other ends, in lower case, for words and icon.
    pub(super) kind: &'a str,
    pub(super) count: usize,
    /// How many of them do not exist.
    pub(super) missing: usize,
    pub(super) shown: Vec<Card<'a>>,
    pub(super) folded: Vec<Card<'a>>,
}

/// Groups the relations of an entity; `but` names those that the page shows elsewhere.
pub(super) fn groups<'a>(
    atlas: &Atlas<'a>,
    entity: &'a Entity,
    but: &[&str],
) -> Vec<RelationGroup<'a>> {
    // Sorted by type, then target: what belongs together is adjacent.
    let same = |a: &crate::catalog::Relation, b: &crate::catalog::Relation| {
        a.kind == b.kind && a.target.kind() == b.target.kind()
    };
    let mut groups: Vec<_> = entity
        .relations
        .chunk_by(same)
        .filter(|group| !but.contains(&group[0].kind))
        .map(|group| {
            let mut cards: Vec<_> = group.iter().map(|r| Card::to(atlas, &r.target)).collect();
            cards.sort_by_cached_key(|card| card.title.to_lowercase());
            // Folding a few away would save nothing.
            let keep = if cards.len() > UNFOLDED + 4 { UNFOLDED } else { cards.len() };
            let folded = cards.split_off(keep);
            RelationGroup {
                verb: group[0].kind,
                kind: group[0].target.kind(),
                count: group.len(),
                missing: cards.iter().chain(&folded).filter(|c| c.url.is_none()).count(),
                shown: cards,
                folded,
            }
        })
        .collect();
    groups.sort_by_key(|group| (rank(group.verb), group.kind));
    groups
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
