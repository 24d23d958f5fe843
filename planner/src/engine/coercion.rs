//! JavaScript's conversions: to text, number, boolean and JSON text. Pure functions of values, which charge the
//! meter for what they read and make.

use std::sync::Arc;

use super::error::Complaint;
use super::limits::Meter;
use super::value::{Record, Value};

impl Value {
    /// JavaScript's truth: empty lists and maps are true.
    pub(super) fn truthy(&self) -> Result<bool, Complaint> {
        Ok(match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(bool) => *bool,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::Safe(_)
            | Self::List(_)
            | Self::Map(_)
            | Self::Function(_)
            | Self::Cycler(_)
            | Self::Regex(_) => true,
            Self::Unknown(unknown) => return Err(Complaint::unknown(unknown)),
        })
    }

    /// `String(value)`.
    pub(super) fn to_text(&self, meter: &Meter) -> Result<Arc<str>, Complaint> {
        meter.spend(1)?;
        Ok(match self {
            Self::Undefined => "undefined".into(),
            Self::Null => "null".into(),
            Self::Bool(true) => "true".into(),
            Self::Bool(false) => "false".into(),
            Self::Number(number) => number_text(*number).into(),
            Self::Text(text) | Self::Safe(text) => Arc::clone(text),
            Self::List(list) => joined(&list.items, ",", meter)?.into(),
            Self::Map(_) | Self::Cycler(_) => "[object Object]".into(),
            Self::Regex(regex) => regex.pattern().to_string().into(),
            Self::Function(_) => return Err("a function has no text: call it with `()`".into()),
            Self::Unknown(unknown) => return Err(Complaint::unknown(unknown)),
        })
    }

    /// The text that output shows: nothing for undefined and null.
    pub(super) fn to_output(&self, meter: &Meter) -> Result<Arc<str>, Complaint> {
        if self.is_nullish() { Ok("".into()) } else { self.to_text(meter) }
    }

    /// `Number(value)`.
    pub(super) fn to_number(&self, meter: &Meter) -> Result<f64, Complaint> {
        Ok(match self {
            Self::Undefined | Self::Map(_) | Self::Cycler(_) | Self::Regex(_) => f64::NAN,
            Self::Null => 0.0,
            Self::Bool(bool) => f64::from(u8::from(*bool)),
            Self::Number(number) => *number,
            Self::Text(text) | Self::Safe(text) => {
                meter.scan(text.len())?;
                text_number(text)
            }
            Self::List(_) => {
                let text = self.to_text(meter)?;
                meter.scan(text.len())?;
                text_number(&text)
            }
            Self::Function(_) => return Err("a function is not a number".into()),
            Self::Unknown(unknown) => return Err(Complaint::unknown(unknown)),
        })
    }
}

/// `items.join(separator)`: undefined and null are empty.
pub(super) fn joined(items: &[Value], separator: &str, meter: &Meter) -> Result<String, Complaint> {
    let mut out = String::new();
    for (place, item) in items.iter().enumerate() {
        let separator = if place > 0 { separator } else { "" };
        let text = item.to_output(meter)?;
        let added = separator.len() + text.len();
        meter.growth(out.len() + added, added)?;
        out.push_str(separator);
        out.push_str(&text);
    }
    Ok(out)
}

/// A number as JavaScript writes it: shortest digits, exponents from 1e21 and below 1e-6.
pub(super) fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if number == 0.0 {
        return "0".into();
    }
    if (1e-6..1e21).contains(&number.abs()) {
        return format!("{number}");
    }
    let text = format!("{number:e}");
    if text.contains("e-") { text } else { text.replace('e', "e+") }
}

/// JavaScript's white space.
pub(super) fn is_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// `Number(text)`.
fn text_number(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return 0.0;
    }
    for (prefixes, radix) in [(["0x", "0X"], 16), (["0o", "0O"], 8), (["0b", "0B"], 2)] {
        if let Some(digits) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
            return whole_prefix(digits, radix)
                .filter(|(_, length)| *length == digits.len())
                .map_or(f64::NAN, |(number, _)| number);
        }
    }
    match float_prefix(text) {
        Some((number, length)) if length == text.len() => number,
        _ => f64::NAN,
    }
}

/// `parseFloat(text)`, NaN when nothing of it is a number.
pub(super) fn parse_float(text: &str) -> f64 {
    float_prefix(text.trim_start_matches(is_space)).map_or(f64::NAN, |(number, _)| number)
}

/// `parseInt(text, radix)`, where radix 0 means "as written".
pub(super) fn parse_int(text: &str, radix: u32) -> f64 {
    let text = text.trim_start_matches(is_space);
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (text, radix) = match (hex, radix) {
        (Some(rest), 0 | 16) => (rest, 16),
        (_, 0) => (text, 10),
        _ => (text, radix),
    };
    if !(2..=36).contains(&radix) {
        return f64::NAN;
    }
    whole_prefix(text, radix).map_or(f64::NAN, |(number, _)| sign * number)
}

fn whole_prefix(text: &str, radix: u32) -> Option<(f64, usize)> {
    let length = text.chars().take_while(|c| c.is_digit(radix)).count();
    if length == 0 {
        return None;
    }
    if radix == 10 {
        return text[..length].parse().ok().map(|number| (number, length));
    }
    let digits = text[..length].chars().filter_map(|c| c.to_digit(radix));
    let number = digits.fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit));
    Some((number, length))
}

