//! JSON: reading with a limit on the number of values, and searching the texts of a value.
//!
//! Values are counted before they are made: a few hundred kilobytes of compressed `{},` become
//! gigabytes in memory.

mod texts;

use serde::de::DeserializeOwned;

pub use texts::search_texts;

/// The default limit: keys and values of one response or file. A value takes about 100 bytes of memory;
/// the largest lists that APIs return in one response have some hundred thousand.
pub const VALUES: usize = 5_000_000;

/// A text that is not JSON, or has too many values.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It is not JSON, or does not have the shape that was asked for.
    #[error(transparent)]
    Invalid(#[from] serde_json::Error),
    /// It has more values than allowed.
    #[error("there are more than {0} values")]
    TooManyValues(usize),
}

/// Parses a text that has at most `most` keys and values. A byte order mark at its beginning is skipped.
pub fn from_slice<T: DeserializeOwned>(text: &[u8], most: usize) -> Result<T, JsonError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    // A value takes two bytes at least, so that most texts need not be counted.
    if text.len() / 2 > most && has_more_values(text, most) {
        return Err(JsonError::TooManyValues(most));
    }
    Ok(serde_json::from_slice(text)?)
}

/// Whether a text has more than `most` keys and values: each but the first one follows `,`, `:`, `[` or
/// `{`.
fn has_more_values(text: &[u8], most: usize) -> bool {
    let (mut at, mut values) = (0, 1_usize);
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b',' | b':' | b'[' | b'{' => {
                values += 1;
                if values > most {
                    return true;
                }
            }
            b'"' => at = end_of_string(text, at),
            _ => {}
        }
    }
    false
}

/// The byte behind a string whose first quote ends before `at`.
fn end_of_string(text: &[u8], mut at: usize) -> usize {
    while let Some(step) = text.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += step + 1;
        if text[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn count(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
            Value::Object(map) => 1 + map.values().map(|value| 1 + count(value)).sum::<usize>(),
            _ => 1,
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![Just(Value::Null), "[\\\\\",:{a]{0,4}".prop_map(Value::from)];
        scalar.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[\":,]{0,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_are_counted_before_they_are_made(value in value()) {
            let (text, count) = (value.to_string(), count(&value));
            prop_assert!(has_more_values(text.as_bytes(), count - 1) || count == 1);
            // An empty list or map counts as if it had a value.
            let empty = text.matches("[]").count() + text.matches("{}").count();
            prop_assert!(!has_more_values(text.as_bytes(), count + empty));
        }
    }

    #[test]
    fn too_many_values_are_refused() {
        let text = format!("\u{feff}[{}1]", "{},".repeat(10));
        let read = |most| from_slice::<Value>(text.as_bytes(), most);
        assert!(matches!(read(15), Err(JsonError::TooManyValues(15))));
        assert_eq!(read(30).expect("JSON").as_array().map(Vec::len), Some(11));
    }
}
