//! The methods of strings, numbers, lists and regular expressions that Backstage lets templates call, those of Python
//! that cookiecutter's templates call, and `range`.
//!
//! Values are immutable here, so methods that change a list or map in place are not offered.

mod list;
mod map;
mod number;
pub(super) mod replacement;
mod text;

use super::ast::Expr;
use super::error::{Complaint, arguments as counted, did_you_mean};
use super::limits::Meter;
use super::operators::{add, compare};
use super::value::Value;

/// A method: its name, and how many arguments it takes at least and at most.
type Method = (&'static str, usize, usize);

const OF_TEXT: [Method; 25] = [
    ("at", 0, 1),
    ("charAt", 0, 1),
    ("charCodeAt", 0, 1),
    ("concat", 0, usize::MAX),
    ("endsWith", 1, 2),
    ("includes", 1, 2),
    ("indexOf", 1, 2),
    ("lastIndexOf", 1, 2),
    ("match", 0, 1),
    ("padEnd", 1, 2),
    ("padStart", 1, 2),
    ("repeat", 1, 1),
    ("replace", 2, 2),
    ("replaceAll", 2, 2),
    ("search", 0, 1),
    ("slice", 0, 2),
    ("split", 0, 2),
    ("startsWith", 1, 2),
    ("substring", 0, 2),
    ("toLowerCase", 0, 0),
    ("toString", 0, 0),
    ("toUpperCase", 0, 0),
    ("trim", 0, 0),
    ("trimEnd", 0, 0),
    ("trimStart", 0, 0),
];
const OF_NUMBER: [Method; 4] =
    [("toExponential", 0, 1), ("toFixed", 0, 1), ("toPrecision", 0, 1), ("toString", 0, 1)];
const OF_LIST: [Method; 9] = [
    ("at", 1, 1),
    ("concat", 0, usize::MAX),
    ("flat", 0, 1),
    ("includes", 1, 2),
    ("indexOf", 1, 2),
    ("join", 0, 1),
    ("lastIndexOf", 1, 2),
    ("slice", 0, 2),
    ("toString", 0, 0),
];
const OF_OTHERS: [Method; 1] = [("toString", 0, 0)];
const OF_REGEX: [Method; 2] = [("test", 0, 1), ("toString", 0, 0)];
/// Methods of Python's lists.
const OF_COMPAT_LIST: [Method; 3] = [("count", 1, 1), ("find", 1, 1), ("index", 1, 1)];
/// Methods of Python's dictionaries.
const OF_COMPAT_MAP: [Method; 8] = [
    ("get", 1, 2),
    ("has_key", 1, 1),
    ("items", 0, 0),
    ("iteritems", 0, 0),
    ("iterkeys", 0, 0),
    ("itervalues", 0, 0),
    ("keys", 0, 0),
    ("values", 0, 0),
];
/// Methods that change a list or map in place, which this engine does not have.
const MISSING: [&str; 16] = [
    "append",
    "copyWithin",
    "fill",
    "insert",
    "pop",
    "popitem",
    "push",
    "remove",
    "reverse",
    "setdefault",
    "shift",
    "sort",
    "splice",
    "unshift",
    "update",
    "exec",
];

/// Whether `receiver` has a method of that name.
pub(super) fn exists(receiver: &Value, name: &str) -> bool {
    known(receiver).iter().any(|(known, ..)| *known == name)
}

/// Whether cookiecutter's templates have a method of that name there, which is stronger than an entry of a map.
pub(super) fn is_compat(receiver: &Value, name: &str) -> bool {
    compat(receiver).iter().any(|(known, ..)| *known == name)
}

fn known(receiver: &Value) -> &'static [Method] {
    match receiver {
        Value::Text(_) | Value::Safe(_) => &OF_TEXT,
        Value::Number(_) => &OF_NUMBER,
        Value::List(_) => &OF_LIST,
        Value::Regex(_) => &OF_REGEX,
        Value::Bool(_) | Value::Map(_) => &OF_OTHERS,
        _ => &[],
    }
}

fn compat(receiver: &Value) -> &'static [Method] {
    match receiver {
        Value::List(_) => &OF_COMPAT_LIST,
        Value::Map(_) => &OF_COMPAT_MAP,
        _ => &[],
    }
}

