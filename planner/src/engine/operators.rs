//! The operators of JavaScript on the values of this engine. Pure functions, which charge the meter for what they
//! read and make.

use std::cmp::Ordering;
use std::sync::Arc;

use super::ast::{Infix, Prefix};
use super::coercion::joined;
use super::error::Complaint;
use super::limits::Meter;
use super::utf16;
use super::value::Value;

/// Applies a prefix operator.
pub(super) fn prefix(operator: Prefix, operand: &Value, meter: &Meter) -> Result<Value, Complaint> {
    Ok(match operator {
        Prefix::Not => Value::Bool(!operand.truthy()?),
        Prefix::Minus => Value::Number(-operand.to_number(meter)?),
        Prefix::Plus => Value::Number(operand.to_number(meter)?),
    })
}

/// Applies an infix operator whose operands are both known; `or` and `and` yield an operand.
pub(super) fn infix(
    operator: Infix,
    left: &Value,
    right: &Value,
    meter: &Meter,
) -> Result<Value, Complaint> {
    let number = |apply: fn(f64, f64) -> f64| -> Result<Value, Complaint> {
        Ok(Value::Number(apply(left.to_number(meter)?, right.to_number(meter)?)))
    };
    let ordered = |accept: fn(Ordering) -> bool| -> Result<Value, Complaint> {
        Ok(Value::Bool(compare(left, right, meter)?.is_some_and(accept)))
    };
    match operator {
        Infix::Or => Ok(if left.truthy()? { left.clone() } else { right.clone() }),
        Infix::And => Ok(if left.truthy()? { right.clone() } else { left.clone() }),
        Infix::Equal => Ok(Value::Bool(loosely_equal(left, right, meter)?)),
        Infix::NotEqual => Ok(Value::Bool(!loosely_equal(left, right, meter)?)),
        Infix::Same => Ok(Value::Bool(same(left, right, meter)?)),
        Infix::NotSame => Ok(Value::Bool(!same(left, right, meter)?)),
        Infix::Less => ordered(Ordering::is_lt),
        Infix::Greater => ordered(Ordering::is_gt),
        Infix::LessOrEqual => ordered(Ordering::is_le),
        Infix::GreaterOrEqual => ordered(Ordering::is_ge),
        Infix::Add => add(left, right, meter),
        Infix::Concat => concat(left, right, meter),
        Infix::Subtract => number(|left, right| left - right),
        Infix::Multiply => number(|left, right| left * right),
        Infix::Divide => number(|left, right| left / right),
        Infix::Remainder => number(|left, right| left % right),
    }
}

/// `left + right`: text when one of them is not a number, a boolean or nothing.
pub(super) fn add(left: &Value, right: &Value, meter: &Meter) -> Result<Value, Complaint> {
    if is_arithmetic(left) && is_arithmetic(right) {
        return Ok(Value::Number(left.to_number(meter)? + right.to_number(meter)?));
    }
    concat(left, right, meter)
}

fn concat(left: &Value, right: &Value, meter: &Meter) -> Result<Value, Complaint> {
    let (left, right) = (left.to_text(meter)?, right.to_text(meter)?);
    meter.text(left.len() + right.len())?;
    Ok(Value::text([&*left, &*right].concat()))
}

fn is_arithmetic(value: &Value) -> bool {
    matches!(value, Value::Undefined | Value::Null | Value::Bool(_) | Value::Number(_))
}

/// `Math.floor(left / right)`.
pub(super) fn floor_divide(left: &Value, right: &Value, meter: &Meter) -> Result<Value, Complaint> {
    Ok(Value::Number((left.to_number(meter)? / right.to_number(meter)?).floor()))
}

/// `Math.pow`, where 1 to an infinite or unknown power is unknown.
pub(super) fn power(base: &Value, exponent: &Value, meter: &Meter) -> Result<Value, Complaint> {
    let (base, exponent) = (base.to_number(meter)?, exponent.to_number(meter)?);
    let unknown = exponent.is_nan() || (exponent.is_infinite() && (base.abs() - 1.0).abs() == 0.0);
    Ok(Value::Number(if unknown { f64::NAN } else { base.powf(exponent) }))
}

