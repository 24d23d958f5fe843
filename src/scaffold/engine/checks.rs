//! The tests behind `is`. Pure functions; the parser resolves their names.

use super::coercion::dump;
use super::error::Complaint;
use super::operators::{compare, same};
use super::value::Value;

/// A test: its name and what it says of a value and its arguments.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) holds: fn(&Value, &[Value]) -> Result<bool, Complaint>,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! checks {
    ($($name:literal => $holds:expr,)*) => {
        static CHECKS: &[Check] = &[$(Check { name: $name, holds: $holds }),*];
    };
}

checks! {
    "callable" => |value, _| Ok(matches!(value, Value::Function(_))),
    "defined" => |value, _| Ok(!matches!(value, Value::Undefined)),
    "divisibleby" => |value, arguments| remainder(value, argument(arguments).to_number()?, 0.0),
    "eq" => |value, arguments| Ok(same(value, argument(arguments))),
    "equalto" => |value, arguments| Ok(same(value, argument(arguments))),
    "escaped" => |value, _| Ok(matches!(value, Value::Safe(_))),
    "even" => |value, _| remainder(value, 2.0, 0.0),
    "falsy" => |value, _| Ok(!value.truthy()),
    "ge" => |value, arguments| ordered(value, arguments, std::cmp::Ordering::is_ge),
    "greaterthan" => |value, arguments| ordered(value, arguments, std::cmp::Ordering::is_gt),
    "gt" => |value, arguments| ordered(value, arguments, std::cmp::Ordering::is_gt),
    "iterable" => |value, _| match value {
        Value::Undefined | Value::Null => Err(unfit("iterable", value)),
        _ => Ok(matches!(value, Value::Text(_) | Value::Safe(_) | Value::List(_))),
    },
    "le" => |value, arguments| ordered(value, arguments, std::cmp::Ordering::is_le),
    "lessthan" => |value, arguments| ordered(value, arguments, std::cmp::Ordering::is_lt),
    "lower" => |value, _| text("lower", value).map(|text| text.to_lowercase() == text),
    "lt" => |value, arguments| ordered(value, arguments, std::cmp::Ordering::is_lt),
    "mapping" => |value, _| Ok(matches!(value, Value::Map(_) | Value::Safe(_))),
    "ne" => |value, arguments| Ok(!same(value, argument(arguments))),
    "null" => |value, _| Ok(matches!(value, Value::Null)),
    "number" => |value, _| Ok(matches!(value, Value::Number(_))),
    "odd" => |value, _| remainder(value, 2.0, 1.0),
    "sameas" => |value, arguments| Ok(same(value, argument(arguments))),
    "string" => |value, _| Ok(matches!(value, Value::Text(_))),
    "truthy" => |value, _| Ok(value.truthy()),
    "undefined" => |value, _| Ok(matches!(value, Value::Undefined)),
    "upper" => |value, _| text("upper", value).map(|text| text.to_uppercase() == text),
}

/// The tests that compare with one argument; the others take none.
const COMPARING: [&str; 11] = [
    "divisibleby",
    "eq",
    "equalto",
    "ge",
    "greaterthan",
    "gt",
    "le",
    "lessthan",
    "lt",
    "ne",
    "sameas",
];

impl Check {
    /// How many arguments the test takes.
    pub(super) fn arity(&self) -> usize {
        usize::from(COMPARING.contains(&self.name))
    }
}

/// Finds a test by name.
pub(super) fn find(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name)
}

/// All names, for hints.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|check| check.name)
}

fn argument(arguments: &[Value]) -> &Value {
    arguments.first().unwrap_or(&Value::Undefined)
}

fn ordered(
    value: &Value,
    arguments: &[Value],
    accept: fn(std::cmp::Ordering) -> bool,
) -> Result<bool, Complaint> {
    Ok(compare(value, argument(arguments))?.is_some_and(accept))
}

fn remainder(value: &Value, divisor: f64, expected: f64) -> Result<bool, Complaint> {
    Ok((value.to_number()? % divisor - expected).abs() == 0.0)
}

fn text<'v>(name: &str, value: &'v Value) -> Result<&'v str, Complaint> {
    match value {
        Value::Text(text) | Value::Safe(text) => Ok(text),
        _ => Err(unfit(name, value)),
    }
}

fn unfit(name: &str, value: &Value) -> Complaint {
    let shown = dump(value, "").unwrap_or_else(|| value.kind().to_owned());
    Complaint::from(format!("test `{name}` does not apply to {shown}"))
        .hint("ask `is defined` or `is string` first")
}
