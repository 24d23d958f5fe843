//! The parameters of a template: as a table to read and as a form to fill in.
//!
//! JSON Schema with Backstage's `ui:` keys in, controls out. A key that is not known leaves the plain
//! control of its type. What the plan would refuse is said in the browser (`form-schema.js`), by the schema
//! of each page; nothing here checks a request.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    base::{fs::Sink, yaml},
    catalog::{Entity, EntityRef},
    site::{error::Error, input::Input, model::Atlas, output::Pages, parts::facts::readable},
};

/// Deepest nesting of conditions whose fields are shown.
const MOST_DEPTH: usize = 16;

/// One page of the form.
#[derive(Debug, Serialize)]
pub(crate) struct FormPage<'a> {
    title: Option<&'a str>,
    description: Option<&'a str>,
    fields: Vec<FormField<'a>>,
    /// The JSON Schema of its parameters, as JSON.
    schema: String,
}

impl FormPage<'_> {
    /// Whether some of its fields apply only with certain values of others.
    pub(crate) fn is_conditional(&self) -> bool {
        self.fields.iter().any(|field| field.is_conditional)
    }
}

/// One parameter.
#[derive(Debug, Serialize)]
pub(crate) struct FormField<'a> {
    name: &'a str,
    title: &'a str,
    help: Option<&'a str>,
    required: bool,
    /// Whether it applies only with certain values of others.
    is_conditional: bool,
    /// `text`, `textarea`, `number`, `checkbox`, `select`, `secret`, or `yaml` for what has parts.
    widget: &'static str,
    /// Type as the request file has it.
    value_type: &'a str,
    options: Vec<Choice>,
    default: Option<String>,
    pattern: Option<&'a str>,
    /// Kind of the entities to choose from.
    entity_kind: Option<String>,
}

/// One thing to choose.
#[derive(Debug, Serialize)]
struct Choice {
    value: String,
    label: String,
    /// The value as JSON, when it is not a text.
    json: Option<String>,
}

/// Writes which names are taken by requests.
pub(crate) fn write_requests<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
) -> Result<(), Error> {
    let json = serde_json::to_string(input.requests).unwrap_or_default();
    pages.write("assets/requests.json".into(), json.as_bytes())
}

/// Reads `spec.parameters`, which is one page or a list of them.
pub(crate) fn pages<'a>(atlas: &Atlas<'a>, template: &'a Entity) -> Vec<FormPage<'a>> {
    let pages = match template.value("/spec/parameters") {
        Some(Value::Array(pages)) => pages.as_slice(),
        Some(page) => std::slice::from_ref(page),
        None => &[],
    };
    pages.iter().map(|page| form_page(atlas, page)).collect()
}

fn form_page<'a>(atlas: &Atlas<'a>, page: &'a Value) -> FormPage<'a> {
    let text = |key| page.get(key).and_then(Value::as_str);
    let required: Vec<_> = page
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut properties = Vec::new();
    all_properties(page, false, MOST_DEPTH, &mut properties);
    FormPage {
        title: text("title"),
        description: text("description"),
        fields: properties
            .into_iter()
            .map(|(name, schema, is_conditional)| FormField {
                is_conditional,
                ..form_field(atlas, name, schema, required.contains(&name))
            })
            .collect(),
        schema: page.to_string(),
    }
}

/// Adds every property that a page may have, in any of its conditions, once: where it stands first. The
/// last part says whether that is in a condition.
fn all_properties<'a>(
    schema: &'a Value,
    is_conditional: bool,
    depth: usize,
    found: &mut Vec<(&'a str, &'a Value, bool)>,
) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        if !found.iter().any(|(known, ..)| known == name) {
            found.push((name, property, is_conditional));
        }
    }
    let Some(depth) = depth.checked_sub(1) else { return };
    let part = |key| schema.get(key);
    let lists = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(part);
    let alternatives = lists.filter_map(Value::as_array).flatten();
    let branches = ["if", "then", "else"].into_iter().filter_map(part);
    let dependencies = part("dependencies").and_then(Value::as_object);
    let dependencies = dependencies.into_iter().flat_map(Map::values);
    for inner in alternatives.chain(branches).chain(dependencies) {
        all_properties(inner, true, depth, found);
    }
}

