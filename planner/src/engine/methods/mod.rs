//! The methods of strings, numbers and lists that Backstage lets templates call, and `range`.
//!
//! Values are immutable here, so methods that change a list in place are not offered.

mod replacement;

use super::ast::Expr;
use super::coercion::number_text;
use super::error::{Complaint, arguments as counted, did_you_mean};
use super::limits::Meter;
use super::operators::{self, position};
use super::utf16;
use super::value::Value;

/// A method: its name, and how many arguments it takes at least and at most.
type Method = (&'static str, usize, usize);

const OF_TEXT: [Method; 18] = [
    ("charAt", 0, 1),
    ("charCodeAt", 0, 1),
    ("concat", 0, usize::MAX),
    ("endsWith", 1, 2),
    ("includes", 1, 2),
    ("indexOf", 1, 2),
    ("lastIndexOf", 1, 2),
    ("replace", 2, 2),
    ("replaceAll", 2, 2),
    ("slice", 0, 2),
    ("split", 0, 2),
    ("startsWith", 1, 2),
    ("substring", 0, 2),
    ("toLowerCase", 0, 0),
    ("toUpperCase", 0, 0),
    ("trim", 0, 0),
    ("trimEnd", 0, 0),
    ("trimStart", 0, 0),
];
const OF_NUMBER: [Method; 2] = [("toFixed", 0, 1), ("toString", 0, 1)];
const OF_LIST: [Method; 8] = [
    ("at", 1, 1),
    ("concat", 0, usize::MAX),
    ("flat", 0, 1),
    ("includes", 1, 2),
    ("indexOf", 1, 2),
    ("join", 0, 1),
    ("lastIndexOf", 1, 2),
    ("slice", 0, 2),
];
/// Methods that Backstage has and this engine does not have yet.
const NOT_YET: [&str; 11] = [
    "copyWithin",
    "fill",
    "pop",
    "push",
    "reverse",
    "shift",
    "sort",
    "splice",
    "unshift",
    "toExponential",
    "toPrecision",
];

/// Whether `receiver` has a method of that name.
pub(super) fn exists(receiver: &Value, name: &str) -> bool {
    known(receiver).iter().any(|(known, ..)| *known == name)
}

fn known(receiver: &Value) -> &'static [Method] {
    match receiver {
        Value::Text(_) | Value::Safe(_) => &OF_TEXT,
        Value::Number(_) => &OF_NUMBER,
        Value::List(_) => &OF_LIST,
        _ => &[],
    }
}

/// Calls a method; `called` is how the template names it.
pub(super) fn call(
    receiver: &Value,
    method: &str,
    arguments: &[Value],
    meter: &Meter,
    called: &Expr,
) -> Result<Value, Complaint> {
    receiver.known()?;
    arguments.iter().try_for_each(|argument| argument.known().map(drop))?;
    let Some((_, least, most)) = known(receiver).iter().find(|(name, ..)| *name == method) else {
        return Err(unknown(receiver, method, called));
    };
    if !(*least..=*most).contains(&arguments.len()) {
        let found = arguments.len();
        let message = if least == most {
            format!("method `{method}` takes {}, found {found}", counted(*least))
        } else {
            format!("method `{method}` takes {least} to {most} arguments, found {found}")
        };
        return Err(message.into());
    }
    meter.scan_values(arguments.iter().chain([receiver]))?;
    let arguments = Arguments { values: arguments, meter };
    match receiver {
        Value::Text(text) | Value::Safe(text) => of_text(text, method, &arguments, meter),
        Value::Number(number) => of_number(*number, method, &arguments),
        Value::List(list) => of_list(receiver, &list.items, method, &arguments, meter),
        _ => Err(unknown(receiver, method, called)),
    }
}

fn unknown(receiver: &Value, method: &str, called: &Expr) -> Complaint {
    if NOT_YET.contains(&method) && matches!(receiver, Value::List(_) | Value::Number(_)) {
        return format!("method `{method}` of {} is not supported yet", receiver.kind()).into();
    }
    let complaint: Complaint = match receiver {
        Value::Undefined | Value::Null => {
            let (called, kind) = (called.name(), receiver.kind());
            format!("`{called}` cannot be called: what it is called on is {kind}")
        }
        _ => format!("{} has no method `{method}`", receiver.kind()),
    }
    .into();
    match (
        receiver.is_nullish(),
        did_you_mean(method, known(receiver).iter().map(|(name, ..)| *name)),
    ) {
        (true, _) => complaint.hint("guard it: `x.method() if x`"),
        (false, Some(hint)) => complaint.hint(hint),
        (false, None) => complaint,
    }
}

