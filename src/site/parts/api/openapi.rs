//! `OpenAPI` 3.x and Swagger 2.0.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    document::{Document, entries, is_true, items, text},
    example::{Direction, given_examples, made},
    schema::{Row, prose, shown},
    view::{Answer, Content, Details, Group, Parameters, Schema, Scheme, Server, View},
};

/// Fields of a security scheme that are addresses.
const URLS: [&str; 2] = ["authorizationUrl", "tokenUrl"];
const METHODS: [&str; 9] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];
const PLACES: [&str; 4] = ["path", "query", "header", "cookie"];
/// Definitions with more operations get no made examples, because their pages are long already.
const MADE_FOR: usize = 250;

/// An operation, before its details are read.
#[derive(Debug)]
pub(super) struct OperationEntry<'v> {
    pub(super) method: String,
    pub(super) path: &'v str,
    pub(super) anchor: String,
    pub(super) value: &'v Value,
    /// The fields that all operations of the path share.
    item: &'v Value,
    is_webhook: bool,
}

impl<'v> OperationEntry<'v> {
    pub(super) fn summary(&self) -> &'v str {
        text(self.value, "summary")
            .or_else(|| text(self.item, "summary"))
            .or_else(|| text(self.value, "description")?.lines().next())
            .unwrap_or_default()
    }
}

/// Whether a definition is of this format.
pub(super) fn is(root: &Value) -> bool {
    ["openapi", "swagger"].iter().any(|key| root.get(*key).is_some())
}

/// Every operation in the order of the document.
pub(super) fn list<'v>(document: &Document<'v>) -> Vec<OperationEntry<'v>> {
    let mut all = Vec::new();
    for (pointer, is_webhook) in [("/paths", false), ("/webhooks", true), ("/x-webhooks", true)] {
        for (path, item) in document.entries(pointer) {
            let item = document.resolve(item).0;
            let known = item.as_object().into_iter().flatten();
            let known = known.filter(|(method, _)| METHODS.contains(&method.as_str()));
            for (method, value) in known.chain(entries(item, "additionalOperations")) {
                let is_known = METHODS.contains(&method.as_str());
                let prefix = if is_known { "" } else { "method-" };
                all.push(OperationEntry {
                    anchor: document.anchor(&format!("{prefix}{method} {path}")),
                    method: method.to_uppercase(),
                    path,
                    value,
                    item,
                    is_webhook,
                });
            }
        }
    }
    all
}

/// The view of a definition.
pub(super) fn view(root: &Value) -> View<'_> {
    let mut document = Document::new(root);
    let listed = list(&document);
    let is_old = root.get("swagger").is_some();
    let places = if is_old { "/definitions" } else { "/components/schemas" };
    document.add_anchors(places);
    let info = document.at("/info");
    let reader = Reader { document: &document, is_old, makes_examples: listed.len() <= MADE_FOR };
    let operations = listed.len();
    let groups = reader.groups(listed);
    let (name, version) = match is_old {
        true => ("Swagger", root.get("swagger")),
        false => ("OpenAPI", root.get("openapi")),
    };
    View {
        format: format!("{name} {}", version.map(shown).unwrap_or_default()),
        version: text(info, "version"),
        description: prose(text(info, "description").or_else(|| text(info, "summary"))),
        servers: reader.servers(),
        schemes: reader.schemes(),
        groups,
        schemas: Schema::all(&document, places),
        is_cut: document.is_cut(),
        operations,
        ..View::default()
    }
}

struct Reader<'d, 'v> {
    document: &'d Document<'v>,
    /// Swagger 2.0.
    is_old: bool,
    makes_examples: bool,
}

