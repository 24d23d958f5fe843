//! `AsyncAPI` 2.x and 3.x.
//!
//! In 2.x a channel has what others may do with it (`publish`, `subscribe`); in 3.x the application has
//! operations (`send`, `receive`) that name a channel. They are shown as the definition says them.

use serde_json::Value;

use super::{
    document::{Document, entries, is_true, items, text},
    example::{Direction, example_html, made},
    openapi::{name_of, scheme_of},
    schema::{prose, shown},
    view::{Answer, Content, Details, Example, Group, Parameters, Schema, Server, View},
};

const SCHEMAS: &str = "/components/schemas";
/// How many examples of one message are shown.
const EXAMPLES: usize = 3;

/// An operation, before its details are read.
#[derive(Debug)]
pub(super) struct OperationEntry<'v> {
    pub(super) method: String,
    /// Address of the channel.
    pub(super) path: &'v str,
    pub(super) anchor: String,
    id: Option<&'v str>,
    value: &'v Value,
    channel: &'v Value,
}

impl<'v> OperationEntry<'v> {
    pub(super) fn summary(&self) -> &'v str {
        [(self.value, "summary"), (self.value, "title"), (self.channel, "summary")]
            .into_iter()
            .find_map(|(value, field)| text(value, field))
            .or_else(|| text(self.value, "description")?.lines().next())
            .or_else(|| text(self.channel, "description")?.lines().next())
            .unwrap_or_default()
    }
}

/// Whether a definition is of this format.
pub(super) fn is(root: &Value) -> bool {
    root.get("asyncapi").is_some()
}

/// Every operation in the order of the document, then channels without operations.
pub(super) fn list<'v>(document: &Document<'v>) -> Vec<OperationEntry<'v>> {
    let listed = |method: &str, path: &'v str, id, value, channel| OperationEntry {
        anchor: document.anchor(&format!("{method} {path}")),
        method: method.to_uppercase(),
        path,
        id,
        value,
        channel,
    };
    let mut all = Vec::new();
    let mut named = Vec::new();
    for (id, operation) in document.entries("/operations") {
        let operation = document.resolve(operation).0;
        let reference = operation.get("channel").unwrap_or(&Value::Null);
        let (channel, key) = document.resolve(reference);
        named.extend(key.clone());
        let method = text(operation, "action")
            .filter(|action| matches!(*action, "send" | "receive"))
            .unwrap_or("operation");
        let path =
            text(channel, "address").or_else(|| key_of(document, key.as_ref())).unwrap_or(id);
        all.push(listed(method, path, Some(id.as_str()), operation, channel));
    }
    for (name, channel) in document.entries("/channels") {
        let channel = document.resolve(channel).0;
        let methods = ["publish", "subscribe"];
        let old = methods.iter().filter_map(|method| Some((*method, channel.get(*method)?)));
        let before = all.len();
        for (method, operation) in old {
            let id = text(operation, "operationId");
            all.push(listed(method, name, id, operation, channel));
        }
        if all.len() == before && !named.contains(name) {
            let path = text(channel, "address").unwrap_or(name);
            all.push(listed("channel", path, None, channel, channel));
        }
    }
    all
}

/// The name of a channel in the document.
fn key_of<'v>(document: &Document<'v>, key: Option<&String>) -> Option<&'v str> {
    let key = key?;
    document.entries("/channels").map(|(name, _)| name.as_str()).find(|name| *name == key)
}

/// The view of a definition.
pub(super) fn view(root: &Value) -> View<'_> {
    let mut document = Document::new(root);
    let listed = list(&document);
    document.add_anchors(SCHEMAS);
    let info = document.at("/info");
    let operations = listed.len();
    let details = listed.into_iter().map(|listed| details(&document, listed)).collect();
    let group = Group { operations: details, anchor: "tag-other".into(), ..Group::default() };
    let schemes = document.entries("/components/securitySchemes");
    View {
        format: format!("AsyncAPI {}", root.get("asyncapi").map(shown).unwrap_or_default()),
        version: text(info, "version"),
        description: prose(text(info, "description")),
        servers: document
            .entries("/servers")
            .map(|(name, server)| server_of(name, document.resolve(server).0))
            .collect(),
        schemes: schemes.map(|(name, s)| scheme_of(name, document.resolve(s).0)).collect(),
        groups: if operations == 0 { Vec::new() } else { vec![group] },
        schemas: Schema::all(&document, SCHEMAS),
        is_cut: document.is_cut(),
        operations,
        ..View::default()
    }
}

fn server_of<'v>(name: &'v str, server: &'v Value) -> Server<'v> {
    let protocol = text(server, "protocol").unwrap_or_default();
    let address = text(server, "url").or_else(|| text(server, "host")).unwrap_or(name);
    let path = text(server, "pathname").unwrap_or_default();
    let url = match address.contains("://") || protocol.is_empty() {
        true => format!("{address}{path}"),
        false => format!("{protocol}://{address}{path}"),
    };
    Server { url: url.into(), description: prose(text(server, "description")) }
}