/// The arguments of a call; their conversions are paid for.
struct Arguments<'v> {
    values: &'v [Value],
    meter: &'v Meter,
}

impl Arguments<'_> {
    fn get(&self, place: usize) -> &Value {
        self.values.get(place).unwrap_or(&Value::Undefined)
    }

    /// A number cut to `0..=length`, `default` when it is left out.
    fn place(&self, place: usize, length: usize, default: usize) -> Result<usize, Complaint> {
        match self.get(place) {
            Value::Undefined => Ok(default),
            value => Ok((value.to_number(self.meter)?.max(0.0) as usize).min(length)),
        }
    }

    /// Like `place`, but negative numbers count from the end.
    fn relative(&self, place: usize, length: usize, default: usize) -> Result<usize, Complaint> {
        match self.get(place) {
            Value::Undefined => Ok(default),
            value => match value.to_number(self.meter)? {
                from_end if from_end < 0.0 => Ok(length.saturating_sub((-from_end) as usize)),
                from_start => Ok((from_start as usize).min(length)),
            },
        }
    }
}

fn of_text(
    text: &str,
    method: &str,
    arguments: &Arguments<'_>,
    meter: &Meter,
) -> Result<Value, Complaint> {
    let length = utf16::length(text, meter)?;
    let start_or_0 = |place| arguments.place(place, length, 0);
    Ok(match method {
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
        "split" => split(text, arguments, meter)?,
        "replace" | "replaceAll" => {
            replacement::replace(text, arguments, method == "replaceAll", meter)?
        }
        "toLowerCase" => Value::text(text.to_lowercase()),
        "toUpperCase" => Value::text(text.to_uppercase()),
        "trim" => Value::text(text.trim_matches(super::coercion::is_space)),
        "trimStart" => Value::text(text.trim_start_matches(super::coercion::is_space)),
        _ => Value::text(text.trim_end_matches(super::coercion::is_space)),
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

fn place(found: Option<usize>) -> Value {
    Value::Number(found.map_or(-1.0, |place| place as f64))
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

fn of_number(number: f64, method: &str, arguments: &Arguments<'_>) -> Result<Value, Complaint> {
    let meter = arguments.meter;
    let argument = arguments.get(0);
    if method == "toFixed" {
        let digits =
            if matches!(argument, Value::Undefined) { 0.0 } else { argument.to_number(meter)? };
        if !(0.0..=100.0).contains(&digits) {
            return Err("`toFixed` takes 0 to 100 digits".into());
        }
        if !number.is_finite() || number.abs() >= 1e21 {
            return Ok(Value::text(number_text(number)));
        }
        return Ok(Value::text(format!("{number:.*}", digits as usize)));
    }
    match argument {
        Value::Undefined => Ok(Value::text(number_text(number))),
        radix => radix_text(number, radix.to_number(meter)?),
    }
}

fn radix_text(number: f64, radix: f64) -> Result<Value, Complaint> {
    if !(2.0..37.0).contains(&radix) {
        return Err("`toString` takes a radix from 2 to 36".into());
    }
    if radix as u32 == 10 || !number.is_finite() {
        return Ok(Value::text(number_text(number)));
    }
    if number.fract() != 0.0 || number.abs() > 9_007_199_254_740_991.0 {
        return Err("`toString` with a radix is supported for whole numbers only, yet".into());
    }
    let (mut rest, mut digits) = (number.abs() as u64, Vec::new());
    while rest > 0 || digits.is_empty() {
        digits.extend(char::from_digit((rest % radix as u64) as u32, radix as u32));
        rest /= radix as u64;
    }
    digits.extend((number < 0.0).then_some('-'));
    Ok(Value::text(digits.into_iter().rev().collect::<String>()))
}

fn of_list(
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

/// `range(end)` or `range(start, end, step)`.
pub(super) fn range(arguments: &[Value], meter: &Meter) -> Result<Value, Complaint> {
    arguments.iter().try_for_each(|argument| argument.known().map(drop))?;
    let arguments = Arguments { values: arguments, meter };
    let (mut next, end, step) = match (arguments.get(1), arguments.get(2)) {
        (Value::Undefined, _) => (0.0, arguments.get(0).to_number(meter)?, 1.0),
        (end, by) => {
            let step = if by.truthy()? { by.to_number(meter)? } else { 1.0 };
            (arguments.get(0).to_number(meter)?, end.to_number(meter)?, step)
        }
    };
    let mut items = Vec::new();
    while if step > 0.0 { next < end } else { next > end } {
        meter.spend(4)?;
        items.push(Value::Number(next));
        next += step;
    }
    Value::list(items, meter)
}
