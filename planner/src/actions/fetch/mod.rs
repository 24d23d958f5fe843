//! `fetch:*`: files of the portal, copied or rendered into the workspace.
//!
//! Unlike in Backstage, a source can be anywhere in the portal, symbolic links that lead out of their folder are
//! refused, and an expression that does not parse is an error with its position.

mod plain;
pub(super) mod rendering;
pub(super) mod source;
mod template;

use serde_json::{Value, json};

pub(super) use plain::{FetchPlain, FetchPlainFile};
pub(super) use template::{FetchTemplate, FetchTemplateFile};

/// Schema of the input `url`.
fn url() -> Value {
    json!({
        "type": "string",
        "description": "Where it is, from the folder of the template: `./skeleton` or `../shared`"
    })
}

/// Schema of the input `targetPath` of actions that make many files.
fn target() -> Value {
    json!({"type": "string", "description": "Folder of the workspace; without it the workspace itself"})
}

/// Schema of the input `token`, which Backstage sends to a server that a plan does not ask.
fn token() -> Value {
    json!({"type": "string", "description": "Not used: a plan has no network"})
}
