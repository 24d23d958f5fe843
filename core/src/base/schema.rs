//! JSON Schemas of file formats, for editors and tests.
//!
//! The schemas are of draft 7, which editors support best. They are derived from the types that parse the
//! files, and the documentation of a type is what an editor shows.

use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::transform_subschemas};
use serde_json::{Value, json};

/// The `$schema` of all schemas.
pub const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

/// Makes the schema of the files that `T` deserializes.
pub fn of<T: JsonSchema>(title: &str) -> Value {
    let settings = SchemaSettings::draft07().with_transform(for_people);
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".into(), title.into());
    schema.to_value()
}

/// Adapts a schema for people: an optional key does not also allow null, because a key without value is
/// probably forgotten; and the lines of a description are joined.
fn for_people(schema: &mut Schema) {
    let null = json!({ "type": "null" });
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(mut choices)) = schema.remove("anyOf") {
        choices.retain(|choice| *choice != null);
        let key = if choices.len() == 1 { "allOf" } else { "anyOf" };
        schema.insert(key.into(), choices.into());
    }
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
    transform_subschemas(&mut for_people, schema);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Two
    /// lines.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Sample {
        text: Option<String>,
        other: Option<BTreeMap<String, u8>>,
    }

    #[test]
    fn an_empty_key_is_refused_and_documentation_is_one_text() {
        let schema = of::<Sample>("Sample");
        assert_eq!(schema["$schema"], DIALECT);
        assert_eq!(schema["description"], "Two lines.");
        assert_eq!(schema["properties"]["text"]["type"], "string");
        assert_eq!(schema["properties"]["other"]["type"], "object");
        assert!(schema.get("required").is_none());
    }
}
