//! Examples as highlighted JSON: those that an API definition has, and one made from the schema where it has
//! none.

use serde_json::{Map, Value, json};

use super::{
    document::{Document, entries, is_true, items, text},
    view::Example,
};
use crate::site::text::{code, escape::escaped};

/// The limits of the depth and of the number of values of an example.
const DEPTH: usize = 5;
const VALUES: usize = 60;
/// How many examples of one content are shown.
const EXAMPLES: usize = 3;
/// How many lines of an example are shown.
const LINES: usize = 120;

/// The direction of a value. Fields that only the other side may write are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// To the API.
    In,
    /// From the API.
    Out,
}

impl<'v> Document<'v> {
    /// Makes an example from a schema. `None` when it would be empty.
    pub(super) fn example(&self, schema: &'v Value, way: Direction) -> Option<Value> {
        let mut maker = ExampleBuilder { document: self, way, left: VALUES, trail: Vec::new() };
        let value = maker.make(schema)?;
        let says_something = match &value {
            Value::Object(map) => !map.is_empty(),
            Value::Array(items) => items.first().is_some_and(|item| item != &json!({})),
            _ => false,
        };
        says_something.then_some(value)
    }
}

/// The examples of a definition: `example`, `examples` by name, or by media type.
pub(super) fn given_examples<'v>(
    document: &Document<'v>,
    holder: &'v Value,
    media: Option<&'v str>,
) -> Vec<Example<'v>> {
    let one = holder.get("example").map(|value| ("", value));
    let several = entries(holder, "examples").filter_map(|(name, example)| {
        let example = document.resolve(example).0;
        let keys = ["value", "dataValue", "serializedValue"];
        match keys.iter().find_map(|key| example.get(*key)) {
            Some(value) => Some((text(example, "summary").unwrap_or(name), value)),
            // Swagger 2.0: the example itself, by its media type.
            None => name.contains('/').then_some(("", example)),
        }
    });
    one.into_iter()
        .chain(several)
        .take(EXAMPLES)
        .map(|(title, value)| Example { title, text: example_html(value, media), is_made: false })
        .collect()
}

/// An example as HTML; a text is not quoted.
pub(super) fn example_html(value: &Value, media: Option<&str>) -> String {
    match value {
        Value::String(text) => {
            let languages = ["json", "xml", "html", "yaml", "csv"];
            let media = media.unwrap_or_default();
            let language = languages.iter().find(|language| media.contains(**language));
            code::highlight(language.copied().unwrap_or_default(), text)
        }
        value => json_html(value),
    }
}

/// An example that is made from the schema.
pub(super) fn made(value: &Value) -> Example<'static> {
    Example { title: "", text: json_html(value), is_made: true }
}

struct ExampleBuilder<'d, 'v> {
    document: &'d Document<'v>,
    way: Direction,
    left: usize,
    /// The enclosing schemas, so that no schema is nested in itself.
    trail: Vec<&'v Value>,
}

impl<'v> ExampleBuilder<'_, 'v> {
    fn make(&mut self, schema: &'v Value) -> Option<Value> {
        let schema = self.document.resolve(schema).0;
        let is_around = self.trail.iter().any(|around| std::ptr::eq(*around, schema));
        if is_around || self.trail.len() > DEPTH || !schema.is_object() {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        self.trail.push(schema);
        let value = self.value(schema);
        self.trail.pop();
        value
    }

    fn value(&mut self, schema: &'v Value) -> Option<Value> {
        let given = ["example", "const", "default"].iter().find_map(|key| schema.get(*key));
        let given = given.or_else(|| items(schema, "examples").next());
        if let Some(given) = given.or_else(|| items(schema, "enum").next()) {
            return Some(given.clone());
        }
        let parts: Vec<_> = items(schema, "allOf").collect();
        if !parts.is_empty() {
            return self.merged(schema, parts);
        }
        if let Some(one) = ["oneOf", "anyOf"].iter().find_map(|key| items(schema, key).next()) {
            return self.make(one);
        }
        let named = match schema.get("type") {
            Some(Value::Array(several)) => several.iter().find_map(Value::as_str),
            named => named.and_then(Value::as_str),
        };
        match named {
            Some("array") => Some(self.array(schema)),
            None if schema.get("items").is_some() => Some(self.array(schema)),
            Some("object") | None => Some(Value::Object(self.object(schema))),
            Some("integer") => Some(schema.get("minimum").cloned().unwrap_or(json!(1))),
            Some("number") => Some(schema.get("minimum").cloned().unwrap_or(json!(1.5))),
            Some("boolean") => Some(json!(true)),
            Some("string") => Some(json!(word(text(schema, "format")))),
            Some(_) => None,
        }
    }

    fn merged(&mut self, schema: &'v Value, parts: Vec<&'v Value>) -> Option<Value> {
        let mut all = self.object(schema);
        for part in parts {
            match self.make(part)? {
                Value::Object(map) => all.extend(map),
                other if all.is_empty() => return Some(other),
                _ => {}
            }
        }
        Some(Value::Object(all))
    }

    fn array(&mut self, schema: &'v Value) -> Value {
        let item = schema.get("items").and_then(|item| self.make(item));
        Value::Array(item.into_iter().collect())
    }

    fn object(&mut self, schema: &'v Value) -> Map<String, Value> {
        let hidden = if self.way == Direction::In { "readOnly" } else { "writeOnly" };
        let mut map = Map::new();
        for (name, property) in entries(schema, "properties") {
            if is_true(property, hidden) || is_true(property, "deprecated") {
                continue;
            }
            if let Some(value) = self.make(property) {
                map.insert(name.clone(), value);
            }
        }
        let others = schema.get("additionalProperties").filter(|_| map.is_empty());
        if let Some(value) = others.and_then(|others| self.make(others)) {
            map.insert("key".into(), value);
        }
        map
    }
}

