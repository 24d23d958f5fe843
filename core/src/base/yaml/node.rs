//! Parses YAML into trees of nodes, each with its position.
//!
//! JSON values, deserialized types and positions are all made of these trees, so that they agree. The
//! size of a text is counted while it is parsed; an alias counts as the node that it repeats, before
//! that node is copied.

use std::{borrow::Cow, collections::HashMap};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::{Map, Value};

use super::{
    YamlError,
    limits::{DEPTH, Volume, too_deep},
    scalar,
};
use crate::base::diagnostics::Position;

/// Most entries of a map in which a duplicate key is searched for without an index.
const FEW: usize = 16;

/// A scalar, list or map.
#[derive(Debug, Clone)]
pub(super) struct Node<'t> {
    pub(super) position: Position,
    /// On the heap, because few nodes have one and a large document has many nodes.
    pub(super) tag: Option<Box<Tag>>,
    pub(super) content: Content<'t>,
}

/// The content of a node.
#[derive(Debug, Clone)]
pub(super) enum Content<'t> {
    /// A scalar: its text, and whether it has no quotes.
    Scalar(Cow<'t, str>, bool),
    List(Vec<Node<'t>>),
    Map(Vec<Entry<'t>>),
}

/// An entry of a map.
#[derive(Debug, Clone)]
pub(super) struct Entry<'t> {
    pub(super) key: Cow<'t, str>,
    pub(super) key_position: Position,
    pub(super) value: Node<'t>,
}

/// Restrictions of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strictness {
    /// Nested lists and maps.
    pub(super) depth: usize,
    /// Whether anchors, aliases and tags are refused.
    pub(super) is_plain: bool,
}

/// An anchor: a node that aliases repeat.
struct Anchor<'t> {
    node: Node<'t>,
    volume: Volume,
    /// Levels of lists and maps in it.
    height: usize,
}

/// The documents of a text, in order.
///
/// After a document with a duplicate key, parsing goes on with the next one; after a syntax error, or
/// when a limit is exceeded, it stops.
pub(super) struct Documents<'t> {
    parser: Parser<'t, StrInput<'t>>,
    volume: Volume,
    anchors: HashMap<usize, Anchor<'t>>,
    /// An error of the current document after which parsing goes on.
    refusal: Option<YamlError>,
    strict: Strictness,
    is_done: bool,
}

