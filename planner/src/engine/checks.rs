//! The tests of the operator `is`, such as `is defined`. Pure functions, which charge the meter for what they
//! read; the parser resolves their names.

use super::coercion::dump;
use super::error::Complaint;
use super::limits::Meter;
use super::operators::{compare, same};
use super::value::Value;

/// A test: its name and what it says of a value and its arguments.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) holds: fn(&Value, &[Value], &Meter) -> Result<bool, Complaint>,
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
    "callable" => |value, _, _| Ok(matches!(value, Value::Function(_))),
    "defined" => |value, _, _| Ok(!matches!(value, Value::Undefined)),
    "divisibleby" => |value, arguments, meter| {
        remainder(value, argument(arguments).to_number(meter)?, 0.0, meter)
    },
    "eq" => |value, arguments, meter| same(value, argument(arguments), meter),
    "equalto" => |value, arguments, meter| same(value, argument(arguments), meter),
    "escaped" => |value, _, _| Ok(matches!(value, Value::Safe(_))),
    "even" => |value, _, meter| remainder(value, 2.0, 0.0, meter),
    "falsy" => |value, _, _| value.truthy().map(|truthy| !truthy),
    "ge" => |value, arguments, meter| ordered(value, arguments, meter, std::cmp::Ordering::is_ge),
    "greaterthan" => |value, arguments, meter| ordered(value, arguments, meter, std::cmp::Ordering::is_gt),
    "gt" => |value, arguments, meter| ordered(value, arguments, meter, std::cmp::Ordering::is_gt),
    "iterable" => |value, _, meter| match value {
        Value::Undefined | Value::Null => Err(unfit("iterable", value, meter)),
        _ => Ok(matches!(value, Value::Text(_) | Value::Safe(_) | Value::List(_))),
    },
    "le" => |value, arguments, meter| ordered(value, arguments, meter, std::cmp::Ordering::is_le),
    "lessthan" => |value, arguments, meter| ordered(value, arguments, meter, std::cmp::Ordering::is_lt),
    "lower" => |value, _, meter| {
        let text = text("lower", value, meter)?;
        Ok(is_plain(value) && text.to_lowercase() == text)
    },
    "lt" => |value, arguments, meter| ordered(value, arguments, meter, std::cmp::Ordering::is_lt),
    "mapping" => |value, _, _| Ok(matches!(
        value,
        Value::Map(_) | Value::Safe(_) | Value::Cycler(_) | Value::Regex(_)
    )),
    "ne" => |value, arguments, meter| {
        same(value, argument(arguments), meter).map(|same| !same)
    },
    "null" => |value, _, _| Ok(matches!(value, Value::Null)),
    "number" => |value, _, _| Ok(matches!(value, Value::Number(_))),
    "odd" => |value, _, meter| remainder(value, 2.0, 1.0, meter),
    "sameas" => |value, arguments, meter| same(value, argument(arguments), meter),
    "string" => |value, _, _| Ok(matches!(value, Value::Text(_))),
    "truthy" => |value, _, _| value.truthy(),
    "undefined" => |value, _, _| Ok(matches!(value, Value::Undefined)),
    "upper" => |value, _, meter| {
        let text = text("upper", value, meter)?;
        Ok(is_plain(value) && text.to_uppercase() == text)
    },
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
    /// Applies the test.
    pub(super) fn apply(
        &self,
        value: &Value,
        arguments: &[Value],
        meter: &Meter,
    ) -> Result<bool, Complaint> {
        meter.spend(1)?;
        value.known()?;
        arguments.iter().try_for_each(|argument| argument.known().map(drop))?;
        (self.holds)(value, arguments, meter)
    }

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

/// Whether a text is one to JavaScript: what is marked safe is an object, which is never the same as a text.
fn is_plain(value: &Value) -> bool {
    matches!(value, Value::Text(_))
}

fn argument(arguments: &[Value]) -> &Value {
    arguments.first().unwrap_or(&Value::Undefined)
}

fn ordered(
    value: &Value,
    arguments: &[Value],
    meter: &Meter,
    accept: fn(std::cmp::Ordering) -> bool,
) -> Result<bool, Complaint> {
    Ok(compare(value, argument(arguments), meter)?.is_some_and(accept))
}

fn remainder(value: &Value, divisor: f64, expected: f64, meter: &Meter) -> Result<bool, Complaint> {
    Ok((value.to_number(meter)? % divisor - expected).abs() == 0.0)
}

fn text<'v>(name: &str, value: &'v Value, meter: &Meter) -> Result<&'v str, Complaint> {
    match value {
        Value::Text(text) | Value::Safe(text) => {
            meter.text(text.len())?;
            Ok(text)
        }
        _ => Err(unfit(name, value, meter)),
    }
}

fn unfit(name: &str, value: &Value, meter: &Meter) -> Complaint {
    let shown = dump(value, "", meter).ok().flatten().unwrap_or_else(|| value.kind().to_owned());
    Complaint::from(format!("test `{name}` does not apply to {shown}"))
        .hint("ask `is defined` or `is string` first")
}
