//! Names that a request would take must be free.

use super::Effect;
use crate::{
    base::diagnostics::Diagnostic,
    catalog::{EntityRef, Issue},
    scaffold::{
        actions::Situation,
        effects::REQUEST_ANNOTATION,
        parameters::{parameter_of, pointer_of},
        request::{self, Request},
    },
};

/// Checks that no other request has made, or asks for, the entities that this one registers.
pub(super) fn check<'e>(
    situation: &Situation<'_>,
    effects: impl Iterator<Item = &'e Effect>,
) -> Result<(), Vec<Diagnostic>> {
    let registered: Vec<_> = effects
        .filter_map(|effect| match effect {
            Effect::RegisterEntity(effect) => Some(&effect.reference),
            Effect::CreateRepository(_) => None,
        })
        .collect();
    let mut issues: Vec<_> =
        registered.iter().filter_map(|reference| taken(situation, reference)).collect();
    if issues.is_empty() {
        issues.extend(asked_for(situation, &registered));
    }
    if issues.is_empty() {
        return Ok(());
    }
    let problems = issues.into_iter().map(|i| situation.request.diagnostic(i));
    Err(problems.collect())
}

/// The entity exists. One that this very request registered is no obstacle: a run may be resumed.
fn taken(situation: &Situation<'_>, reference: &EntityRef) -> Option<Issue> {
    let entity = situation.catalog.get(reference)?;
    if entity.annotation(REQUEST_ANNOTATION) == Some(situation.request.id.as_str()) {
        return None;
    }
    let parameter = parameter_of(situation.parameters, reference.name());
    let file = &entity.fragments[entity.fragments.len() - 1].file;
    Some(
        Issue::error(
            "name-taken",
            pointer_of(parameter.as_deref()),
            format!("`{reference}` exists already"),
        )
        .hint(format!("choose another name; it is in `{file}`")),
    )
}

/// Another request gives the same value to the parameter that names an entity.
fn asked_for(situation: &Situation<'_>, registered: &[&EntityRef]) -> Vec<Issue> {
    let mut issues = Vec::new();
    for other in others(situation) {
        for reference in registered {
            let Some(parameter) = parameter_of(situation.parameters, reference.name()) else {
                continue;
            };
            let value = other.parameters.get(&parameter).and_then(|v| v.as_str());
            if value.is_some_and(|value| value.eq_ignore_ascii_case(reference.name())) {
                let message = format!("`{reference}` is asked for by another request");
                issues.push(
                    Issue::error("name-taken", pointer_of(Some(&parameter)), message)
                        .hint(format!("choose another name, or see `{}`", other.file)),
                );
            }
        }
    }
    issues
}

/// The portal's other requests; those that cannot be read are reported when they are planned.
fn others(situation: &Situation<'_>) -> Vec<Request> {
    let mut requests = request::readable(situation.portal);
    requests.retain(|request| request.id != situation.request.id);
    requests
}
