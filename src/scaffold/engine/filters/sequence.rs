//! Filters on lists, and on what JavaScript treats as one: strings and maps with a `length`.

use std::cmp::Ordering;
use std::sync::Arc;

use super::super::error::Complaint;
use super::super::member;
use super::super::operators::{add, compare, join as joined};
use super::super::utf16;
use super::super::value::{List, Value};
use super::{Input, Outcome};

impl Input<'_> {
    /// The items that an index loop over the input sees.
    pub(super) fn items(&mut self) -> Result<Vec<Value>, Complaint> {
        let length = match &self.value {
            Value::Undefined | Value::Null => return Err(self.unfit("a list")),
            Value::List(list) => {
                self.budget.spend(list.items.len())?;
                return Ok(list.items.clone());
            }
            Value::Map(record) => record.get("length").cloned().unwrap_or_default(),
            Value::Text(text) | Value::Safe(text) => Value::Number(utf16::length(text) as f64),
            _ => Value::Undefined,
        };
        if let Value::Text(text) = &self.value {
            self.budget.spend(text.len())?;
            return Ok(utf16::units(text).into_iter().map(Value::text).collect());
        }
        let mut items = Vec::new();
        while compare(&Value::Number(items.len() as f64), &length)?.is_some_and(Ordering::is_lt) {
            self.budget.spend(1)?;
            items.push(member::item(&self.value, items.len()));
        }
        Ok(items)
    }

    /// Like `items`, but nothing for undefined, null and false.
    pub(super) fn lenient_items(&mut self) -> Result<Vec<Value>, Complaint> {
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
    fn projected(&mut self, attribute: usize) -> Result<Vec<Value>, Complaint> {
        let attribute = self.argument(attribute).clone();
        if !attribute.truthy() {
            let list = self.list()?;
            self.budget.spend(list.items.len())?;
            return Ok(list.items.clone());
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
        member::own(item, key)
    }
}

pub(super) fn first(input: &mut Input<'_>) -> Outcome {
    if input.value.is_nullish() {
        Err(input.unfit("a list"))
    } else {
        Ok(member::item(&input.value, 0))
    }
}

pub(super) fn last(input: &mut Input<'_>) -> Outcome {
    if input.value.is_nullish() {
        return Err(input.unfit("a list"));
    }
    let length = member::own(&input.value, &Value::text("length"))?.to_number()?;
    member::own(&input.value, &Value::Number(length - 1.0))
}

/// The number of items, keys or code units; 0 of undefined, null and false.
pub(super) fn length(input: &mut Input<'_>) -> Outcome {
    Ok(match &input.value {
        Value::Undefined | Value::Null | Value::Bool(false) => Value::Number(0.0),
        Value::Map(record) => Value::Number(record.len() as f64),
        value => member::own(value, &Value::text("length"))?,
    })
}

/// The code units of a string, the `{key, value}` pairs of a map, or the list itself.
pub(super) fn list(input: &mut Input<'_>) -> Outcome {
    match &input.value {
        Value::List(_) => Ok(input.value.clone()),
        Value::Text(_) | Value::Safe(_) => Value::list(input.items()?),
        Value::Map(record) => {
            input.budget.spend(record.len() * 2)?;
            let pairs = record.entries().iter().map(|(key, value)| {
                Value::map([("key", Value::Text(key.clone())), ("value", value.clone())])
            });
            Value::list(pairs.collect::<Result<_, _>>()?)
        }
        _ => Err(input.unfit("a list, a string or a map")),
    }
}

pub(super) fn join(input: &mut Input<'_>) -> Outcome {
    let items = input.projected(1)?;
    let separator = match input.argument(0) {
        separator if separator.truthy() => separator.to_text()?,
        _ => "".into(),
    };
    joined(&items, &separator, input.budget)
}

/// Adds the items to 0 and that to the start, as JavaScript adds.
pub(super) fn sum(input: &mut Input<'_>) -> Outcome {
    let mut total = Value::Number(0.0);
    for item in input.projected(0)? {
        total = add(&total, &item, input.budget)?;
    }
    match input.argument(1).clone() {
        Value::Undefined => add(&Value::Number(0.0), &total, input.budget),
        start => add(&start, &total, input.budget),
    }
}

pub(super) fn reverse(input: &mut Input<'_>) -> Outcome {
    let mut items = input.lenient_items()?;
    items.reverse();
    match &input.value {
        Value::Text(_) => joined(&items, "", input.budget),
        _ => Value::list(items),
    }
}

/// Cuts into lists of that many items; the last one is filled up with the second argument.
pub(super) fn batch(input: &mut Input<'_>) -> Outcome {
    let size = input.count()?;
    let fill = input.argument(1).clone();
    let mut batches = Vec::new();
    let mut batch = Vec::new();
    for (place, item) in input.items()?.into_iter().enumerate() {
        if place % size == 0 && !batch.is_empty() {
            batches.push(Value::list(std::mem::take(&mut batch))?);
        }
        batch.push(item);
    }
    if !batch.is_empty() {
        while fill.truthy() && batch.len() < size {
            input.budget.spend(1)?;
            batch.push(fill.clone());
        }
        batches.push(Value::list(batch)?);
    }
    Value::list(batches)
}

/// Cuts into that many lists of nearly equal length; shorter ones are filled up.
pub(super) fn slice(input: &mut Input<'_>) -> Outcome {
    let items = input.list()?;
    let count = input.count()?;
    input.budget.spend(count)?;
    let (each, extra) = (items.items.len() / count, items.items.len() % count);
    let fill = input.argument(1);
    let mut slices = Vec::new();
    let mut start = 0;
    for place in 0..count {
        let end = start + each + usize::from(place < extra);
        let mut slice = items.items[start..end].to_vec();
        if fill.truthy() && place >= extra {
            slice.push(fill.clone());
        }
        slices.push(Value::list(slice)?);
        start = end;
    }
    Value::list(slices)
}
