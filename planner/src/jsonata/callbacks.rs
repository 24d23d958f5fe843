//! Built-in functions that call another function for each item of a list or map.

use serde_json::{Map, Value as Json};

use super::{
    evaluator::{Evaluated, Evaluator},
    functions::{Arguments, item},
    transform::is_hidden,
    value::{Function, Value},
};

/// Calls a function of lists or maps that calls another for each item.
pub(super) fn call(
    evaluator: &Evaluator<'_>,
    name: &str,
    arguments: &mut Arguments<'_>,
) -> Evaluated {
    match name {
        "map" => {
            let (items, function) = (arguments.take(0).into_items(), arguments.function(1)?);
            let mut found = Vec::new();
            for (at, item) in items.into_iter().enumerate() {
                found.extend(with(evaluator, &function, item, at)?.into_json());
            }
            Ok(Value::Sequence(found, false))
        }
        "filter" | "single" => {
            let (items, function) = (arguments.take(0).into_items(), arguments.function(1)?);
            let mut found = Vec::new();
            for (at, item) in items.into_iter().enumerate() {
                if with(evaluator, &function, evaluator.copy(&item)?, at)?.is_true() {
                    found.push(item);
                }
            }
            match name {
                "single" if found.len() != 1 => arguments.wrong("exactly one item that fits"),
                _ => Ok(Value::Sequence(found, false)),
            }
        }
        "reduce" => {
            let (items, function) = (arguments.take(0).into_items(), arguments.function(1)?);
            let mut items = items.into_iter();
            let first = match arguments.take(2) {
                Value::Undefined => items.next().into(),
                first => first,
            };
            items.try_fold(first, |sum, item| {
                evaluator.call(&function, vec![sum, Value::Item(item)], None)
            })
        }
        "sort" => {
            let mut items = arguments.take(0).into_items();
            if !arguments.is_missing(1) {
                let function = arguments.function(1)?;
                return merge_sort(evaluator, items, &function)
                    .map(|items| Value::Item(items.into()));
            }
            let is_sortable =
                items.iter().all(Json::is_number) || items.iter().all(Json::is_string);
            if !is_sortable {
                return arguments.wrong("numbers or texts, or a function that compares");
            }
            items.sort_by(|one, other| match (one.as_f64(), other.as_f64()) {
                (Some(one), Some(other)) => one.total_cmp(&other),
                _ => one.as_str().cmp(&other.as_str()),
            });
            Ok(Value::Item(items.into()))
        }
        _ => {
            let (map, function) = (arguments.map(0)?, arguments.function(1)?);
            let (mut kept, mut found) = (Map::new(), Vec::new());
            for (key, value) in map.into_iter().filter(|(key, _)| !is_hidden(key)) {
                let copy = Value::Item(evaluator.copy(&value)?);
                let result = evaluator.call(&function, vec![copy, item(key.as_str())], None)?;
                match name {
                    "sift" if result.is_true() => drop(kept.insert(key, value)),
                    "sift" => {}
                    _ => found.extend(result.into_json()),
                }
            }
            Ok(match (name, kept.is_empty()) {
                ("sift", true) => Value::Undefined,
                ("sift", false) => Value::Item(kept.into()),
                _ => Value::Sequence(found, false),
            })
        }
    }
}

/// Calls a function with an item and its index; a built-in one gets the item alone.
fn with(evaluator: &Evaluator<'_>, function: &Function, value: Json, index: usize) -> Evaluated {
    let mut arguments = vec![Value::Item(value)];
    if !matches!(function, Function::BuiltIn(_)) {
        arguments.push(item(index));
    }
    evaluator.call(function, arguments, None)
}

/// Sorts by a function that says whether its first argument comes behind its second.
fn merge_sort(
    evaluator: &Evaluator<'_>,
    mut items: Vec<Json>,
    function: &Function,
) -> Evaluated<Vec<Json>> {
    if items.len() < 2 {
        return Ok(items);
    }
    let right = items.split_off(items.len() / 2);
    let left = merge_sort(evaluator, items, function)?;
    let right = merge_sort(evaluator, right, function)?;
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    let mut sorted = Vec::new();
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        let pair = vec![Value::Item(evaluator.copy(one)?), Value::Item(evaluator.copy(other)?)];
        let is_behind = evaluator.call(function, pair, None)?.is_true();
        sorted.extend(if is_behind { right.next() } else { left.next() });
    }
    sorted.extend(left.chain(right));
    Ok(sorted)
}
