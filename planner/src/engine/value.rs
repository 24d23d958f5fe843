//! The values of expressions: those of JavaScript that are data.
//!
//! Values are immutable and therefore have no cycles. Lists and maps store their depth and weight, so that walking
//! them exhausts neither the stack nor, where parts are shared, the time. Identity (`===`, `sameas`) is that of the
//! shared allocation.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::callable::{Cycler, Function};
use super::error::Complaint;
use super::limits::{self, Meter};
use super::pattern::Regex;
use super::{
    reserved,
    unknown::{self, Unknown},
};

/// What a value weighs besides its text: its place in a list, and its allocation.
const SCALAR: usize = 32;
/// Units that an empty map costs, and each entry: hashing, and twice the key's place.
const ENTRY: usize = 8;

/// One value of the expression language.
#[derive(Debug, Clone, Default)]
pub(super) enum Value {
    #[default]
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Arc<str>),
    /// A string that `safe` or `escape` has marked: an object to `is` tests, text to all else.
    Safe(Arc<str>),
    List(Arc<List>),
    Map(Arc<Record>),
    Function(Function),
    Cycler(Arc<Cycler>),
    Regex(Arc<Regex>),
    /// Known after apply. What reads it fails with [`Complaint::unknown`], of which the expression around makes
    /// an unknown value again.
    Unknown(Arc<Unknown>),
}

/// An immutable list.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) items: Vec<Value>,
    size: Size,
}

/// An immutable map in JavaScript's key order: integer-like keys ascending, then as inserted.
#[derive(Debug, Default)]
pub(super) struct Record {
    entries: Vec<(Arc<str>, Value)>,
    places: HashMap<Arc<str>, usize>,
    size: Size,
}

/// How deep a list or map nests, and roughly how many bytes it has written out.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Size {
    depth: usize,
    weight: usize,
}

impl Record {
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.places.get(key).map(|place| &self.entries[*place].1)
    }

    pub(super) fn entries(&self) -> &[(Arc<str>, Value)] {
        &self.entries
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

impl Value {
    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// Makes a list; fails when it nests too deeply or weighs too much.
    pub(super) fn list(items: Vec<Value>, meter: &Meter) -> Result<Self, Complaint> {
        meter.spend(4 + 2 * items.len())?;
        let size = Size::around(0, items.iter())?;
        Ok(Self::List(Arc::new(List { items, size })))
    }

    /// Makes a map; of equal keys the last value stays, in the place of the first.
    pub(super) fn map<K: Into<Arc<str>>>(
        pairs: impl IntoIterator<Item = (K, Value)>,
        meter: &Meter,
    ) -> Result<Self, Complaint> {
        meter.spend(ENTRY)?;
        let mut entries: Vec<(Arc<str>, Value)> = Vec::new();
        let mut places: HashMap<Arc<str>, usize> = HashMap::new();
        let mut has_index = false;
        for (key, value) in pairs {
            let key = key.into();
            reserved::refuse_reserved_key(&key)?;
            meter.spend(ENTRY)?;
            meter.scan(key.len())?;
            has_index |= array_index(&key).is_some();
            if let Some(place) = places.get(&key) {
                entries[*place].1 = value;
            } else {
                places.insert(Arc::clone(&key), entries.len());
                entries.push((key, value));
            }
        }
        if has_index {
            entries.sort_by_key(|(key, _)| array_index(key).map_or(u64::MAX, u64::from));
            places = (entries.iter().enumerate())
                .map(|(place, (key, _))| (Arc::clone(key), place))
                .collect();
        }
        let keys = entries.iter().map(|(key, _)| SCALAR + key.len()).sum();
        let size = Size::around(keys, entries.iter().map(|(_, value)| value))?;
        Ok(Self::Map(Arc::new(Record { entries, places, size })))
    }

    /// Takes over a JSON value, `with_unknowns` in their reserved form or without.
    pub(super) fn from_json(
        json: &Json,
        with_unknowns: bool,
        meter: &Meter,
    ) -> Result<Self, Complaint> {
        Ok(match json {
            Json::Null => Self::Null,
            Json::Bool(bool) => Self::Bool(*bool),
            Json::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            Json::String(text) => {
                meter.text(text.len())?;
                Self::text(text.as_str())
            }
            Json::Array(items) => {
                let items = items.iter().map(|item| Self::from_json(item, with_unknowns, meter));
                Self::list(items.collect::<Result<_, _>>()?, meter)?
            }
            Json::Object(map) => {
                if with_unknowns && let Some(unknown) = unknown::reserved(map) {
                    return unknown.and_then(|unknown| Self::unknown(unknown, meter));
                }
                let take = |json| Self::from_json(json, with_unknowns, meter);
                let pairs = map.iter().map(|(key, value)| Ok((key.as_str(), take(value)?)));
                Self::map(pairs.collect::<Result<Vec<_>, Complaint>>()?, meter)?
            }
        })
    }

    /// Hands a value out as JSON: `None` for undefined, null for what JSON has no number for.
    ///
    /// What is handed out stays in the plan, in several copies: it costs as much as four texts.
    pub(super) fn to_json(&self, meter: &Meter) -> Result<Option<Json>, Complaint> {
        meter.text(self.weight())?;
        meter.spend(self.weight() / 2)?;
        self.as_json()
    }

    fn as_json(&self) -> Result<Option<Json>, Complaint> {
        Ok(Some(match self {
            Self::Undefined => return Ok(None),
            Self::Null => Json::Null,
            Self::Bool(bool) => Json::Bool(*bool),
            Self::Number(number) => json_number(*number),
            Self::Text(text) | Self::Safe(text) => Json::String(text.to_string()),
            Self::List(list) => {
                let items = list.items.iter();
                let items = items.map(|item| Ok(item.as_json()?.unwrap_or(Json::Null)));
                Json::Array(items.collect::<Result<_, Complaint>>()?)
            }
            Self::Map(record) => {
                let mut map = Map::new();
                for (key, value) in record.entries() {
                    if let Some(json) = value.as_json()? {
                        map.insert(key.to_string(), json);
                    }
                }
                Json::Object(map)
            }
            Self::Function(_) => return Err("a function is not a value: call it with `()`".into()),
            Self::Cycler(cycler) => {
                let current = cycler.current().as_json()?;
                let current = current.map(|current| ("current".to_owned(), current));
                Json::Object(current.into_iter().collect())
            }
            Self::Regex(_) => Json::Object(Map::new()),
            Self::Unknown(unknown) => unknown.to_json(),
        }))
    }

    pub(super) fn unknown(unknown: Unknown, meter: &Meter) -> Result<Self, Complaint> {
        meter.text(unknown.weight())?;
        Ok(Self::Unknown(Arc::new(unknown)))
    }

    /// Fails when the value itself is known only after apply; what is in it may be.
    pub(super) fn known(&self) -> Result<&Self, Complaint> {
        match self {
            Self::Unknown(unknown) => Err(Complaint::unknown(unknown)),
            known => Ok(known),
        }
    }

    /// Names the kind of value for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) | Self::Safe(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Function(_) => "a function",
            Self::Cycler(_) => "a cycler",
            Self::Regex(_) => "a regular expression",
            Self::Unknown(_) => "known after apply",
        }
    }

    pub(super) fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// Roughly the bytes of the value written out, shared parts as often as they occur.
    pub(super) fn weight(&self) -> usize {
        self.size().weight
    }

    fn size(&self) -> Size {
        match self {
            Self::List(list) => list.size,
            Self::Map(record) => record.size,
            Self::Text(text) | Self::Safe(text) => Size { depth: 0, weight: SCALAR + text.len() },
            Self::Function(function) => function.size(),
            Self::Cycler(cycler) => cycler.size(),
            Self::Unknown(unknown) => Size { depth: 0, weight: SCALAR + unknown.weight() },
            _ => Size { depth: 0, weight: SCALAR },
        }
    }
}

