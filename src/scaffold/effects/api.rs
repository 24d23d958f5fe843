//! Things that a server makes or sets through its API: each is looked up, and made when it is not there.

mod ending;
mod faults;
mod wait;

use callboard_planner::{
    Effect,
    effect::{ApiInput, Call, Lookup, Owner, Resource, contains},
    engine::{path_part, refuse_reserved_keys},
};
pub(super) use faults::{fault, plain_fault};
use serde_json::Value;

use super::{
    Comparison, EffectResult, Executor, Fault, Mark, Output, Probe, Watch, World,
    secrets::{with_sealed, without_secrets},
};
use crate::forge::{ApiError, Client};

pub(super) struct ApiResources;

/// What a lookup finds.
enum State {
    /// Nothing.
    Absent,
    /// What this request makes: the server's answer.
    Ours(Value),
    /// A setting with other values: the server's answer.
    Different(Value),
    /// Something of somebody else: the server's answer.
    Foreign(Value),
    /// Something that is being deleted.
    Ending,
    /// The server cannot be asked.
    Unknowable,
}

impl Executor for ApiResources {
    fn probe(&self, effect: &Effect, mark: &Mark<'_>, world: &World<'_>) -> Result<Probe, Fault> {
        let input: ApiInput = without_secrets(effect)?;
        let client = client(&input, world)?;
        let mut output = Output::new();
        let (mut is_complete, mut is_knowable) = (input.wait.is_none(), true);
        for resource in &input.resources {
            match state(&client, resource, mark)? {
                State::Ours(value) => output.extend(outputs(resource, &value)),
                State::Absent => {
                    // What is not there may only be hidden from nobody.
                    client.check_credential().map_err(|error| fault(&error, None))?;
                    is_complete = false;
                }
                State::Different(_) => is_complete = false,
                State::Foreign(_) => return Ok(Probe::Foreign(foreign(resource))),
                State::Ending => return Ok(Probe::Foreign(ending::text(&resource.name))),
                State::Unknowable => (is_complete, is_knowable) = (false, false),
            }
        }
        Ok(match (is_complete, is_knowable) {
            (true, _) => Probe::Ours(output),
            (false, true) => Probe::Absent,
            (false, false) => Probe::Unknowable,
        })
    }

    fn act(
        &self,
        effect: &Effect,
        mark: &Mark<'_>,
        world: &World<'_>,
        watch: &mut dyn Watch,
    ) -> Result<EffectResult, Fault> {
        let input: ApiInput = world.read(effect)?;
        let client = client(&input, world)?;
        let mut output = Output::new();
        // The only thing of an effect was looked up a moment before, unless a call needs what was found.
        let is_looked_up = matches!(
            &*input.resources,
            [only] if only.update.is_none() && only.create.found.is_empty()
        );
        for resource in &input.resources {
            let state = match is_looked_up {
                true => State::Absent,
                false => state(&client, resource, mark)?,
            };
            let (call, found) = match state {
                State::Ours(value) => {
                    output.extend(outputs(resource, &value));
                    continue;
                }
                State::Foreign(_) => return Err(Fault::Conflict { message: foreign(resource) }),
                State::Ending => {
                    return Err(Fault::Conflict { message: ending::text(&resource.name) });
                }
                State::Different(found) if let Some(update) = &resource.update => {
                    (update.clone(), found)
                }
                State::Different(found) => {
                    (with_inputs(&client, resource, &resource.create)?, found)
                }
                State::Absent | State::Unknowable => {
                    (with_inputs(&client, resource, creation(&client, resource))?, Value::Null)
                }
            };
            let call = with_found(call, &found)?;
            let call = with_sealed(&client, resource, call)?;
            ending::check_place(&client, &call)?;
            match make(&client, resource, &call) {
                Ok(value) => output.extend(outputs(resource, &value)),
                Err(error) => match tolerated(resource, &error) {
                    Some(line) => drop(watch.tell(&[line])),
                    None => return Err(fault(&error, Some(&call))),
                },
            }
        }
        if let Some(wait) = &input.wait {
            output.extend(wait::until_ended(&client, wait, world, watch)?);
        }
        Ok(output.into())
    }

    fn compare(
        &self,
        effect: &Effect,
        done: &Output,
        mark: &Mark<'_>,
        world: &World<'_>,
    ) -> Result<Comparison, Fault> {
        let input: ApiInput = without_secrets(effect)?;
        let client = client(&input, world)?;
        for resource in &input.resources {
            let comparison = compare(&client, resource, done, mark)?;
            if comparison != Comparison::Same {
                return Ok(comparison);
            }
        }
        Ok(Comparison::Same)
    }