impl<'t> Documents<'t> {
    /// Parses a text that [`super::text::prepare`] has checked.
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            parser: Parser::new_from_str(text),
            volume: Volume::default(),
            anchors: HashMap::new(),
            refusal: None,
            strict: Strictness { depth: DEPTH, is_plain: false },
            is_done: false,
        }
    }

    /// Parses a text with restrictions.
    pub(super) fn new_strict(text: &'t str, strict: Strictness) -> Self {
        Self { strict, ..Self::new(text) }
    }

    fn event(&mut self) -> Result<(Event<'t>, Span), YamlError> {
        match self.parser.next_event() {
            Some(event) => event.map_err(|error| syntax_error(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn document(&mut self) -> Result<Option<Node<'t>>, YamlError> {
        loop {
            match self.event()?.0 {
                Event::StreamEnd => return Ok(None),
                Event::DocumentStart(_) => break,
                _ => {}
            }
        }
        self.anchors.clear();
        let (event, span) = self.event()?;
        self.node(event, span, 0).map(|(node, _)| Some(node))
    }

    /// Parses the node that begins with an event, `depth` levels below the document. Also returns the
    /// number of levels in it.
    fn node(
        &mut self,
        event: Event<'t>,
        span: Span,
        depth: usize,
    ) -> Result<(Node<'t>, usize), YamlError> {
        let position = position(span);
        let before = self.volume;
        let bytes = if let Event::Scalar(text, ..) = &event { text.len() } else { 0 };
        self.volume.add(Volume { nodes: 1, bytes }, position)?;
        let is_nested = matches!(event, Event::SequenceStart(..) | Event::MappingStart(..));
        if is_nested && depth == self.strict.depth {
            return Err(too_deep(self.strict.depth, position));
        }
        if self.strict.is_plain {
            check_plain(&event, position)?;
        }
        let (content, anchor, tag, height) = match event {
            Event::Alias(anchor) => return self.alias(anchor, position, depth),
            Event::Scalar(text, style, anchor, tag) => {
                (Content::Scalar(text, style == ScalarStyle::Plain), anchor, tag, 0)
            }
            Event::SequenceStart(anchor, tag) => {
                let (items, height) = self.list(depth)?;
                (Content::List(items), anchor, tag, height)
            }
            Event::MappingStart(anchor, tag) => {
                let (entries, height) = self.map(depth)?;
                (Content::Map(entries), anchor, tag, height)
            }
            _ => return Err(YamlError::at(position, "a value is missing")),
        };
        let tag = tag.map(|tag| Box::new(tag.into_owned()));
        let node = Node { position, tag, content };
        if anchor > 0 {
            let volume = self.volume.since(before);
            self.anchors.insert(anchor, Anchor { node: node.clone(), volume, height });
        }
        Ok((node, height))
    }

    fn list(&mut self, depth: usize) -> Result<(Vec<Node<'t>>, usize), YamlError> {
        let (mut items, mut height) = (Vec::new(), 0);
        loop {
            let (event, span) = self.event()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok((items, height + 1));
            }
            let (item, below) = self.node(event, span, depth + 1)?;
            height = height.max(below);
            items.push(item);
        }
    }

    fn map(&mut self, depth: usize) -> Result<(Vec<Entry<'t>>, usize), YamlError> {
        let (mut entries, mut height): (Vec<Entry<'t>>, _) = (Vec::new(), 0);
        let mut keys = HashMap::new();
        loop {
            let (event, span) = self.event()?;
            if matches!(event, Event::MappingEnd) {
                return Ok((entries, height + 1));
            }
            let (node, _) = self.node(event, span, depth + 1)?;
            let (event, span) = self.event()?;
            let (value, below) = self.node(event, span, depth + 1)?;
            height = height.max(below);
            let Content::Scalar(key, _) = node.content else {
                self.refuse(node.position, "a key must be a text, not a list or a map");
                continue;
            };
            let entry = Entry { key, key_position: node.position, value };
            match first(&entries, &mut keys, &entry.key) {
                Some(Position { line, column }) => {
                    let key = &entry.key;
                    let message = format!(
                        "the key `{key}` is there twice: it is at line {line} column {column} already"
                    );
                    self.refuse(entry.key_position, message);
                }
                None => entries.push(entry),
            }
        }
    }

    /// Copies the node that an alias repeats.
    fn alias(
        &mut self,
        anchor: usize,
        position: Position,
        depth: usize,
    ) -> Result<(Node<'t>, usize), YamlError> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(YamlError::at(position, "an alias is inside the node that it repeats"));
        };
        if depth + anchored.height > self.strict.depth {
            return Err(too_deep(self.strict.depth, position));
        }
        self.volume.add(anchored.volume, position)?;
        Ok((Node { position, ..anchored.node.clone() }, anchored.height))
    }

    fn refuse(&mut self, position: Position, message: impl Into<String>) {
        self.refusal.get_or_insert_with(|| YamlError::at(position, message));
    }
}

impl<'t> Iterator for Documents<'t> {
    type Item = Result<Node<'t>, YamlError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let document = self.document();
        self.is_done = !matches!(document, Ok(Some(_)));
        match self.refusal.take() {
            Some(error) => Some(Err(error)),
            None => document.transpose(),
        }
    }
}

/// Refuses anchors, aliases and tags.
fn check_plain(event: &Event<'_>, position: Position) -> Result<(), YamlError> {
    let (anchor, tag) = match event {
        Event::Alias(_) => (1, &None),
        Event::Scalar(_, _, anchor, tag)
        | Event::SequenceStart(anchor, tag)
        | Event::MappingStart(anchor, tag) => (*anchor, tag),
        _ => (0, &None),
    };
    match (anchor, tag) {
        (0, None) => Ok(()),
        (0, Some(_)) => Err(YamlError::at(position, "tags are refused")),
        _ => Err(YamlError::at(position, "anchors and aliases are refused")),
    }
}

