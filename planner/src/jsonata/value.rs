//! Values of an evaluation, and how they become each other.

use std::rc::Rc;

use serde_json::{Map, Number, Value as Json};

use super::{JsonataError, ast::Lambda, ast::Transform, scope::Scope};

/// A value: JSON, nothing, several, or a function.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Undefined,
    Item(Json),
    /// What a path selects. One of one item is that item, unless it stays a list.
    Sequence(Vec<Json>, bool),
    Function(Function),
}

/// Something that can be called.
#[derive(Debug, Clone)]
pub(super) enum Function {
    /// A built-in function, by its name.
    BuiltIn(&'static str),
    /// A function of the expression, with what its body can read.
    Lambda { lambda: Rc<Lambda>, scope: Rc<Scope>, context: Rc<Json> },
    /// The transform operator.
    Transform { transform: Rc<Transform>, scope: Rc<Scope> },
}

impl Value {
    /// A sequence as what it stands for.
    pub(super) fn collapsed(self) -> Self {
        match self {
            Self::Sequence(items, _) if items.is_empty() => Self::Undefined,
            Self::Sequence(mut items, false) if items.len() == 1 => {
                items.pop().map_or(Self::Undefined, Self::Item)
            }
            other => other,
        }
    }

    /// The value as JSON; `None` for undefined and functions.
    pub(super) fn into_json(self) -> Option<Json> {
        match self.collapsed() {
            Self::Undefined | Self::Function(_) => None,
            Self::Item(item) => Some(item),
            Self::Sequence(items, _) => Some(Json::Array(items)),
        }
    }

    /// The items of a list, or the value as the only item of one.
    pub(super) fn into_items(self) -> Vec<Json> {
        match self {
            Self::Undefined | Self::Function(_) => Vec::new(),
            Self::Item(Json::Array(items)) | Self::Sequence(items, _) => items,
            Self::Item(item) => vec![item],
        }
    }

    /// Whether it counts as true.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Undefined | Self::Function(_) => false,
            Self::Item(item) => is_true(item),
            Self::Sequence(items, _) => items.iter().any(is_true),
        }
    }
}

impl From<Option<Json>> for Value {
    fn from(json: Option<Json>) -> Self {
        json.map_or(Self::Undefined, Self::Item)
    }
}

/// Whether JSON counts as true: a list when an item does.
pub(super) fn is_true(json: &Json) -> bool {
    match json {
        Json::Null => false,
        Json::Bool(bool) => *bool,
        Json::Number(number) => number.as_f64().is_some_and(|number| number != 0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => items.iter().any(is_true),
        Json::Object(map) => !map.is_empty(),
    }
}

/// A number as JSON; whole ones without a point.
///
/// # Errors
/// It is infinite, or not a number.
pub(super) fn number(number: f64) -> Result<Json, JsonataError> {
    /// The largest integer up to which each is a number of its own.
    const MOST: f64 = 9_007_199_254_740_991.0;
    if number.fract() == 0.0 && number.abs() <= MOST {
        return Ok(Json::from(number as i64));
    }
    let wrong = || JsonataError::Value("a number is out of range".to_owned());
    Number::from_f64(number).map(Json::Number).ok_or_else(wrong)
}

/// Equality in which 1 and 1.0 are the same number.
pub(super) fn equal(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => one.as_f64() == other.as_f64(),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| equal(a, b))
        }
        (Json::Object(one), Json::Object(other)) => {
            let same = |(key, value): (&String, &Json)| {
                other.get(key).is_some_and(|other| equal(value, other))
            };
            one.len() == other.len() && one.iter().all(same)
        }
        _ => one == other,
    }
}

/// The text of a value, as `$string` gives it.
pub(super) fn text(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => normal(other).to_string(),
    }
}

/// The same value with whole numbers without a point.
pub(super) fn normal(json: &Json) -> Json {
    match json {
        Json::Number(float) if float.is_f64() => {
            float.as_f64().and_then(|float| number(float).ok()).unwrap_or_else(|| json.clone())
        }
        Json::Array(items) => items.iter().map(normal).collect(),
        Json::Object(map) => {
            map.iter().map(|(key, item)| (key.clone(), normal(item))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// The weight of a value that nests deeper than any may.
pub(super) const TOO_HEAVY: u64 = 1 << 40;
/// Deepest nesting of a value.
const DEEPEST_VALUE: usize = 120;

/// Roughly how many values a value has; [`TOO_HEAVY`] or more when it nests too deep.
pub(super) fn weight(json: &Json) -> u64 {
    weight_within(json, DEEPEST_VALUE)
}

fn weight_within(json: &Json, depth: usize) -> u64 {
    let Some(depth) = depth.checked_sub(1) else {
        return TOO_HEAVY;
    };
    match json {
        Json::Array(items) => 1 + items.iter().map(|item| weight_within(item, depth)).sum::<u64>(),
        Json::Object(map) => {
            1 + map.values().map(|item| 1 + weight_within(item, depth)).sum::<u64>()
        }
        Json::String(text) => 1 + text.len() as u64 / 16,
        _ => 1,
    }
}
