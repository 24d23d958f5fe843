//! `fetch:*`: files of the portal or of another repository, copied or rendered into the workspace.
//!
//! Unlike in Backstage, a source can be anywhere in the portal, an address is read at the commit that the lock says,
//! symbolic links that lead out of their folder are refused, and an expression that does not parse is an error with its
//! position.

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
        "description": "Where it is: `./skeleton` or `../shared` from the folder of the template, or an address such as \
                        `https://github.com/acme/skeletons/tree/main/java`, which `callboard scaffold lock` locks"
    })
}

/// Schema of the input `targetPath` of actions that make many files.
fn target() -> Value {
    json!({"type": "string", "description": "Folder of the workspace; without it the workspace itself"})
}

/// Schema of the input `token`, which Backstage sends to the server of an address.
fn token() -> Value {
    json!({"type": "string", "description": "Not used: the credential of a server is that of `credentials` in `callboard.yaml`"})
}
