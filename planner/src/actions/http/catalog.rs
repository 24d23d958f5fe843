//! Answers questions that Backstage's catalog API is asked, from a catalog.

use serde_json::{Map, Value, json};

use crate::{
    base::text::{count, list},
    catalog::{Catalog, Entity, EntityRef, choices::Choices, reference::DEFAULT_NAMESPACE},
};

/// Most entities of an answer.
const MOST: usize = 1_000;
/// The questions that are answered.
const ANSWERED: &str = "`GET /catalog/entities`, `/catalog/entities/by-query`, `/catalog/entities/by-name/{kind}/{namespace}/{name}` and \
    `POST /catalog/entities/by-refs` are answered from the catalog of the portal";

/// A question.
pub(super) struct Question<'a> {
    /// Its method.
    pub(super) method: &'a str,
    /// The segments of its path, decoded: the first is the plugin of Backstage.
    pub(super) segments: &'a [&'a str],
    /// Its query.
    pub(super) parameters: &'a [(String, String)],
    /// Its body.
    pub(super) body: &'a Value,
}

/// What the catalog answers.
pub(super) enum Answer {
    /// The body of the answer.
    Found(Value),
    /// There is no such entity.
    Missing(EntityRef),
}

/// Why a question is not answered.
pub(super) struct Refusal {
    /// The input that is wrong; empty for the path.
    pub(super) input: &'static str,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    /// Whether another server would have to answer.
    pub(super) is_unsupported: bool,
}

/// Answers a question.
///
/// # Errors
/// It is not one for the catalog, or not one that is answered.
pub(super) fn answer(catalog: &Catalog, question: &Question<'_>) -> Result<Answer, Refusal> {
    match (question.method, question.segments) {
        ("GET", ["catalog", "entities"]) => {
            let (items, _) = search(catalog, question)?;
            Ok(Answer::Found(Value::Array(items)))
        }
        ("GET", ["catalog", "entities", "by-query"]) => {
            let (items, total) = search(catalog, question)?;
            Ok(Answer::Found(json!({"items": items, "totalItems": total, "pageInfo": {}})))
        }
        ("GET", ["catalog", "entities", "by-name", kind, namespace, name]) => {
            let reference = EntityRef::new(kind, namespace, name);
            let entity = catalog.get(&reference).map(document);
            Ok(entity.map_or(Answer::Missing(reference), Answer::Found))
        }
        ("POST", ["catalog", "entities", "by-refs"]) => by_refs(catalog, question.body),
        _ => Err(unsupported(question)),
    }
}

fn unsupported(question: &Question<'_>) -> Refusal {
    let path = question.segments.join("/");
    let hint = match question.segments {
        ["catalog", ..] => ANSWERED.to_owned(),
        ["proxy", ..] => "call the server behind the proxy by `http:request`, and list it in `servers` of `callboard.yaml`".to_owned(),
        _ => format!("call the server by `http:request`, where it is not Backstage's own; {ANSWERED}"),
    };
    let message = format!(
        "`{} /{path}` needs the backend of Backstage, which a portal does not have",
        question.method
    );
    Refusal { input: "", message, hint: Some(hint), is_unsupported: true }
}

