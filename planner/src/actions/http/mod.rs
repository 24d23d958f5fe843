//! `http:*`: requests to the catalog of the portal, which the plan answers, and to the APIs of other servers.

mod backstage;
mod catalog;
mod request;

pub(super) use backstage::BackstageRequest;
pub(super) use request::Request;

use serde_json::{Map, Value, json};

use crate::engine::concat;

/// Inputs that the actions share.
fn properties() -> Map<String, Value> {
    let properties = json!({
        "headers": {"type": "object", "description": "Headers of the request"},
        "params": {"type": "object", "description": "Its query, in addition to that of the address"},
        "body": {"description": "Its body: a value, which is sent as JSON, or its text"},
        "logRequestPath": {"type": "boolean", "description": "Whether the log names the address; `true` without it"},
        "continueOnBadResponse": {
            "type": "boolean", "description": "Whether the run goes on after a refusal, whose status and body are outputs then"
        },
        "timeout": {"type": "number", "description": "Not used: a request may take a minute"}
    });
    match properties {
        Value::Object(properties) => properties,
        _ => Map::new(),
    }
}

/// Outputs that the actions share.
const OUTPUTS: [(&str, &str); 3] = [
    ("code", "Status of the answer"),
    ("headers", "Its headers"),
    ("body", "Its body: a value, where it is JSON"),
];

/// The parameters of `params`, each with its value as a text: those of a list are separated by commas. A value may be known
/// only after apply.
fn params(input: &Value) -> Vec<(String, Value)> {
    let params = input.get("params").and_then(Value::as_object);
    let param = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Array(items) => {
                let comma = Value::from(",");
                let parts: Vec<_> =
                    items.iter().flat_map(|item| [comma.clone(), item.clone()]).collect();
                concat(parts.get(1..).unwrap_or_default())
            }
            value => concat(std::slice::from_ref(value)),
        };
        (name.clone(), value)
    };
    params.into_iter().flatten().map(param).collect()
}
