//! Looks up members: `x.name`, `x['name']`, `x[0]`. A member is always data, never a function of the host.

use std::sync::Arc;

use super::callable::Function;
use super::error::Complaint;
use super::limits::Meter;
use super::methods;
use super::utf16;
use super::value::Value;

/// Names that reach into JavaScript's object model: refused, whatever they are looked up in.
const RESERVED: [&str; 3] = ["constructor", "prototype", "__proto__"];

/// Looks up a member that is not called; what is not there is undefined.
pub(super) fn get(target: &Value, key: &Value, meter: &Meter) -> Result<Value, Complaint> {
    let value = match own(target, key, meter)? {
        Value::Function(function) => Value::Function(function.into_member()),
        value => value,
    };
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
        Value::Cycler(cycler) => match &*name {
            "current" => cycler.current(),
            "next" => Value::Function(Function::Next(Arc::clone(cycler))),
            "reset" => Value::Function(Function::Reset(Arc::clone(cycler))),
            _ => Value::Undefined,
        },
        Value::Regex(regex) => regex.member(&name),
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

/// The items from one place up to another, by a step; a place below 0 counts from the end. The end is not cut, so that
/// there is an undefined item at the length. A slice of a text is a text, as in Jinja; Nunjucks makes a list of it.
pub(super) fn slice(
    target: &Value,
    [start, stop, step]: [Option<f64>; 3],
    meter: &Meter,
) -> Result<Value, Complaint> {
    let step = step.unwrap_or(1.0);
    if step == 0.0 {
        return Err("the step of a slice is not 0".into());
    }
    let target = if target.truthy()? { target.clone() } else { Value::list(Vec::new(), meter)? };
    let length = own(&target, &Value::text("length"), meter)?;
    let length = length.to_number(meter)?;
    let from_end = |place: f64| if place < 0.0 { place + length } else { place };
    let is_backward = step < 0.0;
    let mut place = start.map_or(if is_backward { length - 1.0 } else { 0.0 }, from_end);
    let stop = stop.map_or(if is_backward { -1.0 } else { length }, from_end);
    if let (Value::Text(text) | Value::Safe(text), 1.0) = (&target, step) {
        let [from, to] = [place, stop].map(|end| end.clamp(0.0, length) as usize);
        return Ok(Value::text(utf16::slice(text, from, to.max(from), meter)?));
    }
    let mut items = Vec::new();
    let is_over = |place: f64| {
        place < 0.0 || place > length || if is_backward { place <= stop } else { place >= stop }
    };
    while !is_over(place) {
        meter.spend(4)?;
        items.push(own(&target, &Value::Number(place), meter)?);
        place += step;
    }
    if let Value::Text(_) | Value::Safe(_) = target {
        let mut joined = String::new();
        for item in &items {
            joined += &item.to_text(meter)?;
        }
        return Ok(Value::text(joined));
    }
    Value::list(items, meter)
}

/// Reads a canonical index: `0`, `12`, but not `01` or `+1`.
fn index(name: &str) -> Option<usize> {
    (name.len() <= 20)
        .then(|| name.parse().ok())
        .flatten()
        .filter(|place: &usize| place.to_string() == name)
}
