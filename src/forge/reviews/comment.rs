//! The comment that is kept up to date, in the words that all forges share.

use serde_json::Value;

use crate::forge::ApiError;

/// A comment of the account of the credential.
pub(super) struct Comment {
    /// What names it in the paths of the API.
    pub(super) id: String,
    /// Its text.
    pub(super) text: String,
}

/// Writes a text: into the comment with an id, or into a new one.
type Change<'f> = dyn Fn(Option<&str>, &str) -> Result<(), ApiError> + 'f;

/// Finds the comment with the marker, and writes it.
///
/// A request without an answer may have been carried out, and some forges answer 500 after they made a comment. So the
/// comments are read again then, and nothing is written when the text is there.
pub(super) fn set(
    find: &dyn Fn() -> Result<Option<Comment>, ApiError>,
    write: &mut dyn FnMut(Option<&str>) -> Option<String>,
    change: &Change<'_>,
) -> Result<(), ApiError> {
    let found = find()?;
    let before = found.as_ref().map(|comment| comment.text.as_str());
    let Some(text) = write(before).filter(|text| Some(text.as_str()) != before) else {
        return Ok(());
    };
    let Err(error) = change(found.as_ref().map(|comment| comment.id.as_str()), &text) else {
        return Ok(());
    };
    if !error.may_be_done() {
        return Err(error);
    }
    match find()? {
        Some(comment) if comment.text.trim() == text.trim() => Ok(()),
        Some(comment) => change(Some(&comment.id), &text),
        None => change(None, &text),
    }
}

/// A text of an answer; empty when it is not there.
pub(super) fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A number or text of an answer, as text.
pub(super) fn id(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
