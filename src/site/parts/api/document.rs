//! A parsed API definition: how its text becomes a value, where its references lead, and the limit of what is
//! shown of it.
//!
//! Definitions are untrusted: their references may form circles, and a few lines may expand to millions. Code
//! that walks a definition asks [`Document::spend`] before each step.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
};

use serde_json::Value;

use crate::base::{
    diagnostics::Position,
    json::{self, JsonError},
    percent::decode_lossy,
    yaml::{self, YamlError},
};

/// How many parts of schemas one page shows.
const PARTS: usize = 60_000;
/// How long a chain of references may be.
const HOPS: usize = 16;

/// A definition in which references are resolved.
#[derive(Debug)]
pub(super) struct Document<'v> {
    root: &'v Value,
    /// Anchors of the schemas that have a section of their own, by JSON pointer.
    places: HashMap<String, String>,
    anchors: RefCell<Anchors>,
    left: Cell<usize>,
}

/// The target of a reference.
#[derive(Debug)]
pub(super) enum Target<'d, 'v> {
    /// A schema with a section of its own on the page.
    Anchor { name: String, anchor: &'d str },
    /// Another part of the document.
    Part(&'v Value),
    /// Another document, or nothing.
    Elsewhere(&'v str),
}

impl<'v> Document<'v> {
    pub(super) fn new(root: &'v Value) -> Self {
        Self { root, places: HashMap::new(), anchors: RefCell::default(), left: Cell::new(PARTS) }
    }

    /// The value at a pointer.
    pub(super) fn at(&self, pointer: &str) -> &'v Value {
        self.root.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The entries of a map; none of other values.
    pub(super) fn entries(
        &self,
        pointer: &str,
    ) -> impl Iterator<Item = (&'v String, &'v Value)> + use<'v> {
        self.at(pointer).as_object().into_iter().flatten()
    }

    /// Gives each entry of a map of schemas an anchor.
    pub(super) fn add_anchors(&mut self, pointer: &str) {
        for (name, _) in self.entries(pointer) {
            let anchor = self.anchor(&format!("schema-{name}"));
            let key = name.replace('~', "~0").replace('/', "~1");
            self.places.insert(format!("{pointer}/{key}"), anchor);
        }
    }

    /// The anchor that [`Document::add_anchors`] gave to an entry.
    pub(super) fn anchor_of(&self, pointer: &str, name: &str) -> String {
        let key = name.replace('~', "~0").replace('/', "~1");
        self.places.get(&format!("{pointer}/{key}")).cloned().unwrap_or_default()
    }

    /// A unique anchor for a name.
    pub(super) fn anchor(&self, name: &str) -> String {
        self.anchors.borrow_mut().add(name)
    }

    /// The target of a schema that is a reference.
    pub(super) fn reference(&self, value: &'v Value) -> Option<Target<'_, 'v>> {
        let text = value.get("$ref")?.as_str()?;
        let Some(pointer) = pointer(text) else { return Some(Target::Elsewhere(text)) };
        if let Some(anchor) = self.places.get(&pointer) {
            return Some(Target::Anchor { name: last(&pointer), anchor });
        }
        match self.root.pointer(&pointer) {
            Some(part) if !std::ptr::eq(part, value) => Some(Target::Part(part)),
            _ => Some(Target::Elsewhere(text)),
        }
    }

    /// The value after all its references are resolved, and the name in the last reference.
    pub(super) fn resolve(&self, mut value: &'v Value) -> (&'v Value, Option<String>) {
        let mut name = None;
        for _ in 0..HOPS {
            let Some(text) = value.get("$ref").and_then(Value::as_str) else {
                return (value, name);
            };
            let Some(pointer) = pointer(text) else { return (&Value::Null, Some(text.to_owned())) };
            name = Some(last(&pointer));
            value = self.at(&pointer);
        }
        (&Value::Null, name)
    }

    /// Counts one more part. Returns whether it is within the limit.
    pub(super) fn spend(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }

    /// Whether something is not shown because of the limit.
    pub(super) fn is_cut(&self) -> bool {
        self.left.get() == 0
    }
}

/// A text field of a value.
pub(super) fn text<'v>(value: &'v Value, field: &str) -> Option<&'v str> {
    value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Whether a field is `true`.
pub(super) fn is_true(value: &Value, field: &str) -> bool {
    value.get(field) == Some(&Value::Bool(true))
}

/// The items of a list field.
pub(super) fn items<'v>(
    value: &'v Value,
    field: &str,
) -> impl Iterator<Item = &'v Value> + use<'v> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

/// The entries of a map field.
pub(super) fn entries<'v>(
    value: &'v Value,
    field: &str,
) -> impl Iterator<Item = (&'v String, &'v Value)> + use<'v> {
    value.get(field).and_then(Value::as_object).into_iter().flatten()
}

/// The JSON pointer of a reference within its own document.
fn pointer(reference: &str) -> Option<String> {
    let (file, pointer) = reference.split_once('#')?;
    (file.is_empty() && pointer.starts_with('/')).then(|| decode_lossy(pointer).into_owned())
}

