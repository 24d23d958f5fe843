//! Claims: the repositories, entities and files that requests create, of which no two requests may create the same.
//!
//! Each of two requests that create the same repository has a valid plan, but only one of them can be applied. So
//! both are refused when they are planned.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    base::diagnostics::{Diagnostic, Place},
    plan::Plan,
    request::REQUESTS,
};

/// A repository, an entity or a file that a request creates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "lowercase")]
pub enum Claim {
    /// A repository, by its URL or path in lower case.
    Repository(String),
    /// An entity of the catalog, by its reference in lower case; its file follows from the reference.
    Entity(String),
    /// A file of the portal, by its path as [`RelativePath::folded`](crate::base::path::RelativePath::folded) returns
    /// it.
    File(String),
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository(place) => write!(f, "the repository `{place}`"),
            Self::Entity(reference) => write!(f, "the entity `{reference}`"),
            Self::File(path) => write!(f, "the file `{path}`"),
        }
    }
}

/// A run, and what it has made or will make.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'a> {
    /// The request of the run.
    pub request: &'a str,
    /// Its claims.
    pub claims: &'a [Claim],
}

/// Refuses each plan that claims what another plan or a run claims: the plan becomes a diagnostic that names
/// the other request. `beside` are plans of requests that wait to be applied; they are compared, not refused.
pub fn refuse_conflicts(
    plans: &mut [Result<Plan, Vec<Diagnostic>>],
    beside: &[Plan],
    runs: &[Holder<'_>],
) {
    let mut makers: BTreeMap<&Claim, Vec<&str>> = BTreeMap::new();
    let planned = plans.iter().flatten().chain(beside);
    let claims = planned.flat_map(|plan| plan.claims.iter().map(|claim| (claim, &*plan.request)));
    let runs = runs.iter().flat_map(|run| run.claims.iter().map(|claim| (claim, run.request)));
    for (claim, request) in claims {
        makers.entry(claim).or_default().push(request);
    }
    for (claim, request) in runs {
        // The run of the same request is no conflict.
        let known = makers.entry(claim).or_default();
        if !known.contains(&request) {
            known.push(request);
        }
    }
    let problems: Vec<_> = plans
        .iter()
        .map(|plan| plan.iter().flat_map(|plan| conflicts(plan, &makers)).collect::<Vec<_>>())
        .collect();
    for (plan, problems) in plans.iter_mut().zip(problems) {
        if !problems.is_empty() {
            *plan = Err(problems);
        }
    }
}

/// The claims of a plan that another request has, too. What a plan makes twice is refused by the plan itself.
fn conflicts(plan: &Plan, makers: &BTreeMap<&Claim, Vec<&str>>) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for claim in &plan.claims {
        let all = makers.get(claim).map(Vec::as_slice).unwrap_or_default();
        let Some(other) = all.iter().find(|other| **other != plan.request) else { continue };
        let place = Place::file(format!("{REQUESTS}/{}.yaml", plan.request));
        let message =
            format!("`{}` makes {claim}, and so does `{REQUESTS}/{other}.yaml`", plan.request);
        problems.push(Diagnostic::error("name-taken", place, message).hint("choose another name"));
    }
    problems.dedup();
    problems
}
