//! Reports texts of entities that look like credentials. Everybody who can read the repository can read
//! them.

use rayon::prelude::*;
use serde_json::Value;

use crate::{
    base::{
        diagnostics::{self, Diagnostic},
        files::Files,
        leaks::{Exceptions, Leak, find_in},
    },
    catalog::{
        Catalog,
        finding::{Finding, diagnose},
        issue::Issue,
        outside::is_from_extract,
    },
};

/// Reports fields of the catalog that look like credentials, sorted by place. Pages do not show these
/// reports, so that a site does not tell where credentials are.
pub fn lint_leaks(
    files: &dyn Files,
    catalog: &Catalog,
    exceptions: &Exceptions,
) -> Vec<Diagnostic> {
    let entities = catalog.entities().par_iter().filter(|entity| !is_from_extract(entity));
    let leaks = entities.flat_map_iter(|entity| {
        let issues = issues(&entity.document, exceptions).into_iter();
        issues.map(move |issue| {
            let message = format!("{} `{}`: {}", entity.kind(), entity.name(), issue.message);
            (entity, Issue { message, ..issue })
        })
    });
    let findings = leaks
        .map(|(entity, issue)| Finding::new(entity.fragment_of(&issue.pointer), issue))
        .collect();
    let mut problems = diagnose(files, findings);
    diagnostics::sort(&mut problems);
    problems
}

/// Reports fields of an entity that look like credentials. Messages have the field and the rule, never
/// the value.
pub fn issues(document: &Value, exceptions: &Exceptions) -> Vec<Issue> {
    let issue = |(pointer, leak): (String, Leak)| {
        let field = pointer.trim_start_matches('/').replace('/', ".");
        let message = format!("`{field}` looks like {} (rule `{}`)", leak.what, leak.rule);
        Issue::warning("secret-in-catalog", pointer, message).hint(
            "remove it and replace the credential: whoever reads the repository knows it; \
             `secrets` in `callboard.yaml` can say that it is none",
        )
    };
    find_in(document, exceptions).into_iter().map(issue).collect()
}