    fn undo(
        &self,
        effect: &Effect,
        done: &Output,
        _: &Mark<'_>,
        world: &World<'_>,
    ) -> Result<(), Fault> {
        let input: ApiInput = without_secrets(effect)?;
        let client = client(&input, world)?;
        for resource in input.resources.iter().rev() {
            let Some(undo) = &resource.undo else { continue };
            let mut found = Value::Null;
            if let Some(lookup) = &resource.lookup {
                let value = look_up(&client, lookup, Some(&resource.owner));
                let Some(value) = value.map_err(|e| fault(&e, None))? else { continue };
                let now = outputs(resource, &value);
                // What has no id is known by its mark.
                let is_unmarked = match &resource.owner {
                    Owner::Marked { pointer, mark } if now.is_empty() => {
                        !has_mark(&value, pointer, mark)
                    }
                    _ => false,
                };
                if is_unmarked || now.iter().any(|(name, value)| done.get(name) != Some(value)) {
                    let message = format!("{} is another one than the run made", resource.name);
                    return Err(Fault::Conflict { message });
                }
                found = value;
            }
            let undo = with_found(undo.clone(), &found)?;
            match send(&client, &undo) {
                Ok(_) => {}
                Err(error) if error.status() == Some(404) => {}
                Err(error) => return Err(fault(&error, Some(&undo))),
            }
        }
        Ok(())
    }
}

fn client<'w>(input: &ApiInput, world: &World<'w>) -> Result<Client<'w>, Fault> {
    let credential = world.credential_of(&input.credential);
    let client = Client::new(world.connections, input.api, &input.base, credential, world.redactor);
    client.map_err(|error| Fault::rejected(&error))
}

/// Looks whether a thing is there, and whose it is.
fn state(client: &Client<'_>, resource: &Resource, mark: &Mark<'_>) -> Result<State, Fault> {
    let Some(lookup) = &resource.lookup else {
        return Ok(match &resource.owner {
            // A repetition changes nothing.
            Owner::Hidden => State::Absent,
            _ => State::Unknowable,
        });
    };
    let value = look_up(client, lookup, Some(&resource.owner));
    let Some(value) = value.map_err(|error| fault(&error, None))? else {
        return Ok(State::Absent);
    };
    if client.is_ending(&value) {
        return Ok(State::Ending);
    }
    Ok(match &resource.owner {
        Owner::Hidden => State::Absent,
        Owner::Marked { pointer, mark } if !has_mark(&value, pointer, mark) => {
            State::Foreign(value)
        }
        Owner::Unmarked if mark.may_be_done => State::Ours(value),
        Owner::Unmarked => State::Foreign(value),
        Owner::Setting { values } if contains(&value, values) => State::Ours(value),
        Owner::Setting { .. } => State::Different(value),
        Owner::Marked { .. } | Owner::OneOf { .. } | Owner::Shared => State::Ours(value),
    })
}

/// Compares a thing that a run made with what is there now. Its mark may be gone, because a description that a person
/// writes replaces it; then its id says that it is the same.
fn compare(
    client: &Client<'_>,
    resource: &Resource,
    done: &Output,
    mark: &Mark<'_>,
) -> Result<Comparison, Fault> {
    let name = &resource.name;
    let (value, is_ours) = match state(client, resource, mark)? {
        State::Absent if resource.owner == Owner::Hidden => {
            return Ok(Comparison::Unknown(format!("the server does not show {name}")));
        }
        State::Unknowable => {
            return Ok(Comparison::Unknown(format!("nobody can ask about {name}")));
        }
        State::Absent | State::Different(_) if !resource.tolerated.is_empty() => {
            return Ok(Comparison::Unknown(format!("{name} is not there, or was left out")));
        }
        State::Absent if resource.lookup.as_ref().is_some_and(|lookup| lookup.newest) => {
            return Ok(Comparison::Unknown(format!("{name} is not among the newest")));
        }
        State::Absent => return Ok(Comparison::Gone(format!("{name} is gone"))),
        State::Different(_) => {
            return Ok(Comparison::Different(format!("{name} has other values")));
        }
        State::Ours(value) => (value, true),
        State::Foreign(value) => (value, false),
        State::Ending => return Ok(Comparison::Different(ending::text(&resource.name))),
    };
    let now = outputs(resource, &value);
    let is_known = is_ours || !now.is_empty();
    let is_same = now.iter().all(|(name, value)| done.get(name).is_none_or(|then| then == value));
    Ok(match is_known && is_same {
        true => Comparison::Same,
        false => Comparison::Different(format!("{name} is another one than the run made")),
    })
}

fn has_mark(value: &Value, pointer: &str, mark: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_str).is_some_and(|text| text.contains(mark))
}

