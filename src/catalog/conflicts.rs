//! Which sources may say where one entity comes from.
//!
//! A source of the settings *claims* an entity unless its role is `enrich`. Two that claim the same one
//! are nearly always two repositories with the same name in them: merged, the entity would have another
//! owner without a word. The stronger one is kept, the other is an error, unless the settings allow both.
//! What people wrote in the portal, what a request registered and what is left of a source that is no
//! longer in the settings claims nothing.

use super::{entity::Fragment, issue::Issue, load::SourceOrder, reference::EntityRef};

/// Takes out of `fragments`, which are sorted, weakest first, those that claim the entity beside a
/// stronger one, and says what is wrong with each.
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
