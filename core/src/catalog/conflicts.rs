//! Conflicts: two sources that define the same entity.
//!
//! A source of the settings *defines* an entity unless its role is `enrich`. Two sources that define
//! the same entity are nearly always two repositories that use one name: if their fragments were
//! merged, the entity would change its owner without a message. The stronger source is kept, and the
//! other one is reported as an error, unless the settings allow both. Files that people wrote in the
//! portal, entities that a request registered and fragments of sources that are no longer in the
//! settings are not in conflict with others.

use super::{entity::Fragment, issue::Issue, load::SourceOrder, reference::EntityRef};

/// Removes from `fragments`, which are sorted weakest first, those of sources that define an entity
/// which a stronger source defines. Returns them, each with its error.
pub(super) fn remove_rivals(
    reference: &EntityRef,
    fragments: &mut Vec<Fragment>,
    order: &[SourceOrder],
) -> Vec<(Fragment, Issue)> {
    let claim = |fragment: &Fragment| {
        order.iter().find(|source| !source.enrich && *source.name == *fragment.source)
    };
    let may_overlap = |fragment: &Fragment| claim(fragment).is_some_and(|claim| claim.may_overlap);
    let mut claims = fragments.iter().rev().filter(|fragment| claim(fragment).is_some());
    let (Some(winner), Some(_)) = (claims.next(), claims.next()) else { return Vec::new() };
    if may_overlap(winner) {
        return Vec::new();
    }
    let (name, issue) = (winner.source.clone(), conflict(reference, winner));
    let is_rival = |fragment: &mut Fragment| {
        claim(fragment).is_some() && fragment.source != name && !may_overlap(fragment)
    };
    let rivals = fragments.extract_if(.., is_rival);
    rivals.map(|fragment| (fragment, issue.clone())).collect()
}

fn conflict(reference: &EntityRef, winner: &Fragment) -> Issue {
    let Fragment { source, file, .. } = winner;
    let message =
        format!("`{reference}` is an entity of the source `{source}`, too: `{file}` is kept");
    Issue::error("conflicting-sources", "/metadata/name", message).hint(
        "rename one of the two; a source that only adds to entities has `role: enrich`; \
         `overlapping_sources` in `callboard.yaml` lets sources be merged",
    )
}
