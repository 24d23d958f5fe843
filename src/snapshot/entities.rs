//! Checks what a mapping made, and unites what several records say alike.

use std::collections::{BTreeMap, btree_map::Entry};

use rayon::prelude::*;
use serde_json::Value;

use super::{
    fragments::canonical,
    mapping::{Made, Origin},
    source::{Role, Source},
};
use crate::{
    base::diagnostics::{Diagnostic, Level},
    catalog::{
        EntityRef, Issue, entity::text_at, envelope::check_envelope, load::reference_of,
        spec::check_spec,
    },
};

/// Returns the entities of a source in canonical form, sorted by reference.
///
/// The same entity from several records is one entity; the same reference with different content is
/// a mistake of the mapping that names both records.
pub(super) fn unite(
    source: &Source,
    made: Vec<Made>,
) -> Result<BTreeMap<EntityRef, Value>, Vec<Diagnostic>> {
    let checked: Vec<_> = made
        .into_par_iter()
        .map(|made| {
            let found = check(source, &made.origin, &made.document);
            (found, canonical(&made.document), made.origin)
        })
        .collect();
    let mut problems = Vec::new();
    let mut entities: BTreeMap<EntityRef, (Origin, Value)> = BTreeMap::new();
    for (found, document, origin) in checked {
        if !found.is_empty() {
            problems.extend(found);
            continue;
        }
        match entities.entry(reference_of(&document)) {
            Entry::Vacant(place) => {
                place.insert((origin, document));
            }
            Entry::Occupied(other) if other.get().1 == document => {}
            Entry::Occupied(other) => {
                let (first, known) = other.get();
                problems.push(clash(source, (first, known), (&origin, &document)));
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let entities = entities.into_iter();
    Ok(entities.map(|(key, (_, document))| (key, document)).collect())
}

/// Checks what came of one record: its entities in canonical form, and all that is wrong with them.
pub(super) fn examine(source: &Source, made: Vec<Made>) -> (Vec<Value>, Vec<Diagnostic>) {
    let problems = made.iter().flat_map(|made| check(source, &made.origin, &made.document));
    let problems = problems.collect();
    (made.iter().map(|made| canonical(&made.document)).collect(), problems)
}

/// Reports two records that say different things of one entity. Their titles, where they differ, are
/// what people know the two by.
fn clash(
    source: &Source,
    (first, known): (&Origin, &Value),
    (second, document): (&Origin, &Value),
) -> Diagnostic {
    let entity = reference_of(document);
    let message = format!("`{entity}` is made of {first} too, with other content");
    let titles = (text_at(known, "/metadata/title"), text_at(document, "/metadata/title"));
    let hint = match titles {
        (Some(one), Some(other)) if one != other => {
            format!("`{one}` and `{other}` become one name: give one of them another")
        }
        _ => "give the two different names, or the same content".to_owned(),
    };
    source.mapping.problem("duplicate-entity", second, message).hint(hint)
}

/// Checks one entity. A fragment that only enriches may leave out what its kind requires.
fn check(source: &Source, origin: &Origin, document: &Value) -> Vec<Diagnostic> {
    let is_error = |issue: &Issue| issue.level == Level::Error;
    let mut issues: Vec<_> = check_envelope(document).into_iter().filter(is_error).collect();
    if issues.is_empty() {
        issues = check_spec(document).into_iter().filter(is_error).collect();
        if source.role == Role::Enrich {
            issues.retain(|issue| issue.code != "missing-field");
        }
    }
    let name = text_at(document, "/metadata/name").unwrap_or("without a name");
    let kind = text_at(document, "/kind").unwrap_or("entity");
    issues
        .into_iter()
        .map(|issue| {
            let at = issue.pointer.trim_start_matches('/').replace('/', ".");
            let at = if at.is_empty() { at } else { format!("`{at}`: ") };
            let message = format!("{kind} `{name}`: {at}{}", issue.message);
            let problem = source.mapping.problem(issue.code, origin, message);
            problem.hint_opt(issue.hint)
        })
        .collect()
}
