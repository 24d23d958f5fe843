//! API definitions on the page of an entity: `OpenAPI`, `AsyncAPI`, GraphQL and Protocol Buffers.
//!
//! Definitions are untrusted, so nothing here fails and everything is bounded: a definition that cannot be parsed
//! is shown as text with the error, and what exceeds a limit is only in the definition's file beside the page.
//! Reading order: [`Api`] → `view` (what the template gets) → `document` → `openapi`, `asyncapi`, `outline` →
//! `schema`, `example`.

mod asyncapi;
mod document;
mod example;
mod openapi;
mod outline;
mod schema;
mod view;

#[cfg(test)]
mod tests;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{
    base::yaml::YamlError,
    catalog::Entity,
    site::{
        key::lazy::{self, LazyContent},
        text::{address, code},
    },
};
use document::Document;
use outline::Language;
use view::{OutlineEntry, Problem, View};

/// How many bytes of a text its page shows; all of it is in the file.
const TEXT: usize = 200 << 10;

/// The API definition of an entity. It is parsed for the template only; the page key has its text.
#[derive(Debug)]
pub(crate) struct Api<'a> {
    kind: &'a str,
    /// The description of the entity, which the page shows already.
    about: &'a str,
    /// The text of the definition.
    pub(crate) text: &'a str,
    /// Address of the file that holds it, from the site's root.
    pub(crate) file: String,
}

impl<'a> Api<'a> {
    /// The definition of an entity, if it has one.
    pub(crate) fn of(entity: &'a Entity) -> Option<Self> {
        let text = entity.spec_text("definition")?;
        let kind = entity.spec_text("type").unwrap_or_default();
        let page = address::entity_page(&entity.reference);
        let stem = page.strip_suffix(".html").unwrap_or(&page);
        let extension = extension(kind, text);
        Some(Self {
            kind,
            text,
            about: entity.description(),
            file: format!("{stem}.definition.{extension}"),
        })
    }
}

/// What the template gets.
#[derive(Serialize)]
struct ApiView<'v> {
    file: &'v str,
    #[serde(flatten)]
    view: View<'v>,
}

impl Serialize for Api<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        lazy::serialize(self, serializer)
    }
}

impl LazyContent for Api<'_> {
    fn serialize_key<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.kind, self.about, self.text, &self.file).serialize(serializer)
    }

    fn serialize_content<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = structured(self.kind, self.text).then(|| document::parse(self.text));
        let mut view = view(self.kind, self.text, value.as_ref());
        if view.description == schema::prose(Some(self.about)) {
            view.description.clear();
        }
        ApiView { file: &self.file, view }.serialize(serializer)
    }
}

/// The view of a definition without an entity, as JSON; for fuzzing.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn definition_view(kind: &str, text: &str) -> serde_json::Result<String> {
    serde_json::to_string(&Api { kind, text, about: "", file: String::new() })
}

/// An operation that an API offers, for search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    /// In capitals: `GET`, `SEND`, `QUERY`, `RPC`.
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) summary: String,
    /// Its anchor on the entity's page.
    pub(crate) anchor: String,
}

/// The operations of an entity that has a definition, without their details.
pub(crate) fn operations(entity: &Entity) -> Vec<Operation> {
    let Some(text) = entity.spec_text("definition") else { return Vec::new() };
    let kind = entity.spec_text("type").unwrap_or_default();
    if let Some(language) = language(kind) {
        return outline::places(language, cut(text)).into_iter().filter_map(operation_of).collect();
    }
    if !structured(kind, text) {
        return Vec::new();
    }
    let Ok(root) = document::parse(text) else { return Vec::new() };
    let document = Document::new(&root);
    let operation = |method: String, path: &str, summary: &str, anchor: String| Operation {
        method,
        path: path.to_owned(),
        summary: summary.to_owned(),
        anchor,
    };
    if asyncapi::is(&root) {
        let all = asyncapi::list(&document).into_iter();
        return all.map(|o| operation(o.method.clone(), o.path, o.summary(), o.anchor)).collect();
    }
    let all = openapi::list(&document).into_iter();
    all.map(|o| operation(o.method.clone(), o.path, o.summary(), o.anchor)).collect()
}

fn operation_of(place: OutlineEntry) -> Option<Operation> {
    (!place.method.is_empty()).then_some(Operation {
        method: place.method,
        path: place.name,
        summary: place.rest,
        anchor: place.anchor,
    })
}

