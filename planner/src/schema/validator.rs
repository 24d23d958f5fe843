//! Walks along a schema and a value, and collects where the value does not obey.

use std::collections::btree_map::{BTreeMap, Entry};

use serde_json::Value;

use super::{
    formats,
    numbers::{are_unique, compare, equal, is_multiple, is_whole},
    references::{reference_of, resolve},
};
use crate::{
    catalog::issue::escape,
    engine::{Budget, Complaint, Meter, Pattern},
};

/// Deepest nesting of schemas that are applied inside one another.
const DEPTH: usize = 250;
/// Work of one check, in the units of the expression language: each applied schema and each of its keywords is one.
const WORK: u64 = 5_000_000;

/// The keywords that are checked, in this order, so that of one value the simplest mistake comes first.
pub(super) const KEYWORDS: &[&str] = &[
    "type",
    "const",
    "enum",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "required",
    "pattern",
    "format",
    "uniqueItems",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "items",
    "additionalItems",
    "contains",
    "dependencies",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
];

/// A place in a value.
#[derive(Clone, Copy)]
pub(super) enum At<'a> {
    Root,
    Key(&'a At<'a>, &'a str),
    Item(&'a At<'a>, usize),
}

impl At<'_> {
    /// Its JSON pointer.
    pub(super) fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(parent, key) => format!("{}/{}", parent.pointer(), escape(key)),
            Self::Item(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }
}

/// One place where a value does not obey its schema.
#[derive(Debug)]
pub(super) struct Violation<'s, 'v> {
    /// JSON pointer in the value.
    pub(super) pointer: String,
    pub(super) found: &'v Value,
    pub(super) rule: Rule<'s, 'v>,
}

/// What a value does not obey.
#[derive(Debug)]
pub(super) enum Rule<'s, 'v> {
    /// A keyword with its operand.
    Keyword(&'s str, &'s Value),
    /// `false` is the schema of the value.
    Nothing,
    /// A property that must be there.
    Required(&'s str),
    /// `additionalProperties: false`: keys that are unknown, and those that are known.
    Unknown { keys: Vec<&'v str>, known: Vec<&'s str> },
    /// `propertyNames`: the first mistake of a key, in words.
    Key(String),
    /// `anyOf` or `oneOf`: for each alternative what keeps the value from obeying it.
    Alternatives(Vec<Vec<Violation<'s, 'v>>>),
}

/// Why a check was given up: what is beyond which limit.
#[derive(Debug)]
pub(super) struct Limit(pub(super) String);

impl From<Complaint> for Limit {
    fn from(complaint: Complaint) -> Self {
        Self(complaint.message)
    }
}

pub(super) type Violations<'s, 'v> = Vec<Violation<'s, 'v>>;

/// Checks values against one schema, which is known to be one.
pub(super) struct Validator<'s> {
    root: &'s Value,
    pub(super) meter: Meter,
    patterns: BTreeMap<&'s str, Pattern>,
    depth: usize,
}

impl<'s> Validator<'s> {
    pub(super) fn new(root: &'s Value) -> Self {
        let budget = Budget::of("the checks of a value against its schema", WORK);
        Self { root, meter: Meter::new(&budget), patterns: BTreeMap::new(), depth: 0 }
    }

