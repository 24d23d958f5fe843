//! What the template of API definitions gets, the same for each language of definitions.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use super::{
    document::{Document, text},
    schema::{Row, Shape},
};
use crate::site::text::markdown::first_line;

/// The limit of the hint beside a schema, in characters.
const HINT: usize = 100;

/// What a page shows of a definition.
#[derive(Debug, Default, Serialize)]
pub(super) struct View<'v> {
    /// The definition's language and its version: `OpenAPI 3.1.0`.
    pub(super) format: String,
    /// The version of the API.
    pub(super) version: Option<&'v str>,
    /// HTML.
    pub(super) description: String,
    pub(super) servers: Vec<Server<'v>>,
    pub(super) schemes: Vec<Scheme<'v>>,
    pub(super) groups: Vec<Group<'v>>,
    pub(super) schemas: Vec<Schema<'v>>,
    /// The outline of the text, where the text is shown.
    pub(super) outline: Vec<OutlineEntry>,
    /// The text as HTML, where it is shown.
    pub(super) code: Option<String>,
    pub(super) lines: usize,
    pub(super) problem: Option<Problem>,
    /// Whether the file has more than the page shows.
    pub(super) is_cut: bool,
    pub(super) operations: usize,
}

/// A server of an API.
#[derive(Debug, Serialize)]
pub(super) struct Server<'v> {
    pub(super) url: Cow<'v, str>,
    /// HTML.
    pub(super) description: String,
}

/// A way to authenticate.
#[derive(Debug, Serialize)]
pub(super) struct Scheme<'v> {
    pub(super) name: &'v str,
    pub(super) kind: &'v str,
    pub(super) details: Vec<&'v str>,
    /// HTML.
    pub(super) description: String,
}

/// A group of operations, such as those of a tag.
#[derive(Debug, Default, Serialize)]
pub(super) struct Group<'v> {
    /// `None` for operations without a group.
    pub(super) name: Option<&'v str>,
    pub(super) anchor: String,
    /// HTML.
    pub(super) description: String,
    /// Whether these are calls that the API makes.
    pub(super) is_webhooks: bool,
    pub(super) operations: Vec<Details<'v>>,
}

/// One operation.
#[derive(Debug, Default, Serialize)]
pub(super) struct Details<'v> {
    pub(super) anchor: String,
    pub(super) method: String,
    pub(super) path: &'v str,
    pub(super) summary: &'v str,
    pub(super) deprecated: bool,
    pub(super) id: Option<&'v str>,
    /// HTML.
    pub(super) description: String,
    pub(super) parameters: Vec<Parameters<'v>>,
    pub(super) body: Option<Answer<'v>>,
    pub(super) answers: Vec<Answer<'v>>,
    pub(super) messages: Vec<Answer<'v>>,
    /// Names of the security schemes, where they differ from those of the API.
    pub(super) security: Vec<String>,
    /// Whether it needs no authentication, unlike the rest of the API.
    pub(super) is_open: bool,
}

/// Parameters in one place: `path`, `query`, `header`, `cookie`, `channel`.
#[derive(Debug, Serialize)]
pub(super) struct Parameters<'v> {
    pub(super) place: &'static str,
    pub(super) rows: Vec<Row<'v>>,
}

/// A response, a request body or a message.
#[derive(Debug, Default, Serialize)]
pub(super) struct Answer<'v> {
    /// Status of a response, name of a message.
    pub(super) name: Cow<'v, str>,
    /// First character of a status.
    pub(super) tone: Option<char>,
    pub(super) required: bool,
    /// HTML.
    pub(super) description: String,
    pub(super) headers: Vec<Row<'v>>,
    pub(super) contents: Vec<Content<'v>>,
}

/// The content of a body in some media types.
#[derive(Debug, Serialize)]
pub(super) struct Content<'v> {
    pub(super) media: Vec<&'v str>,
    pub(super) shape: Option<Shape<'v>>,
    pub(super) examples: Vec<Example<'v>>,
}

/// An example.
#[derive(Debug, Serialize)]
pub(super) struct Example<'v> {
    pub(super) title: &'v str,
    /// HTML.
    pub(super) text: String,
    /// Whether it is made from the schema.
    pub(super) is_made: bool,
}

/// A schema with a section of its own.
#[derive(Debug, Serialize)]
pub(super) struct Schema<'v> {
    pub(super) name: &'v str,
    /// The beginning of its description.
    pub(super) hint: String,
    pub(super) anchor: String,
    pub(super) shape: Shape<'v>,
}

impl<'v> Schema<'v> {
    /// All schemas below a pointer, which have anchors already.
    pub(super) fn all(document: &Document<'v>, pointer: &str) -> Vec<Self> {
        let schema = |(name, schema): (&'v String, &'v Value)| Self {
            name,
            hint: text(schema, "description")
                .map(|text| first_line(text, HINT))
                .unwrap_or_default(),
            anchor: document.anchor_of(pointer, name),
            shape: document.shape(schema),
        };
        document.entries(pointer).map(schema).collect()
    }
}

/// A type or an operation in the text of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct OutlineEntry {
    /// `QUERY`, `RPC`; empty for types.
    pub(super) method: String,
    pub(super) kind: String,
    pub(super) name: String,
    /// The text after the name: arguments and result.
    pub(super) rest: String,
    pub(super) anchor: String,
    #[serde(skip)]
    pub(super) line: usize,
}

/// The error of a definition that cannot be parsed.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    pub(super) line: Option<usize>,
    pub(super) column: Option<usize>,
    pub(super) message: String,
}
