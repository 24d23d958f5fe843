//! Numbers and values as JSON Schema compares them: by what they are worth, so that `1` is `1.0`.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Number, Value};

use crate::engine::{Complaint, Meter};

/// A number that is an integer of at most 64 bits; `None` for one with a point or an exponent.
fn integer(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

fn float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

/// True for a number without a fraction, such as `2` and `2.0`.
pub(super) fn is_whole(number: &Number) -> bool {
    integer(number).is_some() || float(number).fract() == 0.0
}

/// Orders two numbers exactly.
pub(super) fn compare(left: &Number, right: &Number) -> Ordering {
    match (integer(left), integer(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(left), None) => compare_mixed(left, float(right)),
        (None, Some(right)) => compare_mixed(right, float(left)).reverse(),
        (None, None) => float(left).partial_cmp(&float(right)).unwrap_or(Ordering::Equal),
    }
}

/// Orders an integer of at most 64 bits and a floating-point number, which may be closer than the integer's own
/// floating-point number is.
fn compare_mixed(left: i128, right: f64) -> Ordering {
    // The conversion keeps the whole part of what an integer of 64 bits can be equal to; the rest saturates.
    let whole = right.trunc() as i128;
    left.cmp(&whole).then_with(|| 0.0_f64.total_cmp(&(right.fract() + 0.0)))
}

/// True when a number is a multiple of another as decimals, in which `0.3` is three times `0.1`.
pub(super) fn is_multiple(number: &Number, of: &Number) -> bool {
    exact_multiple(number, of).unwrap_or_else(|| float(number) % float(of) == 0.0)
}

/// `None` when the decimals are too long.
fn exact_multiple(number: &Number, of: &Number) -> Option<bool> {
    let ((left, left_scale), (right, right_scale)) = (decimal(number)?, decimal(of)?);
    let places = right_scale.checked_sub(left_scale)?;
    let power = places.unsigned_abs();
    if places < 0 {
        // What is too large for 128 bits is larger than the number.
        let right = 10_i128.checked_pow(power).and_then(|scale| right.checked_mul(scale));
        return Some(right.map_or(left == 0, |right| left.checked_rem(right) == Some(0)));
    }
    // Products of two remainders fit then.
    let right = i128::from(i64::try_from(right).ok()?);
    let rest = left.checked_rem(right)?;
    Some(rest * power_of_ten(power, right) % right == 0)
}

/// The remainder of a power of ten.
fn power_of_ten(exponent: u32, of: i128) -> i128 {
    let (mut result, mut base, mut exponent) = (1 % of, 10 % of, exponent);
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = result * base % of;
        }
        base = base * base % of;
        exponent /= 2;
    }
    result
}

/// The digits of a number, and how many of them are behind the point.
fn decimal(number: &Number) -> Option<(i128, i32)> {
    let text = number.to_string();
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let digits = format!("{whole}{fraction}").parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?;
    Some((digits, places.checked_sub(exponent.parse().ok()?)?))
}

/// True when two values are equal: numbers by their worth, maps in any order.
pub(super) fn equal(left: &Value, right: &Value, meter: &Meter) -> Result<bool, Complaint> {
    meter.spend(1)?;
    Ok(match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare(left, right) == Ordering::Equal,
        (Value::String(left), Value::String(right)) => {
            meter.scan(left.len().min(right.len()))?;
            left == right
        }
        (Value::Array(left), Value::Array(right)) => {
            let mut pairs = left.iter().zip(right);
            left.len() == right.len() && all(&mut pairs, |(left, right)| equal(left, right, meter))?
        }
        (Value::Object(left), Value::Object(right)) => {
            let mut items = left.iter();
            left.len() == right.len()
                && all(&mut items, |(key, value)| match right.get(key) {
                    Some(other) => equal(value, other, meter),
                    None => Ok(false),
                })?
        }
        (left, right) => left == right,
    })
}

/// True when a condition holds for all items; stops at the first for which it does not.
fn all<T>(
    items: &mut impl Iterator<Item = T>,
    mut holds: impl FnMut(T) -> Result<bool, Complaint>,
) -> Result<bool, Complaint> {
    for item in items {
        if !holds(item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// True when no two items are equal.
pub(super) fn are_unique(items: &[Value], meter: &Meter) -> Result<bool, Complaint> {
    let mut hashed = Vec::with_capacity(items.len());
    for item in items {
        let mut hasher = DefaultHasher::new();
        hash(item, &mut hasher, meter)?;
        hashed.push((hasher.finish(), item));
    }
    hashed.sort_by_key(|(hash, _)| *hash);
    for alike in hashed.chunk_by(|(left, _), (right, _)| left == right) {
        for (index, (_, item)) in alike.iter().enumerate() {
            for (_, other) in &alike[..index] {
                if equal(item, other, meter)? {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

/// Hashes a value; those of equal values are equal.
fn hash(value: &Value, hasher: &mut DefaultHasher, meter: &Meter) -> Result<(), Complaint> {
    meter.spend(1)?;
    match value {
        Value::Null => 0.hash(hasher),
        Value::Bool(value) => value.hash(hasher),
        // A zero without its sign; integers beyond 53 bits may share the hash of a neighbour.
        Value::Number(number) => (float(number) + 0.0).to_bits().hash(hasher),
        Value::String(text) => {
            meter.scan(text.len())?;
            text.hash(hasher);
        }
        Value::Array(items) => {
            for item in items {
                hash(item, hasher, meter)?;
            }
        }
        Value::Object(map) => {
            let mut sum = 0_u64;
            for (key, value) in map {
                let mut inner = DefaultHasher::new();
                key.hash(&mut inner);
                hash(value, &mut inner, meter)?;
                sum = sum.wrapping_add(inner.finish());
            }
            sum.hash(hasher);
        }
    }
    Ok(())
}