    /// Finds all that keeps a value from obeying the schema.
    ///
    /// # Errors
    /// The check needs more work or nesting than it may.
    pub(super) fn violations<'v>(&mut self, value: &'v Value) -> Result<Violations<'s, 'v>, Limit> {
        let mut found = Vec::new();
        self.apply(self.root, value, &At::Root, &mut found)?;
        Ok(found)
    }

    pub(super) fn is_valid(
        &mut self,
        schema: &'s Value,
        value: &Value,
        at: &At<'_>,
    ) -> Result<bool, Limit> {
        let mut found = Vec::new();
        self.apply(schema, value, at, &mut found)?;
        Ok(found.is_empty())
    }

    pub(super) fn apply<'v>(
        &mut self,
        schema: &'s Value,
        value: &'v Value,
        at: &At<'_>,
        found: &mut Violations<'s, 'v>,
    ) -> Result<(), Limit> {
        self.meter.spend(1)?;
        let schema = match reference_of(schema) {
            None => schema,
            Some(reference) => resolve(self.root, reference).map_err(Limit)?,
        };
        let parent = match schema {
            Value::Object(keywords) => keywords,
            Value::Bool(true) => return Ok(()),
            _ => return self.refuse(value, at, Rule::Nothing, found),
        };
        if self.depth == DEPTH {
            return Err(Limit(format!("schemas nest deeper than {DEPTH}")));
        }
        self.depth += 1;
        let rank = |name: &str| KEYWORDS.iter().position(|keyword| *keyword == name);
        let keywords = parent.iter().filter_map(|(name, operand)| Some((rank(name)?, operand)));
        let mut keywords: Vec<_> = keywords.collect();
        keywords.sort_unstable_by_key(|(rank, _)| *rank);
        for (rank, operand) in keywords {
            self.meter.spend(1)?;
            let keyword = KEYWORDS[rank];
            match self.holds(keyword, operand, value, at)? {
                Some(true) => {}
                Some(false) => self.refuse(value, at, Rule::Keyword(keyword, operand), found)?,
                None => self.parts(keyword, operand, parent, value, at, found)?,
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Notes that a value does not obey.
    pub(super) fn refuse<'v>(
        &self,
        value: &'v Value,
        at: &At<'_>,
        rule: Rule<'s, 'v>,
        found: &mut Violations<'s, 'v>,
    ) -> Result<(), Limit> {
        let pointer = at.pointer();
        self.meter.text(pointer.len())?;
        found.push(Violation { pointer, found: value, rule });
        Ok(())
    }

    /// True when a pattern is found in a text.
    pub(super) fn matches(&mut self, source: &'s str, text: &str) -> Result<bool, Limit> {
        let pattern = match self.patterns.entry(source) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let pattern = formats::pattern(source)?;
                self.meter.spend(pattern.cost())?;
                new.insert(pattern)
            }
        };
        Ok(pattern.find(text, 0, &self.meter)?.is_some())
    }

    /// Whether a value obeys a keyword that only says yes or no; `None` for one that has more to say.
    fn holds(
        &mut self,
        keyword: &str,
        operand: &'s Value,
        value: &Value,
        at: &At<'_>,
    ) -> Result<Option<bool>, Limit> {
        Ok(Some(match (keyword, operand, value) {
            ("type", ..) => is_of_type(operand, value),
            ("const", ..) => equal(operand, value, &self.meter)?,
            ("enum", Value::Array(options), _) => {
                let meter = &self.meter;
                any(options, |option| Ok(equal(option, value, meter)?))?
            }
            ("minimum", Value::Number(limit), Value::Number(n)) => compare(n, limit).is_ge(),
            ("maximum", Value::Number(limit), Value::Number(n)) => compare(n, limit).is_le(),
            ("exclusiveMinimum", Value::Number(limit), Value::Number(n)) => {
                compare(n, limit).is_gt()
            }
            ("exclusiveMaximum", Value::Number(limit), Value::Number(n)) => {
                compare(n, limit).is_lt()
            }
            ("multipleOf", Value::Number(of), Value::Number(n)) => is_multiple(n, of),
            ("minLength" | "maxLength", _, Value::String(text)) => {
                self.meter.scan(text.len())?;
                size_fits(keyword, operand, text.chars().count())
            }
            ("minItems" | "maxItems", _, Value::Array(items)) => {
                size_fits(keyword, operand, items.len())
            }
            ("minProperties" | "maxProperties", _, Value::Object(map)) => {
                size_fits(keyword, operand, map.len())
            }
            ("pattern", Value::String(pattern), Value::String(text)) => {
                self.matches(pattern, text)?
            }
            ("format", Value::String(format), Value::String(text)) => {
                self.meter.scan(4 * text.len())?;
                formats::obeys(format, text)
            }
            ("uniqueItems", Value::Bool(true), Value::Array(items)) => {
                are_unique(items, &self.meter)?
            }
            ("contains", _, Value::Array(items)) => {
                any(items, |item| self.is_valid(operand, item, at))?
            }
            ("not", ..) => !self.is_valid(operand, value, at)?,
            _ => return Ok(None),
        }))
    }
}

/// True when a condition holds for one of the items.
fn any<'i>(
    items: &'i [Value],
    mut holds: impl FnMut(&'i Value) -> Result<bool, Limit>,
) -> Result<bool, Limit> {
    for item in items {
        if holds(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// True when a value is of a type or of one of several.
fn is_of_type(types: &Value, value: &Value) -> bool {
    match types {
        Value::Array(types) => types.iter().any(|one| is_of_type(one, value)),
        types => match value {
            Value::Null => types == "null",
            Value::Bool(_) => types == "boolean",
            Value::Number(number) => types == "number" || types == "integer" && is_whole(number),
            Value::String(_) => types == "string",
            Value::Array(_) => types == "array",
            Value::Object(_) => types == "object",
        },
    }
}

/// True when a size is within the limit of a keyword such as `minLength` or `maxItems`.
fn size_fits(keyword: &str, limit: &Value, size: usize) -> bool {
    let Value::Number(limit) = limit else { return true };
    let order = compare(&size.into(), limit);
    if keyword.starts_with("min") { order.is_ge() } else { order.is_le() }
}
