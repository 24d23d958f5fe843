//! The facts of an entity: the lines beside its page, its tags, links and other fields, each with the source that
//! it comes from.

use serde::Serialize;
use serde_json::Value;

use super::card::Card;
use crate::{
    base::yaml,
    catalog::{
        Entity, EntityRef, Fragment,
        kinds::{FieldSpec, OWN_KIND_FIELDS, Shape, kind_spec},
        reference::DEFAULT_NAMESPACE,
    },
    site::{
        model::Model,
        text::{address, markdown},
    },
};

/// The annotation that says where an entity's files are.
pub(crate) const SOURCE_LOCATION: &str = "backstage.io/source-location";

/// The annotation that names the template that an entity was made from.
const SOURCE_TEMPLATE: &str = "backstage.io/source-template";
/// The annotation that names the request that an entity was made for.
pub(crate) const REQUEST: &str = "callboard.dev/request";

/// One line beside the page: the templates have the words for `key`.
#[derive(Debug, Serialize)]
pub(crate) struct Fact<'a> {
    pub(crate) key: &'static str,
    pub(crate) cards: Vec<Card<'a>>,
    pub(crate) text: Option<&'a str>,
    /// Address of the text, when it has one.
    pub(crate) url: Option<String>,
    /// The source that it comes from, when the entity has several sources.
    pub(crate) source: Option<&'a str>,
}

/// A tag, with the address of the list of entities that have it.
#[derive(Debug, Serialize)]
pub(crate) struct Tag<'a> {
    pub(crate) text: &'a str,
    pub(crate) url: String,
}

/// A link out of the portal.
#[derive(Debug, Serialize)]
pub(crate) struct Link<'a> {
    pub(crate) title: &'a str,
    /// `None` when the address must not be linked.
    pub(crate) url: Option<String>,
    pub(crate) host: String,
    pub(crate) icon: &'a str,
}

/// A field that no other part of the page shows.
#[derive(Debug, Serialize)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: String,
    /// Whether the text has several lines.
    pub(crate) is_block: bool,
    pub(crate) url: Option<String>,
    pub(crate) source: Option<&'a str>,
}

/// A file that the entity was merged from, with its source.
#[derive(Debug, Serialize)]
pub(crate) struct SourceFile<'a> {
    pub(crate) name: &'a str,
    pub(crate) file: &'a str,
}

/// The facts of an entity.
pub(crate) fn facts<'a>(model: &Model<'a>, entity: &'a Entity) -> Vec<Fact<'a>> {
    let related = |key, relation: &'static str, kind: Option<&str>, field| {
        let cards = entity
            .relations
            .iter()
            .filter(|r| r.kind == relation && kind.is_none_or(|kind| kind == r.target.kind()))
            .map(|r| Card::across(model, r));
        fact(entity, key, cards.collect(), None, field)
    };
    let text = |key, field: &'static str| {
        let text = entity.value(field).and_then(Value::as_str);
        fact(entity, key, Vec::new(), text, field)
    };
    let all = [
        related("owner", "ownedBy", None, "/spec/owner"),
        related("system", "partOf", Some("system"), "/spec/system"),
        related("domain", "partOf", Some("domain"), "/spec/domain"),
        related("part-of", "partOf", Some("component"), "/spec/subcomponentOf"),
        related("parent", "childOf", None, "/spec/parent"),
        text("type", "/spec/type"),
        text("lifecycle", "/spec/lifecycle"),
        text("email", "/spec/profile/email"),
        text("target", "/spec/target"),
        text("presence", "/spec/presence"),
        text("namespace", "/metadata/namespace"),
    ];
    let made_from = [made_from_template(model, entity), made_by_run(model, entity)];
    let targets = entity.value("/spec/targets").and_then(Value::as_array);
    let targets = targets.into_iter().flatten().filter_map(Value::as_str);
    let targets = targets.map(|to| fact(entity, "target", Vec::new(), Some(to), "/spec/targets"));
    all.into_iter().chain(targets).chain(made_from).flatten().collect()
}

