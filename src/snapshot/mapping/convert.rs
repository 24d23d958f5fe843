//! Converts values of jq to JSON and back.

use jaq_json::{Num, Val};
use serde::Deserialize;
use serde_json::{Map, Number, Value};

/// A value of jq that JSON does not have.
#[derive(Debug, thiserror::Error)]
pub(in crate::snapshot) enum ConvertError {
    /// A byte string.
    #[error("bytes cannot be part of an entity")]
    Bytes,
    /// A map with this key, which is not a text.
    #[error("the key `{0}` is not a string")]
    Key(String),
    /// A number such as NaN.
    #[error("`{0}` is not a JSON number")]
    Number(String),
}

/// Converts a value of jq to JSON.
///
/// # Errors
/// When JSON does not have the value, or one in it.
pub(in crate::snapshot) fn to_json(value: &Val) -> Result<Value, ConvertError> {
    Ok(match value {
        Val::Null => Value::Null,
        Val::Bool(value) => Value::Bool(*value),
        Val::Num(number) => Value::Number(to_number(number)?),
        Val::TStr(text) => Value::String(String::from_utf8_lossy(text).into_owned()),
        Val::BStr(_) => return Err(ConvertError::Bytes),
        Val::Arr(items) => Value::Array(items.iter().map(to_json).collect::<Result<_, _>>()?),
        Val::Obj(map) => {
            let entries = map.iter().map(|(key, value)| match key {
                Val::TStr(key) => {
                    let key = String::from_utf8_lossy(key).into_owned();
                    Ok((key, to_json(value)?))
                }
                other => Err(ConvertError::Key(other.to_string())),
            });
            Value::Object(entries.collect::<Result<Map<_, _>, ConvertError>>()?)
        }
    })
}

/// Converts JSON to a value of jq.
pub(in crate::snapshot) fn from_json(value: &Value) -> Val {
    Val::deserialize(value).expect("every JSON value is one of jq")
}

fn to_number(number: &Num) -> Result<Number, ConvertError> {
    let made = match number {
        Num::Int(number) => Some(Number::from(*number)),
        Num::Float(number) => Number::from_f64(*number),
        Num::BigInt(_) | Num::Dec(_) => number.to_string().parse().ok(),
    };
    made.ok_or_else(|| ConvertError::Number(number.to_string()))
}
