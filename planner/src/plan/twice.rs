//! Checks that no two effects of a plan make the same thing.
//!
//! An executor looks for a thing by its name and by the mark of the request before it makes it. So it would take the thing of
//! an earlier turn for that of a later one, and make one of the two only.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{PlannedStatus, PlannedStep};
use crate::{
    actions::PlanContext,
    base::diagnostics::Diagnostic,
    catalog::Issue,
    effect::{ApiInput, Effect, EffectKind, Method, Owner, Resource},
    engine,
};

/// What an effect makes.
struct Made<'e> {
    effect: &'e Effect,
    /// What it is, for people.
    name: String,
    /// The whole, when making it a second time with the same values changes nothing.
    declared: Option<Value>,
}

/// Checks the effects of all steps that run.
///
/// # Errors
/// Two effects make the same thing; the place is the step of the later one.
pub(super) fn check(cx: &PlanContext<'_>, steps: &[PlannedStep]) -> Result<(), Vec<Diagnostic>> {
    let mut made: BTreeMap<String, Made<'_>> = BTreeMap::new();
    let mut problems = Vec::new();
    // Of steps that may run there can be alternatives, of which one makes the thing.
    for step in steps.iter().filter(|step| step.state == PlannedStatus::Planned) {
        for (identity, new) in step.effects.iter().flat_map(things) {
            let Some(before) = made.get(&identity) else {
                made.insert(identity, new);
                continue;
            };
            let is_same = before.declared.is_some() && before.declared == new.declared;
            if !is_same && before.effect.id != new.effect.id {
                let index = cx.template.steps.iter().position(|other| other.id == step.id);
                let pointer = format!("/spec/steps/{}", index.unwrap_or_default());
                let (one, other) = (&before.effect.id, &new.effect.id);
                let message = format!("`{other}` makes {}, and so does `{one}`", new.name);
                let issue = Issue::error("name-taken", pointer, message);
                let hint = "give each another name, or make it once";
                problems.push(cx.template.diagnostic(issue.hint(hint)));
            }
        }
    }
    problems.dedup();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// What an effect makes, each with what only this thing has. A thing of which a part is known only after apply is left out.
fn things(effect: &Effect) -> Vec<(String, Made<'_>)> {
    // One step may make a repository through an API, and another one push its first commit.
    let claims = effect.claims.iter().map(|claim| {
        let identity = format!("{} {claim}", effect.kind.as_str());
        (identity, Made { effect, name: claim.to_string(), declared: None })
    });
    let mut all: Vec<_> = claims.collect();
    if effect.kind == EffectKind::Api
        && let Ok(input) = serde_json::from_value::<ApiInput>(effect.input.clone())
    {
        for resource in &input.resources {
            let identities = identities(&input.base, resource);
            all.extend(identities.into_iter().map(|identity| (identity, thing(effect, resource))));
        }
    }
    all
}

fn thing<'e>(effect: &'e Effect, resource: &Resource) -> Made<'e> {
    let is_repeatable = resource.create.method != Method::Post && is_marked(&resource.owner);
    let declared =
        is_repeatable.then(|| serde_json::to_value(&resource.create).unwrap_or_default());
    Made { effect, name: resource.name.clone(), declared }
}

fn is_marked(owner: &Owner) -> bool {
    matches!(owner, Owner::Marked { .. })
}

/// How a resource that is made once is looked up, and the path at which a call makes it that would replace it. Settings, and
/// what many share, are none.
fn identities(base: &str, resource: &Resource) -> Vec<String> {
    let mark = match &resource.owner {
        Owner::OneOf { mark, .. } => mark.clone(),
        Owner::Marked { .. } | Owner::Unmarked => Value::Null,
        Owner::Setting { .. } | Owner::Shared | Owner::Hidden => return Vec::new(),
    };
    let Some(lookup) = &resource.lookup else { return Vec::new() };
    // What is found in the same place by the same values may be several resources of one effect, each with its own call.
    let create = (resource.create.method != Method::Post).then(|| resource.create.path.clone());
    let by_lookup = serde_json::json!([
        base,
        lookup.path,
        lookup.having,
        mark,
        create.clone().unwrap_or_default()
    ]);
    let by_path = create.map(|path| serde_json::json!([base, path]));
    let known = [Some(by_lookup), by_path].into_iter().flatten();
    known.filter(|parts| !engine::contains_unknown(parts)).map(|parts| parts.to_string()).collect()
}
