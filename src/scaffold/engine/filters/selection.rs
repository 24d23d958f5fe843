//! Filters that sort, group and choose items.

use std::cmp::Ordering;
use std::sync::Arc;

use super::super::checks;
use super::super::error::{Complaint, did_you_mean};
use super::super::member;
use super::super::operators::{compare, same};
use super::super::value::Value;
use super::{Input, Outcome};

type Compared = Result<Ordering, Complaint>;

pub(super) fn select(input: &mut Input<'_>) -> Outcome {
    choose(input, true)
}

pub(super) fn reject(input: &mut Input<'_>) -> Outcome {
    choose(input, false)
}

/// Keeps the items of which a test, `truthy` unless told, says `wanted`.
fn choose(input: &mut Input<'_>, wanted: bool) -> Outcome {
    let name = match input.argument(0) {
        Value::Undefined => "truthy".into(),
        name => name.to_text()?,
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
    let is_map = matches!(input.value, Value::Map(_));
    for item in input.items()? {
        // A map without that index has a hole there, which JavaScript skips.
        let hole = is_map && matches!(item, Value::Undefined);
        if !hole && (check.holds)(&item, &arguments)? == wanted {
            chosen.push(item);
        }
    }
    Value::list(chosen)
}

pub(super) fn selectattr(input: &mut Input<'_>) -> Outcome {
    choose_by_attribute(input, true)
}

pub(super) fn rejectattr(input: &mut Input<'_>) -> Outcome {
    choose_by_attribute(input, false)
}

fn choose_by_attribute(input: &mut Input<'_>, wanted: bool) -> Outcome {
    let Value::List(list) = &input.value else {
        return Err(input.unfit("a list"));
    };
    input.budget.spend(list.items.len())?;
    let mut chosen = Vec::new();
    for item in &list.items {
        if input.attribute(item, input.argument(0))?.truthy() == wanted {
            chosen.push(item.clone());
        }
    }
    Value::list(chosen)
}

/// Groups items by a dotted attribute into a map of lists.
pub(super) fn groupby(input: &mut Input<'_>) -> Outcome {
    let path = input.argument(0).clone();
    let mut groups: Vec<(Arc<str>, Vec<Value>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for item in input.items()? {
        let key = by_path(&item, &path)?.to_text()?;
        let place = *places.entry(Arc::clone(&key)).or_insert(groups.len());
        if place == groups.len() {
            groups.push((key, Vec::new()));
        }
        groups[place].1.push(item);
    }
    let groups = groups.into_iter().map(|(key, items)| Ok((key, Value::list(items)?)));
    Value::map(groups.collect::<Result<Vec<_>, Complaint>>()?)
}

/// Looks up a dotted path; nothing when a part is missing.
fn by_path(item: &Value, path: &Value) -> Outcome {
    let parts: Vec<Value> = match path {
        path if !path.truthy() => return Ok(item.clone()),
        Value::Text(path) => path.split('.').map(Value::text).collect(),
        path => vec![path.clone()],
    };
    parts.iter().try_fold(item.clone(), |item, part| member::own(&item, part))
}

/// Sorts: reverse, with case, by a dotted attribute.
pub(super) fn sort(input: &mut Input<'_>) -> Outcome {
    let [reverse, case_sensitive, path] = input.bind(["reverse", "case_sensitive", "attribute"]);
    let mut keyed = Vec::new();
    for item in input.lenient_items()? {
        let key = folded(by_path(&item, &path)?, case_sensitive.truthy(), str::to_lowercase);
        keyed.push((key, item));
    }
    // JavaScript leaves undefined to the end and never compares it.
    let (mut keyed, undefined): (Vec<_>, Vec<_>) =
        keyed.into_iter().partition(|(_, item)| !matches!(item, Value::Undefined));
    let by_key = |left: &(Value, Value), right: &(Value, Value)| -> Compared {
        let order = compare(&left.0, &right.0)?.unwrap_or(Ordering::Equal);
        Ok(if reverse.truthy() { order.reverse() } else { order })
    };
    merge_sort(&mut keyed, input, &by_key)?;
    keyed.extend(undefined);
    Value::list(keyed.into_iter().map(|(_, item)| item).collect())
}

/// The pairs of a map by key, or by value when told, without case unless told.
pub(super) fn dictsort(input: &mut Input<'_>) -> Outcome {
    let Value::Map(record) = &input.value else {
        return Err(input.unfit("a map"));
    };
    let by_value = match input.argument(1) {
        Value::Undefined => false,
        Value::Text(by) if &**by == "key" => false,
        Value::Text(by) if &**by == "value" => true,
        _ => return Err("filter `dictsort` sorts by `key` or by `value`".into()),
    };
    let case_sensitive = input.argument(0).truthy();
    let mut keyed = Vec::new();
    for (key, value) in record.entries() {
        let key = Value::Text(Arc::clone(key));
        let by = if by_value { value.clone() } else { key.clone() };
        let pair = Value::list(vec![key, value.clone()])?;
        keyed.push((folded(by, case_sensitive, str::to_uppercase), pair));
    }
    let by_key = |left: &(Value, Value), right: &(Value, Value)| -> Compared {
        Ok(match compare(&left.0, &right.0)? {
            Some(Ordering::Greater) => Ordering::Greater,
            _ if same(&left.0, &right.0) => Ordering::Equal,
            _ => Ordering::Less,
        })
    };
    merge_sort(&mut keyed, input, &by_key)?;
    Value::list(keyed.into_iter().map(|(_, pair)| pair).collect())
}

fn folded(key: Value, case_sensitive: bool, fold: fn(&str) -> String) -> Value {
    match key {
        Value::Text(text) if !case_sensitive => Value::text(fold(&text)),
        key => key,
    }
}

/// A stable sort that takes comparisons which fail or contradict each other, as JavaScript's may.
fn merge_sort<T: Clone>(
    items: &mut Vec<T>,
    input: &mut Input<'_>,
    compare: &dyn Fn(&T, &T) -> Compared,
) -> Result<(), Complaint> {
    if items.len() < 2 {
        return Ok(());
    }
    input.budget.spend(items.len())?;
    let mut right = items.split_off(items.len() / 2);
    let mut left = std::mem::take(items);
    merge_sort(&mut left, input, compare)?;
    merge_sort(&mut right, input, compare)?;
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        let from_right = compare(first, second)?.is_gt();
        items.extend(if from_right { right.next() } else { left.next() });
    }
    items.extend(left.chain(right));
    Ok(())
}