/// The template that the entity was made from, when the catalog has it.
fn made_from_template<'a>(model: &Model<'a>, entity: &'a Entity) -> Option<Fact<'a>> {
    let template = template_of(entity)?;
    model.catalog.get(&template)?;
    let cards = vec![Card::of_reference(model, &template)];
    fact(entity, "template", cards, None, "/metadata/annotations")
}

/// The template that an entity says it was made from.
pub(crate) fn template_of(entity: &Entity) -> Option<EntityRef> {
    let text = entity.annotation(SOURCE_TEMPLATE)?;
    EntityRef::parse(text, Some("template"), DEFAULT_NAMESPACE).ok()
}

/// The run that made the entity, when it has a page.
fn made_by_run<'a>(model: &Model<'a>, entity: &'a Entity) -> Option<Fact<'a>> {
    let request = entity.annotation(REQUEST).filter(|request| model.runs.has(request))?;
    let url = Some(address::run_page(request));
    let fact = fact(entity, "run", Vec::new(), Some(request), "/metadata/annotations")?;
    Some(Fact { url, ..fact })
}

fn fact<'a>(
    entity: &'a Entity,
    key: &'static str,
    cards: Vec<Card<'a>>,
    text: Option<&'a str>,
    pointer: &str,
) -> Option<Fact<'a>> {
    if cards.is_empty() && text.is_none() {
        return None;
    }
    let url = match key {
        "email" => address::external(&format!("mailto:{}", text.unwrap_or_default())),
        "type" | "lifecycle" => text.map(|text| {
            let slug = address::kind_slug(entity.reference.kind());
            address::list_page(&slug, Some((key, text)), 1)
        }),
        "target" => text.and_then(address::external),
        _ => None,
    };
    Some(Fact { key, cards, text, url, source: source_of(entity, pointer) })
}

/// The source of a field, when the entity has several sources and it is not the first, which has most fields.
pub(crate) fn source_of<'a>(entity: &'a Entity, pointer: &str) -> Option<&'a str> {
    let (first, others) = entity.fragments.split_first()?;
    let is_said = !others.is_empty() && entity.document.pointer(pointer).is_some();
    is_said.then(|| &*entity.fragment_of(pointer).source).filter(|source| *source != &*first.source)
}

/// The tags of an entity.
pub(crate) fn tags(entity: &Entity) -> Vec<Tag<'_>> {
    let slug = address::kind_slug(entity.reference.kind());
    entity
        .tags()
        .map(|text| Tag { text, url: address::list_page(&slug, Some(("tag", text)), 1) })
        .collect()
}

/// `metadata.links`, with icons.
pub(crate) fn links(entity: &Entity) -> Vec<Link<'_>> {
    let links = entity.value("/metadata/links").and_then(Value::as_array);
    let link = |link: &'_ Value| -> Option<(String, Option<String>)> {
        let address = link.get("url")?.as_str()?;
        Some((address.to_owned(), address::external(address)))
    };
    links
        .into_iter()
        .flatten()
        .filter_map(|item| {
            let (address, url) = link(item)?;
            let text = |field| item.get(field).and_then(Value::as_str);
            let title = text("title").or_else(|| text("url"))?;
            let hint = text("icon").or_else(|| text("type")).unwrap_or_default();
            Some(Link {
                title,
                host: address::host(&address),
                icon: icon(hint, title, &address),
                url,
            })
        })
        .collect()
}

/// The contact of a team or person: their chat, else their e-mail address.
pub(crate) fn contact(owner: &Entity) -> Option<Link<'_>> {
    let chat = links(owner).into_iter().find(|link| link.icon == "chat" && link.url.is_some());
    let mail = || {
        let email = owner.value("/spec/profile/email")?.as_str()?;
        let url = Some(address::external(&format!("mailto:{email}"))?);
        Some(Link { title: email, url, host: String::new(), icon: "mail" })
    };
    chat.or_else(mail)
}

