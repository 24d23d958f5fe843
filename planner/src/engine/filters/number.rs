//! Filters on numbers.

use super::super::coercion::{parse_float, parse_int};
use super::super::value::Value;
use super::{Input, Outcome};

pub(super) fn abs(input: &Input<'_>) -> Outcome {
    Ok(Value::Number(input.value.to_number(input.meter)?.abs()))
}

/// Rounds to a number of digits; the second argument is `ceil`, `floor` or nothing.
pub(super) fn round(input: &Input<'_>) -> Outcome {
    let precision = match input.argument(0) {
        precision if precision.truthy()? => precision.to_number(input.meter)?,
        _ => 0.0,
    };
    let factor = 10f64.powf(precision);
    let scaled = input.value.to_number(input.meter)? * factor;
    let rounded = match input.argument(1) {
        Value::Text(method) if &**method == "ceil" => scaled.ceil(),
        Value::Text(method) if &**method == "floor" => scaled.floor(),
        _ => scaled.floor() + f64::from(u8::from(scaled - scaled.floor() >= 0.5)),
    };
    Ok(Value::Number(rounded / factor))
}

/// `parseInt`, or the default when the text does not start with a whole number.
pub(super) fn int(input: &Input<'_>) -> Outcome {
    let [default, base] = input.bind(["default", "base"]);
    let base = match base {
        Value::Undefined => 10.0,
        base => base.to_number(input.meter)?,
    };
    let radix = if base.is_finite() { base as u32 } else { 0 };
    let number = parse_int(&input.value.to_text(input.meter)?, radix);
    Ok(if number.is_nan() { default } else { Value::Number(number) })
}

/// `parseFloat`, or the default when the text does not start with a number.
pub(super) fn float(input: &Input<'_>) -> Outcome {
    let number = parse_float(&input.value.to_text(input.meter)?);
    Ok(if number.is_nan() { input.argument(0).clone() } else { Value::Number(number) })
}
