//! YAML: parsing, writing, and positions of values. All YAML of the program goes through this module.
//!
//! One parser (`node`) makes trees of nodes; JSON values, deserialized types and positions are made of
//! these trees. The size of a text is limited (`limits`), and a duplicate key is an error.

mod brackets;
mod limits;
mod locate;
mod merge;
mod node;
mod scalar;
#[cfg(test)]
mod tests;
mod text;
mod typed;
mod version;
mod write;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use locate::{EntryPart, Positions, YamlText, locate};
pub use merge::merge_keys;
pub use version::{FormatVersion, from_versioned_str, newer};
pub use write::value_to_string;

use self::{
    node::{Documents, Node, Strictness},
    text::prepare,
};
use super::{diagnostics::Position, text::did_you_mean};

/// A text that is not valid YAML, exceeds a limit, or cannot be deserialized into the expected type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// What is wrong, without the position.
    pub message: String,
    /// The position, when it is known.
    pub position: Option<Position>,
}

impl From<serde_yaml::Error> for YamlError {
    fn from(error: serde_yaml::Error) -> Self {
        Self { message: error.to_string(), position: None }
    }
}

impl YamlError {
    fn at(position: Position, message: impl Into<String>) -> Self {
        Self { message: message.into(), position: Some(position) }
    }
}

impl YamlError {
    /// Splits the message into a shorter one and a hint. For an unexpected word the hint is the most
    /// similar expected one, or all expected ones.
    pub fn explain(&self) -> (String, Option<String>) {
        let words: Vec<&str> = self.message.split('`').skip(1).step_by(2).collect();
        match (self.message.split_once(", expected "), words.as_slice()) {
            (Some((message, expected)), [word, known @ ..]) if message.contains("unknown ") => {
                let near = did_you_mean(word, known.iter().copied());
                (message.to_owned(), Some(near.unwrap_or_else(|| format!("expected {expected}"))))
            }
            _ => (self.message.clone(), None),
        }
    }
}

/// Parses all documents of a text, in order. An empty text is one document; an empty document is
/// `Value::Null`. A document with a duplicate key is an `Err` among the others; after a syntax error,
/// or when a limit is exceeded, parsing stops, and that `Err` is the last item.
pub fn parse_documents(text: &str) -> Vec<Result<Value, YamlError>> {
    let text = match prepare(text) {
        Ok(text) => text,
        Err(error) => return vec![Err(error)],
    };
    let mut documents: Vec<_> =
        Documents::new(&text).map(|document| document.and_then(Node::into_value)).collect();
    if documents.is_empty() {
        documents.push(Ok(Value::Null));
    }
    documents
}

/// Deserializes a text of one document. An empty text is an empty map.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    let text = prepare(text)?;
    let document = only(&mut Documents::new(&text))?;
    Ok(T::deserialize(&document)?)
}

/// Parses an untrusted text: one document, without anchors, aliases and tags, with at most `depth`
/// levels of lists and maps. An empty text is null.
pub fn parse_plain(text: &str, depth: usize) -> Result<Value, YamlError> {
    let text = prepare(text)?;
    let mut documents = Documents::new_strict(&text, Strictness { depth, is_plain: true });
    only(&mut documents)?.into_value()
}

/// The only document of a text.
fn only<'t>(documents: &mut Documents<'t>) -> Result<Node<'t>, YamlError> {
    let document = documents.next().unwrap_or_else(|| Ok(Node::empty()))?;
    match documents.next() {
        None => Ok(document),
        Some(Ok(second)) => Err(YamlError::at(second.position, "there is more than one document")),
        Some(Err(error)) => Err(error),
    }
}

/// Writes a value as one YAML document, as [`value_to_string`] does: keys stay in their order, strings are
/// quoted only where they must be. A [`Value`] is written by [`value_to_string`] without a copy.
///
/// # Errors
/// Those of [`value_to_string`], and for a value that JSON cannot express.
pub fn to_string<T: serde::Serialize>(value: &T) -> Result<String, YamlError> {
    let value = serde_json::to_value(value)
        .map_err(|error| YamlError { message: error.to_string(), position: None })?;
    value_to_string(&value)
}
