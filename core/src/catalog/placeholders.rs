//! Placeholders: `$text`, `$json`, `$yaml`, `$openapi` and `$asyncapi`, which include another file in
//! an entity.
//!
//! As in Backstage, a map with exactly one of these keys, whose value is a text, is replaced anywhere
//! in an entity. The included value is not searched for placeholders. Other maps are kept, for example
//! those with `$ref` in a schema.

use serde_json::Value;

use super::issue::escape;
use crate::base::{
    diagnostics::Position,
    json::{self, JsonError},
    yaml,
};

/// How the included file becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncludeFormat {
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

/// Why the text of an included file is not the value that its placeholder asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct IncludeError {
    /// What is wrong, without the position.
    pub message: String,
    /// The position in the included file, when it is known.
    pub position: Option<Position>,
}

impl IncludeFormat {
    /// The value of an included file. Merge keys (`<<`) are applied in YAML, as in Backstage.
    ///
    /// # Errors
    /// The text is not of this format.
    pub fn value(self, text: String) -> Result<Value, IncludeError> {
        let broken = |position, message: String| IncludeError { message, position };
        match self {
            Self::Text | Self::Definition => Ok(Value::String(text)),
            Self::Json => {
                json::from_slice(text.as_bytes(), json::VALUES).map_err(|error| match error {
                    JsonError::Invalid(error) => {
                        let position = Position { line: error.line(), column: error.column() };
                        broken(Some(position), "this is not JSON".to_owned())
                    }
                    other @ JsonError::TooManyValues(_) => broken(None, other.to_string()),
                })
            }
            Self::Yaml => {
                let mut documents = yaml::parse_documents(&text);
                match (documents.pop(), documents.len()) {
                    (Some(Ok(mut value)), 0) => {
                        yaml::merge_keys(&mut value);
                        Ok(value)
                    }
                    (Some(Err(error)), _) => Err(broken(error.position, error.message)),
                    _ => Err(broken(None, "`$yaml` takes a file of exactly one document".into())),
                }
            }
        }
    }
}

/// A placeholder in an entity.
#[derive(Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// JSON pointer of the map that is replaced.
    pub pointer: String,
    /// JSON pointer of the text in the map.
    pub at: String,
    /// How the file becomes a value.
    pub format: IncludeFormat,
    /// The path or address of the file.
    pub target: String,
}

/// Finds the placeholders of an entity, in the order of the document.
pub fn find(value: &Value) -> Vec<Placeholder> {
    let mut found = Vec::new();
    collect(value, "", &mut found);
    found
}

/// Reads a value that is a placeholder; `pointer` is its JSON pointer.
pub fn read(value: &Value, pointer: &str) -> Option<Placeholder> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    let (key, target) = map.iter().next()?;
    let (format, target) = (include_format(key)?, target.as_str()?.to_owned());
    let at = format!("{pointer}/{key}");
    Some(Placeholder { pointer: pointer.to_owned(), at, format, target })
}

fn collect(value: &Value, pointer: &str, found: &mut Vec<Placeholder>) {
    if let Some(placeholder) = read(value, pointer) {
        return found.push(placeholder);
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                collect(value, &format!("{pointer}/{}", escape(key)), found);
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