/// The last part of a JSON pointer.
fn last(pointer: &str) -> String {
    let part = pointer.rsplit('/').next().unwrap_or_default();
    part.replace("~1", "/").replace("~0", "~")
}

/// Reads a definition that is JSON or YAML.
pub(super) fn parse(text: &str) -> Result<Value, YamlError> {
    let text = text.trim_start_matches('\u{feff}');
    let is_json = text.trim_start().starts_with('{');
    match is_json.then(|| json::from_slice(text.as_bytes(), json::VALUES)) {
        Some(Ok(value)) => Ok(value),
        Some(Err(error @ JsonError::TooManyValues(_))) => {
            Err(YamlError { message: error.to_string(), position: None })
        }
        // A text that begins like JSON may be YAML; if it is not, the error of the JSON parser is shown.
        Some(Err(JsonError::Invalid(error))) => {
            yaml::from_str(text).map_err(|_| json_error(&error))
        }
        None => yaml::from_str(text),
    }
    .map(|mut value| {
        if text.contains("<<") {
            yaml::merge_keys(&mut value);
        }
        value
    })
}

fn json_error(error: &serde_json::Error) -> YamlError {
    let position = Position { line: error.line(), column: error.column() };
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    YamlError { message, position: Some(position) }
}

/// Anchors of a page: readable and unique.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    used: HashSet<String>,
    /// How often each name was used.
    count: HashMap<String, usize>,
}

impl Anchors {
    /// Adds an anchor of lower-case letters and digits, with `-` between words.
    pub(super) fn add(&mut self, name: &str) -> String {
        let mut slug = String::new();
        for c in name.chars().take(120).flat_map(char::to_lowercase) {
            match c {
                c if c.is_alphanumeric() => slug.push(c),
                _ if slug.ends_with('-') => {}
                _ => slug.push('-'),
            }
        }
        let slug = slug.trim_matches('-').to_owned();
        let count = self.count.entry(slug.clone()).or_default();
        loop {
            *count += 1;
            let anchor = if *count == 1 { slug.clone() } else { format!("{slug}-{count}") };
            if !anchor.is_empty() && self.used.insert(anchor.clone()) {
                return anchor;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn anchors_are_readable_and_unique() {
        let mut anchors = Anchors::default();
        let all = ["get /orders/{id}", "GET /orders/:id", "get /orders/id-2", "", "/", "Événement"];
        let all: Vec<_> = all.iter().map(|name| anchors.add(name)).collect();
        let wanted =
            ["get-orders-id", "get-orders-id-2", "get-orders-id-2-2", "-2", "-3", "événement"];
        assert_eq!(all, wanted);
    }

    #[test]
    fn references_resolve_to_places_in_the_document_or_outside_of_it() {
        let root = json!({
            "components": {"schemas": {"a b/c": {}}, "x": {"$ref": "#/components/y"}, "y": {"z": 1}},
        });
        let mut document = Document::new(&root);
        document.add_anchors("/components/schemas");
        let to = |text: &str| json!({ "$ref": text });
        let place = to("#/components/schemas/a%20b~1c");
        let Some(Target::Anchor { name, anchor }) = document.reference(&place) else {
            panic!("not a place");
        };
        assert_eq!((name.as_str(), anchor), ("a b/c", "schema-a-b-c"));
        let part = to("#/components/x");
        assert!(matches!(document.reference(&part), Some(Target::Part(_))));
        assert_eq!(document.resolve(&part), (&json!({"z": 1}), Some("y".into())));
        for lost in ["other.yaml#/a", "https://x.example/a.json", "#/gone", "#a"] {
            assert!(matches!(document.reference(&to(lost)), Some(Target::Elsewhere(_))), "{lost}");
        }
    }

    #[test]
    fn circular_references_resolve_to_nothing() {
        let root = json!({"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}});
        let document = Document::new(&root);
        assert_eq!(document.resolve(document.at("/a")).0, &Value::Null);
    }

    #[test]
    fn json_and_yaml_are_parsed_and_syntax_errors_have_a_line() {
        assert_eq!(parse("{\"a\": 1}"), Ok(json!({"a": 1})));
        assert_eq!(parse("{a: 1}"), Ok(json!({"a": 1})));
        assert_eq!(parse("200: x"), Ok(json!({"200": "x"})));
        let text = "x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  a: 3\n";
        assert_eq!(parse(text).expect("YAML")["y"], json!({"a": 3, "b": 2}));
        for (broken, line) in [("{\n\"a\": 1,,\n}", 2), ("a: [1\nb: 2\nc: [", 2)] {
            let error = parse(broken).expect_err(broken);
            assert!(error.position.is_some_and(|at| at.line >= line), "{error:?}");
        }
        assert!(parse(&"[".repeat(10_000)).is_err());
        assert!(parse(&"{\"a\":".repeat(10_000)).is_err());
    }
}
