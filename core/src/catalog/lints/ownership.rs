//! Reports gaps in ownership: entities without an owner, owners without members, users without a group,
//! groups outside the hierarchy.

use std::collections::BTreeSet;

use super::{EntityIssue, NAME};
use crate::catalog::{
    Catalog, EntityRef, entity::Entity, issue::Issue, kinds::Shape, kinds::kind_spec,
};

/// Groups outside the hierarchy are reported when they are at most one in this many groups.
const HIERARCHY: usize = 10;

/// Finds ownership gaps.
pub(super) fn lint(catalog: &Catalog) -> Vec<EntityIssue<'_>> {
    let mut found = unowned(catalog);
    let peopled = peopled(catalog);
    // A catalog without any members has no data about membership.
    if !peopled.is_empty() {
        found.extend(catalog.of_kind("Group").filter_map(|group| empty_owner(group, &peopled)));
        found.extend(catalog.of_kind("User").filter_map(|user| without_group(catalog, user)));
    }
    found.extend(isolated(catalog));
    found
}

/// Reports entities that have no owner although their kind may have one. Where the kind requires an
/// owner, an entity without one is invalid and not in the catalog.
fn unowned(catalog: &Catalog) -> Vec<EntityIssue<'_>> {
    let may_have_owner = |entity: &&Entity| {
        kind_spec(entity.kind()).is_some_and(|kind| {
            kind.fields
                .iter()
                .any(|field| field.name == "owner" && matches!(field.shape, Shape::Ref(_)))
        })
    };
    let has_none = |entity: &&Entity| entity.spec_text("owner").is_none();
    let issue = || Issue::note("no-owner", "/spec", "nobody owns this").hint("add `spec.owner`");
    let entities = catalog.entities().iter().filter(may_have_owner).filter(has_none);
    entities.map(|entity| (entity, issue())).collect()
}

/// The groups with members that exist, and all groups above them.
fn peopled(catalog: &Catalog) -> BTreeSet<&EntityRef> {
    let has_member = |group: &&Entity| group.related("hasMember").any(|u| catalog.get(u).is_some());
    let mut next: Vec<_> = catalog.of_kind("Group").filter(has_member).collect();
    let mut peopled = BTreeSet::new();
    while let Some(group) = next.pop() {
        if peopled.insert(&group.reference) {
            next.extend(group.related("childOf").filter_map(|parent| catalog.get(parent)));
        }
    }
    peopled
}

fn empty_owner<'c>(group: &'c Entity, peopled: &BTreeSet<&EntityRef>) -> Option<EntityIssue<'c>> {
    let is_gap = !peopled.contains(&group.reference) && group.related("ownerOf").next().is_some();
    let message = format!("`{}` owns entities, but has no members", group.reference);
    let issue = Issue::warning("empty-owner", NAME, message);
    is_gap.then(|| (group, issue.hint("give it members, or what it owns another owner")))
}

fn without_group<'c>(catalog: &Catalog, user: &'c Entity) -> Option<EntityIssue<'c>> {
    let mut groups = user.related("memberOf");
    let message = format!("`{}` is in no group", user.reference);
    let is_alone = groups.all(|group| catalog.get(group).is_none());
    is_alone.then(|| (user, Issue::note("user-without-group", NAME, message)))
}

/// Reports groups without parent and children, when nearly all groups have one or the other.
fn isolated(catalog: &Catalog) -> Vec<EntityIssue<'_>> {
    let is_isolated = |group: &&Entity| {
        group.related("childOf").next().is_none() && group.related("parentOf").next().is_none()
    };
    let isolated: Vec<_> = catalog.of_kind("Group").filter(is_isolated).collect();
    if isolated.len() * HIERARCHY > catalog.of_kind("Group").count() {
        return Vec::new();
    }
    let found = isolated.into_iter().map(|group| {
        let message = format!("`{}` has neither a parent nor children", group.reference);
        (group, Issue::note("isolated-group", NAME, message).hint("most groups have"))
    });
    found.collect()
}
