//! Methods of strings.

use std::sync::Arc;

use super::replacement::replace;
use super::{Arguments, place};
use crate::engine::coercion::is_space;
use crate::engine::error::Complaint;
use crate::engine::limits::Meter;
use crate::engine::pattern::{Match, Pattern, Regex};
use crate::engine::value::Value;
use crate::engine::{operators, pattern, utf16};

pub(super) fn of_text(
    text: &str,
    method: &str,
    arguments: &Arguments<'_>,
    meter: &Meter,
) -> Result<Value, Complaint> {
    let length = utf16::length(text, meter)?;
    let start_or_0 = |place| arguments.place(place, length, 0);
    Ok(match method {
        "at" => {
            let place = arguments.get(0).to_number(meter)?;
            let place = if place.is_nan() { 0.0 } else { place.trunc() };
            let place = if place < 0.0 { place + length as f64 } else { place };
            match place >= 0.0 && place < length as f64 {
                true => char_at(text, length, "charAt", place, meter)?,
                false => Value::Undefined,
            }
        }
        "charAt" | "charCodeAt" => {
            let place = arguments.get(0).to_number(meter)?;
            char_at(text, length, method, place, meter)?
        }
        "concat" => arguments.values.iter().try_fold(Value::text(text), |joined, next| {
            operators::add(&joined, &Value::Text(next.to_text(meter)?), meter)
        })?,
        "endsWith" => {
            let end = arguments.place(1, length, length)?;
            Value::Bool(
                utf16::slice(text, 0, end, meter)?.ends_with(&*arguments.get(0).to_text(meter)?),
            )
        }
        "startsWith" => {
            let rest = utf16::slice(text, start_or_0(1)?, length, meter)?;
            Value::Bool(rest.starts_with(&*arguments.get(0).to_text(meter)?))
        }
        "includes" => {
            let needle = arguments.get(0).to_text(meter)?;
            Value::Bool(utf16::find(text, &needle, start_or_0(1)?, meter)?.is_some())
        }
        "indexOf" => {
            let needle = arguments.get(0).to_text(meter)?;
            place(utf16::find(text, &needle, start_or_0(1)?, meter)?)
        }
        "lastIndexOf" => {
            let until = arguments.place(1, length, length)?;
            let needle = arguments.get(0).to_text(meter)?;
            place(utf16::find_last(text, &needle, until, meter)?)
        }
        "slice" => {
            let (start, end) =
                (arguments.relative(0, length, 0)?, arguments.relative(1, length, length)?);
            Value::text(utf16::slice(text, start, end, meter)?)
        }
        "substring" => {
            let (start, end) = (start_or_0(0)?, arguments.place(1, length, length)?);
            Value::text(utf16::slice(text, start.min(end), start.max(end), meter)?)
        }
        "split" => match arguments.get(0) {
            Value::Regex(regex) => split_by(text, regex, arguments, meter)?,
            _ => split(text, arguments, meter)?,
        },
        "replace" | "replaceAll" => replace(text, arguments, method == "replaceAll", meter)?,
        "match" => matches(text, arguments.get(0), meter)?,
        "search" => {
            let found = searched(arguments.get(0), meter)?.pattern().find(text, 0, meter)?;
            place(found.map(|found| utf16::length(&text[..found.start], meter)).transpose()?)
        }
        "padStart" | "padEnd" => padded(text, length, method, arguments)?,
        "repeat" => {
            let count = arguments.get(0).to_number(meter)?;
            if !(0.0..1e9).contains(&count) {
                return Err("`repeat` takes a number from 0".into());
            }
            meter.text(text.len().saturating_mul(count as usize))?;
            Value::text(text.repeat(count as usize))
        }
        "toString" => Value::text(text),
        "toLowerCase" => Value::text(text.to_lowercase()),
        "toUpperCase" => Value::text(text.to_uppercase()),
        "trim" => Value::text(text.trim_matches(is_space)),
        "trimStart" => Value::text(text.trim_start_matches(is_space)),
        _ => Value::text(text.trim_end_matches(is_space)),
    })
}

fn char_at(
    text: &str,
    length: usize,
    method: &str,
    place: f64,
    meter: &Meter,
) -> Result<Value, Complaint> {
    let place = if place.is_nan() { 0.0 } else { place.trunc() };
    let found = (place >= 0.0 && place < length as f64).then_some(place as usize);
    Ok(match (method, found) {
        ("charAt", Some(at)) => Value::text(utf16::slice(text, at, at + 1, meter)?),
        ("charAt", None) => Value::text(""),
        (_, at) => {
            let unit = at.and_then(|at| text.encode_utf16().nth(at));
            Value::Number(unit.map_or(f64::NAN, f64::from))
        }
    })
}

