//! JSON Schemas as rows of a table: one for each property, indented by its depth, with its type, its constraints,
//! and links to schemas that have a section of their own.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use super::document::{Document, Target, entries, is_true, items, text};
use crate::site::text::{escape::escaped, markdown};

/// How deep properties of properties are shown.
const DEPTH: usize = 6;
/// How many allowed values are shown.
const VALUES: usize = 40;
/// How long a value in a row may be, in characters.
const VALUE_LENGTH: usize = 160;

/// A schema: its type, and rows for its parts.
#[derive(Debug, Default, Serialize)]
pub(super) struct Shape<'v> {
    pub(super) head: Row<'v>,
    pub(super) rows: Vec<Row<'v>>,
}

/// A property, a parameter or an alternative.
#[derive(Debug, Default, Serialize)]
pub(super) struct Row<'v> {
    depth: usize,
    pub(super) name: Cow<'v, str>,
    /// Whether the row is an alternative, whose properties follow.
    is_variant: bool,
    /// HTML.
    types: String,
    pub(super) required: bool,
    pub(super) deprecated: bool,
    read_only: bool,
    write_only: bool,
    /// HTML.
    pub(super) description: String,
    limits: Vec<String>,
    values: Vec<String>,
    more_values: usize,
    default: Option<String>,
    pub(super) example: Option<String>,
}

impl<'v> Document<'v> {
    /// The view of a schema.
    pub(super) fn shape(&self, schema: &'v Value) -> Shape<'v> {
        let head = self.row("", schema, false, 0);
        let mut rows = Vec::new();
        self.children(schema, 0, &[], &mut rows);
        Shape { head, rows }
    }

    /// Adds the row of a named value, and the rows of its properties.
    pub(super) fn rows(
        &self,
        name: &'v str,
        schema: &'v Value,
        required: bool,
        rows: &mut Vec<Row<'v>>,
    ) {
        rows.push(self.row(name, schema, required, 0));
        self.children(schema, 1, &[], rows);
    }

    fn row(&self, name: &'v str, schema: &'v Value, required: bool, depth: usize) -> Row<'v> {
        let own = self.own(schema);
        let item = own.get("items").map_or(&Value::Null, |items| self.own(items));
        let values: Vec<_> = items(own, "enum").chain(items(item, "enum")).collect();
        let example = own.get("example").or_else(|| items(own, "examples").next());
        Row {
            depth,
            name: name.into(),
            is_variant: false,
            types: self.types(schema, 0),
            required,
            deprecated: is_true(own, "deprecated"),
            read_only: is_true(own, "readOnly"),
            write_only: is_true(own, "writeOnly"),
            description: prose(text(schema, "description").or_else(|| text(own, "description"))),
            limits: limits(own),
            more_values: values.len().saturating_sub(VALUES),
            values: values.into_iter().take(VALUES).map(shown).collect(),
            default: own.get("default").map(shown),
            example: example.filter(|value| !value.is_object() && !value.is_array()).map(shown),
        }
    }