/// The longest start of `text` that is a decimal literal, and its length.
fn float_prefix(text: &str) -> Option<(f64, usize)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = text.len() - unsigned.len();
    if unsigned.starts_with("Infinity") {
        let infinity = if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY };
        return Some((infinity, sign + "Infinity".len()));
    }
    let digits = |from: &str| from.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(unsigned);
    let mut length = whole;
    if let Some(rest) = unsigned[length..].strip_prefix('.') {
        let fraction = digits(rest);
        if whole + fraction == 0 {
            return None;
        }
        length += 1 + fraction;
    } else if whole == 0 {
        return None;
    }
    if let Some(rest) = unsigned[length..].strip_prefix(['e', 'E']) {
        let exponent = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        if digits(exponent) > 0 {
            length += 1 + (rest.len() - exponent.len()) + digits(exponent);
        }
    }
    let length = sign + length;
    text[..length].parse().ok().map(|number| (number, length))
}

/// What JavaScript sees of a text that is marked safe: the fields of an object.
pub(super) fn safe_fields(
    text: &Arc<str>,
    meter: &Meter,
) -> Result<[(&'static str, Value); 2], Complaint> {
    let length = super::utf16::length(text, meter)?;
    Ok([("val", Value::Text(Arc::clone(text))), ("length", Value::Number(length as f64))])
}

/// `JSON.stringify(value, null, indent)`; `None` for what it leaves out.
pub(super) fn dump(
    value: &Value,
    indent: &str,
    meter: &Meter,
) -> Result<Option<String>, Complaint> {
    let mut writer = JsonWriter { out: String::new(), indent, meter };
    Ok(writer.value(value, 0)?.then_some(writer.out))
}

/// Writes JSON text, paying for it piece by piece.
struct JsonWriter<'w> {
    out: String,
    indent: &'w str,
    meter: &'w Meter,
}

impl JsonWriter<'_> {
    /// Writes a value; false when JSON leaves it out.
    fn value(&mut self, value: &Value, level: usize) -> Result<bool, Complaint> {
        match value {
            Value::Undefined | Value::Function(_) => return Ok(false),
            Value::Unknown(unknown) => return Err(Complaint::unknown(unknown)),
            Value::Bool(bool) => self.push(if *bool { "true" } else { "false" })?,
            Value::Number(number) if number.is_finite() => self.push(&number_text(*number))?,
            Value::Null | Value::Number(_) => self.push("null")?,
            Value::Text(text) => self.quote(text)?,
            Value::Safe(text) => {
                let fields = safe_fields(text, self.meter)?;
                return self.value(&Value::map(fields, self.meter)?, level);
            }
            Value::List(list) => self.items(&list.items, level)?,
            Value::Map(record) => self.entries(record, level)?,
            Value::Cycler(cycler) => {
                let current = [("current", cycler.current())];
                return self.value(&Value::map(current, self.meter)?, level);
            }
            Value::Regex(_) => self.push("{}")?,
        }
        Ok(true)
    }

    fn items(&mut self, items: &[Value], level: usize) -> Result<(), Complaint> {
        self.push("[")?;
        for (place, item) in items.iter().enumerate() {
            self.separate(place > 0, level + 1)?;
            if !self.value(item, level + 1)? {
                self.push("null")?;
            }
        }
        if !items.is_empty() {
            self.separate(false, level)?;
        }
        self.push("]")
    }

    fn entries(&mut self, record: &Record, level: usize) -> Result<(), Complaint> {
        self.push("{")?;
        let mut any = false;
        for (key, value) in record.entries() {
            if matches!(value, Value::Undefined | Value::Function(_)) {
                continue;
            }
            self.separate(any, level + 1)?;
            any = true;
            self.quote(key)?;
            self.push(if self.indent.is_empty() { ":" } else { ": " })?;
            self.value(value, level + 1)?;
        }
        if any {
            self.separate(false, level)?;
        }
        self.push("}")
    }

    fn separate(&mut self, comma: bool, level: usize) -> Result<(), Complaint> {
        if comma {
            self.push(",")?;
        }
        if self.indent.is_empty() {
            return Ok(());
        }
        self.meter.text(self.indent.len() * level)?;
        self.push("\n")?;
        self.push(&self.indent.repeat(level))
    }

    fn quote(&mut self, text: &str) -> Result<(), Complaint> {
        // An escape takes up to six bytes for one.
        let escaped = |byte: &u8| matches!(*byte, 0..=0x1f | b'"' | b'\\');
        let escapes = text.as_bytes().iter().filter(|byte| escaped(byte)).count();
        self.meter.text(text.len() + 5 * escapes)?;
        self.push(&serde_json::Value::from(text).to_string())
    }

    fn push(&mut self, text: &str) -> Result<(), Complaint> {
        self.meter.growth(self.out.len() + text.len(), text.len())?;
        self.out.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        let cases = [
            (0.1 + 0.2, "0.30000000000000004"),
            (5.0, "5"),
            (-0.0, "0"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (1e-7, "1e-7"),
            (0.000_001, "0.000001"),
            (1.234_567_890_123_456_8e29, "1.2345678901234568e+29"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (number, text) in cases {
            assert_eq!(number_text(number), text);
        }
    }

    #[test]
    fn text_becomes_a_number_as_in_javascript() {
        let cases =
            [(" 12 ", 12.0), ("", 0.0), ("0x1F", 31.0), (".5", 0.5), ("5.", 5.0), ("1e3", 1e3)];
        for (text, number) in cases {
            assert!((text_number(text) - number).abs() < f64::EPSILON, "{text}");
        }
        for text in ["1a", ".", "0x", "1e", "inf", "nan", "--1", "1 2"] {
            assert!(text_number(text).is_nan(), "{text}");
        }
        assert!((parse_int("12px", 10) - 12.0).abs() < f64::EPSILON);
        assert!((parse_float("3.5e2x") - 350.0).abs() < f64::EPSILON);
    }
}