fn form_field<'a>(
    atlas: &Atlas<'a>,
    name: &'a str,
    schema: &'a Value,
    required: bool,
) -> FormField<'a> {
    let text = |key| schema.get(key).and_then(Value::as_str);
    let filter = entity_filter(schema);
    let options = match &filter {
        Some(filter) => entities(atlas, filter),
        None => choices(schema),
    };
    let kind = filter.as_ref().and_then(|filter| filter.first()?.get("kind"));
    let widget = widget(schema, !options.is_empty());
    let default = schema.get("default").map(|value| match widget {
        "yaml" => yaml::to_string(value).unwrap_or_default(),
        _ => readable(value).0,
    });
    FormField {
        name,
        title: text("title").unwrap_or(name),
        help: text("description").or_else(|| text("ui:help")),
        required,
        is_conditional: false,
        widget,
        value_type: text("type").unwrap_or("string"),
        default,
        pattern: text("pattern"),
        entity_kind: kind.and_then(Value::as_str).map(str::to_lowercase),
        options,
    }
}

fn widget(schema: &Value, has_options: bool) -> &'static str {
    let text = |key| schema.get(key).and_then(Value::as_str).unwrap_or_default();
    match (text("type"), text("ui:field"), text("ui:widget")) {
        (_, "Secret", _) | (_, _, "password") => "secret",
        ("boolean", ..) => "checkbox",
        ("integer" | "number", ..) if !has_options => "number",
        ("array" | "object", ..) => "yaml",
        _ if has_options => "select",
        (_, "MultilineText" | "MultiEntityPicker", _) | (_, _, "textarea") => "textarea",
        _ => "text",
    }
}

/// The choices that the schema lists itself.
fn choices(schema: &Value) -> Vec<Choice> {
    let list = |key| schema.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let names = list("enumNames");
    let choice = |(at, value): (usize, &Value)| {
        let json = (!value.is_string()).then(|| value.to_string());
        let value = readable(value).0;
        let label = names.get(at).map_or_else(|| value.clone(), |name| readable(name).0);
        Choice { value, label, json }
    };
    list("enum").iter().enumerate().map(choice).collect()
}

/// The catalog filter of a field that chooses an entity: alternatives of conditions.
fn entity_filter(schema: &Value) -> Option<Vec<Map<String, Value>>> {
    let default_kind = match schema.get("ui:field")?.as_str()? {
        "OwnerPicker" | "MyGroupsPicker" => Some("Group"),
        "EntityPicker" | "OwnedEntityPicker" => None,
        _ => return None,
    };
    let option = |key| schema.get("ui:options").and_then(|options| options.get(key));
    let alternatives = match option("catalogFilter") {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_object).cloned().collect(),
        Some(Value::Object(one)) => vec![one.clone()],
        _ => {
            let kinds = option("allowedKinds").cloned();
            let kind = kinds.or_else(|| default_kind.map(Value::from));
            vec![kind.map(|kind| ("kind".to_owned(), kind)).into_iter().collect()]
        }
    };
    Some(alternatives)
}

/// The entities that one of the alternatives holds for, by title.
fn entities(atlas: &Atlas<'_>, filter: &[Map<String, Value>]) -> Vec<Choice> {
    let holds = |entity: &Entity| {
        filter.iter().any(|all| all.iter().all(|(path, wanted)| matches(entity, path, wanted)))
    };
    atlas
        .kinds
        .iter()
        .flat_map(|kind| &kind.entities)
        .filter(|entity| holds(entity))
        .map(|entity| Choice {
            value: entity.reference.to_string(),
            label: label(entity),
            json: None,
        })
        .collect()
}

fn label(entity: &Entity) -> String {
    let name = entity.reference.humanize(Some(entity.reference.kind()));
    let title = entity.title();
    if title.eq_ignore_ascii_case(&name) {
        return name;
    }
    format!("{title} ({name})")
}

/// One condition of a catalog filter: a value, one of several, or that there is any.
fn matches(entity: &Entity, path: &str, wanted: &Value) -> bool {
    let found = match path.strip_prefix("metadata.annotations.") {
        Some(key) => entity.value("/metadata/annotations").and_then(|a| a.get(key)),
        None => entity.document.pointer(&format!("/{}", path.replace('.', "/"))),
    };
    let is = |wanted: &Value| match (found, wanted.as_str()) {
        (Some(Value::Array(items)), Some(wanted)) => items
            .iter()
            .any(|item| item.as_str().is_some_and(|item| item.eq_ignore_ascii_case(wanted))),
        (Some(Value::String(text)), Some(wanted)) => text.eq_ignore_ascii_case(wanted),
        (found, _) => found == Some(wanted),
    };
    match wanted {
        Value::Array(any) => any.iter().any(is),
        Value::Object(test) => test.get("exists").and_then(Value::as_bool) == Some(found.is_some()),
        one => is(one),
    }
}

/// Everybody who can ask: reference and name.
pub(crate) fn people(atlas: &Atlas<'_>) -> Vec<(EntityRef, String)> {
    let users = atlas.kind("user").map_or(&[][..], |kind| &kind.entities);
    users.iter().map(|user| (user.reference.clone(), user.title().to_owned())).collect()
}
