//! Lints: what is valid and still looks wrong, such as dangling references, entities without an owner,
//! cycles, and names that differ by one letter.
//!
//! A lint reports a warning for what is almost certainly a mistake, and a note for what may be
//! intended. A lint that needs data which many catalogs do not have (members of groups, a hierarchy,
//! providers of APIs) reports nothing in a catalog without such data.

mod leaks;
mod names;
mod ownership;
mod references;
mod spelling;
mod structure;
mod values;

#[cfg(test)]
mod tests;

pub use leaks::{issues as leak_issues, lint_leaks};
pub(super) use references::dangling_references;

use rayon::prelude::*;

use super::{
    Catalog,
    entity::Entity,
    finding::{Finding, diagnose},
    issue::Issue,
    outside::is_from_extract,
};
use crate::base::{
    diagnostics::{self, Diagnostic},
    files::Files,
};

/// An entity, and what is wrong with it.
type EntityIssue<'c> = (&'c Entity, Issue);

/// JSON pointer of issues that concern an entity as a whole.
const NAME: &str = "/metadata/name";

/// One lint: it looks at the whole catalog.
type Lint = fn(&Catalog) -> Vec<EntityIssue<'_>>;

/// The lints that need nothing but the entities which they report.
const OF_EACH: &[Lint] = &[names::lint, structure::cycles, values::lint];
/// The lints that miss what is not in the catalog: members, parts, providers.
const OF_ALL: &[Lint] = &[ownership::lint, structure::lint];

/// Runs all lints but those for credentials and dangling references over the catalog, whose files are
/// read again for positions. Returns the diagnostics sorted by place.
pub fn lint(files: &dyn Files, catalog: &Catalog) -> Vec<Diagnostic> {
    run(files, catalog, &[OF_EACH, OF_ALL].concat())
}

/// Runs the lints that say something of a few entities without the rest of their catalog.
pub(super) fn lint_each(files: &dyn Files, catalog: &Catalog) -> Vec<Diagnostic> {
    run(files, catalog, OF_EACH)
}

fn run(files: &dyn Files, catalog: &Catalog, lints: &[Lint]) -> Vec<Diagnostic> {
    let findings: Vec<_> = lints
        .par_iter()
        .flat_map(|lint| lint(catalog))
        .filter(|(entity, _)| !is_from_extract(entity))
        .map(|(entity, issue)| Finding::new(entity.fragment_of(&issue.pointer), issue))
        .collect();
    let mut problems = diagnose(files, findings);
    diagnostics::sort(&mut problems);
    problems
}