/// An example text of a format.
fn word(format: Option<&str>) -> &'static str {
    match format.unwrap_or_default() {
        "date-time" => "2026-05-17T09:30:00Z",
        "date" => "2026-05-17",
        "time" => "09:30:00Z",
        "duration" => "PT15M",
        "uuid" => "3f2c8a4e-6b1d-4c57-9a0e-5d7f21b8c463",
        "email" => "ann@company.example",
        "uri" | "url" | "uri-reference" => "https://company.example/",
        "hostname" => "company.example",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "byte" => "Y2FsbGJvYXJk",
        "password" => "••••••••",
        _ => "string",
    }
}

/// Writes a value as highlighted JSON, without parsing it again for the highlighting.
pub(super) fn json_html(value: &Value) -> String {
    let mut writer = Writer { html: String::new(), lines: 1 };
    writer.value(value, 0);
    writer.html
}

struct Writer {
    html: String,
    lines: usize,
}

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                self.html.push('{');
                let mut entries = map.iter().peekable();
                while let Some((key, value)) = entries.next() {
                    if !self.line(depth + 1) {
                        break;
                    }
                    self.word("a", &Value::from(key.as_str()));
                    self.html.push_str(": ");
                    self.value(value, depth + 1);
                    self.html.push_str(if entries.peek().is_some() { "," } else { "" });
                }
                self.close(depth, '}');
            }
            Value::Array(items) if !items.is_empty() => {
                self.html.push('[');
                for (at, item) in items.iter().enumerate() {
                    if !self.line(depth + 1) {
                        break;
                    }
                    self.value(item, depth + 1);
                    self.html.push_str(if at + 1 < items.len() { "," } else { "" });
                }
                self.close(depth, ']');
            }
            Value::String(_) => self.word("s", value),
            Value::Object(_) | Value::Array(_) => self.html.push_str(&value.to_string()),
            _ => self.word("n", value),
        }
    }

    fn word(&mut self, class: &str, value: &Value) {
        let text = escaped(&value.to_string());
        self.html.push_str(&format!("<span class=\"{class}\">{text}</span>"));
    }

    /// Begins a line. Returns whether it is within the limit.
    fn line(&mut self, depth: usize) -> bool {
        self.lines += 1;
        self.html.push('\n');
        self.html.push_str(&"  ".repeat(depth));
        if self.lines > LINES {
            self.html.push('…');
        }
        self.lines <= LINES
    }

    fn close(&mut self, depth: usize, bracket: char) {
        self.html.push('\n');
        self.html.push_str(&"  ".repeat(depth));
        self.html.push(bracket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_follow_the_schema_without_read_only_or_write_only_properties() {
        let root = json!({"components": {"schemas": {"Tree": {
            "type": "object",
            "properties": {
                "id": {"type": "string", "format": "uuid", "readOnly": true},
                "kind": {"enum": ["OAK", "ELM"]},
                "age": {"type": ["integer", "null"], "minimum": 3},
                "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
                "old": {"type": "string", "deprecated": true},
                "owner": {"allOf": [{"properties": {"name": {"example": "Ann"}}}, {"required": ["name"]}]},
            },
        }}}});
        let document = Document::new(&root);
        let tree = document.at("/components/schemas/Tree");
        assert_eq!(
            document.example(tree, Direction::In),
            Some(json!({"kind": "OAK", "age": 3, "children": [], "owner": {"name": "Ann"}}))
        );
        let out = document.example(tree, Direction::Out).expect("an example");
        assert!(out["id"].as_str().is_some_and(|id| id.len() == 36));
    }

    #[test]
    fn schemas_without_constraints_have_no_example() {
        let root =
            json!({"a": {}, "b": {"type": "string"}, "c": {"type": "array", "items": {}}, "d": 1});
        let document = Document::new(&root);
        for pointer in ["/a", "/b", "/c", "/d", "/gone"] {
            assert_eq!(document.example(document.at(pointer), Direction::Out), None, "{pointer}");
        }
    }

    #[test]
    fn examples_are_escaped_indented_and_bounded() {
        assert_eq!(
            json_html(&json!({"<a>": ["\"", 1, {}]})),
            "{\n  <span class=\"a\">&quot;&lt;a&gt;&quot;</span>: [\n    \
             <span class=\"s\">&quot;\\&quot;&quot;</span>,\n    <span class=\"n\">1</span>,\n    {}\n  ]\n}"
        );
        let long = json_html(&Value::Array(vec![json!(1); 10_000]));
        assert!(long.lines().count() < LINES + 5 && long.contains('…'));
    }
}
