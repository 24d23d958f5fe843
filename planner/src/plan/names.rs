//! Checks that the names of entities that a request registers are free.

use crate::{
    actions::PlanContext,
    base::diagnostics::Diagnostic,
    catalog::{EntityRef, Issue, reference::DEFAULT_NAMESPACE},
    effect::{Effect, REQUEST_ANNOTATION},
    parameters::{parameter_of, pointer_of},
    request::{self, Request},
};

/// Checks that no other request has made, or asks for, the entities that this one registers.
pub(super) fn check<'e>(
    cx: &PlanContext<'_>,
    effects: impl Iterator<Item = &'e Effect>,
) -> Result<(), Vec<Diagnostic>> {
    let entities = effects.flat_map(Effect::entities);
    let registered: Vec<_> = entities
        .filter_map(|entity| EntityRef::parse(&entity.reference, None, DEFAULT_NAMESPACE).ok())
        .collect();
    let mut issues: Vec<_> =
        registered.iter().filter_map(|reference| taken(cx, reference)).collect();
    if issues.is_empty() {
        issues.extend(asked_for(cx, &registered));
    }
    if issues.is_empty() {
        return Ok(());
    }
    let problems = issues.into_iter().map(|i| cx.request.diagnostic(i));
    Err(problems.collect())
}

/// An entity exists that another request registered. One of the same request is allowed, because a run can be
/// resumed.
fn taken(cx: &PlanContext<'_>, reference: &EntityRef) -> Option<Issue> {
    let entity = cx.catalog.get(reference)?;
    if entity.annotation(REQUEST_ANNOTATION) == Some(cx.request.id.as_str()) {
        return None;
    }
    let parameter = parameter_of(cx.parameters, reference.name());
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

/// Another request has the same value for the parameter that names an entity.
fn asked_for(cx: &PlanContext<'_>, registered: &[EntityRef]) -> Vec<Issue> {
    let mut issues = Vec::new();
    for other in others(cx) {
        for reference in registered {
            let Some(parameter) = parameter_of(cx.parameters, reference.name()) else {
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
fn others(cx: &PlanContext<'_>) -> Vec<Request> {
    let mut requests = request::readable(cx.files);
    requests.retain(|request| request.id != cx.request.id);
    requests
}
