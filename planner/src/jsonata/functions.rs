//! Built-in functions: the list of them, and those of lists, maps and functions.

use serde_json::{Map, Value as Json, json};

use super::{
    JsonataError, callbacks,
    evaluator::{Evaluated, Evaluator},
    texts,
    transform::is_hidden,
    value::{Function, Value, equal, number, weight},
};
use crate::base::text::did_you_mean;

/// Functions whose first argument is the context when it is left out, and how many arguments they need.
const OF_CONTEXT: &[(&str, usize)] = &[
    ("abs", 1),
    ("boolean", 1),
    ("ceil", 1),
    ("contains", 2),
    ("floor", 1),
    ("keys", 1),
    ("length", 1),
    ("lookup", 2),
    ("lowercase", 1),
    ("not", 1),
    ("number", 1),
    ("pad", 2),
    ("power", 2),
    ("replace", 3),
    ("round", 1),
    ("split", 2),
    ("spread", 1),
    ("sqrt", 1),
    ("string", 1),
    ("substring", 2),
    ("substringAfter", 2),
    ("substringBefore", 2),
    ("trim", 1),
    ("uppercase", 1),
];

/// All other functions.
const OTHERS: &[&str] = &[
    "append", "assert", "average", "count", "distinct", "each", "error", "exists", "filter",
    "join", "map", "max", "merge", "min", "reduce", "reverse", "sift", "single", "sort", "sum",
    "type", "zip",
];

/// Functions of the language that are left out: they are not the same each time, or need what is not here.
const LEFT_OUT: &[&str] = &[
    "base64decode",
    "base64encode",
    "clone",
    "decodeUrl",
    "decodeUrlComponent",
    "encodeUrl",
    "encodeUrlComponent",
    "eval",
    "formatBase",
    "formatInteger",
    "formatNumber",
    "fromMillis",
    "match",
    "millis",
    "now",
    "parseInteger",
    "random",
    "shuffle",
    "toMillis",
];

/// The function of a name. `None` for a name that the language does not have.
///
/// # Errors
/// The language has it, and this interpreter does not.
pub(super) fn named(name: &str) -> Evaluated<Option<&'static str>> {
    if LEFT_OUT.contains(&name) {
        return Err(JsonataError::Value(format!("the function `${name}` is not supported")));
    }
    let names = || OF_CONTEXT.iter().map(|(name, _)| *name).chain(OTHERS.iter().copied());
    let found = names().find(|known| *known == name);
    if found.is_none()
        && name.chars().next().is_some_and(char::is_alphabetic)
        && name.len() > 3
        && let Some(hint) = did_you_mean(name, names())
    {
        let hint = hint.replacen('`', "`$", 1);
        return Err(JsonataError::Value(format!("there is nothing called `${name}`: {hint}")));
    }
    Ok(found)
}

/// The arguments of a call.
pub(super) struct Arguments<'a> {
    name: &'static str,
    values: &'a mut [Value],
}

impl Arguments<'_> {
    pub(super) fn wrong<T>(&self, what: &str) -> Evaluated<T> {
        Err(JsonataError::Value(format!("`${}` needs {what}", self.name)))
    }

    pub(super) fn take(&mut self, index: usize) -> Value {
        let value = self.values.get_mut(index);
        value.map_or(Value::Undefined, |value| std::mem::replace(value, Value::Undefined))
    }

    pub(super) fn is_missing(&self, index: usize) -> bool {
        matches!(self.values.get(index), None | Some(Value::Undefined))
    }

    pub(super) fn text(&mut self, index: usize) -> Evaluated<String> {
        match self.take(index) {
            Value::Item(Json::String(text)) => Ok(text),
            _ => self.wrong("a text"),
        }
    }

    pub(super) fn number(&mut self, index: usize) -> Evaluated<f64> {
        match self.take(index) {
            Value::Item(Json::Number(number)) => Ok(number.as_f64().unwrap_or_default()),
            _ => self.wrong("a number"),
        }
    }

    fn numbers(&mut self, index: usize) -> Evaluated<Vec<f64>> {
        let items = self.take(index).into_items();
        let numbers: Option<Vec<f64>> = items.iter().map(Json::as_f64).collect();
        numbers.map_or_else(|| self.wrong("numbers"), Ok)
    }

    pub(super) fn map(&mut self, index: usize) -> Evaluated<Map<String, Json>> {
        match self.take(index) {
            Value::Item(Json::Object(map)) => Ok(map),
            _ => self.wrong("a map"),
        }
    }

    pub(super) fn function(&mut self, index: usize) -> Evaluated<Function> {
        match self.take(index) {
            Value::Function(function) => Ok(function),
            _ => self.wrong("a function"),
        }
    }
}