fn split(text: &str, arguments: &Arguments<'_>, meter: &Meter) -> Result<Value, Complaint> {
    let parts: Vec<Value> = match arguments.get(0) {
        Value::Undefined => vec![Value::text(text)],
        separator => match &*separator.to_text(meter)? {
            "" => utf16::units(text, meter)?.into_iter().map(Value::text).collect(),
            separator => {
                meter.spend(8 * (1 + text.matches(separator).count()))?;
                meter.text(text.len())?;
                text.split(separator).map(Value::text).collect()
            }
        },
    };
    let limit = arguments.place(1, parts.len(), parts.len())?;
    Value::list(parts.into_iter().take(limit).collect(), meter)
}

/// The regular expression that `match` and `search` look for, made of a text if need be.
fn searched(value: &Value, meter: &Meter) -> Result<Arc<Regex>, Complaint> {
    match value {
        Value::Regex(regex) => Ok(Arc::clone(regex)),
        value => {
            let source =
                if matches!(value, Value::Undefined) { "".into() } else { value.to_text(meter)? };
            meter.spend(pattern::reading(&source))?;
            Ok(Arc::new(Regex::new(&Arc::new(Pattern::parse(&source, "")?))))
        }
    }
}

/// `text.match(regex)`: all matches with the flag `g`, else the first with its groups; null when there is none.
fn matches(text: &str, value: &Value, meter: &Meter) -> Result<Value, Complaint> {
    let regex = searched(value, meter)?;
    let shown = |start: usize, end: usize| {
        meter.text(end - start)?;
        Ok(Value::text(&text[start..end]))
    };
    let parts: Vec<Value> = if regex.pattern().flags().global {
        let found = regex.pattern().find_all(text, usize::MAX, meter)?;
        found.iter().map(|found| shown(found.start, found.end)).collect::<Result<_, Complaint>>()?
    } else {
        let Some(found) = regex.pattern().find(text, 0, meter)? else { return Ok(Value::Null) };
        groups(&found, &shown)?
    };
    if parts.is_empty() { Ok(Value::Null) } else { Value::list(parts, meter) }
}

/// The text of a match and of its groups.
fn groups(
    found: &Match,
    shown: &dyn Fn(usize, usize) -> Result<Value, Complaint>,
) -> Result<Vec<Value>, Complaint> {
    let all = std::iter::once(Some((found.start, found.end))).chain(found.groups.iter().copied());
    all.map(|ends| ends.map_or(Ok(Value::Undefined), |(start, end)| shown(start, end))).collect()
}

/// `text.split(regex, limit)`: what its groups match stands between the parts.
fn split_by(
    text: &str,
    regex: &Regex,
    arguments: &Arguments<'_>,
    meter: &Meter,
) -> Result<Value, Complaint> {
    let shown = |start: usize, end: usize| {
        meter.text(end - start)?;
        Ok(Value::text(&text[start..end]))
    };
    let mut parts = Vec::new();
    let mut done = 0;
    for found in regex.pattern().find_all(text, usize::MAX, meter)? {
        // An empty match at the start or at the end of the text, or right behind another, splits nothing.
        if found.start == found.end && (found.start <= done || found.start >= text.len()) {
            continue;
        }
        parts.push(shown(done, found.start)?);
        parts.extend(groups(&found, &shown)?.into_iter().skip(1));
        done = found.end;
    }
    let is_empty_match = text.is_empty() && regex.pattern().find(text, 0, meter)?.is_some();
    if !is_empty_match {
        parts.push(shown(done, text.len())?);
    }
    let limit = arguments.place(1, parts.len(), parts.len())?;
    Value::list(parts.into_iter().take(limit).collect(), meter)
}

fn padded(
    text: &str,
    length: usize,
    method: &str,
    arguments: &Arguments<'_>,
) -> Result<Value, Complaint> {
    let meter = arguments.meter;
    let missing = (arguments.get(0).to_number(meter)?.max(0.0) as usize).saturating_sub(length);
    let fill = match arguments.get(1) {
        Value::Undefined => " ".into(),
        fill => fill.to_text(meter)?,
    };
    if missing == 0 || fill.is_empty() {
        return Ok(Value::text(text));
    }
    meter.text(missing.saturating_mul(4).saturating_add(text.len()))?;
    let rounds = missing.div_ceil(utf16::length(&fill, meter)?);
    let padding = utf16::slice(&fill.repeat(rounds), 0, missing, meter)?;
    Ok(Value::text(match method {
        "padStart" => [&padding, text].concat(),
        _ => [text, &padding].concat(),
    }))
}