/// `===`: equal primitives or the same list or map.
pub(super) fn same(left: &Value, right: &Value, meter: &Meter) -> Result<bool, Complaint> {
    meter.spend(1)?;
    Ok(match (left.known()?, right.known()?) {
        (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => are_equal(*left, *right),
        (Value::Text(left), Value::Text(right)) => are_same_text(left, right, meter)?,
        (Value::Safe(left), Value::Safe(right)) => Arc::ptr_eq(left, right),
        (Value::List(left), Value::List(right)) => Arc::ptr_eq(left, right),
        (Value::Map(left), Value::Map(right)) => Arc::ptr_eq(left, right),
        (Value::Function(left), Value::Function(right)) => left.is_same(right),
        (Value::Cycler(left), Value::Cycler(right)) => Arc::ptr_eq(left, right),
        (Value::Regex(left), Value::Regex(right)) => Arc::ptr_eq(left, right),
        _ => false,
    })
}

fn are_equal(left: f64, right: f64) -> bool {
    left.partial_cmp(&right) == Some(Ordering::Equal)
}

fn are_same_text(left: &str, right: &str, meter: &Meter) -> Result<bool, Complaint> {
    meter.scan(if left.len() == right.len() { left.len() } else { 0 })?;
    Ok(left == right)
}

/// `==`, with JavaScript's conversions.
fn loosely_equal(left: &Value, right: &Value, meter: &Meter) -> Result<bool, Complaint> {
    let is_object = |value: &Value| {
        matches!(
            value,
            Value::Safe(_) | Value::List(_) | Value::Map(_) | Value::Cycler(_) | Value::Regex(_)
        )
    };
    let number = |value: &Value| value.to_number(meter);
    Ok(match (left.known()?, right.known()?) {
        (left, right) if left.is_nullish() || right.is_nullish() => {
            left.is_nullish() && right.is_nullish()
        }
        (Value::Function(_), _) | (_, Value::Function(_)) => same(left, right, meter)?,
        (left, right) if is_object(left) && is_object(right) => same(left, right, meter)?,
        (Value::Text(left), Value::Text(right)) => are_same_text(left, right, meter)?,
        // An object meets a string as text, and a number or boolean as the number of its text.
        (Value::Text(text), object) | (object, Value::Text(text)) if is_object(object) => {
            are_same_text(text, &object.to_text(meter)?, meter)?
        }
        (object, other) | (other, object) if is_object(object) => {
            let object = Value::Text(object.to_text(meter)?);
            are_equal(number(&object)?, number(other)?)
        }
        (left, right) => are_equal(number(left)?, number(right)?),
    })
}

/// The order that `<` and its like see; `None` where JavaScript says false to all of them.
pub(super) fn compare(
    left: &Value,
    right: &Value,
    meter: &Meter,
) -> Result<Option<Ordering>, Complaint> {
    meter.spend(1)?;
    let is_text = |value: &Value| !is_arithmetic(value);
    let (left, right) = (left.known()?, right.known()?);
    if is_text(left) && is_text(right) {
        let (left, right) = (left.to_text(meter)?, right.to_text(meter)?);
        return utf16::compare(&left, &right, meter).map(Some);
    }
    let number = |value: &Value| match value {
        Value::Map(_) => Ok(f64::NAN),
        value => value.to_number(meter),
    };
    Ok(number(left)?.partial_cmp(&number(right)?))
}

/// `needle in haystack`.
pub(super) fn contains(needle: &Value, haystack: &Value, meter: &Meter) -> Result<bool, Complaint> {
    needle.known()?;
    Ok(match haystack.known()? {
        Value::List(list) => position(&list.items, needle, 0, meter)?.is_some(),
        Value::Text(text) => {
            let needle = needle.to_text(meter)?;
            meter.scan(text.len() + needle.len())?;
            text.contains(&*needle)
        }
        Value::Map(record) => {
            let key = needle.to_text(meter)?;
            meter.scan(key.len())?;
            record.get(&key).is_some()
        }
        Value::Safe(_) => matches!(&*needle.to_text(meter)?, "val" | "length"),
        Value::Cycler(_) => matches!(&*needle.to_text(meter)?, "current" | "next" | "reset"),
        other => {
            let message =
                format!("`in` looks into a list, a string or a map, not {}", other.kind());
            return Err(Complaint::from(message).hint("guard it: `x and y in x`"));
        }
    })
}

/// `haystack.indexOf(needle)` of a list, from `start`.
pub(super) fn position(
    items: &[Value],
    needle: &Value,
    start: usize,
    meter: &Meter,
) -> Result<Option<usize>, Complaint> {
    for (place, item) in items.iter().enumerate().skip(start) {
        if same(item, needle, meter)? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// Joins a list to a text.
pub(super) fn join(items: &[Value], separator: &str, meter: &Meter) -> Result<Value, Complaint> {
    let text = joined(items, separator, meter)?;
    meter.text(text.len())?;
    Ok(Value::text(text))
}
