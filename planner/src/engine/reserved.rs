//! Refuses the reserved keys of unknown values where people or other systems wrote them.

use serde_json::Value as Json;

use super::{error::Complaint, unknown::RESERVED};

/// A map has a key that is kept for values that are known only after apply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key {key:?} starts with the null character, which is reserved")]
pub struct ReservedKeyError {
    /// The key.
    pub key: String,
    /// JSON pointer to the map that has it, empty for the value itself.
    pub path: String,
}

/// Refuses the form of unknown values in what people or other systems wrote.
///
/// # Errors
/// Some map of the value has a key that starts with the null character.
pub fn refuse_reserved_keys(json: &Json) -> Result<(), ReservedKeyError> {
    let below = |step: &str, mut error: ReservedKeyError| {
        error.path = format!("/{}{}", step.replace('~', "~0").replace('/', "~1"), error.path);
        error
    };
    match json {
        Json::Array(items) => items.iter().enumerate().try_for_each(|(place, item)| {
            refuse_reserved_keys(item).map_err(|error| below(&place.to_string(), error))
        }),
        Json::Object(map) => map.iter().try_for_each(|(key, value)| {
            if key.starts_with(RESERVED) {
                return Err(ReservedKeyError { key: key.clone(), path: String::new() });
            }
            refuse_reserved_keys(value).map_err(|error| below(key, error))
        }),
        _ => Ok(()),
    }
}

/// Refuses a reserved key, of which no map of the language has one.
pub(super) fn refuse_reserved_key(key: &str) -> Result<(), Complaint> {
    if key.starts_with(RESERVED) {
        return Err(format!("the key {key:?} starts with the null character").into());
    }
    Ok(())
}
