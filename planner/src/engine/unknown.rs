//! Values that are known only after apply, and their form in JSON.
//!
//! Between planner and engine such a value travels in a map of one reserved key: `{"\u{0}unknown": {"step": …,
//! "path": …}}`, or `{"\u{0}text": ["part", {"\u{0}unknown": …}]}` for a text of which parts are unknown. Keys that
//! start with the null character are refused everywhere else, so that nothing a person writes is taken for one.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::{
    error::Complaint,
    secret::{has_secret, is_computed},
};

/// What starts the reserved keys.
pub(super) const RESERVED: char = '\0';
/// The key of a value that is unknown.
const UNKNOWN: &str = "\0unknown";
/// The key of a text of which parts are unknown.
const TEXT: &str = "\0text";
/// What an unknown part of a text weighs.
const PART: usize = 64;
/// Longest path that grows by a member.
const LONGEST_PATH: usize = 200;

/// A value that is known after apply: which output of which step it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unknown {
    step: Arc<str>,
    /// `output.pipelineId`, for `steps.<step>.output.pipelineId`.
    path: Arc<str>,
    /// The text whose parts are known.
    text: Option<Arc<Text>>,
}

impl Unknown {
    pub(super) fn new(step: impl Into<Arc<str>>, path: impl Into<Arc<str>>) -> Self {
        Self { step: step.into(), path: path.into(), text: None }
    }

    /// The unknown value that is computed of this one.
    pub(super) fn derived(&self) -> Self {
        Self { text: None, path: self.computed_path(&self.path), ..self.clone() }
    }

    /// What it is in a step, when it is of this one.
    pub(super) fn path_of(&self, step: &str) -> Option<&str> {
        (*self.step == *step).then_some(&*self.path)
    }

    /// The unknown member of an unknown value; a very long path stays as it is.
    pub(super) fn member(&self, name: &str) -> Self {
        let is_whole = self.text.is_none() && self.secret().is_none();
        if !is_whole || self.path.len() + name.len() > LONGEST_PATH {
            return self.derived();
        }
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let path = match name {
            name if name.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("{}[{name}]", self.path)
            }
            name if name.chars().all(is_word) => format!("{}.{name}", self.path),
            name => format!("{}['{name}']", self.path),
        };
        Self::new(Arc::clone(&self.step), path)
    }

    /// The text, when this is one with known parts.
    pub(super) fn text(&self) -> Option<&Text> {
        self.text.as_deref()
    }

    /// The name of the output that it is, when it is one of this step and not a part of it.
    pub(super) fn output_of(&self, step: &str) -> Option<&str> {
        self.path.strip_prefix("output.").filter(|_| *self.step == *step)
    }

    fn is_output_or_secret(&self, step: &str) -> bool {
        self.output_of(step).is_some() || self.secret().is_some_and(|name| !is_computed(name))
    }

    /// Its name in expressions.
    fn name(&self) -> String {
        format!("steps.{}.{}", self.step, self.path)
    }

    /// The names of this value, or of the unknown parts of a text.
    fn names(&self) -> Vec<String> {
        let name = |part: &Self| part.secret().is_none().then(|| part.name());
        match &self.text {
            Some(text) => text.holes.iter().filter_map(|(_, part)| name(part)).collect(),
            None => name(self).into_iter().collect(),
        }
    }

    /// Roughly the bytes that it takes, with the parts of a text.
    pub(super) fn weight(&self) -> usize {
        PART + self.text.as_ref().map_or(0, |text| text.weight())
    }

    pub(super) fn to_json(&self) -> Json {
        match &self.text {
            Some(text) => text.json_parts(),
            None => unknown(&self.step, &self.path),
        }
    }

    fn from_json(json: &Json) -> Option<Self> {
        let part = |name: &str| json.get(name).and_then(Json::as_str);
        Some(Self::new(part("step")?, part("path")?))
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => text.fmt(f),
            None => match self.secret() {
                Some(name) => write!(f, "‹secret {name}›"),
                None => write!(f, "‹known after apply: {}›", self.name()),
            },
        }
    }
}

/// A rendered text, of which parts may be unknown until apply.
///
/// It is displayed with `‹known after apply: steps.….output.…›` in the place of each unknown part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    known: String,
    /// Where in `known` the unknown parts stand, in order.
    holes: Vec<(usize, Unknown)>,
}

impl Text {
    /// Whether all of the text is known. One that is not has no digest.
    pub fn is_known(&self) -> bool {
        self.holes.is_empty()
    }

    /// The text as JSON: a string, or the reserved form when parts of it are unknown.
    pub fn into_json(self) -> Json {
        if self.is_known() { Json::String(self.known) } else { self.json_parts() }
    }