/// A call of a method.
pub(super) struct Call<'c> {
    pub(super) receiver: &'c Value,
    pub(super) method: &'c str,
    /// How the template names it.
    pub(super) called: &'c Expr,
    /// Whether the methods of Python are there, too.
    pub(super) compat: bool,
}

impl Call<'_> {
    /// Calls the method.
    pub(super) fn make(&self, arguments: &[Value], meter: &Meter) -> Result<Value, Complaint> {
        let Self { receiver, method, compat: has_compat, .. } = *self;
        receiver.known()?;
        arguments.iter().try_for_each(|argument| argument.known().map(drop))?;
        let is_compat = has_compat && is_compat(receiver, method);
        let methods = if is_compat { compat(receiver) } else { known(receiver) };
        let Some((_, least, most)) = methods.iter().find(|(name, ..)| *name == method) else {
            return Err(self.unknown());
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
            Value::Text(text) | Value::Safe(text) => text::of_text(text, method, &arguments, meter),
            Value::Number(number) => number::of_number(*number, method, &arguments),
            Value::List(list) if is_compat => list::compat(&list.items, method, &arguments),
            Value::List(_) | Value::Bool(_) | Value::Map(_) if method == "toString" => {
                receiver.to_text(meter).map(Value::Text)
            }
            Value::List(list) => list::of_list(receiver, &list.items, method, &arguments, meter),
            Value::Map(record) if is_compat => map::of_map(record, method, &arguments),
            Value::Regex(regex) if method == "test" => {
                let text = arguments.get(0).to_text(meter)?;
                regex.test(&text, meter).map(Value::Bool)
            }
            Value::Regex(_) => receiver.to_text(meter).map(Value::Text),
            _ => Err(self.unknown()),
        }
    }

    fn unknown(&self) -> Complaint {
        let Self { receiver, method, called, .. } = *self;
        let is_missing = MISSING.contains(&method)
            && matches!(receiver, Value::List(_) | Value::Map(_) | Value::Regex(_));
        if is_missing {
            return format!("method `{method}` of {} is not supported", receiver.kind()).into();
        }
        let complaint: Complaint = match receiver {
            Value::Undefined | Value::Null => {
                let (called, kind) = (called.name(), receiver.kind());
                format!("`{called}` cannot be called: what it is called on is {kind}")
            }
            _ => format!("{} has no method `{method}`", receiver.kind()),
        }
        .into();
        let names = known(receiver).iter().chain(compat(receiver).iter().filter(|_| self.compat));
        match (receiver.is_nullish(), did_you_mean(method, names.map(|(name, ..)| *name))) {
            (true, _) => complaint.hint("guard it: `x.method() if x`"),
            (false, Some(hint)) => complaint.hint(hint),
            (false, None) => complaint,
        }
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

/// Where something was found, or -1.
fn place(found: Option<usize>) -> Value {
    Value::Number(found.map_or(-1.0, |place| place as f64))
}

/// `range(end)` or `range(start, end, step)`: what is counted stays what it is, so `range('1', 2)` has a string.
pub(super) fn range(arguments: &[Value], meter: &Meter) -> Result<Value, Complaint> {
    arguments.iter().try_for_each(|argument| argument.known().map(drop))?;
    let arguments = Arguments { values: arguments, meter };
    let (mut next, end, step) = match (arguments.get(1), arguments.get(2)) {
        (Value::Undefined, _) => (Value::Number(0.0), arguments.get(0), Value::Number(1.0)),
        (end, by) => {
            let step = if by.truthy()? { by.clone() } else { Value::Number(1.0) };
            (arguments.get(0).clone(), end, step)
        }
    };
    let zero = Value::Number(0.0);
    let is_upward = compare(&step, &zero, meter)?.is_some_and(std::cmp::Ordering::is_gt);
    let mut items = Vec::new();
    while compare(&next, end, meter)?.is_some_and(|order| match is_upward {
        true => order.is_lt(),
        false => order.is_gt(),
    }) {
        meter.spend(4)?;
        let after = add(&next, &step, meter)?;
        items.push(std::mem::replace(&mut next, after));
    }
    Value::list(items, meter)
}