fn details<'v>(document: &Document<'v>, listed: OperationEntry<'v>) -> Details<'v> {
    let (value, channel) = (listed.value, listed.channel);
    let mut rows = Vec::new();
    for (name, parameter) in entries(channel, "parameters") {
        let parameter = document.resolve(parameter).0;
        let schema = parameter.get("schema").unwrap_or(parameter);
        let at = rows.len();
        document.rows(name, schema, true, &mut rows);
        if let Some(description) = text(parameter, "description") {
            rows[at].description = prose(Some(description));
        }
    }
    let parameters = match rows.is_empty() {
        true => Vec::new(),
        false => vec![Parameters { place: "channel", rows }],
    };
    let summary = listed.summary();
    let description = text(value, "description").or_else(|| text(channel, "description"));
    let messages = messages(document, value, channel);
    Details {
        method: listed.method,
        path: listed.path,
        summary,
        deprecated: is_true(value, "deprecated"),
        id: listed.id,
        description: prose(description.filter(|text| *text != summary)),
        parameters,
        messages: messages.into_iter().map(|one| message(document, one)).collect(),
        anchor: listed.anchor,
        ..Details::default()
    }
}

/// The messages of an operation, else those of its channel.
fn messages<'v>(
    document: &Document<'v>,
    operation: &'v Value,
    channel: &'v Value,
) -> Vec<(Option<&'v str>, &'v Value)> {
    if let Some(message) = operation.get("message") {
        let several: Vec<_> = items(document.resolve(message).0, "oneOf").collect();
        return match several.is_empty() {
            true => vec![(None, message)],
            false => several.into_iter().map(|one| (None, one)).collect(),
        };
    }
    let own: Vec<_> = items(operation, "messages").map(|one| (None, one)).collect();
    if !own.is_empty() {
        return own;
    }
    entries(channel, "messages").map(|(name, one)| (Some(name.as_str()), one)).collect()
}

fn message<'v>(document: &Document<'v>, (key, given): (Option<&'v str>, &'v Value)) -> Answer<'v> {
    let (message, found) = document.resolve(given);
    let name = text(message, "name").or_else(|| text(message, "title")).or(key);
    let mut headers = Vec::new();
    if let Some(schema) = message.get("headers").and_then(plain) {
        headers = document.shape(schema).rows;
    }
    let described = [text(message, "summary"), text(message, "description")];
    let described: Vec<_> = described.into_iter().flatten().collect();
    Answer {
        name: name_of(name, found),
        description: prose(Some(&described.join("\n\n"))),
        headers,
        contents: vec![content(document, message)],
        ..Answer::default()
    }
}

fn content<'v>(document: &Document<'v>, message: &'v Value) -> Content<'v> {
    let media = text(message, "contentType");
    let media = media.or_else(|| text(document.at(""), "defaultContentType"));
    let format = text(message, "schemaFormat");
    let payload = message.get("payload").unwrap_or(&Value::Null);
    let schema = if format.is_none_or(is_json_schema) { plain(payload) } else { None };
    let mut examples: Vec<_> = items(message, "examples")
        .filter_map(|example| {
            let value = example.get("payload").or_else(|| example.get("value"))?;
            let title = text(example, "name").or_else(|| text(example, "summary"));
            let text = example_html(value, media);
            Some(Example { title: title.unwrap_or_default(), text, is_made: false })
        })
        .take(EXAMPLES)
        .collect();
    match schema {
        Some(schema) if examples.is_empty() => {
            examples.extend(document.example(schema, Direction::Out).map(|value| made(&value)));
        }
        // A schema in another language, such as Avro, is shown as text.
        None if !payload.is_null() => {
            let raw = payload.get("schema").unwrap_or(payload);
            let title = format.or_else(|| text(payload, "schemaFormat")).unwrap_or_default();
            let text = example_html(raw, Some("yaml"));
            examples.insert(0, Example { title, text, is_made: false });
        }
        _ => {}
    }
    Content {
        media: media.into_iter().collect(),
        shape: schema.filter(|schema| !schema.is_null()).map(|schema| document.shape(schema)),
        examples,
    }
}

/// The JSON Schema of a payload, unwrapped in 3.x; `None` when the schema is in another language.
fn plain(payload: &Value) -> Option<&Value> {
    match (text(payload, "schemaFormat"), payload.get("schema")) {
        (Some(format), Some(schema)) => is_json_schema(format).then_some(schema),
        _ => Some(payload),
    }
}

fn is_json_schema(format: &str) -> bool {
    ["asyncapi", "schema+json", "schema+yaml", "openapi"].iter().any(|word| format.contains(word))
}
