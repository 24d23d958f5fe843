//! Values that are out of use or look like a slip of the pen.

use std::collections::BTreeMap;

use super::EntityIssue;
use crate::catalog::{Catalog, entity::Entity, envelope::pointer, issue::Issue};

/// Annotations that Backstage no longer reads, and what to use instead ("Well-known annotations",
/// section "Deprecated").
const DEPRECATED: &[(&str, &str)] = &[
    (
        "backstage.io/definition-at-location",
        "write the definition, or `$text`, into `spec.definition`",
    ),
    ("backstage.io/github-actions-id", "use `github.com/project-slug`"),
    ("jenkins.io/github-folder", "use `jenkins.io/job-full-name`"),
];

/// A value that at most this many entities have is rare.
const RARE: usize = 3;
/// A value is common beside a rare one when it is there this many times as often.
const COMMON: usize = 20;
/// Shortest value in which letters may be typos.
const LONG: usize = 5;

/// Finds deprecated annotations, and types and lifecycles that are probably misspelt.
pub(super) fn lint(catalog: &Catalog) -> Vec<EntityIssue<'_>> {
    let mut found: Vec<_> = catalog.entities().iter().flat_map(deprecated).collect();
    for field in ["type", "lifecycle"] {
        found.extend(rare(catalog, field));
    }
    found
}

fn deprecated(entity: &Entity) -> impl Iterator<Item = EntityIssue<'_>> {
    DEPRECATED.iter().filter(|(key, _)| entity.annotation(key).is_some()).map(move |(key, hint)| {
        let message = format!("the annotation `{key}` is deprecated");
        let at = pointer("/metadata/annotations", key);
        (entity, Issue::warning("deprecated-annotation", at, message).at_key().hint(*hint))
    })
}

fn rare<'c>(catalog: &'c Catalog, field: &'static str) -> Vec<EntityIssue<'c>> {
    let mut kinds: BTreeMap<&str, BTreeMap<&str, Vec<&Entity>>> = BTreeMap::new();
    for entity in catalog.entities() {
        if let Some(value) = entity.spec_text(field) {
            kinds.entry(entity.kind()).or_default().entry(value).or_default().push(entity);
        }
    }
    let mut found = Vec::new();
    for (kind, values) in &kinds {
        for (value, entities) in values.iter().filter(|(_, entities)| entities.len() <= RARE) {
            let meant = values.iter().find(|(other, others)| {
                others.len() >= COMMON * entities.len() && is_slip(value, other)
            });
            let Some((meant, _)) = meant else { continue };
            for entity in entities {
                let message = format!("hardly any {kind} has the {field} `{value}`");
                let issue = Issue::warning("rare-value", format!("/spec/{field}"), message);
                found.push((*entity, issue.hint(format!("did you mean `{meant}`?"))));
            }
        }
    }
    found
}

/// One word could be the other, misspelt: other case or separators, one typo, two in a long word.
fn is_slip(value: &str, meant: &str) -> bool {
    let fold = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (value, meant) = (fold(value), fold(meant));
    let length = value.chars().count().min(meant.chars().count());
    let typos = if length < LONG { 0 } else { 1 + usize::from(length >= 2 * LONG) };
    strsim::osa_distance(&value, &meant) <= typos
}