    /// The schema itself, or the one that it refers to, unless that has a section of its own.
    fn own(&self, schema: &'v Value) -> &'v Value {
        match self.reference(schema) {
            None => schema,
            Some(Target::Part(_)) => self.resolve(schema).0,
            Some(Target::Anchor { .. } | Target::Elsewhere(_)) => &Value::Null,
        }
    }

    /// Adds the properties of a schema without a section of its own.
    fn children(
        &self,
        schema: &'v Value,
        depth: usize,
        required: &[&'v str],
        rows: &mut Vec<Row<'v>>,
    ) {
        let schema = self.own(schema);
        if depth > DEPTH || !schema.is_object() || !self.spend() {
            return;
        }
        let all: Vec<&Value> = items(schema, "allOf").collect();
        let mut wanted = required.to_vec();
        for part in [schema].iter().chain(&all) {
            wanted.extend(items(part, "required").filter_map(Value::as_str));
        }
        for part in all {
            self.children(part, depth, &wanted, rows);
        }
        for (name, property) in entries(schema, "properties") {
            rows.push(self.row(name, property, wanted.contains(&name.as_str()), depth));
            self.children(property, depth + 1, &[], rows);
        }
        for (pattern, property) in entries(schema, "patternProperties") {
            rows.push(self.row(pattern, property, false, depth));
            self.children(property, depth + 1, &[], rows);
        }
        if let Some(others) = schema.get("additionalProperties").filter(|o| self.has_rows(o)) {
            rows.push(self.row("[key]", others, false, depth));
            self.children(others, depth + 1, &[], rows);
        }
        if let Some(item) = schema.get("items") {
            self.children(item, depth, &[], rows);
        }
        self.variants(schema, depth, rows);
    }

    /// Adds the alternatives that have properties and no section of their own.
    fn variants(&self, schema: &'v Value, depth: usize, rows: &mut Vec<Row<'v>>) {
        for variant in ["oneOf", "anyOf"].into_iter().flat_map(|key| items(schema, key)) {
            if self.has_rows(variant) {
                let title = text(variant, "title").unwrap_or_default();
                let row = self.row(title, variant, false, depth);
                rows.push(Row { is_variant: true, ..row });
                self.children(variant, depth + 1, &[], rows);
            }
        }
    }

    fn has_rows(&self, schema: &'v Value) -> bool {
        let schema = self.own(schema);
        ["properties", "patternProperties", "allOf", "oneOf", "anyOf", "items"]
            .iter()
            .any(|key| schema.get(*key).is_some())
    }

    /// The type in the notation of programming languages, as HTML: `Order[] | null`.
    fn types(&self, schema: &'v Value, depth: usize) -> String {
        if depth > DEPTH || !self.spend() {
            return "…".into();
        }
        match self.reference(schema) {
            Some(Target::Anchor { name, anchor }) => {
                return format!("<a href=\"#{}\">{}</a>", escaped(anchor), escaped(&name));
            }
            Some(Target::Part(part)) => return self.types(part, depth + 1),
            Some(Target::Elsewhere(text)) => return escaped(text),
            None => {}
        }
        let own = self.plain_types(schema, depth);
        let mut all: Vec<String> = items(schema, "allOf")
            .map(|part| self.types(part, depth + 1))
            .filter(|types| types != "any")
            .collect();
        if own != "any" && !all.contains(&own) {
            all.push(own);
        }
        let mut joined = Self::joined(all, " &amp; ");
        let any = ["oneOf", "anyOf"].into_iter().flat_map(|key| items(schema, key));
        let any: Vec<_> = any.map(|part| self.types(part, depth + 1)).collect();
        if !any.is_empty() && (joined.is_empty() || joined == "object") {
            joined = Self::joined(any, " | ");
        }
        match (joined.is_empty(), is_true(schema, "nullable")) {
            (true, _) => "any".into(),
            (false, true) => format!("{joined} | null"),
            (false, false) => joined,
        }
    }

    fn joined(types: Vec<String>, between: &str) -> String {
        let mut different: Vec<String> = Vec::new();
        for one in types {
            if !different.contains(&one) {
                different.push(one);
            }
        }
        different.join(between)
    }

    /// The type, without `allOf`, `oneOf` and `anyOf`.
    fn plain_types(&self, schema: &'v Value, depth: usize) -> String {
        if let Some(value) = schema.get("const") {
            return escaped(&value.to_string());
        }
        let named: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ if schema.get("properties").is_some() => vec!["object"],
            _ if schema.get("items").is_some() => vec!["array"],
            _ => return if *schema == Value::Bool(false) { "never" } else { "any" }.into(),
        };
        let format = text(schema, "format");
        let one = |name: &&str| match *name {
            "array" => self.array(schema, depth),
            "object" => self.object(schema, depth),
            "null" => "null".into(),
            name => format.map_or_else(
                || escaped(name),
                |format| format!("{} <small>{}</small>", escaped(name), escaped(format)),
            ),
        };
        Self::joined(named.iter().map(one).collect(), " | ")
    }

    fn array(&self, schema: &'v Value, depth: usize) -> String {
        let tuple: Vec<_> =
            items(schema, "prefixItems").map(|item| self.types(item, depth + 1)).collect();
        if !tuple.is_empty() {
            return format!("[{}]", tuple.join(", "));
        }
        let Some(item) = schema.get("items") else { return "any[]".into() };
        let item = self.types(item, depth + 1);
        if item.contains(" | ") || item.contains(" &amp; ") {
            return format!("({item})[]");
        }
        format!("{item}[]")
    }

    fn object(&self, schema: &'v Value, depth: usize) -> String {
        match schema.get("additionalProperties") {
            Some(others) if others.is_object() && schema.get("properties").is_none() => {
                format!("{{ [key]: {} }}", self.types(others, depth + 1))
            }
            _ => "object".into(),
        }
    }
}

/// The other constraints, in the terms of JSON Schema.
fn limits(schema: &Value) -> Vec<String> {
    const WORDS: [&str; 10] = [
        "minLength",
        "maxLength",
        "pattern",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "multipleOf",
        "contentEncoding",
    ];
    let mut limits = Vec::new();
    for (bound, strict, signs) in
        [("minimum", "exclusiveMinimum", ["≥", ">"]), ("maximum", "exclusiveMaximum", ["≤", "<"])]
    {
        let is_strict = is_true(schema, strict);
        if let Some(value) = schema.get(bound) {
            limits.push(format!("{} {}", signs[usize::from(is_strict)], shown(value)));
        }
        if let Some(value) = schema.get(strict).filter(|value| value.is_number()) {
            limits.push(format!("{} {}", signs[1], shown(value)));
        }
    }
    for word in WORDS {
        match schema.get(word) {
            Some(Value::Bool(true)) => limits.push(word.to_owned()),
            Some(Value::Bool(false)) | None => {}
            Some(value) => limits.push(format!("{word} {}", shown(value))),
        }
    }
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        limits.push("additionalProperties false".into());
    }
    let discriminator = schema.get("discriminator");
    let name = discriminator.and_then(|d| text(d, "propertyName").or_else(|| d.as_str()));
    limits.extend(name.map(|name| format!("discriminator {name}")));
    limits
}

/// A value on one line.
pub(super) fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(VALUE_LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Markdown as HTML.
pub(super) fn prose(text: Option<&str>) -> String {
    text.map(|text| markdown::render(text, None)).unwrap_or_default()
}