impl Size {
    /// The size of what holds `items` and `own` bytes of its own.
    pub(super) fn around<'v>(
        own: usize,
        items: impl Iterator<Item = &'v Value>,
    ) -> Result<Self, Complaint> {
        let empty = Self { depth: 0, weight: SCALAR + own };
        let size = items.map(Value::size).fold(empty, |size, item| Self {
            depth: size.depth.max(item.depth),
            weight: size.weight.saturating_add(item.weight),
        });
        if size.depth >= limits::NESTING {
            let message = format!("the value nests deeper than {}", limits::NESTING);
            return Err(Complaint::limit(message));
        }
        Meter::fits(size.weight)?;
        Ok(Self { depth: size.depth + 1, ..size })
    }
}

/// Whole numbers stay whole, as JSON text has them.
fn json_number(number: f64) -> Json {
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        return Json::from(number as i64);
    }
    serde_json::Number::from_f64(number).map_or(Json::Null, Json::Number)
}

/// Reads a key that JavaScript sorts as an array index.
fn array_index(key: &str) -> Option<u32> {
    let canonical = key == "0" || !key.starts_with('0');
    let digits = key.bytes().all(|byte| byte.is_ascii_digit());
    (canonical && digits).then(|| key.parse().ok()).flatten().filter(|index| *index < u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::limits::Budget;
    use super::*;

    #[test]
    fn integer_like_keys_come_first_and_in_order() -> anyhow::Result<()> {
        let json: Json = serde_json::from_str(r#"{"b":1,"10":2,"2":3,"01":4,"a":5}"#)?;
        let meter = Meter::new(&Budget::default());
        let value = Value::from_json(&json, false, &meter)
            .map_err(|complaint| anyhow::anyhow!(complaint.message))?;
        let Value::Map(record) = value else { anyhow::bail!("not a map") };
        let keys: Vec<&str> = record.entries().iter().map(|(key, _)| &**key).collect();
        assert_eq!(keys, ["2", "10", "b", "01", "a"]);
        Ok(())
    }

    #[test]
    fn values_nested_too_deeply_are_refused() {
        let mut json = Json::Null;
        for _ in 0..=limits::NESTING {
            json = Json::Array(vec![json]);
        }
        assert!(Value::from_json(&json, false, &Meter::new(&Budget::default())).is_err());
    }
}
