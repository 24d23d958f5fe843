//! Looks up members: `x.name`, `x['name']`, `x[0]`. A member is always data, never a function of the host.

use super::error::Complaint;
use super::limits::Meter;
use super::methods;
use super::utf16;
use super::value::Value;

/// Names that reach into JavaScript's object model: refused, whatever they are looked up in.
const RESERVED: [&str; 3] = ["constructor", "prototype", "__proto__"];

/// Looks up a member that is not called; what is not there is undefined.
pub(super) fn get(target: &Value, key: &Value, meter: &Meter) -> Result<Value, Complaint> {
    let value = own(target, key, meter)?;
    if let (Value::Undefined, Value::Text(name)) = (&value, key)
        && methods::exists(target, name)
    {
        return Err(format!("`{name}` is a method: call it with `()`").into());
    }
    Ok(value)
}

/// Looks up data, not methods.
pub(super) fn own(target: &Value, key: &Value, meter: &Meter) -> Result<Value, Complaint> {
    meter.spend(1)?;
    let name = key.to_text(meter)?;
    meter.scan(name.len())?;
    if RESERVED.contains(&&*name) {
        return Err(format!("the name `{name}` is reserved").into());
    }
    Ok(match target {
        Value::Map(record) => record.get(&name).cloned().unwrap_or_default(),
        Value::List(list) if &*name == "length" => Value::Number(list.items.len() as f64),
        Value::Text(text) | Value::Safe(text) if &*name == "length" => {
            Value::Number(utf16::length(text, meter)? as f64)
        }
        Value::Safe(text) if &*name == "val" => Value::Text(text.clone()),
        Value::List(_) | Value::Text(_) => {
            index(&name).map_or(Ok(Value::Undefined), |at| item(target, at, meter))?
        }
        Value::Unknown(unknown) => Value::unknown(unknown.member(&name), meter)?,
        _ => Value::Undefined,
    })
}

/// The item at a place of a list, string or array-like map; undefined beyond the end.
pub(super) fn item(target: &Value, place: usize, meter: &Meter) -> Result<Value, Complaint> {
    meter.spend(2)?;
    Ok(match target {
        Value::List(list) => list.items.get(place).cloned().unwrap_or_default(),
        Value::Map(record) => record.get(&place.to_string()).cloned().unwrap_or_default(),
        Value::Text(text) if place < utf16::length(text, meter)? => {
            Value::text(utf16::slice(text, place, place + 1, meter)?)
        }
        Value::Unknown(unknown) => Value::unknown(unknown.member(&place.to_string()), meter)?,
        _ => Value::Undefined,
    })
}

/// Reads a canonical index: `0`, `12`, but not `01` or `+1`.
fn index(name: &str) -> Option<usize> {
    (name.len() <= 20)
        .then(|| name.parse().ok())
        .flatten()
        .filter(|place: &usize| place.to_string() == name)
}
