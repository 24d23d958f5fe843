//! Texts and outputs that the actions on servers share.

use serde_json::{Map, Value};

use super::StepContext;
use crate::engine::{concat, display, unknown};

/// What says in a text on a server that a step of a request made it.
pub(super) fn mark(cx: &StepContext<'_>) -> String {
    format!("(Callboard request {}, step {})", cx.plan.request.id, cx.step().id)
}

/// A text with a mark in a paragraph of its own behind it; the mark alone for no text.
pub(super) fn marked(text: &Value, mark: &str) -> Value {
    match text {
        Value::Null => mark.into(),
        text if text == "" => mark.into(),
        text => concat(&[text.clone(), format!("\n\n{mark}").into()]),
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
