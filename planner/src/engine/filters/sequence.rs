//! Filters on lists, and on what JavaScript treats as one: strings and maps with a `length`.

use std::sync::Arc;

use super::super::coercion::safe_fields;
use super::super::error::Complaint;
use super::super::eval::loop_end;
use super::super::limits::Meter;
use super::super::member;
use super::super::operators::{add, join as joined};
use super::super::utf16;
use super::super::value::{List, Value};
use super::{Input, Outcome};

impl Input<'_> {
    /// The items that an index loop over the input sees.
    pub(super) fn items(&self) -> Result<Vec<Value>, Complaint> {
        let length = match &self.value {
            Value::Undefined | Value::Null => return Err(self.unfit("a list")),
            Value::List(list) => return self.copied(list),
            Value::Text(text) => {
                let units = utf16::units(text, self.meter)?;
                return Ok(units.into_iter().map(Value::text).collect());
            }
            Value::Map(record) => record.get("length").cloned().unwrap_or_default(),
            Value::Safe(text) => Value::Number(utf16::length(text, self.meter)? as f64),
            _ => Value::Undefined,
        };
        let end = loop_end(&length, self.meter)?;
        let mut items = Vec::new();
        while (items.len() as f64) < end {
            self.meter.spend(4)?;
            items.push(member::item(&self.value, items.len(), self.meter)?);
        }
        Ok(items)
    }

    fn copied(&self, list: &List) -> Result<Vec<Value>, Complaint> {
        self.meter.spend(2 * list.items.len())?;
        Ok(list.items.clone())
    }

    /// Like `items`, but nothing for undefined, null and false.
    pub(super) fn lenient_items(&self) -> Result<Vec<Value>, Complaint> {
        if self.value.is_nullish() { Ok(Vec::new()) } else { self.items() }
    }

    /// The input, which must be a list.
    fn list(&self) -> Result<Arc<List>, Complaint> {
        match &self.value {
            Value::List(list) => Ok(Arc::clone(list)),
            _ => Err(self.unfit("a list")),
        }
    }

    /// The items, or that attribute of each when the argument names one.
    fn projected(&self, attribute: usize) -> Result<Vec<Value>, Complaint> {
        let attribute = self.argument(attribute).clone();
        if !attribute.truthy()? {
            return self.copied(&*self.list()?);
        }
        self.lenient_items()?.iter().map(|item| self.attribute(item, &attribute)).collect()
    }

    /// The first argument, which must be a whole number from 1.
    fn count(&self) -> Result<usize, Complaint> {
        match self.argument(0) {
            Value::Number(number) if *number >= 1.0 && number.fract() == 0.0 => {
                Ok(*number as usize)
            }
            _ => Err(format!("filter `{}` needs a whole number from 1", self.name).into()),
        }
    }

    /// One member of an item, which must have members.
    pub(super) fn attribute(&self, item: &Value, key: &Value) -> Outcome {
        if item.is_nullish() {
            let message = format!("filter `{}` found {} in the list", self.name, item.kind());
            return Err(message.into());
        }
        member::own(item, key, self.meter)
    }
}

pub(super) fn first(input: &Input<'_>) -> Outcome {
    if input.value.is_nullish() {
        Err(input.unfit("a list"))
    } else {
        member::item(&input.value, 0, input.meter)
    }
}

pub(super) fn last(input: &Input<'_>) -> Outcome {
    if input.value.is_nullish() {
        return Err(input.unfit("a list"));
    }
    let length =
        member::own(&input.value, &Value::text("length"), input.meter)?.to_number(input.meter)?;
    member::own(&input.value, &Value::Number(length - 1.0), input.meter)
}

/// The number of items, keys or code units; 0 of undefined, null and false.
pub(super) fn length(input: &Input<'_>) -> Outcome {
    Ok(match &input.value {
        Value::Undefined | Value::Null | Value::Bool(false) => Value::Number(0.0),
        Value::Map(record) => Value::Number(record.len() as f64),
        value => member::own(value, &Value::text("length"), input.meter)?,
    })
}

/// The code units of a string, the `{key, value}` pairs of a map, or the list itself.
pub(super) fn list(input: &Input<'_>) -> Outcome {
    match &input.value {
        Value::List(_) => Ok(input.value.clone()),
        Value::Text(_) => Value::list(input.items()?, input.meter),
        Value::Safe(text) => {
            let fields = safe_fields(text, input.meter)?;
            let pairs = fields.map(|(key, value)| pair(key.into(), value, input.meter));
            Value::list(pairs.into_iter().collect::<Result<_, _>>()?, input.meter)
        }
        Value::Map(record) => {
            let pairs = record.entries().iter();
            let pairs = pairs.map(|(key, value)| pair(key.clone(), value.clone(), input.meter));
            Value::list(pairs.collect::<Result<_, _>>()?, input.meter)
        }
        _ => Err(input.unfit("a list, a string or a map")),
    }
}

