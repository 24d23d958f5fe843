//! Dangling references: those to an entity that does not exist.
//!
//! Loading a catalog reports them together with what is wrong with its files; the other lints run on
//! demand.

use rayon::prelude::*;

use super::spelling::SpellingIndex;
use crate::catalog::{
    Catalog, entity::Entity, finding::Finding, issue::Issue, outside::is_from_extract,
    spec::spec_refs,
};

/// Makes a finding of each dangling reference of a catalog, in the order of its entities.
pub(in crate::catalog) fn dangling_references(catalog: &Catalog) -> Vec<Finding> {
    let has_some = |entity: &&Entity| {
        entity.relations.iter().any(|r| r.target_index.is_none()) && !is_from_extract(entity)
    };
    let entities: Vec<_> = catalog.entities().par_iter().filter(has_some).collect();
    if entities.is_empty() {
        return Vec::new();
    }
    let mut spelling = SpellingIndex::new(catalog);
    let mut findings = Vec::new();
    for entity in entities {
        for reference in spec_refs(&entity.document) {
            if catalog.position(&reference.target).is_some() {
                continue;
            }
            let (pointer, message) =
                (reference.pointer(), format!("`{}` does not exist", reference.target));
            let fragment = entity.fragment_of(&pointer);
            let issue = Issue::warning("dangling-reference", pointer, message)
                .hint_opt(spelling.hint(&reference.target));
            findings.push(Finding::new(fragment, issue));
        }
    }
    findings
}
