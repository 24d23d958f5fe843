//! Where the data of an entity comes from: which source won each field, which sources lost, and where to change
//! it.

use serde::Serialize;
use serde_json::Value;

use super::facts::{self, Link, readable};
use crate::{
    base::{forges, yaml},
    catalog::{Entity, entity::text_at, explain},
    site::{input::Input, text::address},
};

/// How many characters of a value the table shows.
const LETTERS: usize = 90;
/// Fields that every fragment has.
const IDENTITY: [&str; 4] = ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace"];

/// One line of the table: a field, or the items of a list that come from one source.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct FieldSource<'a> {
    field: String,
    value: String,
    source: &'a str,
    others: Vec<OtherValue<'a>>,
}

/// The value of another source for the field.
#[derive(Debug, PartialEq, Serialize)]
struct OtherValue<'a> {
    source: &'a str,
    /// `None` when it is the same.
    value: Option<String>,
}

/// The source of each field of an entity with several sources.
pub(crate) fn field_sources(entity: &Entity) -> Vec<FieldSource<'_>> {
    if entity.fragments.len() < 2 {
        return Vec::new();
    }
    let source = |fragment: usize| &*entity.fragments[fragment].source;
    let mut lines: Vec<FieldSource<'_>> = Vec::new();
    for field in explain::explain(entity) {
        if IDENTITY.contains(&field.pointer.as_str()) {
            continue;
        }
        let others = field.others.iter().map(|other| OtherValue {
            source: source(other.fragment),
            value: other.instead.map(short),
        });
        let mut line = FieldSource {
            field: dotted(&field.pointer),
            value: short(field.value),
            source: source(field.winner),
            others: others.collect(),
        };
        // Items of one list from the same source are one line.
        if let Some(list) = item_of(&field.pointer) {
            line.field = dotted(list);
            if let Some(last) = lines.last_mut()
                && (&last.field, last.source, &last.others)
                    == (&line.field, line.source, &line.others)
            {
                let joined = format!("{}, {}", last.value, line.value);
                last.value = cut(&joined);
                continue;
            }
        }
        lines.push(line);
    }
    lines
}

/// The list that a pointer to an item points into.
fn item_of(pointer: &str) -> Option<&str> {
    let (list, item) = pointer.rsplit_once('/')?;
    item.parse::<usize>().is_ok().then_some(list)
}

/// A JSON pointer as a dotted path.
fn dotted(pointer: &str) -> String {
    let parts = pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~"));
    parts.collect::<Vec<_>>().join(".")
}

fn short(value: &Value) -> String {
    let link = value.get("url").and_then(Value::as_str);
    match link {
        Some(url) => cut(url),
        None => cut(&readable(value).0),
    }
}

fn cut(text: &str) -> String {
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((at, _)) = words.char_indices().nth(LETTERS) {
        words.truncate(at);
        words.push('…');
    }
    words
}

/// The address at which to change an entity.
#[derive(Debug, Serialize)]
pub(crate) struct ChangeLink {
    url: String,
    /// `edit` the file that it comes from, `override` it by a new file of the portal, or `ask` the owner.
    how: &'static str,
}

/// Finds where to change an entity: the forge's page that edits its file, else a new file in the portal that
/// overrides sources, else the contact of its owner.
pub(crate) fn change(
    input: &Input<'_>,
    entity: &Entity,
    contact: Option<&Link<'_>>,
) -> Option<ChangeLink> {
    let edit =
        || facts::annotated_url(entity, "backstage.io/edit-url").or_else(|| edit_page(entity));
    let here = || {
        let pattern = input.settings.new_file_url.as_deref()?;
        let manual = entity.fragments.iter().rev().find(|f| &*f.source == "manual");
        match manual {
            Some(manual) => Some(ChangeLink { url: edit_own(pattern, &manual.file)?, how: "edit" }),
            None => Some(ChangeLink { url: override_page(pattern, entity)?, how: "override" }),
        }
    };
    let ask = || {
        let url = contact?.url.as_deref()?;
        let subject = address::query(entity.reference.as_str());
        let url = match url.strip_prefix("mailto:") {
            Some(mail) => format!("mailto:{mail}?subject={subject}"),
            None => url.to_owned(),
        };
        Some(ChangeLink { url, how: "ask" })
    };
    edit().map(|url| ChangeLink { url, how: "edit" }).or_else(here).or_else(ask)
}

/// The forge's page that edits the file of the entity, derived from the address of the file.
fn edit_page(entity: &Entity) -> Option<String> {
    let location = facts::annotated_url(entity, "backstage.io/managed-by-location")?;
    let is_file = [".yaml", ".yml"].iter().any(|end| location.ends_with(end));
    is_file.then(|| forges::edit_page_of(&location))?
}

/// The forge's page that edits a file of the portal, derived from the page that creates files.
pub(crate) fn edit_own(pattern: &str, file: &str) -> Option<String> {
    address::external(&forges::edit_page_beside(pattern, file)?)
}

