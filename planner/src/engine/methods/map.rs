//! The methods of Python's dictionaries that read.

use std::sync::Arc;

use super::Arguments;
use crate::engine::error::Complaint;
use crate::engine::value::{Record, Value};

pub(super) fn of_map(
    record: &Record,
    method: &str,
    arguments: &Arguments<'_>,
) -> Result<Value, Complaint> {
    let meter = arguments.meter;
    let key = || arguments.get(0).to_text(meter);
    let list = |part: fn(&(Arc<str>, Value)) -> Value| {
        meter.spend(4 * record.len())?;
        Value::list(record.entries().iter().map(part).collect(), meter)
    };
    match method {
        "get" => Ok(match record.get(&key()?) {
            Some(value) if !matches!(value, Value::Undefined) => value.clone(),
            _ => arguments.get(1).clone(),
        }),
        "has_key" => Ok(Value::Bool(record.get(&key()?).is_some())),
        "keys" | "iterkeys" => list(|(key, _)| Value::Text(Arc::clone(key))),
        "values" | "itervalues" => list(|(_, value)| value.clone()),
        _ => {
            meter.spend(4 * record.len())?;
            let pair = |(key, value): &(Arc<str>, Value)| {
                Value::list(vec![Value::Text(Arc::clone(key)), value.clone()], meter)
            };
            let pairs = record.entries().iter().map(pair).collect::<Result<_, _>>()?;
            Value::list(pairs, meter)
        }
    }
}
