//! Reports deprecated annotations, and types and lifecycles that are probably misspelt.

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

/// Most entities that have a rare value.
const RARE: usize = 3;
/// How many times as often a common value is used as a rare one.
const COMMON: usize = 20;
/// Least letters of a value in which a typo is recognised.
const LONG: usize = 5;

/// Reports deprecated annotations, and types and lifecycles that are probably misspelt.
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

/// Whether a value may be a misspelling of another: it differs in case or separators, by one typo, or
/// by two in a long value.
fn is_slip(value: &str, meant: &str) -> bool {
    let fold = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (value, meant) = (fold(value), fold(meant));
    let length = value.chars().count().min(meant.chars().count());
    let typos = if length < LONG { 0 } else { 1 + usize::from(length >= 2 * LONG) };
    strsim::osa_distance(&value, &meant) <= typos
}
