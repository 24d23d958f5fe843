//! Versions of file formats: the key `version` of a file, which is 1 where it is missing.
//!
//! A program refuses a file of a newer format, because it cannot know what else it would get wrong. It says so
//! before anything else of the file: whatever is unknown in it may be new.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned, de::Error};

use super::{EntryPart, YamlError, from_str, locate};

/// The version of a file's format, of which this program reads 1 up to `NEWEST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FormatVersion<const NEWEST: u32>(u32);

impl<const NEWEST: u32> FormatVersion<NEWEST> {
    /// The version that this program writes.
    pub const CURRENT: Self = Self(NEWEST);

    /// Whether a file of this version need not say so.
    pub fn is_first(&self) -> bool {
        self.0 == 1
    }

    /// Its number.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// The first version, which files have that say none.
impl<const NEWEST: u32> Default for FormatVersion<NEWEST> {
    fn default() -> Self {
        Self(1)
    }
}

impl<'de, const NEWEST: u32> Deserialize<'de> for FormatVersion<NEWEST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)?;
        match refusal(number, NEWEST) {
            None => Ok(Self(number)),
            Some(message) => Err(D::Error::custom(message)),
        }
    }
}

impl<const NEWEST: u32> JsonSchema for FormatVersion<NEWEST> {
    fn schema_name() -> Cow<'static, str> {
        format!("FormatVersion{NEWEST}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": NEWEST })
    }
}

/// Why a program that reads versions up to `newest` refuses this one.
fn refusal(number: u32, newest: u32) -> Option<String> {
    let program = env!("CARGO_PKG_VERSION");
    match number {
        0 => Some("versions of a file begin with 1".to_owned()),
        number if number > newest => Some(format!(
            "the file has version {number} of its format, and callboard {program} reads versions up to {newest}: a \
             newer callboard reads it"
        )),
        _ => None,
    }
}

/// The one key that files of every version have.
#[derive(Deserialize)]
struct Header {
    version: u32,
}

/// Deserializes a text of one document that may have a `version`. A version above `newest` is the error, whatever
/// else of the text is unknown.
///
/// # Errors
/// Those of [`from_str`], and a version that this program does not read.
pub fn from_versioned_str<T: DeserializeOwned>(text: &str, newest: u32) -> Result<T, YamlError> {
    from_str(text).map_err(|error| newer(text, newest).unwrap_or(error))
}

/// The error of a text whose version this program does not read.
pub fn newer(text: &str, newest: u32) -> Option<YamlError> {
    let Header { version } = from_str(text).ok()?;
    let message = refusal(version, newest)?;
    Some(YamlError { message, position: locate(text, 0, "/version", EntryPart::Value) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(default)]
        version: FormatVersion<2>,
        name: String,
    }

    fn read(text: &str) -> Result<(u32, String), String> {
        let read = from_versioned_str::<Sample>(text, 2);
        read.map(|sample| (sample.version.number(), sample.name)).map_err(|error| {
            let at = error.position.map(|at| format!("{}:{}: ", at.line, at.column));
            at.unwrap_or_default() + &error.message
        })
    }

    #[test]
    fn a_newer_version_is_said_before_what_is_unknown_in_it() {
        assert_eq!(read("name: a\n"), Ok((1, "a".into())));
        assert_eq!(read("version: 2\nname: a\n"), Ok((2, "a".into())));
        let newer = format!(
            "2:10: the file has version 3 of its format, and callboard {} reads versions up to 2: a newer callboard \
             reads it",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(read("nmae: a\nversion: 3\n"), Err(newer));
        let wrong = read("version: 0\nname: a\n").expect_err("no version");
        assert!(wrong.contains("versions of a file begin with 1"), "{wrong}");
        let other = read("nmae: a\n").expect_err("no name");
        assert!(other.contains("unknown field `nmae`"), "{other}");
    }
}
