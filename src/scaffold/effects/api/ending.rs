//! Things that are being deleted: what is made in one, or changed of it, is answered as if it were done, and vanishes.

use callboard_planner::effect::Call;
use serde_json::Value;

use super::super::Fault;
use crate::{base::http::Method, forge::Client};

/// Looks whether what a call makes would be in something that is being deleted.
pub(super) fn check_place(client: &Client<'_>, call: &Call) -> Result<(), Fault> {
    let Some((name, path)) = client.place(call.path.as_str().unwrap_or_default()) else {
        return Ok(());
    };
    match client.send(Method::Get, &path, &Value::Null) {
        Ok(answer) if client.is_ending(&answer.body) => {
            Err(Fault::Conflict { message: text(&name) })
        }
        // Who may not look at it may still be allowed to make things there.
        _ => Ok(()),
    }
}

/// What is wrong with such a thing, and what to do.
pub(super) fn text(name: &str) -> String {
    format!("{name} is being deleted: wait until it is gone and go on, or choose another one")
}