impl<'v> Reader<'_, 'v> {
    fn servers(&self) -> Vec<Server<'v>> {
        let root = self.document.at("");
        let given = items(root, "servers").filter_map(|server| {
            Some(Server {
                url: text(server, "url")?.into(),
                description: prose(text(server, "description")),
            })
        });
        let host = text(root, "host").map(|host| {
            let scheme = items(root, "schemes").find_map(Value::as_str).unwrap_or("https");
            let base = text(root, "basePath").unwrap_or_default();
            Server { url: format!("{scheme}://{host}{base}").into(), description: String::new() }
        });
        given.chain(host).collect()
    }

    fn schemes(&self) -> Vec<Scheme<'v>> {
        let pointer =
            if self.is_old { "/securityDefinitions" } else { "/components/securitySchemes" };
        let all = self.document.entries(pointer);
        all.map(|(name, scheme)| scheme_of(name, self.document.resolve(scheme).0)).collect()
    }

    /// The operations by their first tag, in the order of the document's tags.
    fn groups(&self, listed: Vec<OperationEntry<'v>>) -> Vec<Group<'v>> {
        let root = self.document.at("");
        let group = |tag: &'v Value| -> Option<Group<'v>> {
            let description = prose(text(tag, "description"));
            Some(Group { name: Some(text(tag, "name")?), description, ..Group::default() })
        };
        let mut groups: Vec<Group<'v>> = items(root, "tags").filter_map(group).collect();
        for operation in listed {
            let is_webhooks = operation.is_webhook;
            let name = items(operation.value, "tags").find_map(Value::as_str);
            let same = |group: &&mut Group<'_>| {
                group.is_webhooks == is_webhooks && (is_webhooks || group.name == name)
            };
            let details = self.details(operation);
            if let Some(group) = groups.iter_mut().find(same) {
                group.operations.push(details);
            } else {
                let name = name.filter(|_| !is_webhooks);
                let operations = vec![details];
                groups.push(Group { name, is_webhooks, operations, ..Group::default() });
            }
        }
        groups.retain(|group| !group.operations.is_empty());
        for group in &mut groups {
            let name = group.name.unwrap_or(if group.is_webhooks { "webhooks" } else { "other" });
            group.anchor = self.document.anchor(&format!("tag-{name}"));
        }
        groups
    }

    fn details(&self, operation: OperationEntry<'v>) -> Details<'v> {
        let value = operation.value;
        let all = self.parameters(&operation);
        let is_in = |parameter: &&'v Value, place| text(parameter, "in") == Some(place);
        let parameters = PLACES.into_iter().filter_map(|place| {
            let mut rows = Vec::new();
            all.iter()
                .filter(|parameter| is_in(parameter, place))
                .for_each(|parameter| self.parameter(parameter, &mut rows));
            (!rows.is_empty()).then_some(Parameters { place, rows })
        });
        let summary = operation.summary();
        let body = match self.is_old {
            true => self.old_body(value, &all),
            false => value.get("requestBody").map(|body| self.body(body)),
        };
        let answers = entries(value, "responses")
            .filter(|(status, _)| !status.starts_with("x-"))
            .map(|(status, response)| self.answer(value, status, response));
        let security = self.security(value);
        Details {
            method: operation.method,
            path: operation.path,
            summary,
            deprecated: is_true(value, "deprecated"),
            id: text(value, "operationId"),
            description: prose(text(value, "description").filter(|text| *text != summary)),
            parameters: parameters.collect(),
            body,
            answers: answers.collect(),
            messages: Vec::new(),
            is_open: security.as_ref().is_some_and(Vec::is_empty),
            security: security.unwrap_or_default(),
            anchor: operation.anchor,
        }
    }

    /// The parameters of an operation, and those of the path that it does not override.
    fn parameters(&self, operation: &OperationEntry<'v>) -> Vec<&'v Value> {
        let read = |value| items(value, "parameters").map(|one| self.document.resolve(one).0);
        let key = |value: &'v Value| (text(value, "name"), text(value, "in"));
        let own: Vec<_> = read(operation.value).collect();
        let shared = read(operation.item).filter(|one| !own.iter().any(|o| key(o) == key(one)));
        shared.chain(own.iter().copied()).collect()
    }

    fn parameter(&self, parameter: &'v Value, rows: &mut Vec<Row<'v>>) {
        let name = text(parameter, "name").unwrap_or_default();
        self.described(name, parameter, rows);
    }

    /// A parameter or header: a schema with a name and a description.
    fn described(&self, name: &'v str, value: &'v Value, rows: &mut Vec<Row<'v>>) {
        let content = entries(value, "content").find_map(|(_, media)| media.get("schema"));
        let schema = value.get("schema").or(content).unwrap_or(value);
        let at = rows.len();
        self.document.rows(name, schema, is_true(value, "required"), rows);
        let row = &mut rows[at];
        if let Some(description) = text(value, "description") {
            row.description = prose(Some(description));
        }
        row.deprecated |= is_true(value, "deprecated");
        row.example = value.get("example").map(shown).or_else(|| row.example.take());
    }

    fn body(&self, body: &'v Value) -> Answer<'v> {
        let body = self.document.resolve(body).0;
        Answer {
            required: is_true(body, "required"),
            description: prose(text(body, "description")),
            contents: self.contents(body, Direction::In),
            ..Answer::default()
        }
    }

    /// The body in Swagger 2.0: a parameter, or the parameters of a form.
    fn old_body(&self, operation: &'v Value, parameters: &[&'v Value]) -> Option<Answer<'v>> {
        let media = self.old_media(operation, "consumes");
        let in_place = |place| parameters.iter().filter(move |p| text(p, "in") == Some(place));
        if let Some(body) = in_place("body").next() {
            let schema = body.get("schema")?;
            return Some(Answer {
                required: is_true(body, "required"),
                description: prose(text(body, "description")),
                contents: vec![self.content(media, schema, body, Direction::In)],
                ..Answer::default()
            });
        }
        let mut headers = Vec::new();
        in_place("formData").for_each(|parameter| self.parameter(parameter, &mut headers));
        let contents = vec![Content { media, shape: None, examples: Vec::new() }];
        (!headers.is_empty()).then(|| Answer { headers, contents, ..Answer::default() })
    }

    fn old_media(&self, operation: &'v Value, field: &str) -> Vec<&'v str> {
        let read = |value| items(value, field).filter_map(Value::as_str).collect::<Vec<_>>();
        let own = read(operation);
        if own.is_empty() { read(self.document.at("")) } else { own }
    }

    fn answer(&self, operation: &'v Value, status: &'v str, response: &'v Value) -> Answer<'v> {
        let response = self.document.resolve(response).0;
        let mut headers = Vec::new();
        for (name, header) in entries(response, "headers") {
            self.described(name, self.document.resolve(header).0, &mut headers);
        }
        let contents = match response.get("schema") {
            Some(schema) if self.is_old => {
                let media = self.old_media(operation, "produces");
                vec![self.content(media, schema, response, Direction::Out)]
            }
            _ => self.contents(response, Direction::Out),
        };
        Answer {
            name: status.into(),
            tone: status.chars().next(),
            required: false,
            description: prose(text(response, "description")),
            headers,
            contents,
        }
    }

    /// The contents of a body; media types with the same schema are one content.
    fn contents(&self, holder: &'v Value, way: Direction) -> Vec<Content<'v>> {
        let mut contents: Vec<(&Value, Content<'v>)> = Vec::new();
        for (media, value) in entries(holder, "content") {
            let value = self.document.resolve(value).0;
            let schema = ["schema", "itemSchema"].iter().find_map(|key| value.get(*key));
            let schema = schema.unwrap_or(&Value::Null);
            match contents.iter_mut().find(|(same, _)| *same == schema) {
                Some((_, content)) => content.media.push(media),
                None => contents.push((schema, self.content(vec![media], schema, value, way))),
            }
        }
        contents.into_iter().map(|(_, content)| content).collect()
    }

    fn content(
        &self,
        media: Vec<&'v str>,
        schema: &'v Value,
        holder: &'v Value,
        way: Direction,
    ) -> Content<'v> {
        let mut examples = given_examples(self.document, holder, media.first().copied());
        let is_json = media.is_empty() || media.iter().any(|media| media.contains("json"));
        if examples.is_empty() && is_json && self.makes_examples {
            examples.extend(self.document.example(schema, way).map(|value| made(&value)));
        }
        let shape = (!schema.is_null()).then(|| self.document.shape(schema));
        Content { media, shape, examples }
    }

    /// The security requirements of an operation, if it has its own.
    fn security(&self, operation: &Value) -> Option<Vec<String>> {
        let wanted = operation.get("security")?.as_array()?;
        if self.document.at("/security").as_array() == Some(wanted) {
            return None;
        }
        let one = |wanted: &Value| {
            let schemes = wanted.as_object().into_iter().flatten();
            let name = |(name, scopes): (&String, &Value)| {
                let scopes: Vec<_> =
                    scopes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                format!("{name} {}", scopes.join(" ")).trim_end().to_owned()
            };
            schemes.map(name).collect::<Vec<_>>().join(" + ")
        };
        Some(wanted.iter().map(one).filter(|text| !text.is_empty()).collect())
    }
}

/// A security scheme; those of `AsyncAPI` are the same.
pub(super) fn scheme_of<'v>(name: &'v str, scheme: &'v Value) -> Scheme<'v> {
    let mut details: Vec<&str> =
        ["scheme", "bearerFormat", "in", "name", "openIdConnectUrl", "flow"]
            .iter()
            .filter_map(|field| text(scheme, field))
            .collect();
    details.extend(URLS.iter().filter_map(|field| text(scheme, field)));
    for (flow, value) in entries(scheme, "flows") {
        details.push(flow);
        details.extend(URLS.iter().filter_map(|field| text(value, field)));
    }
    Scheme {
        name,
        kind: text(scheme, "type").unwrap_or_default(),
        details,
        description: prose(text(scheme, "description")),
    }
}

/// A text field, borrowed.
pub(super) fn name_of(given: Option<&str>, found: Option<String>) -> Cow<'_, str> {
    given.map(Cow::Borrowed).or_else(|| found.map(Cow::Owned)).unwrap_or_default()
}
