//! JSON Schemas of entities, generated from the table of kinds.

use serde_json::{Map, Value, json};

use super::kinds::{EXCUSED, FieldSpec, KINDS, KindSpec, Shape};
use crate::base::schema::DIALECT;

/// Letters, digits and, between them, `-`, `_` and `.`.
const NAME: &str = "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$";
const NAMESPACE: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
const TAG: &str = "^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$";
const KEY: &str = "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$";
const KIND: &str = "^[A-Za-z][A-Za-z0-9]*$";

/// How much of an entity a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Some of it: the rest comes from other files of the portal.
    Fragment,
}

/// Makes the schema of entities of one kind.
pub fn of_kind(kind: &KindSpec) -> Value {
    let mut schema = envelope(&format!("A {} of the catalog.", kind.name));
    schema["title"] = kind.name.into();
    merge(&mut schema, of_spec(kind, Extent::Whole));
    schema
}

/// Makes the schema of entities of any kind.
pub fn of_any(extent: Extent) -> Value {
    let mut schema = envelope(match extent {
        Extent::Whole => "An entity of the catalog.",
        Extent::Fragment => "An entity of the catalog, or a part of one.",
    });
    let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    schema["title"] = "Entity".into();
    schema["properties"]["kind"] = json!({
        "anyOf": [{ "enum": names }, { "type": "string", "pattern": KIND, "maxLength": 63 }],
        "description": "What it is; a kind of your own is shown as it is.",
    });
    let rule = |kind: &KindSpec| {
        let is_kind =
            json!({ "properties": { "kind": { "const": kind.name } }, "required": ["kind"] });
        json!({ "if": is_kind, "then": of_spec(kind, extent) })
    };
    schema["allOf"] = KINDS.iter().map(rule).collect();
    schema
}

fn envelope(description: &str) -> Value {
    json!({
        "$schema": DIALECT,
        "description": description,
        "type": "object",
        "additionalProperties": false,
        "required": ["apiVersion", "kind", "metadata"],
        "properties": {
            "apiVersion": {
                "type": "string",
                "pattern": "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]{1,63}$",
                "description": "Version of the kind, such as `backstage.io/v1alpha1`.",
            },
            "kind": { "type": "string", "pattern": KIND, "maxLength": 63 },
            "metadata": metadata(),
            "spec": { "type": "object" },
        },
    })
}

fn metadata() -> Value {
    let text =
        |description: &str| json!({ "type": "string", "minLength": 1, "description": description });
    let name = |pattern: &str, description: &str| json!({ "type": "string", "pattern": pattern, "maxLength": 63, "description": description });
    json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": name(NAME, "Name, unique for its kind and namespace, regardless of case."),
            "namespace": name(NAMESPACE, "Namespace; `default` when there is none."),
            "title": text("What people call it."),
            "description": { "type": "string", "description": "What it is for." },
            "uid": text("Set by Backstage; not used."),
            "etag": text("Set by Backstage; not used."),
            "labels": {
                "type": "object",
                "description": "Labels, by `[prefix/]name`.",
                "propertyNames": { "pattern": KEY },
                "additionalProperties": {
                    "type": "string", "maxLength": 63, "pattern": format!("^$|{NAME}"),
                },
            },
            "annotations": {
                "type": "object",
                "description": "Annotations, by `[prefix/]name`.",
                "propertyNames": { "pattern": KEY },
                "additionalProperties": { "type": "string" },
            },
            "tags": {
                "type": "array",
                "description": "Tags: lower-case letters, digits, `:`, `+`, `#` and single hyphens.",
                "items": { "type": "string", "pattern": TAG, "maxLength": 63 },
            },
            "links": { "type": "array", "description": "Links to what belongs to it.", "items": link() },
        },
    })
}

fn link() -> Value {
    let not_blank = || json!({ "type": "string", "pattern": "\\S" });
    json!({
        "type": "object",
        "required": ["url"],
        "properties": {
            "url": { "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9+.-]*:" },
            "title": not_blank(),
            "icon": not_blank(),
            "type": { "type": "string", "minLength": 1 },
        },
    })
}

/// The part of the schema for one kind, beside the envelope.
fn of_spec(kind: &KindSpec, extent: Extent) -> Value {
    let mut spec = fields(kind.fields);
    let mut schema = json!({
        "properties": { "kind": { "const": kind.name }, "apiVersion": { "enum": kind.api_versions } },
    });
    match extent {
        Extent::Whole => {
            schema["required"] = json!(["spec"]);
            excuse(kind, &mut spec);
        }
        // A missing field may be in another fragment.
        Extent::Fragment => spec["required"] = json!([]),
    }
    schema["properties"]["spec"] = spec;
    schema
}

/// Makes the field that one type of a kind may omit required for the other types only.
fn excuse(kind: &KindSpec, spec: &mut Value) {
    let (name, spec_type, field) = EXCUSED;
    if kind.name != name {
        return;
    }
    if let Some(required) = spec["required"].as_array_mut() {
        required.retain(|other| other != field);
    }
    spec["if"] = json!({
        "properties": { "type": { "const": spec_type } }, "required": ["type"],
    });
    spec["else"] = json!({ "required": [field] });
}

fn fields(fields: &[FieldSpec]) -> Value {
    let mut schema = json!({ "type": "object" });
    let required: Vec<_> = fields.iter().filter(|f| f.required).map(|f| f.name).collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    let mut properties = Map::new();
    for field in fields {
        match field.name {
            "*" => schema["additionalProperties"] = value(field.shape),
            "steps" => drop(properties.insert("steps".into(), steps(field.shape))),
            name => drop(properties.insert(name.into(), value(field.shape))),
        }
    }
    schema["properties"] = Value::Object(properties);
    schema
}

/// Steps of a template have only known fields and fields with a prefix.
fn steps(shape: Shape) -> Value {
    let mut schema = value(shape);
    schema["items"]["additionalProperties"] = false.into();
    schema["items"]["patternProperties"] = json!({ ":": true });
    schema
}

fn value(shape: Shape) -> Value {
    let text = || json!({ "type": "string", "minLength": 1 });
    match shape {
        Shape::Text => text(),
        Shape::AnyText => json!({ "type": "string" }),
        Shape::OneOf(words) => json!({ "enum": words }),
        Shape::Texts => json!({ "type": "array", "items": text() }),
        Shape::Condition => json!({ "type": ["boolean", "string"] }),
        Shape::Map => json!({ "type": "object" }),
        Shape::Maps => json!({ "type": ["object", "array"], "items": { "type": "object" } }),
        Shape::Fields(inner) => fields(inner),
        Shape::Each(inner) => json!({ "type": "array", "items": fields(inner) }),
        Shape::Ref(rule) => {
            let mut schema = text();
            schema["description"] = reference("A reference", rule.default_kind).into();
            schema
        }
        Shape::Refs(rule) => json!({
            "type": "array",
            "items": text(),
            "description": reference("References", rule.default_kind),
        }),
    }
}

fn reference(what: &str, default_kind: Option<&str>) -> String {
    match default_kind {
        Some(kind) => {
            format!("{what}, `[kind:][namespace/]name`; of kind {kind} when none is written.")
        }
        None => format!("{what}, `kind:[namespace/]name`."),
    }
}

/// Merges one JSON object into another, recursively.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) => into.extend(from),
        (into, from) => *into = from,
    }
}