/// Chooses an icon by words in the hint, the title or the address.
pub(crate) fn icon(hint: &str, title: &str, address: &str) -> &'static str {
    const WORDS: [(&str, &[&str]); 8] = [
        ("board", &["dashboard", "grafana", "metric", "monitor", "datadog", "tableau de bord"]),
        ("log", &["log", "kibana", "loki", "splunk"]),
        ("code", &["github", "gitlab", "_git", "repo", "code", "source", "dépôt"]),
        ("ticket", &["jira", "ticket", "issue", "backlog", "_boards"]),
        ("chat", &["chat", "slack", "teams.microsoft", "mattermost", "canal"]),
        ("mail", &["mailto:", "email"]),
        ("pipeline", &["pipeline", "_build", "jenkins", "actions", "argo"]),
        ("book", &["doc", "wiki", "confluence", "runbook", "readme"]),
    ];
    let [hint, title, address] = [hint, title, address].map(str::to_lowercase);
    for text in [hint, title, address] {
        for (icon, words) in WORDS {
            if words.iter().any(|word| text.contains(word)) {
                return icon;
            }
        }
    }
    "link"
}

/// The address of an annotation that Backstage knows, without its `url:`.
pub(crate) fn annotated_url(entity: &Entity, key: &str) -> Option<String> {
    let value = entity.annotation(key)?;
    address::external(value.strip_prefix("url:").unwrap_or(value))
}

/// The description as HTML.
pub(crate) fn description(entity: &Entity) -> String {
    let text = entity.description();
    if text.is_empty() {
        return String::new();
    }
    let base = annotated_url(entity, SOURCE_LOCATION);
    markdown::render(text, base.as_deref())
}

/// Fields of `spec` that no other part of the page shows.
pub(crate) fn other_fields(entity: &Entity) -> Vec<Field<'_>> {
    let known = kind_spec(entity.kind()).map(|kind| kind.fields);
    let is_shown = |field: &FieldSpec| match (known, field.shape) {
        // In a company's own kind, a reference is shown as a relation if it has one.
        (None, Shape::Ref(spec) | Shape::Refs(spec)) => {
            entity.relations_of(spec.relation.out).next().is_some()
        }
        _ => true,
    };
    let shown = |name: &str| {
        let named = |field: &FieldSpec| field.name == name && is_shown(field);
        matches!(name, "type" | "lifecycle" | "target" | "profile")
            || known.unwrap_or(OWN_KIND_FIELDS).iter().any(named)
            || (entity.reference.kind() == "template" && matches!(name, "parameters" | "output"))
    };
    let spec = entity.document.get("spec").and_then(Value::as_object);
    spec.into_iter()
        .flatten()
        .filter(|(name, value)| !shown(name) && !value.is_null())
        .map(|(name, value)| field(name, value, source_of(entity, &format!("/spec/{name}"))))
        .collect()
}

fn field<'a>(name: &'a str, value: &Value, source: Option<&'a str>) -> Field<'a> {
    let (text, is_block) = readable(value);
    Field {
        name,
        url: if is_block { None } else { address::external(&text) },
        text,
        is_block,
        source,
    }
}

/// A value as text: scalars and lists of them on one line, anything else as YAML.
pub(crate) fn readable(value: &Value) -> (String, bool) {
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    let list = || value.as_array()?.iter().map(scalar).collect::<Option<Vec<_>>>();
    match scalar(value).or_else(|| list().map(|items| items.join(", "))) {
        Some(text) => {
            let is_block = text.contains('\n');
            (text, is_block)
        }
        None => (yaml::value_to_string(value).unwrap_or_default(), true),
    }
}

/// The sources of an entity, strongest first. When they were read is in `assets/state.json`, which pages fetch,
/// because it changes with each snapshot.
pub(crate) fn source_files<'e>(entity: &'e Entity) -> Vec<SourceFile<'e>> {
    let source_file =
        |Fragment { source, file, .. }: &'e Fragment| SourceFile { name: source, file };
    entity.fragments.iter().rev().map(source_file).collect()
}
