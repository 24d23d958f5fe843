//! The transform operator `|pattern|update, delete|`: a copy in which the maps that a pattern selects are changed.

use std::{collections::BTreeMap, rc::Rc};

use serde_json::{Map, Value as Json};

use super::{
    JsonataError,
    ast::Transform,
    evaluator::{Evaluated, Evaluator},
    scope::Scope,
    value::Value,
};

/// The key that numbers the maps of a copy while its pattern is evaluated, so that they are found again.
const NUMBER: &str = "\u{1}";

/// True for the key that expressions do not see.
pub(super) fn is_hidden(key: &str) -> bool {
    key == NUMBER
}

/// What happens to one map.
#[derive(Default)]
struct Change {
    set: Map<String, Json>,
    delete: Vec<String>,
}

/// Applies the operator to a value.
pub(super) fn apply(
    evaluator: &Evaluator<'_>,
    transform: &Transform,
    input: Value,
    scope: &Rc<Scope>,
) -> Evaluated {
    let Some(mut copy) = input.into_json() else {
        return Ok(Value::Undefined);
    };
    let mut count = 0;
    number(&mut copy, &mut count)?;
    evaluator.pay(count)?;
    let mut changes = BTreeMap::new();
    for mut found in evaluator.evaluate(&transform.pattern, Some(&copy), scope)?.into_items() {
        let at = found.get(NUMBER).and_then(Json::as_u64);
        let Some(at) = at else { continue };
        remove_numbers(&mut found);
        let mut change = Change::default();
        match evaluator.evaluate(&transform.update, Some(&found), scope)? {
            Value::Undefined => {}
            Value::Item(Json::Object(set)) => change.set = set,
            _ => {
                return Err(JsonataError::Value("an update of `|…|…|` is not a map".to_owned()));
            }
        }
        if let Some(delete) = &transform.delete {
            for name in evaluator.evaluate(delete, Some(&found), scope)?.into_items() {
                let Json::String(name) = name else {
                    let message = "what `|…|…|` deletes is not a list of names";
                    return Err(JsonataError::Value(message.to_owned()));
                };
                change.delete.push(name);
            }
        }
        changes.insert(at, change);
    }
    change(&mut copy, &mut changes);
    Ok(Value::Item(copy))
}

fn number(value: &mut Json, count: &mut u64) -> Evaluated<()> {
    match value {
        Json::Array(items) => items.iter_mut().try_for_each(|item| number(item, count)),
        Json::Object(map) => {
            if map.contains_key(NUMBER) {
                return Err(JsonataError::Value(format!("a map has the key {NUMBER:?}")));
            }
            map.values_mut().try_for_each(|item| number(item, count))?;
            map.insert(NUMBER.to_owned(), (*count).into());
            *count += 1;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn remove_numbers(value: &mut Json) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(remove_numbers),
        Json::Object(map) => {
            map.remove(NUMBER);
            map.values_mut().for_each(remove_numbers);
        }
        _ => {}
    }
}

/// Removes the numbers, and changes the maps that they name.
fn change(value: &mut Json, changes: &mut BTreeMap<u64, Change>) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(|item| change(item, changes)),
        Json::Object(map) => {
            let at = map.remove(NUMBER).and_then(|at| at.as_u64());
            map.values_mut().for_each(|item| change(item, changes));
            if let Some(Change { set, delete }) = at.and_then(|at| changes.remove(&at)) {
                map.extend(set);
                for name in &delete {
                    map.shift_remove(name);
                }
            }
        }
        _ => {}
    }
}
