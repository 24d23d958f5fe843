//! Methods of numbers.

use super::Arguments;
use crate::engine::coercion::number_text;
use crate::engine::error::Complaint;
use crate::engine::value::Value;

pub(super) fn of_number(
    number: f64,
    method: &str,
    arguments: &Arguments<'_>,
) -> Result<Value, Complaint> {
    let meter = arguments.meter;
    let argument = arguments.get(0);
    if method == "toFixed" {
        let digits =
            if matches!(argument, Value::Undefined) { 0.0 } else { argument.to_number(meter)? };
        if !(0.0..=100.0).contains(&digits) {
            return Err("`toFixed` takes 0 to 100 digits".into());
        }
        if !number.is_finite() || number.abs() >= 1e21 {
            return Ok(Value::text(number_text(number)));
        }
        return Ok(Value::text(format!("{number:.*}", digits as usize)));
    }
    match argument {
        Value::Undefined => Ok(Value::text(number_text(number))),
        radix => radix_text(number, radix.to_number(meter)?),
    }
}

fn radix_text(number: f64, radix: f64) -> Result<Value, Complaint> {
    if !(2.0..37.0).contains(&radix) {
        return Err("`toString` takes a radix from 2 to 36".into());
    }
    if radix as u32 == 10 || !number.is_finite() {
        return Ok(Value::text(number_text(number)));
    }
    if number.fract() != 0.0 || number.abs() > 9_007_199_254_740_991.0 {
        return Err("`toString` with a radix is supported for whole numbers only, yet".into());
    }
    let (mut rest, mut digits) = (number.abs() as u64, Vec::new());
    while rest > 0 || digits.is_empty() {
        digits.extend(char::from_digit((rest % radix as u64) as u32, radix as u32));
        rest /= radix as u64;
    }
    digits.extend((number < 0.0).then_some('-'));
    Ok(Value::text(digits.into_iter().rev().collect::<String>()))
}
