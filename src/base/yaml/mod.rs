//! YAML in and out, and positions in it.
//!
//! Documents are read by `serde_yaml` into JSON values, which is what Backstage's descriptors are.
//! Only when something is wrong does [`locate`] read the text again to find the line.

mod locate;
mod write;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

pub use locate::{At, locate};
pub use write::value_to_string;

use super::{diagnostics::Position, text::did_you_mean};

/// A text that is not YAML, or does not have the shape that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// What the parser found, without the position.
    pub message: String,
    /// Where, when the parser knew.
    pub position: Option<Position>,
}

impl From<serde_yaml::Error> for YamlError {
    fn from(error: serde_yaml::Error) -> Self {
        let position = error.location().map(|l| Position { line: l.line(), column: l.column() });
        let mut message = error.to_string();
        if let Some(Position { line, column }) = position {
            message = message.replace(&format!(" at line {line} column {column}"), "");
        }
        Self { message, position }
    }
}

impl YamlError {
    /// Splits the message into what was found and a hint: for a word that was not expected the nearest
    /// one that is, or all that could stand there.
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

/// Reads every document of a text, in order. An empty document is `Value::Null`; after a syntax
/// error nothing more can be read, so an `Err` is always the last item.
pub fn parse_documents(text: &str) -> Vec<Result<Value, YamlError>> {
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let value = Value::deserialize(document).map_err(YamlError::from);
        let stop = value.is_err();
        documents.push(value);
        if stop {
            break;
        }
    }
    documents
}

/// Reads a text of one document into a type.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    serde_yaml::from_str(text).map_err(YamlError::from)
}

/// Writes a value as one YAML document. The same value always gives the same text: keys stay in
/// their order, strings are quoted only where they must be.
pub fn to_string<T: serde::Serialize>(value: &T) -> Result<String, YamlError> {
    serde_yaml::to_string(value).map_err(YamlError::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_ends_the_documents_and_has_a_position() {
        let documents = parse_documents("a: 1\n---\nb: [1\n---\nc: 2\n");
        assert_eq!(documents.len(), 2);
        let error = documents[1].as_ref().expect_err("not YAML");
        assert_eq!(error.position.map(|p| p.line), Some(4));
        assert_eq!(
            error.message,
            "did not find expected ',' or ']', while parsing a flow sequence at line 3 column 4"
        );
    }

    #[test]
    fn words_of_yaml_1_1_stay_strings() {
        let documents = parse_documents("[yes, no, on, off]");
        assert_eq!(documents[0], Ok(serde_json::json!(["yes", "no", "on", "off"])));
    }
}
