//! The page of an entity of any kind. The pages of teams, people, systems and templates have the same view and
//! add to it.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::docs::Section;
use crate::{
    base::yaml,
    catalog::{Entity, EntityRef},
    site::{
        input::Input,
        key::lazy::{self, LazyContent},
        model::Model,
        parts::{
            api::Api,
            card::Card,
            deep_links::DeepLinks,
            dependants::DependantsView,
            facts::{self, Fact, Field, Link, SOURCE_LOCATION, SourceFile, Tag},
            frame::{Neighbours, Page, crumbs},
            graph::{self, Graph},
            grouped_changes::RecentChanges,
            history::{EventLine, feed_of},
            notices::Notices,
            owned::{self, OwnedEntities},
            problems::ProblemView,
            provenance::{self, ChangeLink, FieldSource},
            relations::{self, RelationGroup},
        },
        rebuild::digest::Digests,
        text::address,
    },
};

/// Data that the pages of all entities use, made once per build.
#[derive(Debug)]
pub(crate) struct EntityPageContext<'a> {
    pub(crate) digests: &'a Digests,
    deep_links: DeepLinks,
    /// The entities that each team owns, for the pages of its people.
    pub(crate) owned_by_team: HashMap<&'a EntityRef, OwnedEntities<'a>>,
}

impl<'a> EntityPageContext<'a> {
    pub(crate) fn new(input: &Input<'a>, model: &Model<'a>, digests: &'a Digests) -> Self {
        let teams = input.catalog.of_kind("group").collect::<Vec<_>>();
        let owned = |team: &&'a Entity| {
            let owned = model.owned_by(team);
            (&team.reference, OwnedEntities::new(model, team, &owned, owned::NAMED_ELSEWHERE))
        };
        Self {
            digests,
            owned_by_team: teams.par_iter().map(owned).collect(),
            deep_links: DeepLinks::new(&input.settings.deep_links),
        }
    }
}

/// What the templates of entity pages get.
#[derive(Debug, Serialize)]
pub(crate) struct EntityView<'a> {
    pub(crate) page: Page<'a>,
    /// Address of the JSON and the Markdown of the entity, without `.json` and `.md`.
    twin: String,
    /// Whether the first section has the whole width.
    pub(crate) is_wide: bool,
    kind: &'a str,
    kind_name: &'a str,
    kind_url: String,
    name: &'a str,
    /// Whether the title differs from the name.
    has_title: bool,
    reference: &'a str,
    lifecycle: Option<&'a str>,
    owner: Option<Card<'a>>,
    /// The contact of the owner.
    contact: Option<Link<'a>>,
    description: Description<'a>,
    description_source: Option<&'a str>,
    facts: Vec<Fact<'a>>,
    tags: Vec<Tag<'a>>,
    links: Vec<Link<'a>>,
    pub(crate) relations: Vec<RelationGroup<'a>>,
    graph: Option<Graph<'a>>,
    definition: Option<Api<'a>>,
    fields: Vec<Field<'a>>,
    /// The source of each field, when the entity has several sources.
    field_sources: Vec<FieldSource<'a>>,
    source_files: Vec<SourceFile<'a>>,
    notices: Option<Notices<'a>>,
    dependants: Option<DependantsView<'a>>,
    docs: Option<Section<'a>>,
    problems: Vec<ProblemView>,
    /// Changes of the entity, newest first; older ones are folded away.
    changes: Vec<EventLine<'a>>,
    older_changes: Vec<EventLine<'a>>,
    /// Changes of entities that belong to the team or the system.
    recent: Option<RecentChanges<'a>>,
    source_url: Option<String>,
    change: Option<ChangeLink>,
    yaml: RawYaml<'a>,
}

/// Changes of the entity that are shown at once, and with those folded away.
const CHANGES: usize = 5;
const OLDER: usize = 20;

/// Relations that the facts beside the page show.
const IN_FACTS: [&str; 5] =
    ["ownedBy", "partOf-system", "partOf-domain", "partOf-component", "childOf"];