fn by_refs(catalog: &Catalog, body: &Value) -> Result<Answer, Refusal> {
    let wrong = |message: String| Refusal {
        input: "body",
        message,
        hint: Some("write `{entityRefs: [component:default/shop]}`".to_owned()),
        is_unsupported: false,
    };
    // Templates write the body as a map, or as its text.
    let parsed = body.as_str().and_then(|text| serde_json::from_str(text).ok());
    let body: &Value = parsed.as_ref().unwrap_or(body);
    let references = body["entityRefs"].as_array();
    let references = references.ok_or_else(|| wrong("it has no list `entityRefs`".to_owned()))?;
    if references.len() > MOST {
        return Err(wrong(format!("it asks for more than {MOST} entities")));
    }
    let fields = texts(&body["fields"]);
    let item = |reference: &Value| {
        let text = reference.as_str().unwrap_or_default();
        let reference = EntityRef::parse(text, None, DEFAULT_NAMESPACE)
            .map_err(|error| wrong(error.to_string()))?;
        Ok(catalog.get(&reference).map_or(Value::Null, |entity| part(document(entity), &fields)))
    };
    let items: Vec<Value> = references.iter().map(item).collect::<Result<_, _>>()?;
    Ok(Answer::Found(json!({"items": items})))
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The entities that the query asks for, and how many there are without its limit.
fn search(catalog: &Catalog, question: &Question<'_>) -> Result<(Vec<Value>, usize), Refusal> {
    let wrong = |message: String| Refusal { input: "", message, hint: None, is_unsupported: false };
    let known = ["filter", "fields", "limit", "offset"];
    let (mut filters, mut fields) = (Vec::new(), Vec::new());
    let (mut limit, mut offset) = (None, 0);
    for (name, value) in question.parameters {
        let number = || {
            let number = value.parse::<usize>();
            number.map_err(|_| wrong(format!("`{name}` of the query is no number: `{value}`")))
        };
        match name.as_str() {
            "filter" => filters.push(filter(value)),
            "fields" => fields.extend(value.split(',').map(str::trim)),
            "limit" => limit = Some(number()?),
            "offset" => offset = number()?,
            other => {
                let known = known.map(str::to_owned);
                let known = list(&known, known.len());
                let message = format!("`{other}` of the query is not answered, only {known}");
                return Err(wrong(message));
            }
        }
    }
    let filters = Value::Array(filters);
    let wanted = Choices::filtered(&filters);
    let is_wanted =
        |entity: &&Entity| filters.as_array().is_none_or(Vec::is_empty) || wanted.offers(entity);
    let found: Vec<_> = catalog.entities().iter().filter(is_wanted).collect();
    let page = found.iter().skip(offset).take(limit.unwrap_or(usize::MAX));
    if page.len() > MOST {
        let message = format!(
            "the query finds {}, and an answer has at most {MOST}",
            count(page.len(), "entity", "entities")
        );
        return Err(wrong(message));
    }
    let items = page.map(|entity| part(document(entity), &fields)).collect();
    Ok((items, found.len()))
}

/// A filter of the form `kind=component,spec.type=service`: of one key any value, of different keys all. A key without a
/// value has to be there.
fn filter(text: &str) -> Value {
    let mut keys = Map::new();
    for condition in text.split(',').map(str::trim).filter(|condition| !condition.is_empty()) {
        match condition.split_once('=') {
            None => drop(keys.insert(condition.to_owned(), json!({"exists": true}))),
            Some((key, value)) => {
                let values = keys.entry(key.trim()).or_insert_with(|| json!([]));
                if let Some(values) = values.as_array_mut() {
                    values.push(value.trim().into());
                }
            }
        }
    }
    Value::Object(keys)
}

/// An entity as the API has it: with its namespace and its relations.
fn document(entity: &Entity) -> Value {
    let mut document = Value::clone(&entity.document);
    let relation = |relation: &crate::catalog::Relation| json!({"type": relation.kind, "targetRef": relation.target.as_str()});
    document["relations"] = entity.relations.iter().map(relation).collect();
    if let Some(metadata) = document["metadata"].as_object_mut() {
        metadata.entry("namespace").or_insert_with(|| entity.namespace().into());
    }
    document
}

/// The parts of an entity that `fields` name; all of it without any.
fn part(entity: Value, fields: &[&str]) -> Value {
    let (Value::Object(from), false) = (&entity, fields.is_empty()) else { return entity };
    let mut into = Map::new();
    fields.iter().for_each(|field| copy(from, field, &mut into));
    Value::Object(into)
}

/// Copies the value at a path, whose keys may have dots themselves: the longest key wins.
fn copy(from: &Map<String, Value>, path: &str, into: &mut Map<String, Value>) {
    let rest = |key: &str| match path.strip_prefix(key)? {
        "" => Some(""),
        rest => rest.strip_prefix('.'),
    };
    let found = from.iter().filter_map(|(key, value)| Some((key, value, rest(key)?)));
    match found.max_by_key(|(key, ..)| key.len()) {
        Some((key, value, "")) => drop(into.insert(key.clone(), value.clone())),
        Some((key, Value::Object(value), rest)) => {
            let into = into.entry(key).or_insert_with(|| json!({}));
            if let Some(into) = into.as_object_mut() {
                copy(value, rest, into);
            }
        }
        _ => {}
    }
}
