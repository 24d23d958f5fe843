//! JSON as JavaScript's `JSON.stringify` writes it.

use serde::Serialize;
use serde_json::{Number, Value, ser::PrettyFormatter};

/// Longest indentation, in characters (ECMAScript).
const MOST_SPACE: usize = 10;

/// Writes a value; each level is indented by `space`, and without it all is one line.
pub(super) fn stringify(value: &Value, space: &str) -> String {
    let value = with_whole_numbers(value);
    if space.is_empty() {
        return value.to_string();
    }
    let mut out = Vec::new();
    let formatter = PrettyFormatter::with_indent(space.as_bytes());
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    match value.serialize(&mut serializer) {
        Ok(()) => String::from_utf8(out).unwrap_or_default(),
        Err(_) => value.to_string(),
    }
}

/// The indentation that a `space` stands for: a number of spaces, or a text.
pub(super) fn space(given: Option<&Value>) -> String {
    match given {
        Some(Value::Number(number)) => {
            " ".repeat(number.as_f64().map_or(0, |n| n.clamp(0.0, MOST_SPACE as f64) as usize))
        }
        Some(Value::String(text)) => text.chars().take(MOST_SPACE).collect(),
        _ => String::new(),
    }
}

/// JavaScript has one kind of numbers: 2.0 is written as 2.
fn with_whole_numbers(value: &Value) -> Value {
    /// The largest integer up to which each is a number of its own.
    const MOST: f64 = 9_007_199_254_740_991.0;
    match value {
        Value::Number(number) if number.is_f64() => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() <= MOST => {
                Value::Number(Number::from(float as i64))
            }
            _ => value.clone(),
        },
        Value::Array(items) => items.iter().map(with_whole_numbers).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, item)| (key.clone(), with_whole_numbers(item))).collect()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_as_in_javascript() {
        let value = json!({"b": 2.0, "a": [1.5, {}, []], "s": "é\n"});
        assert_eq!(stringify(&value, ""), r#"{"b":2,"a":[1.5,{},[]],"s":"é\n"}"#);
        let pretty = "{\n \"b\": 2,\n \"a\": [\n  1.5,\n  {},\n  []\n ],\n \"s\": \"é\\n\"\n}";
        assert_eq!(stringify(&value, &space(Some(&json!(1)))), pretty);
        assert_eq!(space(Some(&json!(99))).len(), 10);
        assert_eq!(space(Some(&json!("\t"))), "\t");
    }
}