/// The position of a key that a map already has. Keys of large maps are indexed in `places`.
fn first<'t>(
    entries: &[Entry<'t>],
    places: &mut HashMap<Cow<'t, str>, usize>,
    key: &str,
) -> Option<Position> {
    let index = if entries.len() < FEW {
        entries.iter().position(|entry| entry.key == key)
    } else {
        for (index, entry) in entries.iter().enumerate().skip(places.len()) {
            places.insert(entry.key.clone(), index);
        }
        places.get(key).copied()
    };
    index.map(|index| entries[index].key_position)
}

impl Node<'_> {
    /// The node of an empty text.
    pub(super) fn empty() -> Self {
        let position = Position { line: 1, column: 1 };
        Self { position, tag: None, content: Content::Scalar(Cow::Borrowed(""), true) }
    }

    /// The node as a JSON value.
    ///
    /// # Errors
    /// For a tag that is not of YAML's core schema.
    pub(super) fn into_value(self) -> Result<Value, YamlError> {
        if let Some(tag) = &self.tag
            && !is_of_yaml(tag)
        {
            return Err(self.foreign_tag(tag));
        }
        Ok(match self.content {
            Content::Scalar(text, is_plain) => match self.tag {
                None => match is_plain.then(|| scalar::plain(&text)).flatten() {
                    Some(value) => value,
                    None => Value::String(exact(text)),
                },
                Some(tag) => tagged(&tag.suffix, text, self.position)?,
            },
            Content::List(items) => {
                Value::Array(items.into_iter().map(Node::into_value).collect::<Result<_, _>>()?)
            }
            Content::Map(entries) => {
                let mut map = Map::with_capacity(entries.len());
                for entry in entries {
                    map.insert(exact(entry.key), entry.value.into_value()?);
                }
                Value::Object(map)
            }
        })
    }

    /// The JSON value of a scalar that is no text: null, a boolean or a number.
    pub(super) fn scalar(&self) -> Result<Option<Value>, YamlError> {
        match (&self.content, &self.tag) {
            (Content::Scalar(text, true), None) => Ok(scalar::plain(text)),
            (Content::Scalar(..), Some(_)) => self.clone().into_value().map(Some),
            _ => Ok(None),
        }
    }

    /// Whether the node is null.
    pub(super) fn is_null(&self) -> bool {
        match &self.content {
            Content::Scalar(text, is_plain) => {
                *is_plain && self.tag.is_none() && scalar::is_null(text)
            }
            _ => false,
        }
    }

    pub(super) fn foreign_tag(&self, tag: &Tag) -> YamlError {
        YamlError::at(self.position, format!("the tag `{tag}` is not supported"))
    }
}

/// A text without spare capacity: the parser reserves at least 32 bytes for each scalar, and catalogs have
/// millions of shorter ones.
fn exact(text: Cow<'_, str>) -> String {
    let mut text = text.into_owned();
    text.shrink_to_fit();
    text
}

/// Whether a tag is of YAML's core schema, such as `!!str`.
pub(super) fn is_of_yaml(tag: &Tag) -> bool {
    tag.is_yaml_core_schema()
}

/// The value of a scalar with a tag of YAML's core schema.
fn tagged(tag: &str, text: Cow<'_, str>, position: Position) -> Result<Value, YamlError> {
    let value = match tag {
        "null" => scalar::is_null(&text).then_some(Value::Null),
        "bool" => scalar::boolean(&text).map(Value::Bool),
        "int" => scalar::integer(&text),
        "float" => scalar::float(&text),
        _ => return Ok(Value::String(text.into_owned())),
    };
    value.ok_or_else(|| YamlError::at(position, format!("`{text}` is not a valid `!!{tag}`")))
}

fn position(span: Span) -> Position {
    Position { line: span.start.line(), column: span.start.col() + 1 }
}

fn syntax_error(error: &ScanError) -> YamlError {
    let (marker, info) = (error.marker(), error.info());
    // The parser opens a quotation with a backtick and closes it with an apostrophe.
    let message = match info.strip_suffix('\'').filter(|open| open.matches('`').count() == 1) {
        Some(open) => format!("{open}`"),
        None => info.to_owned(),
    };
    YamlError::at(Position { line: marker.line().max(1), column: marker.col() + 1 }, message)
}