/// The view of a definition; `value` is the parsed text, if the text is JSON or YAML.
fn view<'v>(kind: &'v str, text: &'v str, value: Option<&'v Result<Value, YamlError>>) -> View<'v> {
    let lines = text.lines().count();
    let mut view = match value {
        Some(Ok(root)) if asyncapi::is(root) => asyncapi::view(root),
        Some(Ok(root)) if openapi::is(root) => openapi::view(root),
        Some(Err(error)) => View { problem: Some(Problem::from(error)), ..View::default() },
        _ => View::default(),
    };
    if view.format.is_empty() {
        view.format = match language(kind) {
            Some(Language::GraphQl) => "GraphQL".into(),
            Some(Language::Proto) => "Protocol Buffers".into(),
            None => kind.to_owned(),
        };
    }
    if view.operations == 0 && view.schemas.is_empty() {
        let shown = cut(text);
        let places = language(kind).map(|language| outline::places(language, shown));
        view.outline = places.unwrap_or_default();
        view.operations = view.outline.iter().filter(|place| !place.method.is_empty()).count();
        view.code = Some(with_anchors(&highlighted(kind, shown), &view));
        view.is_cut |= shown.len() < text.len();
    }
    View { lines, ..view }
}

impl From<&YamlError> for Problem {
    fn from(error: &YamlError) -> Self {
        Self {
            line: error.position.map(|at| at.line),
            column: error.position.map(|at| at.column),
            message: error.message.clone(),
        }
    }
}

/// Whether a definition is JSON or YAML of a known format, whatever its type says.
fn structured(kind: &str, text: &str) -> bool {
    if matches!(kind.to_lowercase().as_str(), "openapi" | "swagger" | "asyncapi") {
        return true;
    }
    let start = text.as_bytes().get(..4096).unwrap_or(text.as_bytes());
    language(kind).is_none()
        && [&b"openapi"[..], b"swagger", b"asyncapi"].iter().any(|word| {
            let after = memchr::memmem::find_iter(start, word).map(|at| at + word.len());
            after
                .into_iter()
                .any(|at| start[at..].starts_with(b":") || start[at..].starts_with(b"\""))
        })
}

fn language(kind: &str) -> Option<Language> {
    match kind.to_lowercase().as_str() {
        "graphql" => Some(Language::GraphQl),
        "grpc" | "proto" | "protobuf" => Some(Language::Proto),
        _ => None,
    }
}

/// The extension of the file of a definition. Browsers run none of these; a file with the extension `xml` could
/// have scripts.
fn extension(kind: &str, text: &str) -> &'static str {
    let is_json = text.trim_start().starts_with(['{', '[']);
    match language(kind) {
        _ if is_json => "json",
        Some(Language::GraphQl) => "graphql",
        Some(Language::Proto) => "proto",
        None if structured(kind, text) => "yaml",
        None => "txt",
    }
}

fn highlighted(kind: &str, text: &str) -> String {
    let language = match extension(kind, text) {
        "txt" if text.trim_start().starts_with('<') => "xml",
        "txt" => kind,
        extension => extension,
    };
    code::highlight(language, text)
}

/// Adds the anchors of an outline, and that of an error, to highlighted text.
fn with_anchors(html: &str, view: &View<'_>) -> String {
    let mut places: Vec<(usize, &str)> =
        view.outline.iter().map(|place| (place.line, place.anchor.as_str())).collect();
    places.extend(view.problem.as_ref().and_then(|problem| Some((problem.line?, "problem"))));
    let mut out = String::with_capacity(html.len() + 40 * places.len());
    let mut places = places.into_iter().peekable();
    for (number, line) in (1..).zip(html.split_inclusive('\n')) {
        while let Some((_, anchor)) = places.next_if(|(line, _)| *line <= number) {
            out.push_str(&format!("<span class=\"at\" id=\"{anchor}\"></span>"));
        }
        out.push_str(line);
    }
    // An error at the end of a text is after its last line.
    places.for_each(|(_, anchor)| {
        out.push_str(&format!("<span class=\"at\" id=\"{anchor}\"></span>"));
    });
    out
}

/// The lines of a text that a page shows.
fn cut(text: &str) -> &str {
    if text.len() <= TEXT {
        return text;
    }
    let end =
        text.as_bytes()[..TEXT].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let end =
        if end == 0 { (0..=TEXT).rev().find(|at| text.is_char_boundary(*at)) } else { Some(end) };
    &text[..end.unwrap_or(0)]
}