impl<'a> EntityView<'a> {
    /// Makes the view of one entity. `but` names relations that another part of the page shows.
    pub(crate) fn new(
        input: &Input<'a>,
        model: &Model<'a>,
        shared: &'a EntityPageContext<'a>,
        entity: &'a Entity,
        but: &[&str],
    ) -> Self {
        let kind = entity.reference.kind();
        let path = address::entity_page(&entity.reference);
        let mut page = Page::new(&path, entity.title(), nav(kind));
        page.crumbs = crumbs(model, entity);
        page.neighbours = Neighbours::of(model, entity);
        page.feed = feed_of(input, model, entity);
        let hidden = [&IN_FACTS, but].concat();
        let mut changes = EventLine::all(model, model.events.of(&entity.reference).take(OLDER));
        let older_changes = changes.split_off(CHANGES.min(changes.len()));
        let relations = relations::groups(model, entity, &hidden);
        let mut links = facts::links(entity);
        links.extend(shared.deep_links.of(entity, &links));
        // A team or person is its own contact.
        let contact = match kind {
            "group" | "user" => facts::contact(entity),
            _ => model.first(entity, "ownedBy").and_then(facts::contact),
        };
        let says_dangling =
            model.problems.of_entity(entity).any(|found| found.code == "dangling-reference");
        Self {
            page,
            twin: path.trim_end_matches(".html").to_owned(),
            is_wide: false,
            kind,
            kind_name: entity.kind(),
            kind_url: address::list_page(&address::kind_slug(kind), None, 1),
            name: entity.name(),
            has_title: entity.title() != entity.name(),
            reference: entity.reference.as_str(),
            lifecycle: entity.spec_text("lifecycle"),
            owner: entity.relations_of("ownedBy").next().map(|to| Card::across(model, to)),
            description: Description(entity),
            description_source: facts::source_of(entity, "/metadata/description"),
            facts: facts::facts(model, entity),
            tags: facts::tags(entity),
            notices: Notices::of(model, entity, &links, says_dangling),
            graph: graph::draw(entity.title(), &relations),
            dependants: DependantsView::of(model, entity),
            docs: Section::of(model, entity),
            change: provenance::change(input, entity, contact.as_ref()),
            links,
            contact,
            relations,
            definition: Api::of(entity),
            fields: facts::other_fields(entity),
            field_sources: provenance::field_sources(entity),
            source_files: facts::source_files(entity),
            problems: model.problems.of_entity(entity).map(ProblemView::from).collect(),
            changes,
            older_changes,
            recent: RecentChanges::of(model, entity),
            source_url: facts::annotated_url(entity, "backstage.io/view-url")
                .or_else(|| facts::annotated_url(entity, SOURCE_LOCATION)),
            yaml: RawYaml { entity, digests: shared.digests },
        }
    }
}

/// The entry of the navigation that is marked on pages of a kind.
fn nav(kind: &str) -> &'static str {
    match kind {
        "group" | "user" => "teams",
        "template" => "create",
        "api" => "apis",
        _ => "catalog",
    }
}

/// The description as HTML.
#[derive(Debug)]
struct Description<'a>(&'a Entity);

impl Serialize for Description<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        lazy::serialize(self, serializer)
    }
}

impl LazyContent for Description<'_> {
    fn serialize_key<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.0.description(), self.0.annotation(SOURCE_LOCATION)).serialize(serializer)
    }

    fn serialize_content<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&facts::description(self.0))
    }
}

/// The document as YAML, without the definition, which the page shows in a section of its own.
#[derive(Debug)]
struct RawYaml<'a> {
    entity: &'a Entity,
    digests: &'a Digests,
}

impl Serialize for RawYaml<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        lazy::serialize(self, serializer)
    }
}

impl LazyContent for RawYaml<'_> {
    fn serialize_key<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.digests.of(self.entity).document.serialize(serializer)
    }

    fn serialize_content<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&yaml_without_definition(self.entity))
    }
}

fn yaml_without_definition(entity: &Entity) -> String {
    let document = &*entity.document;
    let write = |value: &Value| yaml::value_to_string(value).unwrap_or_default();
    if entity.spec_text("definition").is_none() {
        return write(document);
    }
    let mut short = serde_json::Map::new();
    for (key, value) in document.as_object().into_iter().flatten() {
        let value = match (key.as_str(), value) {
            ("spec", Value::Object(spec)) => spec
                .iter()
                .filter(|(field, _)| *field != "definition")
                .map(|(field, value)| (field.clone(), value.clone()))
                .collect(),
            _ => value.clone(),
        };
        short.insert(key.clone(), value);
    }
    write(&Value::Object(short))
}
