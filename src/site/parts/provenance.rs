//! Where what a page says comes from: who said each field and who lost, and where to change it.

use serde::Serialize;
use serde_json::Value;

use super::facts::{self, Link, readable};
use crate::{
    base::{forges, yaml},
    catalog::{Entity, entity::text_at, explain},
    site::{input::Input, text::address},
};

/// Letters of a value that the table shows.
const LETTERS: usize = 90;
/// What every fragment has to say.
const IDENTITY: [&str; 4] = ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace"];

/// One line of the table: a field, or the items of a list that one source brought in.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Said<'a> {
    field: String,
    value: String,
    source: &'a str,
    others: Vec<Other<'a>>,
}

/// What another source says of the field.
#[derive(Debug, PartialEq, Serialize)]
struct Other<'a> {
    source: &'a str,
    /// `None` when it says the same.
    value: Option<String>,
}

/// Who said what of an entity that several sources speak of.
pub(crate) fn said(entity: &Entity) -> Vec<Said<'_>> {
    if entity.fragments.len() < 2 {
        return Vec::new();
    }
    let source = |fragment: usize| &*entity.fragments[fragment].source;
    let mut lines: Vec<Said<'_>> = Vec::new();
    for field in explain::explain(entity) {
        if IDENTITY.contains(&field.pointer.as_str()) {
            continue;
        }
        let others = field
            .others
            .iter()
            .map(|other| Other { source: source(other.fragment), value: other.instead.map(short) });
        let mut line = Said {
            field: dotted(&field.pointer),
            value: short(field.value),
            source: source(field.winner),
            others: others.collect(),
        };
        // Items of one list from the same source share a line.
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

/// The list that a pointer leads into an item of.
fn item_of(pointer: &str) -> Option<&str> {
    let (list, item) = pointer.rsplit_once('/')?;
    item.parse::<usize>().is_ok().then_some(list)
}

/// A pointer as people write fields.
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

/// Where one asks for a change.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    url: String,
    /// `edit` of the file that said it, `override` by a new file of the portal, or `ask` the owner.
    how: &'static str,
}

/// Finds where to change what is said of an entity: the page of the forge that edits its file, else a
/// new file in the portal that wins over what sources say, else whoever owns it.
pub(crate) fn change(
    input: &Input<'_>,
    entity: &Entity,
    contact: Option<&Link<'_>>,
) -> Option<Change> {
    let edit =
        || facts::annotated_url(entity, "backstage.io/edit-url").or_else(|| edit_page(entity));
    let here = || {
        let pattern = input.settings.new_file_url.as_deref()?;
        let manual = entity.fragments.iter().rev().find(|f| &*f.source == "manual");
        match manual {
            Some(manual) => Some(Change { url: edit_own(pattern, &manual.file)?, how: "edit" }),
            None => Some(Change { url: override_page(pattern, entity)?, how: "override" }),
        }
    };
    let ask = || {
        let url = contact?.url.as_deref()?;
        let subject = address::query(entity.reference.as_str());
        let url = match url.strip_prefix("mailto:") {
            Some(mail) => format!("mailto:{mail}?subject={subject}"),
            None => url.to_owned(),
        };
        Some(Change { url, how: "ask" })
    };
    edit().map(|url| Change { url, how: "edit" }).or_else(here).or_else(ask)
}

/// The page that edits the file which the entity was read from, where the address of the file says it.
fn edit_page(entity: &Entity) -> Option<String> {
    let location = facts::annotated_url(entity, "backstage.io/managed-by-location")?;
    let is_file = [".yaml", ".yml"].iter().any(|end| location.ends_with(end));
    is_file.then(|| forges::edit_page_of(&location))?
}

/// The page that edits a file of the portal, made of the one that makes a new file.
pub(crate) fn edit_own(pattern: &str, file: &str) -> Option<String> {
    address::external(&forges::edit_page_beside(pattern, file)?)
}

/// The page that makes a file in `catalog-data/manual`, with the identity of the entity in it.
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
    let text = yaml::to_string(&serde_json::json!({
        "apiVersion": version, "kind": entity.kind(), "metadata": metadata,
    }))
    .ok()?;
    address::external(&forges::new_file_page(pattern, &file, &text))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::catalog::{Fragment, kinds::kind_spec, load::reference_of, merge::merge_into};

    fn entity(documents: &[(&str, Value)]) -> Entity {
        let mut merged = documents[0].1.clone();
        for (_, document) in &documents[1..] {
            merge_into(&mut merged, document, kind_spec("Component"));
        }
        let fragments = documents.iter().map(|(source, document)| Fragment {
            source: (*source).into(),
            file: format!("catalog-data/{source}/a b.yaml").into(),
            index: 0,
            document: Arc::new(document.clone()),
        });
        Entity::new(reference_of(&merged), Arc::new(merged), fragments.collect())
    }

    fn cart(metadata: Value, spec: Value) -> Value {
        let mut document =
            json!({"apiVersion": "v1", "kind": "Component", "metadata": metadata, "spec": spec});
        document["metadata"]["name"] = "cart".into();
        document
    }

    #[test]
    fn each_field_says_who_won_and_who_lost() {
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
        let told: Vec<_> = said(&entity)
            .iter()
            .map(|said| {
                let others: Vec<_> =
                    said.others.iter().map(|o| format!("{} {:?}", o.source, o.value)).collect();
                format!("{}={} {} {}", said.field, said.value, said.source, others.join(","))
            })
            .collect();
        assert_eq!(
            told,
            [
                "metadata.annotations.a/b=1 manual ",
                "spec.owner=b manual carto Some(\"a\")",
                "spec.dependsOn=api:x, api:y carto ",
                "spec.dependsOn=api:z manual ",
            ]
        );
    }

    #[test]
    fn one_source_needs_no_table() {
        assert_eq!(said(&entity(&[("carto", cart(json!({}), json!({})))])), []);
    }

    fn changed(
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
    fn a_change_goes_to_the_file_then_to_the_portal_then_to_the_owner() {
        let new = Some("https://github.com/o/r/new/main?filename={path}");
        let located = json!({"annotations": {"backstage.io/managed-by-location": "url:https://github.com/a/b/blob/main/catalog-info.yaml"}});
        let told = [
            changed(new, "git", located, true),
            changed(new, "carto", json!({}), true),
            changed(new, "manual", json!({}), true),
            changed(None, "carto", json!({}), true),
            changed(None, "carto", json!({}), false),
        ];
        assert_eq!(
            told.map(Option::unwrap_or_default),
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
