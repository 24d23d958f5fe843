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
    let least = match method {
        "toFixed" | "toExponential" => 0.0,
        "toPrecision" => 1.0,
        _ => {
            return match argument {
                Value::Undefined => Ok(Value::text(number_text(number))),
                radix => radix_text(number, radix.to_number(meter)?),
            };
        }
    };
    let digits = match (argument, method) {
        (Value::Undefined, "toFixed") => Some(0.0),
        (Value::Undefined, _) => None,
        (digits, _) => Some(digits.to_number(meter)?.trunc()),
    };
    let is_fixed = method == "toFixed" && number.abs() >= 1e21;
    if !number.is_finite() || is_fixed {
        return Ok(Value::text(number_text(number)));
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let text = match (digits, method) {
        (None, "toPrecision") => return Ok(Value::text(number_text(number))),
        (None, _) => exponent_signed(&format!("{:e}", number.abs())),
        (Some(digits), _) if !(least..=100.0).contains(&digits) => {
            return Err(format!("`{method}` takes {least} to 100 digits").into());
        }
        (Some(digits), method) => {
            meter.spend(DECIMALS / 4)?;
            let decimal = Decimal::of(number.abs());
            match method {
                "toFixed" => decimal.fixed(digits as usize),
                "toPrecision" => decimal.precise(digits as usize),
                _ => decimal.exponential(digits as usize + 1),
            }
        }
    };
    Ok(Value::text([sign, &text].concat()))
}

/// Digits behind the point that write any number exactly.
const DECIMALS: usize = 1_100;

/// A number of at least 0 in all its decimal digits, so that halves are found and rounded up, as in JavaScript.
struct Decimal {
    digits: Vec<u8>,
    /// How many digits stand before the point.
    point: usize,
}

impl Decimal {
    fn of(number: f64) -> Self {
        let text = format!("{number:.DECIMALS$}");
        let point = text.find('.').unwrap_or(text.len());
        Self { digits: text.bytes().filter(u8::is_ascii_digit).collect(), point }
    }

    /// Rounds to the first `kept` digits.
    fn round(&mut self, kept: usize) {
        let is_up = self.digits.get(kept).is_some_and(|digit| *digit >= b'5');
        self.digits.resize(kept, b'0');
        if !is_up {
            return;
        }
        for digit in self.digits.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                return;
            }
            *digit = b'0';
        }
        self.digits.insert(0, b'1');
        self.point += 1;
    }

    fn text(digits: &[u8]) -> String {
        digits.iter().map(|digit| char::from(*digit)).collect()
    }

    fn fixed(mut self, decimals: usize) -> String {
        self.round(self.point + decimals);
        let (whole, fraction) = self.digits.split_at(self.point);
        let point = if decimals > 0 { "." } else { "" };
        [&Self::text(whole), point, &Self::text(fraction)].concat()
    }

    /// The first `count` digits that are not a leading 0, and the exponent of the first.
    fn significant(mut self, count: usize) -> (Vec<u8>, i64) {
        let first = |digits: &[u8]| digits.iter().position(|digit| *digit != b'0');
        let Some(start) = first(&self.digits) else { return (vec![b'0'; count], 0) };
        self.round(start + count);
        let start = first(&self.digits).unwrap_or(start);
        let exponent = signed(self.point) - signed(start) - 1;
        let mut digits = self.digits.split_off(start);
        digits.resize(count, b'0');
        (digits, exponent)
    }

    fn exponential(self, count: usize) -> String {
        let (digits, exponent) = self.significant(count);
        scientific(&digits, exponent)
    }

    fn precise(self, count: usize) -> String {
        let (digits, exponent) = self.significant(count);
        if exponent < -6 || exponent >= signed(count) {
            return scientific(&digits, exponent);
        }
        let digits = Self::text(&digits);
        match usize::try_from(exponent + 1) {
            Ok(whole) if whole == count => digits,
            Ok(whole) if whole > 0 => format!("{}.{}", &digits[..whole], &digits[whole..]),
            _ => format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize)),
        }
    }
}

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn scientific(digits: &[u8], exponent: i64) -> String {
    let (first, rest) = digits.split_at(1.min(digits.len()));
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    let (first, rest) = (Decimal::text(first), Decimal::text(rest));
    format!("{first}{point}{rest}e{sign}{}", exponent.abs())
}

/// Writes the sign of an exponent, as JavaScript does.
fn exponent_signed(text: &str) -> String {
    if text.contains("e-") { text.to_owned() } else { text.replace('e', "e+") }
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
