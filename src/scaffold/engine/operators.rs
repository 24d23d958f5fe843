//! The operators of JavaScript on the values of this engine. Pure functions.

use std::cmp::Ordering;
use std::sync::Arc;

use super::ast::{Infix, Prefix};
use super::coercion::joined;
use super::error::Complaint;
use super::limits::Budget;
use super::utf16;
use super::value::Value;

/// Applies a prefix operator.
pub(super) fn prefix(operator: Prefix, operand: &Value) -> Result<Value, Complaint> {
    Ok(match operator {
        Prefix::Not => Value::Bool(!operand.truthy()),
        Prefix::Minus => Value::Number(-operand.to_number()?),
        Prefix::Plus => Value::Number(operand.to_number()?),
    })
}

/// Applies an infix operator whose operands are both known; `or` and `and` yield an operand.
pub(super) fn infix(
    operator: Infix,
    left: &Value,
    right: &Value,
    budget: &mut Budget,
) -> Result<Value, Complaint> {
    let number = |apply: fn(f64, f64) -> f64| -> Result<Value, Complaint> {
        Ok(Value::Number(apply(left.to_number()?, right.to_number()?)))
    };
    let ordered = |accept: fn(Ordering) -> bool| -> Result<Value, Complaint> {
        Ok(Value::Bool(compare(left, right)?.is_some_and(accept)))
    };
    match operator {
        Infix::Or => Ok(if left.truthy() { left.clone() } else { right.clone() }),
        Infix::And => Ok(if left.truthy() { right.clone() } else { left.clone() }),
        Infix::Equal => Ok(Value::Bool(loosely_equal(left, right)?)),
        Infix::NotEqual => Ok(Value::Bool(!loosely_equal(left, right)?)),
        Infix::Same => Ok(Value::Bool(same(left, right))),
        Infix::NotSame => Ok(Value::Bool(!same(left, right))),
        Infix::Less => ordered(Ordering::is_lt),
        Infix::Greater => ordered(Ordering::is_gt),
        Infix::LessOrEqual => ordered(Ordering::is_le),
        Infix::GreaterOrEqual => ordered(Ordering::is_ge),
        Infix::Add => add(left, right, budget),
        Infix::Concat => concat(left, right, budget),
        Infix::Subtract => number(|left, right| left - right),
        Infix::Multiply => number(|left, right| left * right),
        Infix::Divide => number(|left, right| left / right),
        Infix::Remainder => number(|left, right| left % right),
    }
}

/// `left + right`: text when one of them is not a number, a boolean or nothing.
pub(super) fn add(left: &Value, right: &Value, budget: &mut Budget) -> Result<Value, Complaint> {
    if is_arithmetic(left) && is_arithmetic(right) {
        return Ok(Value::Number(left.to_number()? + right.to_number()?));
    }
    concat(left, right, budget)
}

fn concat(left: &Value, right: &Value, budget: &mut Budget) -> Result<Value, Complaint> {
    let (left, right) = (left.to_text()?, right.to_text()?);
    budget.spend_text(left.len() + right.len())?;
    Ok(Value::text([&*left, &*right].concat()))
}

fn is_arithmetic(value: &Value) -> bool {
    matches!(value, Value::Undefined | Value::Null | Value::Bool(_) | Value::Number(_))
}

/// `Math.floor(left / right)`.
pub(super) fn floor_divide(left: &Value, right: &Value) -> Result<Value, Complaint> {
    Ok(Value::Number((left.to_number()? / right.to_number()?).floor()))
}

/// `Math.pow`, where 1 to an infinite or unknown power is unknown.
pub(super) fn power(base: &Value, exponent: &Value) -> Result<Value, Complaint> {
    let (base, exponent) = (base.to_number()?, exponent.to_number()?);
    let unknown = exponent.is_nan() || (exponent.is_infinite() && (base.abs() - 1.0).abs() == 0.0);
    Ok(Value::Number(if unknown { f64::NAN } else { base.powf(exponent) }))
}

/// `===`: equal primitives or the same list or map.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => {
            left.partial_cmp(right) == Some(Ordering::Equal)
        }
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Safe(left), Value::Safe(right)) => Arc::ptr_eq(left, right),
        (Value::List(left), Value::List(right)) => Arc::ptr_eq(left, right),
        (Value::Map(left), Value::Map(right)) => Arc::ptr_eq(left, right),
        (Value::Function(left), Value::Function(right)) => left == right,
        _ => false,
    }
}

/// `==`, with JavaScript's conversions.
fn loosely_equal(left: &Value, right: &Value) -> Result<bool, Complaint> {
    let is_object =
        |value: &Value| matches!(value, Value::Safe(_) | Value::List(_) | Value::Map(_));
    Ok(match (left, right) {
        (left, right) if left.is_nullish() || right.is_nullish() => {
            left.is_nullish() && right.is_nullish()
        }
        (Value::Function(_), _) | (_, Value::Function(_)) => same(left, right),
        (left, right) if is_object(left) && is_object(right) => same(left, right),
        (Value::Text(left), Value::Text(right)) => left == right,
        // An object meets a string as text, and a number or boolean as the number of its text.
        (Value::Text(text), object) | (object, Value::Text(text)) if is_object(object) => {
            *text == object.to_text()?
        }
        (object, other) | (other, object) if is_object(object) => {
            let object = Value::Text(object.to_text()?);
            same(&Value::Number(object.to_number()?), &Value::Number(other.to_number()?))
        }
        (left, right) => {
            same(&Value::Number(left.to_number()?), &Value::Number(right.to_number()?))
        }
    })
}

/// The order that `<` and its like see; `None` where JavaScript says false to all of them.
pub(super) fn compare(left: &Value, right: &Value) -> Result<Option<Ordering>, Complaint> {
    let is_text = |value: &Value| !is_arithmetic(value);
    if is_text(left) && is_text(right) {
        return Ok(Some(utf16::compare(&left.to_text()?, &right.to_text()?)));
    }
    let number = |value: &Value| match value {
        Value::Map(_) => Ok(f64::NAN),
        value => value.to_number(),
    };
    Ok(number(left)?.partial_cmp(&number(right)?))
}

/// `needle in haystack`.
pub(super) fn contains(needle: &Value, haystack: &Value) -> Result<bool, Complaint> {
    Ok(match haystack {
        Value::List(list) => list.items.iter().any(|item| same(item, needle)),
        Value::Text(text) => text.contains(&*needle.to_text()?),
        Value::Map(record) => record.get(&needle.to_text()?).is_some(),
        Value::Safe(_) => matches!(&*needle.to_text()?, "val" | "length"),
        other => {
            let message =
                format!("`in` looks into a list, a string or a map, not {}", other.kind());
            return Err(Complaint::from(message).hint("guard it: `x and y in x`"));
        }
    })
}

/// `haystack.indexOf(needle)` of a list, from `start`.
pub(super) fn position(items: &[Value], needle: &Value, start: usize) -> Option<usize> {
    (start..items.len()).find(|place| same(&items[*place], needle))
}

/// Joins a list, paying for the text.
pub(super) fn join(
    items: &[Value],
    separator: &str,
    budget: &mut Budget,
) -> Result<Value, Complaint> {
    budget.spend(items.len())?;
    budget.spend_text(items.len().saturating_mul(separator.len()))?;
    let text = joined(items, separator)?;
    budget.spend_text(text.len())?;
    Ok(Value::text(text))
}
