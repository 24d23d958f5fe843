//! Between jq's values and JSON.

use jaq_json::{Num, Val};
use serde::Deserialize;
use serde_json::{Map, Number, Value};

/// Converts a value; jq has some that JSON has not.
pub(in crate::snapshot) fn to_json(value: &Val) -> Result<Value, String> {
    Ok(match value {
        Val::Null => Value::Null,
        Val::Bool(value) => Value::Bool(*value),
        Val::Num(number) => Value::Number(to_number(number)?),
        Val::TStr(text) => Value::String(String::from_utf8_lossy(text).into_owned()),
        Val::BStr(_) => return Err("bytes cannot be part of an entity".into()),
        Val::Arr(items) => Value::Array(items.iter().map(to_json).collect::<Result<_, _>>()?),
        Val::Obj(map) => {
            let entries = map.iter().map(|(key, value)| match key {
                Val::TStr(key) => {
                    let key = String::from_utf8_lossy(key).into_owned();
                    Ok((key, to_json(value)?))
                }
                other => Err(format!("the key `{other}` is no text")),
            });
            Value::Object(entries.collect::<Result<Map<_, _>, String>>()?)
        }
    })
}

/// Converts JSON to a value of jq.
pub(in crate::snapshot) fn from_json(value: &Value) -> Val {
    Val::deserialize(value).expect("every JSON value is one of jq")
}

fn to_number(number: &Num) -> Result<Number, String> {
    let made = match number {
        Num::Int(number) => Some(Number::from(*number)),
        Num::Float(number) => Number::from_f64(*number),
        Num::BigInt(_) | Num::Dec(_) => number.to_string().parse().ok(),
    };
    made.ok_or_else(|| format!("`{number}` is no JSON number"))
}
