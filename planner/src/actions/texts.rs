//! Texts and outputs that the actions on servers share.

use serde_json::{Map, Value};

use super::StepContext;
use crate::engine::{concat, display, unknown};

/// What says in a text on a server that a step of a request, or one turn of it, made it.
pub(super) fn mark(cx: &StepContext<'_>) -> Value {
    let start = format!("(Callboard request {}, step ", cx.plan.request.id);
    concat(&[start.into(), cx.turn(), ")".into()])
}

/// A text with a mark in a paragraph of its own behind it; the mark alone for no text.
pub(super) fn marked(text: &Value, mark: &Value) -> Value {
    match text {
        Value::Null => mark.clone(),
        text if text == "" => mark.clone(),
        text => concat(&[text.clone(), "\n\n".into(), mark.clone()]),
    }
}

/// Outputs of a step that are known after apply.
pub(super) fn unknown_outputs(cx: &StepContext<'_>, names: &[&str]) -> Map<String, Value> {
    let output =
        |name: &&str| ((*name).to_owned(), unknown(&cx.step().id, &format!("output.{name}")));
    names.iter().map(output).collect()
}

/// A value for a message: what is known only after apply is displayed as such.
pub(super) fn shown(value: &Value) -> String {
    match display(value) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
