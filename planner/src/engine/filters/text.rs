//! Filters on strings.

use super::super::coercion::{is_space, safe_fields};
use super::super::error::Complaint;
use super::super::limits::Meter;
use super::super::member;
use super::super::methods::replacement::by_pattern;
use super::super::operators::compare;
use super::super::utf16;
use super::super::value::Value;
use super::{Input, Outcome};
use crate::base::percent::encode_uri_component;

pub(super) fn lower(input: &Input<'_>) -> Outcome {
    Ok(Value::text(input.text()?.to_lowercase()))
}

pub(super) fn upper(input: &Input<'_>) -> Outcome {
    Ok(Value::text(input.text()?.to_uppercase()))
}

pub(super) fn capitalize(input: &Input<'_>) -> Outcome {
    Ok(input.like_input(capitalized(&input.text()?)))
}

pub(super) fn title(input: &Input<'_>) -> Outcome {
    let text = input.text()?;
    // Each word is a text of its own for a moment.
    input.meter.spend(text.len())?;
    let mut titled = String::with_capacity(text.len());
    for (place, word) in text.split(' ').enumerate() {
        titled.push_str(if place > 0 { " " } else { "" });
        titled.push_str(&capitalized(word));
    }
    Ok(input.like_input(titled))
}

fn capitalized(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut chars = lower.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => lower,
    }
}

pub(super) fn trim(input: &Input<'_>) -> Outcome {
    Ok(input.like_input(input.strict_text()?.trim_matches(is_space)))
}

pub(super) fn string(input: &Input<'_>) -> Outcome {
    match &input.value {
        Value::Undefined | Value::Null => Err(input.unfit("a value")),
        Value::Safe(_) => Ok(input.value.clone()),
        value => Ok(Value::Text(value.to_text(input.meter)?)),
    }
}

/// Replaces every place, or the first `max`, of a string or number; other inputs stay as they are.
pub(super) fn replace(input: &Input<'_>) -> Outcome {
    if let Value::Regex(regex) = input.argument(0) {
        let new = input.argument(1).to_text(input.meter)?;
        let text = input.strict_text()?;
        return by_pattern(&text, regex.pattern(), &new, input.meter).map(Value::text);
    }
    let old = match input.argument(0) {
        old @ (Value::Text(_) | Value::Number(_)) => old.to_text(input.meter)?,
        _ => return Ok(input.value.clone()),
    };
    let text = match &input.value {
        Value::Text(text) | Value::Safe(text) => text.clone(),
        Value::Number(_) => input.value.to_text(input.meter)?,
        other => return Ok(other.clone()),
    };
    let new = input.argument(1).to_text(input.meter)?;
    let unchanged = || match &input.value {
        Value::Safe(_) => input.value.clone(),
        _ => Value::Text(text.clone()),
    };
    let max = match input.argument(2) {
        Value::Undefined => -1.0,
        max => max.to_number(input.meter)?,
    };
    if old.is_empty() {
        return replace_between(input, &text, &new);
    }
    let all = (max + 1.0).abs() == 0.0;
    let count = text.matches(&*old).count();
    let count = if all { count } else { count.min(max.max(0.0).ceil() as usize) };
    if count == 0 {
        return Ok(unchanged());
    }
    input.meter.text(text.len() + new.len().saturating_mul(count))?;
    Ok(input.like_input(text.replacen(&*old, &new, count)))
}

/// Puts `new` around and between the code units of a text.
fn replace_between(input: &Input<'_>, text: &str, new: &str) -> Outcome {
    let units = utf16::units(text, input.meter)?;
    input.meter.text(text.len() + new.len() * (units.len() + 2))?;
    // `join(undefined)` puts commas, though undefined is written out elsewhere.
    let between = if matches!(input.argument(1), Value::Undefined) { "," } else { new };
    Ok(input.like_input([new, &units.join(between), new].concat()))
}

/// Centres text in a width, by default 80.
pub(super) fn center(input: &Input<'_>) -> Outcome {
    let width = or_default(input.argument(0), 80.0)?;
    if is_at_least(&input.value, &width, input.meter)? {
        return Ok(input.value.clone());
    }
    let text = match &input.value {
        Value::Undefined | Value::Null | Value::Bool(false) => "".into(),
        value => value.to_text(input.meter)?,
    };
    let length = member::own(&input.value, &Value::text("length"), input.meter)?;
    let length = if text.is_empty() { 0.0 } else { length.to_number(input.meter)? };
    let spaces = width.to_number(input.meter)? - length;
    // `repeat` of a fraction goes on to the next whole number.
    let before = (spaces / 2.0 - spaces % 2.0).ceil().max(0.0) as usize;
    let after = (spaces / 2.0).ceil().max(0.0) as usize;
    input.meter.text(before.saturating_add(after).saturating_add(text.len()))?;
    Ok(input.like_input([" ".repeat(before), text.to_string(), " ".repeat(after)].concat()))
}

