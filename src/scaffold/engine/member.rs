//! Looking up members: `x.name`, `x['name']`, `x[0]`. Never reaches anything but data.

use super::error::Complaint;
use super::methods;
use super::utf16;
use super::value::Value;

/// Names that reach into JavaScript's object model: refused, whatever they are looked up in.
const RESERVED: [&str; 3] = ["constructor", "prototype", "__proto__"];

/// Looks up a member that is not called; what is not there is undefined.
pub(super) fn get(target: &Value, key: &Value) -> Result<Value, Complaint> {
    let value = own(target, key)?;
    if let (Value::Undefined, Value::Text(name)) = (&value, key)
        && methods::exists(target, name)
    {
        return Err(format!("`{name}` is a method: call it with `()`").into());
    }
    Ok(value)
}

/// Looks up data, not methods.
pub(super) fn own(target: &Value, key: &Value) -> Result<Value, Complaint> {
    let name = key.to_text()?;
    if RESERVED.contains(&&*name) {
        return Err(format!("the name `{name}` is reserved").into());
    }
    Ok(match target {
        Value::Map(record) => record.get(&name).cloned().unwrap_or_default(),
        Value::List(list) if &*name == "length" => Value::Number(list.items.len() as f64),
        Value::Text(text) | Value::Safe(text) if &*name == "length" => {
            Value::Number(utf16::length(text) as f64)
        }
        Value::Safe(text) if &*name == "val" => Value::Text(text.clone()),
        Value::List(_) | Value::Text(_) => {
            index(&name).map_or(Value::Undefined, |at| item(target, at))
        }
        _ => Value::Undefined,
    })
}

/// The item at a place of a list, string or array-like map; undefined beyond the end.
pub(super) fn item(target: &Value, place: usize) -> Value {
    match target {
        Value::List(list) => list.items.get(place).cloned().unwrap_or_default(),
        Value::Map(record) => record.get(&place.to_string()).cloned().unwrap_or_default(),
        Value::Text(text) if place < utf16::length(text) => {
            Value::text(utf16::slice(text, place, place + 1))
        }
        _ => Value::Undefined,
    }
}

/// Reads a canonical index: `0`, `12`, but not `01` or `+1`.
fn index(name: &str) -> Option<usize> {
    name.parse().ok().filter(|place: &usize| place.to_string() == name)
}
