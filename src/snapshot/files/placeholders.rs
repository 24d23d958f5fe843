//! Placeholders: `$text`, `$json`, `$yaml`, `$openapi` and `$asyncapi`, which include another file in
//! an entity.
//!
//! As in Backstage, a map with exactly one of these keys, whose value is a text, is replaced anywhere
//! in an entity. The included value is not searched for placeholders. Other maps are kept, for example
//! those with `$ref` in a schema.

use serde_json::Value;

/// How the included file becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IncludeFormat {
    /// The text of the file.
    Text,
    /// The value of the file.
    Json,
    /// The only document of the file.
    Yaml,
    /// The text of the file, the definition of an API. Backstage resolves its references to other
    /// files; here they are kept.
    Definition,
}

/// A placeholder in an entity.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Placeholder {
    /// JSON pointer of the map that is replaced.
    pub(super) pointer: String,
    /// JSON pointer of the text in the map.
    pub(super) at: String,
    /// How the file becomes a value.
    pub(super) format: IncludeFormat,
    /// The path or address of the file.
    pub(super) target: String,
}

/// Finds the placeholders of an entity, in the order of the document.
pub(super) fn find(value: &Value) -> Vec<Placeholder> {
    let mut found = Vec::new();
    collect(value, "", &mut found);
    found
}

fn collect(value: &Value, pointer: &str, found: &mut Vec<Placeholder>) {
    match value {
        Value::Object(map) => {
            if let (1, Some((key, Value::String(target)))) = (map.len(), map.iter().next())
                && let Some(format) = include_format(key)
            {
                let (pointer, target) = (pointer.to_owned(), target.clone());
                let at = format!("{pointer}/{key}");
                return found.push(Placeholder { pointer, at, format, target });
            }
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                collect(value, &format!("{pointer}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                collect(item, &format!("{pointer}/{at}"), found);
            }
        }
        _ => {}
    }
}

fn include_format(key: &str) -> Option<IncludeFormat> {
    match key {
        "$text" => Some(IncludeFormat::Text),
        "$json" => Some(IncludeFormat::Json),
        "$yaml" => Some(IncludeFormat::Yaml),
        "$openapi" | "$asyncapi" => Some(IncludeFormat::Definition),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_single_known_key_with_a_text_is_a_placeholder() {
        let value = json!({
            "a": [{"$text": "x"}, {"$yaml": 1}, {"$json": "y", "b": 1}],
            "m/~": {"$json": "z"},
            "schema": {"$ref": "#/a"},
        });
        let found: Vec<_> = find(&value).into_iter().map(|p| (p.pointer, p.format)).collect();
        assert_eq!(
            found,
            [("/a/0".to_owned(), IncludeFormat::Text), ("/m~1~0".to_owned(), IncludeFormat::Json)]
        );
        assert_eq!(value.pointer("/m~1~0"), Some(&json!({"$json": "z"})));
    }
}