    /// Roughly the bytes that it takes.
    pub(super) fn weight(&self) -> usize {
        self.known.len() + PART * self.holes.len()
    }

    /// Whether some of it is known, so that it is not empty whatever the rest is.
    pub(super) fn has_known_part(&self) -> bool {
        !self.known.is_empty()
    }

    pub(super) fn push(&mut self, text: &str) {
        self.known.push_str(text);
    }

    /// Adds an unknown part, or the parts of an unknown text.
    pub(super) fn push_unknown(&mut self, unknown: &Unknown) {
        let at = self.known.len();
        match &unknown.text {
            Some(text) => {
                self.holes.extend(text.holes.iter().map(|(hole, part)| (at + hole, part.clone())));
                self.known.push_str(&text.known);
            }
            None => self.holes.push((at, unknown.clone())),
        }
    }

    /// The text itself, or the unknown value that it is.
    pub(super) fn into_known(self) -> Result<String, Unknown> {
        match self.holes.first() {
            None => Ok(self.known),
            Some((_, first)) => {
                Err(Unknown { text: Some(Arc::new(self.clone())), ..first.clone() })
            }
        }
    }

    /// The unknown parts, in order.
    pub(super) fn unknowns(&self) -> impl Iterator<Item = &Unknown> {
        self.holes.iter().map(|(_, unknown)| unknown)
    }

    /// The known texts before, between and after the unknown parts.
    pub(super) fn known_parts(&self) -> impl Iterator<Item = &str> {
        let ends = self.holes.iter().map(|(at, _)| *at).chain([self.known.len()]);
        let starts = std::iter::once(0).chain(self.holes.iter().map(|(at, _)| *at));
        starts.zip(ends).map(|(start, end)| &self.known[start..end])
    }

    fn json_parts(&self) -> Json {
        let mut parts = Vec::new();
        let mut holes = self.holes.iter();
        for known in self.known_parts() {
            if !known.is_empty() {
                parts.push(Json::from(known));
            }
            parts.extend(holes.next().map(|(_, part)| unknown(&part.step, &part.path)));
        }
        json!({TEXT: parts})
    }

    fn from_json(json: &Json) -> Option<Self> {
        let mut text = Self::default();
        for part in json.as_array()? {
            match part {
                Json::String(known) => text.push(known),
                part => text.push_unknown(&Unknown::from_json(part.get(UNKNOWN)?)?),
            }
        }
        (!text.is_known()).then_some(text)
    }
}

impl From<&str> for Text {
    fn from(known: &str) -> Self {
        Self { known: known.to_owned(), holes: Vec::new() }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut holes = self.holes.iter();
        for known in self.known_parts() {
            f.write_str(known)?;
            if let Some((_, unknown)) = holes.next() {
                unknown.fmt(f)?;
            }
        }
        Ok(())
    }
}

/// The output of a step that is known only after apply, in the form that [`Context::with_unknowns`] reads.
///
/// `path` is what follows the step in expressions, such as `output.pipelineId`.
///
/// [`Context::with_unknowns`]: super::Context::with_unknowns
pub fn unknown(step: &str, path: &str) -> Json {
    json!({UNKNOWN: {"step": step, "path": path}})
}

/// The known part with which a text starts, of which parts are unknown.
pub(super) fn text_start(map: &Map<String, Json>) -> Option<&str> {
    map.get(TEXT)?.as_array()?.first()?.as_str()
}

/// Whether a value, or something in it, is known only after apply.
pub fn contains_unknown(json: &Json) -> bool {
    match json {
        Json::Array(items) => items.iter().any(contains_unknown),
        Json::Object(map) => reserved(map).is_some() || map.values().any(contains_unknown),
        _ => false,
    }
}

/// Adds the names of all values in this one that are known only after apply, such as `steps.pipeline.output.id`.
pub fn unknown_names(json: &Json, names: &mut BTreeSet<String>) {
    match json {
        Json::Array(items) => items.iter().for_each(|item| unknown_names(item, names)),
        Json::Object(map) => match reserved(map) {
            Some(Ok(unknown)) => names.extend(unknown.names()),
            Some(Err(_)) => {}
            None => map.values().for_each(|item| unknown_names(item, names)),
        },
        _ => {}
    }
}

/// Whether a value is itself known only after apply, or a text of which parts are.
pub fn is_unknown(json: &Json) -> bool {
    matches!(json, Json::Object(map) if reserved(map).is_some())
}