fn pair(key: Arc<str>, value: Value, meter: &Meter) -> Outcome {
    Value::map([("key", Value::Text(key)), ("value", value)], meter)
}

pub(super) fn join(input: &Input<'_>) -> Outcome {
    let items = input.projected(1)?;
    let separator = match input.argument(0) {
        separator if separator.truthy()? => separator.to_text(input.meter)?,
        _ => "".into(),
    };
    joined(&items, &separator, input.meter)
}

/// Adds the items to 0 and that to the start, as JavaScript adds.
pub(super) fn sum(input: &Input<'_>) -> Outcome {
    let mut total = Value::Number(0.0);
    for item in input.projected(0)? {
        total = add(&total, &item, input.meter)?;
    }
    match input.argument(1).clone() {
        Value::Undefined => add(&Value::Number(0.0), &total, input.meter),
        start => add(&start, &total, input.meter),
    }
}

/// One item, chosen by the seed of the environment and the place of the filter: the same in every plan of a request.
pub(super) fn random(input: &Input<'_>) -> Outcome {
    if input.value.is_nullish() {
        return Err(input.unfit("a list"));
    }
    let length = member::own(&input.value, &Value::text("length"), input.meter)?;
    let length = length.to_number(input.meter)?;
    if length.is_nan() || length < 1.0 {
        return Ok(Value::Undefined);
    }
    let chosen =
        input.environment.choose(input.choice.at as u64, input.choice.number, length as u64);
    member::own(&input.value, &Value::Number(chosen as f64), input.meter)
}

pub(super) fn reverse(input: &Input<'_>) -> Outcome {
    let mut items = input.lenient_items()?;
    items.reverse();
    match &input.value {
        Value::Text(_) => joined(&items, "", input.meter),
        _ => Value::list(items, input.meter),
    }
}

/// Cuts into lists of that many items; the last one is filled up with the second argument.
pub(super) fn batch(input: &Input<'_>) -> Outcome {
    let size = input.count()?;
    let fill = input.argument(1).clone();
    let fills = fill.truthy()?;
    let mut batches = Vec::new();
    let mut batch = Vec::new();
    for (place, item) in input.items()?.into_iter().enumerate() {
        if place % size == 0 && !batch.is_empty() {
            batches.push(Value::list(std::mem::take(&mut batch), input.meter)?);
        }
        batch.push(item);
    }
    if !batch.is_empty() {
        while fills && batch.len() < size {
            input.meter.spend(4)?;
            batch.push(fill.clone());
        }
        batches.push(Value::list(batch, input.meter)?);
    }
    Value::list(batches, input.meter)
}

/// Cuts into that many lists of nearly equal length; shorter ones are filled up.
pub(super) fn slice(input: &Input<'_>) -> Outcome {
    if let Value::Text(text) | Value::Safe(text) = &input.value {
        return slice_text(input, text);
    }
    let items = input.list()?;
    let count = input.count()?;
    input.meter.spend(count.saturating_mul(8))?;
    let (each, extra) = (items.items.len() / count, items.items.len() % count);
    let fill = input.argument(1);
    let fills = fill.truthy()?;
    let mut slices = Vec::new();
    let mut start = 0;
    for place in 0..count {
        let end = start + each + usize::from(place < extra);
        let mut slice = items.items[start..end].to_vec();
        if fills && place >= extra {
            slice.push(fill.clone());
        }
        slices.push(Value::list(slice, input.meter)?);
        start = end;
    }
    Value::list(slices, input.meter)
}

/// Cuts a text into that many texts, which cannot be filled up.
fn slice_text(input: &Input<'_>, text: &str) -> Outcome {
    let count = input.count()?;
    input.meter.spend(count.saturating_mul(8))?;
    let length = utf16::length(text, input.meter)?;
    let (each, extra) = (length / count, length % count);
    if input.argument(1).truthy()? {
        return Err(input.unfit("a list to fill up"));
    }
    let mut slices = Vec::new();
    let mut start = 0;
    for place in 0..count {
        let end = start + each + usize::from(place < extra);
        slices.push(Value::text(utf16::slice(text, start, end, input.meter)?));
        start = end;
    }
    Value::list(slices, input.meter)
}
