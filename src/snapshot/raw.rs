//! The file of a source as it is written: keys and shapes, without meaning.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, de::Visitor};

use super::source::{Role, Shrink};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    #[serde(rename = "kind")]
    _kind: RawKind,
    #[serde(default)]
    pub(super) role: Role,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Text>,
    pub(super) query: Option<BTreeMap<String, Text>>,
    pub(super) paging: Option<RawPaging>,
    pub(super) items: Option<String>,
    pub(super) timeout: Option<String>,
    pub(super) retries: Option<u32>,
    pub(super) max_pages: Option<usize>,
    pub(super) max_bytes: Option<u64>,
    #[serde(default)]
    pub(super) shrink: Shrink,
    pub(super) requests: Option<Vec<RawRequest>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawKind {
    Http,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRequest {
    pub(super) name: String,
    pub(super) url: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Text>,
    pub(super) query: Option<BTreeMap<String, Text>>,
    pub(super) paging: Option<RawPaging>,
    pub(super) items: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPaging {
    #[serde(rename = "type")]
    pub(super) kind: RawPagingKind,
    pub(super) parameter: Option<String>,
    pub(super) first: Option<u64>,
    pub(super) pages: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawPagingKind {
    None,
    Page,
    Link,
}

/// A text, or a number or truth value that stands for its text.
pub(super) struct Text(pub(super) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number")
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }
}
