//! Filters that sort, group and choose items.

use std::cmp::Ordering;
use std::sync::Arc;

use super::super::checks;
use super::super::error::{Complaint, did_you_mean};
use super::super::limits::Meter;
use super::super::member;
use super::super::operators::{compare, same};
use super::super::value::Value;
use super::{Input, Outcome};

type Comparison = Result<Ordering, Complaint>;

pub(super) fn select(input: &Input<'_>) -> Outcome {
    choose(input, true)
}

pub(super) fn reject(input: &Input<'_>) -> Outcome {
    choose(input, false)
}

/// Keeps the items for which a test, by default `truthy`, returns `wanted`.
fn choose(input: &Input<'_>, wanted: bool) -> Outcome {
    let name = match input.argument(0) {
        Value::Undefined => "truthy".into(),
        name => name.to_text(input.meter)?,
    };
    let Some(check) = checks::find(&name) else {
        let complaint = Complaint::from(format!("unknown test `{name}`"));
        return Err(match did_you_mean(&name, checks::names()) {
            Some(hint) => complaint.hint(hint),
            None => complaint,
        });
    };
    let arguments = [input.argument(1).clone()];
    let mut chosen = Vec::new();
    let is_map = matches!(input.value, Value::Map(_) | Value::Safe(_));
    for item in input.items()? {
        // A map without that index has a hole there, which JavaScript skips.
        let hole = is_map && matches!(item, Value::Undefined);
        if !hole && check.apply(&item, &arguments, input.meter)? == wanted {
            chosen.push(item);
        }
    }
    Value::list(chosen, input.meter)
}

pub(super) fn selectattr(input: &Input<'_>) -> Outcome {
    choose_by_attribute(input, true)
}

pub(super) fn rejectattr(input: &Input<'_>) -> Outcome {
    choose_by_attribute(input, false)
}

fn choose_by_attribute(input: &Input<'_>, wanted: bool) -> Outcome {
    let Value::List(list) = &input.value else {
        return Err(input.unfit("a list"));
    };
    input.meter.spend(list.items.len())?;
    let mut chosen = Vec::new();
    for item in &list.items {
        if input.attribute(item, input.argument(0))?.truthy()? == wanted {
            chosen.push(item.clone());
        }
    }
    Value::list(chosen, input.meter)
}

/// Groups items by a dotted attribute into a map of lists.
pub(super) fn groupby(input: &Input<'_>) -> Outcome {
    let path = Path::of(input.argument(0), input.meter)?;
    let mut groups: Vec<(Arc<str>, Vec<Value>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for item in input.items()? {
        let key = path.look_up(&item, input.meter)?.to_text(input.meter)?;
        input.meter.spend(8)?;
        input.meter.scan(key.len())?;
        let place = *places.entry(Arc::clone(&key)).or_insert(groups.len());
        if place == groups.len() {
            groups.push((key, Vec::new()));
        }
        groups[place].1.push(item);
    }
    let list = |items| Value::list(items, input.meter);
    let groups = groups.into_iter().map(|(key, items)| Ok((key, list(items)?)));
    Value::map(groups.collect::<Result<Vec<_>, Complaint>>()?, input.meter)
}

/// A dotted path of attributes, taken apart once for all items; empty for the item itself.
struct Path(Vec<Value>);

impl Path {
    fn of(path: &Value, meter: &Meter) -> Result<Self, Complaint> {
        Ok(Self(match path {
            path if !path.truthy()? => Vec::new(),
            Value::Text(path) => {
                meter.spend(4 * (1 + path.matches('.').count()))?;
                path.split('.').map(Value::text).collect()
            }
            path => vec![path.clone()],
        }))
    }

    /// Nothing when a part is missing.
    fn look_up(&self, item: &Value, meter: &Meter) -> Outcome {
        self.0.iter().try_fold(item.clone(), |item, part| member::own(&item, part, meter))
    }
}

/// Sorts: reverse, with case, by a dotted attribute.
pub(super) fn sort(input: &Input<'_>) -> Outcome {
    let [reverse, case_sensitive, path] = input.bind(["reverse", "case_sensitive", "attribute"]);
    let path = Path::of(&path, input.meter)?;
    let (reverse, case_sensitive) = (reverse.truthy()?, case_sensitive.truthy()?);
    let mut keyed = Vec::new();
    for item in input.lenient_items()? {
        let key = path.look_up(&item, input.meter)?;
        let key = folded(key, case_sensitive, str::to_lowercase, input.meter)?;
        keyed.push((key, item));
    }
    // JavaScript leaves undefined to the end and never compares it.
    let (mut keyed, undefined): (Vec<_>, Vec<_>) =
        keyed.into_iter().partition(|(_, item)| !matches!(item, Value::Undefined));
    let by_key = |left: &(Value, Value), right: &(Value, Value)| -> Comparison {
        let order = compare(&left.0, &right.0, input.meter)?.unwrap_or(Ordering::Equal);
        Ok(if reverse { order.reverse() } else { order })
    };
    merge_sort(&mut keyed, input.meter, &by_key)?;
    keyed.extend(undefined);
    Value::list(keyed.into_iter().map(|(_, item)| item).collect(), input.meter)
}

/// The pairs of a map sorted by key or value, by default without regard to case.
pub(super) fn dictsort(input: &Input<'_>) -> Outcome {
    let Value::Map(record) = &input.value else {
        return Err(input.unfit("a map"));
    };
    let by_value = match input.argument(1) {
        Value::Undefined => false,
        Value::Text(by) if &**by == "key" => false,
        Value::Text(by) if &**by == "value" => true,
        _ => return Err("filter `dictsort` sorts by `key` or by `value`".into()),
    };
    let case_sensitive = input.argument(0).truthy()?;
    let mut keyed = Vec::new();
    for (key, value) in record.entries() {
        let key = Value::Text(Arc::clone(key));
        let by = if by_value { value.clone() } else { key.clone() };
        let pair = Value::list(vec![key, value.clone()], input.meter)?;
        keyed.push((folded(by, case_sensitive, str::to_uppercase, input.meter)?, pair));
    }
    let by_key = |left: &(Value, Value), right: &(Value, Value)| -> Comparison {
        Ok(match compare(&left.0, &right.0, input.meter)? {
            Some(Ordering::Greater) => Ordering::Greater,
            _ if same(&left.0, &right.0, input.meter)? => Ordering::Equal,
            _ => Ordering::Less,
        })
    };
    merge_sort(&mut keyed, input.meter, &by_key)?;
    Value::list(keyed.into_iter().map(|(_, pair)| pair).collect(), input.meter)
}

fn folded(key: Value, case_sensitive: bool, fold: fn(&str) -> String, meter: &Meter) -> Outcome {
    Ok(match key {
        Value::Text(text) if !case_sensitive => {
            meter.text(text.len())?;
            Value::text(fold(&text))
        }
        key => key,
    })
}

/// A stable sort that takes comparisons which fail or contradict each other, as JavaScript's may.
fn merge_sort<T: Clone>(
    items: &mut Vec<T>,
    meter: &Meter,
    compare: &dyn Fn(&T, &T) -> Comparison,
) -> Result<(), Complaint> {
    if items.len() < 2 {
        return Ok(());
    }
    meter.spend(2 * items.len())?;
    let mut right = items.split_off(items.len() / 2);
    let mut left = std::mem::take(items);
    merge_sort(&mut left, meter, compare)?;
    merge_sort(&mut right, meter, compare)?;
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        let from_right = compare(first, second)?.is_gt();
        items.extend(if from_right { right.next() } else { left.next() });
    }
    items.extend(left.chain(right));
    Ok(())
}
