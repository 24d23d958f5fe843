//! Lints: what is valid and still looks wrong. Ownership gaps, leftovers, rings, names that are mixed up.
//!
//! A warning is almost certainly a mistake; what may well be meant is a note. A lint that needs data which
//! many catalogs do not have (members of groups, a hierarchy, providers) is silent without it.

mod leaks;
mod names;
mod ownership;
mod structure;
mod values;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use leaks::{issues as leak_issues, lint_leaks};

use rayon::prelude::*;

use super::{
    Catalog,
    entity::Entity,
    issue::Issue,
    load::{Finding, diagnose},
};
use crate::base::{
    diagnostics::{self, Diagnostic},
    files::Directory,
};

/// What a lint finds: an entity, and what is wrong with it.
type Found<'c> = (&'c Entity, Issue);

/// Where a finding about an entity as a whole points.
const NAME: &str = "/metadata/name";

/// Runs all lints over the catalog of the portal in `root`; sorted by place.
pub fn lint(root: &Path, catalog: &Catalog) -> Vec<Diagnostic> {
    let root = Directory::new(root);
    let lints: &[fn(&Catalog) -> Vec<Found<'_>>] =
        &[ownership::lint, names::lint, structure::lint, structure::cycles, values::lint];
    let findings: Vec<_> = lints
        .par_iter()
        .flat_map(|lint| lint(catalog))
        .map(|(entity, issue)| Finding::new(entity.fragment_of(&issue.pointer), issue))
        .collect();
    let mut problems = diagnose(&root, findings);
    diagnostics::sort(&mut problems);
    problems
}
