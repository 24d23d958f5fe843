//! The form of a template: the parameters as fields, and as a table for readers without JavaScript.
//!
//! The input is JSON Schema with Backstage's `ui:` keys; a field with an unknown key gets the plain control of
//! its type. The browser validates the form (`assets/form/parameters.js`), by the schema of each page; this module validates
//! nothing.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    base::{fs::Sink, yaml},
    catalog::{
        Entity, EntityRef,
        choices::{Choices, Requester},
    },
    site::{error::Error, input::Input, model::Model, output::PageWriter, parts::facts::readable},
};

/// How deep conditions may be nested for their fields to be shown.
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
    /// Whether some of its fields depend on values of others.
    pub(crate) fn is_conditional(&self) -> bool {
        self.fields.iter().any(|field| field.is_conditional)
    }

    /// Whether the choices of some of its fields depend on who asks.
    pub(crate) fn depends_on_requester(&self) -> bool {
        self.fields.iter().any(|field| field.depends_on_requester)
    }
}

/// One parameter.
#[derive(Debug, Serialize)]
pub(crate) struct FormField<'a> {
    name: &'a str,
    title: &'a str,
    help: Option<&'a str>,
    required: bool,
    /// Whether it depends on values of other parameters.
    is_conditional: bool,
    /// Whether its choices depend on who asks.
    #[serde(skip)]
    depends_on_requester: bool,
    /// `text`, `textarea`, `number`, `checkbox`, `select`, `multiple` for a list of choices, `secret`, or
    /// `yaml` for what has parts.
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
    /// Whether it is the default, or one of several.
    is_default: bool,
    /// The users and groups for whom it is a choice, with spaces between them; `None`: for everybody.
    audience: Option<String>,
}

/// Writes the names that requests use already.
pub(crate) fn write_requests<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
) -> Result<(), Error> {
    let json = serde_json::to_string(input.requests).unwrap_or_default();
    writer.write("assets/requests.json".into(), json.as_bytes())
}

/// Reads `spec.parameters`, which is one page or a list of them.
pub(crate) fn pages<'a>(model: &Model<'a>, template: &'a Entity) -> Vec<FormPage<'a>> {
    parameters(template).iter().map(|page| form_page(model, page)).collect()
}

fn parameters(template: &Entity) -> &[Value] {
    match template.value("/spec/parameters") {
        Some(Value::Array(pages)) => pages.as_slice(),
        Some(page) => std::slice::from_ref(page),
        None => &[],
    }
}

/// The parameters that are names of secrets. Neither pages nor forms repeat what a request has for them.
pub(crate) fn secrets(template: &Entity) -> BTreeSet<&str> {
    let mut properties = Vec::new();
    for page in parameters(template) {
        all_properties(page, false, MOST_DEPTH, &mut properties);
    }
    let secrets = properties.into_iter().filter(|(_, schema, _)| widget(schema, false) == "secret");
    secrets.map(|(name, ..)| name).collect()
}

fn form_page<'a>(model: &Model<'a>, page: &'a Value) -> FormPage<'a> {
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
                ..form_field(model, name, schema, required.contains(&name))
            })
            .collect(),
        schema: page.to_string(),
    }
}

/// Adds every property that a page may have, in any of its conditions, once: at its first position. The last
/// value says whether that is in a condition.
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
    model: &Model<'a>,
    name: &'a str,
    schema: &'a Value,
    required: bool,
) -> FormField<'a> {
    let text = |key| schema.get(key).and_then(Value::as_str);
    let picker = Choices::of(schema);
    let options = match &picker {
        Some(picker) => entities(model, picker, schema.get("default")),
        None => choices(schema),
    };
    let widget = widget(schema, !options.is_empty());
    let default = schema.get("default").map(|value| match widget {
        "yaml" => yaml::value_to_string(value).unwrap_or_default(),
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
        entity_kind: picker.as_ref().and_then(Choices::kind).map(str::to_lowercase),
        depends_on_requester: picker.is_some_and(|picker| picker.depends_on_requester()),
        options,
    }
}

fn widget(schema: &Value, has_options: bool) -> &'static str {
    let text = |key| schema.get(key).and_then(Value::as_str).unwrap_or_default();
    match (text("type"), text("ui:field"), text("ui:widget")) {
        (_, "Secret", _) | (_, _, "password") => "secret",
        ("boolean", ..) => "checkbox",
        ("integer" | "number", ..) if !has_options => "number",
        ("array", "MultiEntityPicker", _) if has_options => "multiple",
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
    let default = schema.get("default").map(|value| readable(value).0);
    let choice = |(at, value): (usize, &Value)| {
        let json = (!value.is_string()).then(|| value.to_string());
        let value = readable(value).0;
        let label = names.get(at).map_or_else(|| value.clone(), |name| readable(name).0);
        Choice { is_default: default.as_ref() == Some(&value), value, label, json, audience: None }
    };
    list("enum").iter().enumerate().map(choice).collect()
}