/// Shortens text to a length, at a space unless the second argument is true.
pub(super) fn truncate(input: &Input<'_>) -> Outcome {
    let limit = or_default(input.argument(0), 255.0)?;
    if !matches!(input.value, Value::Text(_)) && is_at_most(&input.value, &limit, input.meter)? {
        return Ok(input.value.clone());
    }
    let text = input.text()?;
    let limit = limit.to_number(input.meter)?;
    if utf16::length(&text, input.meter)? as f64 <= limit {
        return Ok(Value::Text(text));
    }
    let limit = limit.max(0.0) as usize;
    let end = if input.argument(1).truthy()? {
        limit
    } else {
        utf16::find_last(&text, " ", limit, input.meter)?.unwrap_or(limit)
    };
    let kept = utf16::slice(&text, 0, end, input.meter)?;
    let tail = match input.argument(2) {
        Value::Undefined | Value::Null => "...".into(),
        tail => tail.to_text(input.meter)?,
    };
    input.meter.text(kept.len() + tail.len())?;
    Ok(input.like_input([&kept, &*tail].concat()))
}

/// Indents every line but the first, by default by 4; a true second argument indents the first line, too.
pub(super) fn indent(input: &Input<'_>) -> Outcome {
    let text = input.text()?;
    if text.is_empty() {
        return Ok(Value::text(""));
    }
    let width =
        or_default(input.argument(0), 4.0)?.to_number(input.meter)?.max(0.0).ceil() as usize;
    let lines = text.matches('\n').count() + 1;
    input.meter.text(text.len().saturating_add(width.saturating_mul(lines)))?;
    let spaces = " ".repeat(width);
    let first = if input.argument(1).truthy()? { &*spaces } else { "" };
    Ok(input.like_input([first, &text.replace('\n', &format!("\n{spaces}"))].concat()))
}

/// The number of words of ASCII letters, digits and `_`; null when there is none.
pub(super) fn wordcount(input: &Input<'_>) -> Outcome {
    if !input.value.truthy()? {
        return Ok(Value::Null);
    }
    let text = input.text()?;
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let count = words.filter(|word| !word.is_empty()).count();
    Ok(if count == 0 { Value::Null } else { Value::Number(count as f64) })
}

/// Percent-encodes a string, or the pairs of a map or list as a query.
pub(super) fn urlencode(input: &Input<'_>) -> Outcome {
    let pairs: Vec<(Value, Value)> = match &input.value {
        Value::Text(text) => {
            input.meter.spend(text.len())?;
            input.meter.text(text.len() * 3)?;
            return Ok(Value::text(encode_uri_component(text)));
        }
        Value::Safe(text) => {
            let fields = safe_fields(text, input.meter)?;
            fields.map(|(key, value)| (Value::text(key), value)).into()
        }
        Value::Map(record) => {
            input.meter.spend(4 * record.len())?;
            let entries = record.entries().iter();
            entries.map(|(key, value)| (Value::Text(key.clone()), value.clone())).collect()
        }
        Value::List(list) => {
            let part = |pair, place| input.attribute(pair, &Value::Number(place));
            let pairs = list.items.iter().map(|pair| Ok((part(pair, 0.0)?, part(pair, 1.0)?)));
            pairs.collect::<Result<_, Complaint>>()?
        }
        _ => return Ok(Value::text("")),
    };
    let mut query = String::new();
    for (key, value) in pairs {
        let (key, value) = (key.to_text(input.meter)?, value.to_text(input.meter)?);
        input.meter.text((key.len() + value.len()) * 3)?;
        let separator = if query.is_empty() { "" } else { "&" };
        Meter::fits(query.len())?;
        query.push_str(
            &[separator, &encode_uri_component(&key), "=", &encode_uri_component(&value)].concat(),
        );
    }
    Ok(Value::text(query))
}

fn or_default(value: &Value, default: f64) -> Outcome {
    Ok(if value.truthy()? { value.clone() } else { Value::Number(default) })
}

/// Whether the value's `length`, whatever it is, reaches `limit`.
fn is_at_least(value: &Value, limit: &Value, meter: &Meter) -> Result<bool, Complaint> {
    let length = member::own(value, &Value::text("length"), meter)?;
    Ok(compare(&length, limit, meter)?.is_some_and(std::cmp::Ordering::is_ge))
}

fn is_at_most(value: &Value, limit: &Value, meter: &Meter) -> Result<bool, Complaint> {
    let length = member::own(value, &Value::text("length"), meter)?;
    Ok(compare(&length, limit, meter)?.is_some_and(std::cmp::Ordering::is_le))
}