/// The forge's page that creates a file in `catalog-data/manual` with the identity of the entity.
fn override_page(pattern: &str, entity: &Entity) -> Option<String> {
    let reference = &entity.reference;
    let [namespace, kind, name] =
        [reference.namespace(), reference.kind(), reference.name()].map(address::file_name);
    let file = match &*namespace {
        "default" => format!("catalog-data/manual/{kind}/{name}.yaml"),
        _ => format!("catalog-data/manual/{kind}/{namespace}/{name}.yaml"),
    };
    let mut metadata = serde_json::json!({ "name": entity.name() });
    if reference.namespace() != "default" {
        metadata["namespace"] = entity.namespace().into();
    }
    let version = text_at(&entity.document, "/apiVersion");
    let text = yaml::value_to_string(&serde_json::json!({
        "apiVersion": version, "kind": entity.kind(), "metadata": metadata,
    }))
    .ok()?;
    address::external(&forges::new_file_page(pattern, &file, &text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::testing::merged;

    fn entity(documents: &[(&str, Value)]) -> Entity {
        let file = |source: &str| format!("catalog-data/{source}/a b.yaml");
        let files: Vec<_> = documents.iter().map(|(source, _)| file(source)).collect();
        let fragments = documents.iter().zip(&files);
        let fragments =
            fragments.map(|((source, document), file)| (*source, &**file, document.clone()));
        merged(&fragments.collect::<Vec<_>>())
    }

    fn cart(metadata: Value, spec: Value) -> Value {
        let mut document =
            json!({"apiVersion": "v1", "kind": "Component", "metadata": metadata, "spec": spec});
        document["metadata"]["name"] = "cart".into();
        document
    }

    #[test]
    fn each_field_has_its_source_and_the_values_of_other_sources() {
        let entity = entity(&[
            ("carto", cart(json!({}), json!({"owner": "a", "dependsOn": ["api:x", "api:y"]}))),
            (
                "manual",
                cart(
                    json!({"annotations": {"a/b": "1"}}),
                    json!({"owner": "b", "dependsOn": ["api:z"]}),
                ),
            ),
        ]);
        let lines: Vec<_> = field_sources(&entity)
            .iter()
            .map(|line| {
                let others: Vec<_> =
                    line.others.iter().map(|o| format!("{} {:?}", o.source, o.value)).collect();
                format!("{}={} {} {}", line.field, line.value, line.source, others.join(","))
            })
            .collect();
        assert_eq!(
            lines,
            [
                "metadata.annotations.a/b=1 manual ",
                "spec.owner=b manual carto Some(\"a\")",
                "spec.dependsOn=api:x, api:y carto ",
                "spec.dependsOn=api:z manual ",
            ]
        );
    }

    #[test]
    fn an_entity_of_one_source_has_no_field_sources() {
        assert_eq!(field_sources(&entity(&[("carto", cart(json!({}), json!({})))])), []);
    }

    fn change_link(
        settings: Option<&str>,
        source: &str,
        metadata: Value,
        mail: bool,
    ) -> Option<String> {
        let catalog = crate::catalog::Catalog::default();
        let history = crate::catalog::history::History::default();
        let freshness = crate::site::Freshness::default();
        let settings = crate::site::Settings {
            new_file_url: settings.map(str::to_owned),
            ..crate::site::Settings::default()
        };
        let input = Input {
            catalog: &catalog,
            diagnostics: &[],
            lints: &[],
            settings: &settings,
            freshness: &freshness,
            runs: &[],
            requests: &std::collections::BTreeMap::new(),
            claims: &std::collections::BTreeMap::new(),
            docs: None,
            history: &history,
            theme: None,
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        let link = Link {
            title: "a",
            url: Some("mailto:a@b.example".into()),
            host: String::new(),
            icon: "mail",
        };
        let entity = entity(&[(source, cart(metadata, json!({})))]);
        change(&input, &entity, mail.then_some(&link))
            .map(|change| format!("{} {}", change.how, change.url))
    }

    #[test]
    fn a_change_is_requested_at_the_file_else_the_portal_else_the_owner() {
        let new = Some("https://github.com/o/r/new/main?filename={path}");
        let located = json!({"annotations": {"backstage.io/managed-by-location": "url:https://github.com/a/b/blob/main/catalog-info.yaml"}});
        let links = [
            change_link(new, "git", located, true),
            change_link(new, "carto", json!({}), true),
            change_link(new, "manual", json!({}), true),
            change_link(None, "carto", json!({}), true),
            change_link(None, "carto", json!({}), false),
        ];
        assert_eq!(
            links.map(Option::unwrap_or_default),
            [
                "edit https://github.com/a/b/edit/main/catalog-info.yaml",
                "override https://github.com/o/r/new/main?filename=catalog-data%2Fmanual%2Fcomponent%2Fcart.yaml&value=apiVersion%3A%20v1%0Akind%3A%20Component%0Ametadata%3A%0A%20%20name%3A%20cart%0A",
                "edit https://github.com/o/r/edit/main/catalog-data/manual/a%20b.yaml",
                "ask mailto:a@b.example?subject=component%3Adefault%2Fcart",
                "",
            ]
        );
    }
}
