//! Methods of lists.

use super::{Arguments, place};
use crate::engine::error::Complaint;
use crate::engine::limits::Meter;
use crate::engine::operators::{self, position};
use crate::engine::value::Value;

pub(super) fn of_list(
    list: &Value,
    items: &[Value],
    method: &str,
    arguments: &Arguments<'_>,
    meter: &Meter,
) -> Result<Value, Complaint> {
    let length = items.len();
    let needle = arguments.get(0);
    Ok(match method {
        "at" => {
            let place = needle.to_number(meter)?;
            let place = if place.is_nan() { 0.0 } else { place.trunc() };
            let place = if place < 0.0 { place + length as f64 } else { place };
            let inside = place >= 0.0 && place < length as f64;
            if inside { items[place as usize].clone() } else { Value::Undefined }
        }
        "includes" => {
            let start = arguments.relative(1, length, 0)?;
            Value::Bool(position(items, needle, start, meter)?.is_some())
        }
        "indexOf" => place(position(items, needle, arguments.relative(1, length, 0)?, meter)?),
        "lastIndexOf" => {
            let reversed: Vec<Value> = items.iter().rev().cloned().collect();
            let found = position(&reversed, needle, 0, meter)?;
            place(found.map(|from_end| length - 1 - from_end))
        }
        "join" => match needle {
            Value::Undefined => operators::join(items, ",", meter)?,
            separator => operators::join(items, &separator.to_text(meter)?, meter)?,
        },
        "slice" => {
            let (start, end) =
                (arguments.relative(0, length, 0)?, arguments.relative(1, length, length)?);
            meter.spend(2 * end.saturating_sub(start))?;
            Value::list(items[start.min(end)..end].to_vec(), meter)?
        }
        "flat" => {
            let depth =
                if matches!(needle, Value::Undefined) { 1.0 } else { needle.to_number(meter)? };
            let mut out = Vec::new();
            flatten(items, depth, &mut out, meter)?;
            Value::list(out, meter)?
        }
        _ => {
            let mut out = Vec::new();
            flatten(std::slice::from_ref(list), 1.0, &mut out, meter)?;
            flatten(arguments.values, 1.0, &mut out, meter)?;
            Value::list(out, meter)?
        }
    })
}

fn flatten(
    items: &[Value],
    depth: f64,
    out: &mut Vec<Value>,
    meter: &Meter,
) -> Result<(), Complaint> {
    meter.spend(4 * items.len())?;
    for item in items {
        match item {
            Value::List(list) if depth >= 1.0 => flatten(&list.items, depth - 1.0, out, meter)?,
            _ => out.push(item.clone()),
        }
    }
    Ok(())
}

/// The methods of Python's lists that read.
pub(super) fn compat(
    items: &[Value],
    method: &str,
    arguments: &Arguments<'_>,
) -> Result<Value, Complaint> {
    let (needle, meter) = (arguments.get(0), arguments.meter);
    let found = || position(items, needle, 0, meter);
    match method {
        "find" => Ok(place(found()?)),
        "index" => match found()? {
            Some(at) => Ok(Value::Number(at as f64)),
            None => Err("the list does not have the item that `index` looks for".into()),
        },
        _ => {
            let mut count = 0.0;
            for item in items {
                count += f64::from(u8::from(operators::same(item, needle, meter)?));
            }
            Ok(Value::Number(count))
        }
    }
}