/// Asks the server for a thing; `None` when it is not there. Of many an owner wants the one with the mark.
pub(super) fn look_up(
    client: &Client<'_>,
    lookup: &Lookup,
    owner: Option<&Owner>,
) -> Result<Option<Value>, ApiError> {
    let path = lookup.path.as_str().unwrap_or_default();
    let is_wanted = |value: &Value| {
        let is_owned = match owner {
            Some(Owner::OneOf { pointer, mark }) => {
                mark.as_str().is_some_and(|mark| has_mark(value, pointer, mark))
            }
            _ => true,
        };
        is_owned && contains(value, &lookup.having)
    };
    let found = match &lookup.items {
        Some(items) if lookup.newest => {
            client.send(crate::base::http::Method::Get, path, &Value::Null).map(|answer| {
                let page = answer.body.pointer(items).and_then(Value::as_array);
                page.into_iter().flatten().find(|item| is_wanted(item)).cloned()
            })
        }
        Some(items) => client.find(path, items, &is_wanted),
        None => client
            .send(crate::base::http::Method::Get, path, &Value::Null)
            .map(|answer| Some(answer.body).filter(is_wanted)),
    };
    match found {
        Err(error) if error.status() == Some(404) => Ok(None),
        found => found,
    }
}

/// The call that makes a thing: the first alternative whose question the server answers as wanted, or the usual one.
fn creation<'r>(client: &Client<'_>, resource: &'r Resource) -> &'r Call {
    // A credential that may not ask is one for which the alternative is not meant.
    let holds = |lookup: &Lookup| look_up(client, lookup, None).is_ok_and(|found| found.is_some());
    let alternative = resource.alternatives.iter().find(|alternative| holds(&alternative.when));
    alternative.map_or(&resource.create, |alternative| &alternative.call)
}

/// A call with the values that only the server knows.
fn with_inputs(client: &Client<'_>, resource: &Resource, call: &Call) -> Result<Call, Fault> {
    let mut call = call.clone();
    for input in &resource.inputs {
        let found = look_up(client, &input.lookup, None).map_err(|error| fault(&error, None))?;
        let value = found.as_ref().and_then(|thing| thing.pointer(&input.value));
        let (Some(value), Some(place)) = (value, call.body.pointer_mut(&input.place)) else {
            let what = &input.of;
            let message = format!("{what} does not exist, or the credential may not see it");
            return Err(Fault::Rejected { message });
        };
        *place = value.clone();
    }
    Ok(call)
}

/// Makes a thing; returns what the server says of it, from a lookup where its answer lacks an output.
fn make(client: &Client<'_>, resource: &Resource, call: &Call) -> Result<Value, ApiError> {
    let value = send(client, call)?;
    let lacks = resource.output.values().any(|pointer| value.pointer(pointer).is_none());
    match &resource.lookup {
        Some(lookup) if lacks => {
            Ok(look_up(client, lookup, Some(&resource.owner))?.unwrap_or(value))
        }
        _ => Ok(value),
    }
}

/// A call with the values that the lookup of its thing has found.
fn with_found(mut call: Call, found: &Value) -> Result<Call, Fault> {
    for (place, pointer) in std::mem::take(&mut call.found) {
        let value = found.pointer(&pointer).filter(|value| !value.is_null());
        let lacking = || {
            let message = format!("the server has not said `{pointer}`, which a call needs");
            Fault::Rejected { message }
        };
        let value = value.ok_or_else(lacking)?;
        if place.starts_with('/') {
            *call.body.pointer_mut(&place).ok_or_else(lacking)? = value.clone();
        } else {
            let part = path_part(value);
            let path = call.path.as_str().unwrap_or_default();
            let path = path.replace(&format!("{{{place}}}"), part.as_str().unwrap_or_default());
            call.path = path.into();
        }
    }
    Ok(call)
}

fn send(client: &Client<'_>, call: &Call) -> Result<Value, ApiError> {
    let path = call.path.as_str().unwrap_or_default();
    client.send(call.method.into(), path, &call.body).map(|answer| answer.body)
}

fn outputs(resource: &Resource, value: &Value) -> Output {
    let output = |(name, pointer): (&String, &String)| {
        (name.clone(), value.pointer(pointer).and_then(plain).unwrap_or_default())
    };
    resource.output.iter().map(output).collect()
}

/// A value that a server gave, unless it has a key that is reserved for what is known after apply: a server cannot make up
/// such a value, which could be a reference to a secret.
fn plain(value: &Value) -> Option<Value> {
    refuse_reserved_keys(value).ok().map(|()| value.clone())
}

/// The line of the log about a refusal that the plan foresees.
fn tolerated(resource: &Resource, error: &ApiError) -> Option<String> {
    let ApiError::Refused(refused) = error else { return None };
    let is_foreseen = |refusal: &&callboard_planner::effect::Refusal| {
        refusal.status == refused.status && refused.message.contains(&refusal.text)
    };
    let refusal = resource.tolerated.iter().find(is_foreseen)?;
    Some(format!("{} is left out: {}", resource.name, refusal.meaning))
}

fn foreign(resource: &Resource) -> String {
    format!("{} exists already, and was not made by this request", resource.name)
}
