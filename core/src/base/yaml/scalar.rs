//! Values of scalars without quotes: the core schema of YAML 1.2 with the extensions of `serde_yaml`
//! (`0b101`, `.5`, `5.`, floats as Rust writes them).

use serde_json::{Number, Value};

/// The value of a plain scalar without tag that is no text: null, a boolean or a number.
pub(super) fn plain(text: &str) -> Option<Value> {
    if is_null(text) {
        return Some(Value::Null);
    }
    match text.as_bytes()[0] {
        b't' | b'T' | b'f' | b'F' => boolean(text).map(Value::Bool),
        // Characters that a number begins with. `i` and `n` are none, although Rust parses `inf` and
        // `nan`.
        b'+' | b'-' | b'.' | b'0'..=b'9' => number(text),
        _ => None,
    }
}

/// Whether a plain scalar is null.
pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Reads a boolean.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Parses an integer or a float. A number that JSON does not have, such as `.inf`, is null.
fn number(text: &str) -> Option<Value> {
    integer(text).or_else(|| match is_padded(text) {
        true => None,
        false => float(text),
    })
}

/// Reads an integer; one that needs more than 64 bits is a float.
pub(super) fn integer(text: &str) -> Option<Value> {
    let (is_negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    let is_digit = |c: char| c.is_digit(radix);
    if digits.is_empty() || !digits.chars().all(is_digit) || (radix == 10 && is_padded(text)) {
        return None;
    }
    let Ok(size) = u64::from_str_radix(digits, radix) else {
        return (radix == 10).then(|| float(text)).flatten();
    };
    Some(match (is_negative, i64::try_from(-i128::from(size))) {
        (false, _) => Value::from(size),
        (true, Ok(number)) => Value::from(number),
        (true, Err(_)) => Value::from(-(size as f64)),
    })
}

/// Reads a float.
pub(super) fn float(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN" = unsigned {
        return Some(Value::Null);
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
    Number::from_f64(number).map(Value::Number)
}

/// Whether digits follow a leading zero, so that the scalar is a text, such as a post code.
fn is_padded(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}