/// Calls a built-in function.
pub(super) fn call(
    evaluator: &Evaluator<'_>,
    name: &'static str,
    mut values: Vec<Value>,
    context: Option<&Json>,
) -> Evaluated {
    let needed = OF_CONTEXT.iter().find(|(known, _)| *known == name).map(|(_, needed)| *needed);
    if needed.is_some_and(|needed| values.len() + 1 == needed) {
        values.insert(0, context.map(|json| evaluator.copy(json)).transpose()?.into());
    }
    let cost = values.iter().map(|value| match value {
        Value::Item(item) => weight(item),
        Value::Sequence(items, _) => items.iter().map(weight).sum(),
        Value::Undefined | Value::Function(_) => 1,
    });
    evaluator.pay(cost.sum())?;
    let mut arguments = Arguments { name, values: &mut values };
    match name {
        "exists" => return Ok(item(!arguments.is_missing(0))),
        "count" => return Ok(item(arguments.take(0).into_items().len())),
        "append" => return Ok(append(arguments.take(0), arguments.take(1))),
        "error" => return Err(JsonataError::Value(arguments.text(0).unwrap_or_default())),
        "assert" => {
            return match arguments.take(0).is_true() {
                true => Ok(Value::Undefined),
                false => Err(JsonataError::Value(
                    arguments.text(1).unwrap_or_else(|_| "an assertion failed".to_owned()),
                )),
            };
        }
        _ if arguments.is_missing(0) => return Ok(Value::Undefined),
        _ => {}
    }
    if let Some(value) = texts::call(evaluator, name, &mut arguments)? {
        return Ok(value);
    }
    match name {
        "sum" | "max" | "min" | "average" => {
            let numbers = arguments.numbers(0)?;
            let sum = || numbers.iter().sum::<f64>();
            let result = match name {
                "sum" => Some(sum()),
                "max" => numbers.iter().copied().reduce(f64::max),
                "min" => numbers.iter().copied().reduce(f64::min),
                _ => (!numbers.is_empty()).then(|| sum() / numbers.len() as f64),
            };
            Ok(result.map(number).transpose()?.into())
        }
        "boolean" => Ok(item(arguments.take(0).is_true())),
        "not" => Ok(item(!arguments.take(0).is_true())),
        "type" => Ok(item(kind(&arguments.take(0)))),
        "reverse" => {
            let mut items = arguments.take(0).into_items();
            items.reverse();
            Ok(Value::Item(items.into()))
        }
        "distinct" => distinct(evaluator, arguments.take(0)),
        "zip" => {
            let lists: Vec<_> =
                (0..arguments.values.len()).map(|at| arguments.take(at).into_items()).collect();
            let length = lists.iter().map(Vec::len).min().unwrap_or(0);
            let row = |at: usize| lists.iter().map(|list| list[at].clone()).collect::<Json>();
            Ok(Value::Item((0..length).map(row).collect()))
        }
        "map" | "filter" | "single" | "reduce" | "sift" | "each" | "sort" => {
            callbacks::call(evaluator, name, &mut arguments)
        }
        _ => of_maps(name, &mut arguments),
    }
}

pub(super) fn item(json: impl Into<Json>) -> Value {
    Value::Item(json.into())
}

fn append(one: Value, other: Value) -> Value {
    match (&one, &other) {
        (Value::Undefined, _) => return other,
        (_, Value::Undefined) => return one,
        _ => {}
    }
    let mut items = one.into_items();
    items.extend(other.into_items());
    Value::Sequence(items, true)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Undefined => "undefined",
        Value::Function(_) => "function",
        Value::Sequence(..) | Value::Item(Json::Array(_)) => "array",
        Value::Item(Json::Null) => "null",
        Value::Item(Json::Bool(_)) => "boolean",
        Value::Item(Json::Number(_)) => "number",
        Value::Item(Json::String(_)) => "string",
        Value::Item(Json::Object(_)) => "object",
    }
}

fn distinct(evaluator: &Evaluator<'_>, value: Value) -> Evaluated {
    if !matches!(value, Value::Sequence(..) | Value::Item(Json::Array(_))) {
        return Ok(value);
    }
    let mut found: Vec<Json> = Vec::new();
    for item in value.into_items() {
        evaluator.pay(found.iter().map(weight).sum())?;
        if !found.iter().any(|known| equal(known, &item)) {
            found.push(item);
        }
    }
    Ok(Value::Sequence(found, true))
}

fn of_maps(name: &str, arguments: &mut Arguments<'_>) -> Evaluated {
    match name {
        "keys" => {
            let mut keys: Vec<Json> = Vec::new();
            for value in arguments.take(0).into_items() {
                let Json::Object(map) = value else { continue };
                for key in map.keys().filter(|key| !is_hidden(key)) {
                    if !keys.iter().any(|known| known == key) {
                        keys.push(key.as_str().into());
                    }
                }
            }
            Ok(Value::Sequence(keys, false))
        }
        "lookup" => {
            let value = arguments.take(0);
            let key = arguments.text(1)?;
            let found = value.into_items().into_iter().filter_map(|item| item.get(&key).cloned());
            Ok(Value::Sequence(found.collect(), false))
        }
        "spread" => {
            let mut found = Vec::new();
            for value in arguments.take(0).into_items() {
                match value {
                    Json::Object(map) => {
                        let visible = map.into_iter().filter(|(key, _)| !is_hidden(key));
                        found.extend(visible.map(|(key, value)| json!({key: value})));
                    }
                    other => found.push(other),
                }
            }
            Ok(Value::Sequence(found, false))
        }
        _ => {
            let mut merged = Map::new();
            for value in arguments.take(0).into_items() {
                match value {
                    Json::Object(map) => merged.extend(map),
                    _ => return arguments.wrong("maps"),
                }
            }
            Ok(Value::Item(merged.into()))
        }
    }
}