/// The entities that a picker offers, by title.
fn entities(model: &Model<'_>, picker: &Choices<'_>, default: Option<&Value>) -> Vec<Choice> {
    let defaults = match default {
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let defaults = defaults.iter().filter_map(|value| picker.reference(value.as_str()?).ok());
    let defaults: Vec<_> = defaults.collect();
    let audience = |entity| {
        let references = picker.audience_of(entity)?.into_iter();
        Some(references.map(EntityRef::as_str).collect::<Vec<_>>().join(" "))
    };
    model
        .kinds
        .iter()
        .flat_map(|kind| &kind.entities)
        .filter(|entity| picker.offers(entity))
        .map(|entity| Choice {
            value: entity.reference.to_string(),
            label: label(entity),
            json: None,
            is_default: defaults.contains(&entity.reference),
            audience: audience(entity),
        })
        // What nobody owns is no choice for anybody.
        .filter(|choice| choice.audience.as_deref() != Some(""))
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

/// Everybody who can ask: reference, name and, where the form needs them, the groups with spaces between
/// them.
pub(crate) fn people(
    model: &Model<'_>,
    with_groups: bool,
) -> Vec<(EntityRef, String, Option<String>)> {
    let users = model.kind("user").map_or(&[][..], |kind| &kind.entities);
    let groups = |user: &Entity| {
        let groups = Requester::of(model.catalog, &user.reference).groups;
        groups.iter().map(EntityRef::as_str).collect::<Vec<_>>().join(" ")
    };
    let person = |user: &&Entity| {
        let groups = with_groups.then(|| groups(user));
        (user.reference.clone(), user.title().to_owned(), groups)
    };
    users.iter().map(person).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::site::tests::{Files, sample, simple, site_of};

    const PAGE: &str = "catalog/default/template/pickers.html";

    /// The site of a company with a template that has these parameters.
    fn site(properties: serde_json::Value) -> Files {
        let mut entities = sample();
        let spec =
            json!({"type": "service", "steps": [], "parameters": {"properties": properties}});
        entities.push(simple("Template", "pickers", spec));
        entities.push(simple("Resource", "nobodys", json!({"type": "database"})));
        site_of(entities)
    }

    /// The HTML of the control of a parameter.
    fn control<'f>(files: &'f Files, name: &str) -> &'f str {
        let page = &files[PAGE];
        let start = page.find(&format!("id=\"f-{name}\"")).expect("a control");
        let end = page[start..].find("</select>").expect("a select element");
        &page[start..start + end]
    }

    /// The values of a control, each with its audience when it has one.
    fn options(files: &Files, name: &str) -> Vec<String> {
        let options = control(files, name).split("<option value=\"").skip(1);
        let value = |option: &str| {
            let (value, rest) = option.split_once('"').expect("a value");
            let tag = rest.split('>').next().unwrap_or_default().trim();
            format!("{value} {}", tag.replace("data-audience=", "for ")).trim().to_owned()
        };
        options.map(value).filter(|option| !option.is_empty()).collect()
    }

    #[test]
    fn entity_pickers_offer_the_entities_that_the_plan_accepts() {
        let picker = |field: &str, options: serde_json::Value| json!({"type": "string", "ui:field": field, "ui:options": options});
        let filter = json!({"catalogFilter": {"relations.partOf": "system:default/checkout"}});
        let mut several =
            picker("MultiEntityPicker", json!({"allowedKinds": ["System", "Domain"]}));
        several["type"] = "array".into();
        several["default"] = json!(["system:checkout"]);
        let files = site(json!({
            "owner": picker("OwnerPicker", json!({})),
            "mine": picker("MyGroupsPicker", json!({})),
            "owned": picker("OwnedEntityPicker", json!({"allowedKinds": ["System", "Resource"]})),
            "part": picker("EntityPicker", filter),
            "several": several,
        }));
        let teams = ["egg", "hen", "org", "shop"].map(|name| format!("group:default/{name}"));
        let people = ["user:default/ann", "user:default/bob"].map(str::to_owned);
        let mut owners = options(&files, "owner");
        owners.sort();
        assert_eq!(owners, [&teams[..], &people[..]].concat());
        let mut mine = options(&files, "mine");
        mine.sort();
        assert_eq!(mine, teams.map(|team| format!("{team} for \"{team}\"")));
        let mut owned = options(&files, "owned");
        owned.sort();
        let of_shop = |reference: &str| format!("{reference} for \"group:default/shop\"");
        assert_eq!(owned, [of_shop("resource:default/db"), of_shop("system:default/checkout")]);
        let mut part = options(&files, "part");
        part.sort();
        assert_eq!(part, ["api:default/orders", "component:default/cart", "resource:default/db"]);
        let several = control(&files, "several");
        assert!(several.contains(" multiple><option value="), "{several}");
        let chosen = "<option value=\"system:default/checkout\" selected>";
        assert!(several.contains(chosen), "{several}");
        assert!(several.contains("<option value=\"domain:default/sales\">"), "{several}");
        let ann = "<option value=\"user:default/ann\" data-groups=\"group:default/shop\">Ann Lee";
        assert!(files[PAGE].contains(ann));
    }

    #[test]
    fn groups_of_people_are_listed_only_for_choices_that_depend_on_them() {
        let files = site(json!({"owner": {"type": "string", "ui:field": "OwnerPicker"}}));
        assert!(!files[PAGE].contains("data-groups"));
    }
}