/// Whether all that is unknown of a value is secrets, and outputs that the effects of this step make: what an expression of
/// a template computes is never unknown in this way.
pub fn is_known_but_for(json: &Json, step: &str) -> bool {
    match json {
        Json::Array(items) => items.iter().all(|item| is_known_but_for(item, step)),
        Json::Object(map) => match reserved(map) {
            Some(Ok(Unknown { text: Some(text), .. })) => {
                text.unknowns().all(|part| part.is_output_or_secret(step))
            }
            Some(Ok(unknown)) => unknown.is_output_or_secret(step),
            Some(Err(_)) => false,
            None => map.values().all(|item| is_known_but_for(item, step)),
        },
        _ => true,
    }
}

/// Joins values to one text, which has unknown parts where they have.
pub fn concat(parts: &[Json]) -> Json {
    let mut text = Text::default();
    for part in parts {
        match part {
            Json::String(known) => text.push(known),
            Json::Object(map) if let Some(Ok(unknown)) = reserved(map) => {
                text.push_unknown(&unknown);
            }
            other => text.push(&other.to_string()),
        }
    }
    text.into_json()
}

/// The value for people: each unknown in it is the text `‹known after apply: steps.….output.…›`.
pub fn display(json: &Json) -> Json {
    match json {
        Json::Array(items) => Json::Array(items.iter().map(display).collect()),
        Json::Object(map) => match reserved(map) {
            Some(Ok(unknown)) => Json::String(unknown.to_string()),
            Some(Err(_)) => Json::from("‹known after apply›"),
            None => map.iter().map(|(key, value)| (key.clone(), display(value))).collect(),
        },
        other => other.clone(),
    }
}

/// Whether an actual value is one that was planned: equal, where an unknown value stands for any value, also for
/// a member that is missing, and an unknown part of a text for any text.
pub fn fits(planned: &Json, actual: &Json) -> bool {
    match (planned, actual) {
        (Json::Object(map), _) if let Some(unknown) = reserved(map) => match unknown {
            // A secret is none but itself.
            Ok(_) if has_secret(planned) => planned == actual,
            Ok(Unknown { text: Some(text), .. }) => is_text_that_fits(&text, actual),
            Ok(_) => true,
            Err(_) => false,
        },
        (Json::Array(planned), Json::Array(actual)) => {
            planned.len() == actual.len()
                && planned.iter().zip(actual).all(|(planned, actual)| fits(planned, actual))
        }
        (Json::Object(planned), Json::Object(actual)) => {
            let member = |(key, planned): (&String, &Json)| match actual.get(key) {
                Some(actual) => fits(planned, actual),
                None => is_unknown_value(planned),
            };
            actual.keys().all(|key| planned.contains_key(key)) && planned.iter().all(member)
        }
        (Json::Number(planned), Json::Number(actual)) => {
            planned == actual || planned.as_f64() == actual.as_f64()
        }
        _ => planned == actual,
    }
}

fn is_unknown_value(json: &Json) -> bool {
    let Json::Object(map) = json else { return false };
    matches!(reserved(map), Some(Ok(Unknown { text: None, .. })))
}

/// Whether a text has the known parts in their order, the first at its start and the last at its end. What is still
/// unknown in `actual` matches only what is unknown in `planned`.
fn is_text_that_fits(planned: &Text, actual: &Json) -> bool {
    let actual = match actual {
        Json::String(actual) => actual.clone(),
        Json::Object(map) => match reserved(map) {
            Some(Ok(Unknown { text: Some(text), .. })) if !planned.known.contains(RESERVED) => {
                text.known_parts().collect::<Vec<_>>().join("\0")
            }
            _ => return false,
        },
        _ => return false,
    };
    let mut parts: Vec<&str> = planned.known_parts().collect();
    let (Some(last), false) = (parts.pop(), parts.is_empty()) else { return false };
    let Some(rest) = actual.strip_prefix(parts.remove(0)) else { return false };
    let Some(mut rest) = rest.strip_suffix(last) else { return false };
    parts.into_iter().all(|part| {
        let found = rest.find(part);
        rest = found.map_or("", |at| &rest[at + part.len()..]);
        found.is_some()
    })
}

/// Reads the reserved form: `None` for any other map.
pub(super) fn reserved(map: &Map<String, Json>) -> Option<Result<Unknown, Complaint>> {
    let (key, value) = map.iter().find(|(key, _)| key.starts_with(RESERVED))?;
    let unknown = match (key.as_str(), map.len()) {
        (UNKNOWN, 1) => Unknown::from_json(value),
        (TEXT, 1) => Text::from_json(value).and_then(|text| text.into_known().err()),
        _ => None,
    };
    Some(unknown.ok_or_else(|| format!("the key {key:?} starts with the null character").into()))
}
