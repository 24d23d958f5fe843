//! The lists of each kind: tables of fifty rows, of all entities or of those with one type, lifecycle or tag.

use std::{borrow::Cow, collections::BTreeMap};

use rayon::prelude::*;
use serde::{Serialize, Serializer};

use crate::{
    catalog::Entity,
    site::{
        error::Error,
        key::key,
        model::{Kind, Model},
        parts::{
            card::Card,
            facts::{Tag, tags},
            frame::{self, KindLink, Page},
            page_links::{PageLink, page_links},
        },
        rebuild::{digest::Digests, part::Part},
        text::{address, markdown::Beginning},
    },
};

/// How many rows a page has.
pub(crate) const ROWS: usize = 50;
/// How many characters of a description a row shows.
const DESCRIPTION: usize = 110;
/// The fields that lists can be filtered by.
const FACETS: [&str; 3] = ["type", "lifecycle", "tag"];

/// A list of entities of one kind, to be cut into pages.
#[derive(Debug)]
pub(crate) struct List<'a> {
    kind: &'a Kind<'a>,
    facet: Option<(&'static str, &'a str)>,
    /// Indexes of the entities of the kind.
    places: Vec<usize>,
    facets: std::sync::Arc<Vec<Facet<'a>>>,
    columns: Columns,
}

/// A field that the list can be filtered by.
#[derive(Debug, Serialize)]
struct Facet<'a> {
    field: &'static str,
    values: Vec<FacetValue<'a>>,
}

#[derive(Debug, Serialize)]
struct FacetValue<'a> {
    text: &'a str,
    count: usize,
    url: String,
}

/// Which columns have any content.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Columns {
    owner: bool,
    parent: bool,
    kind_type: bool,
    lifecycle: bool,
    teams: bool,
    email: bool,
    people: bool,
    tags: bool,
    namespace: bool,
    target: bool,
}

/// What the template of a list gets.
#[derive(Debug, Serialize)]
pub(crate) struct ListView<'a> {
    pub(crate) page: Page<'a>,
    kind: &'a str,
    plural: &'a str,
    /// All kinds, for the links to their lists.
    kinds: Vec<KindLink>,
    field: Option<&'static str>,
    value: Option<&'a str>,
    all_url: String,
    total: usize,
    /// How many entities of the kind there are.
    kind_total: usize,
    first: usize,
    last: usize,
    pages: Vec<PageLink>,
    facets: &'a [Facet<'a>],
    columns: Columns,
    pub(crate) rows: Vec<&'a Part<ListEntry<'a>>>,
}

/// A row of an entity, which is the same in each list.
#[derive(Debug, Serialize)]
struct Row<'a> {
    columns: Columns,
    card: Card<'a>,
    name: &'a str,
    description: Beginning<'a>,
    owner: Option<Card<'a>>,
    /// The system, the domain or the parent team.
    parent: Option<Card<'a>>,
    kind_type: Option<&'a str>,
    lifecycle: Option<&'a str>,
    teams: Vec<Card<'a>>,
    email: Option<&'a str>,
    people: usize,
    owned: usize,
    tags: Vec<Tag<'a>>,
    namespace: &'a str,
    target: Option<Cow<'a, str>>,
}

impl<'a> List<'a> {
    /// All lists of a kind: first that of all entities, then one for each value of each facet.
    pub(crate) fn all(kind: &'a Kind<'a>) -> Vec<Self> {
        let mut found: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
        for (place, entity) in kind.entities.iter().enumerate() {
            for (at, field) in FACETS.iter().enumerate() {
                for value in values(entity, field) {
                    found.entry((at, value)).or_default().push(place);
                }
            }
        }
        let slug = address::kind_slug(&kind.id);
        let facets = FACETS
            .iter()
            .enumerate()
            .map(|(at, field)| Facet { field, values: facet_values(&found, at, field, &slug) });
        let facets = std::sync::Arc::new(facets.collect::<Vec<_>>());
        let columns = columns(&kind.entities);
        let list = |facet, places| Self {
            kind,
            facet,
            places,
            facets: std::sync::Arc::clone(&facets),
            columns,
        };
        let mut lists = vec![list(None, (0..kind.entities.len()).collect())];
        for ((at, value), places) in found {
            lists.push(list(Some((FACETS[at], value)), places));
        }
        lists
    }

    /// The number of pages; an empty list has one.
    pub(crate) fn pages(&self) -> usize {
        self.places.len().div_ceil(ROWS).max(1)
    }

    fn url(&self, page: usize) -> String {
        address::list_page(&address::kind_slug(&self.kind.id), self.facet, page)
    }

    /// Makes a page by its number, from 1, with its path. `rows` are the rows of all entities of the kind.
    pub(crate) fn page<'l>(
        &'l self,
        model: &Model<'l>,
        rows: &'l [Part<ListEntry<'l>>],
        number: usize,
    ) -> (String, ListView<'l>) {
        let path = self.url(number);
        let start = (number - 1) * ROWS;
        let shown = self.places.iter().skip(start).take(ROWS);
        let rows: Vec<_> = shown.map(|place| &rows[*place]).collect();
        let nav = match self.kind.id.as_str() {
            "api" => "apis",
            _ => "catalog",
        };
        let view = ListView {
            page: Page::new(&path, &self.kind.plural, nav),
            kind: &self.kind.id,
            plural: &self.kind.plural,
            kinds: frame::kind_links(model),
            field: self.facet.map(|(field, _)| field),
            value: self.facet.map(|(_, value)| value),
            all_url: address::list_page(&address::kind_slug(&self.kind.id), None, 1),
            total: self.places.len(),
            kind_total: self.kind.entities.len(),
            first: (start + 1).min(self.places.len()),
            last: start + rows.len(),
            pages: page_links(number, self.pages(), |number| self.url(number)),
            facets: &self.facets,
            columns: self.columns,
            rows,
        };
        (path, view)
    }
}

fn values<'a>(entity: &'a Entity, field: &str) -> Vec<&'a str> {
    match field {
        "tag" => {
            let mut tags: Vec<_> = entity.tags().collect();
            tags.sort_unstable();
            tags.dedup();
            tags
        }
        _ => entity.spec_text(field).into_iter().collect(),
    }
}

/// Values of one facet, the most frequent first.
fn facet_values<'a>(
    found: &BTreeMap<(usize, &'a str), Vec<usize>>,
    at: usize,
    field: &str,
    slug: &str,
) -> Vec<FacetValue<'a>> {
    let mut values: Vec<_> = found
        .range((at, "")..(at + 1, ""))
        .map(|(&(_, text), places)| FacetValue {
            text,
            count: places.len(),
            url: address::list_page(slug, Some((field, text)), 1),
        })
        .collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.count));
    values
}

fn columns(entities: &[&Entity]) -> Columns {
    let has = |relation| entities.iter().any(|e| e.related(relation).next().is_some());
    let says = |field| entities.iter().any(|e| e.spec_text(field).is_some());
    let is_group = entities.iter().any(|e| e.reference.kind() == "group");
    Columns {
        owner: has("ownedBy"),
        parent: has("partOf") || has("childOf"),
        kind_type: says("type"),
        lifecycle: says("lifecycle"),
        teams: has("memberOf"),
        email: !is_group && entities.iter().any(|e| email(e).is_some()),
        people: is_group,
        tags: entities.iter().any(|e| e.tags().next().is_some()),
        namespace: entities.iter().any(|e| e.reference.namespace() != "default"),
        target: entities.iter().any(|e| target(e).is_some()),
    }
}

fn email(entity: &Entity) -> Option<&str> {
    entity.value("/spec/profile/email")?.as_str()
}

/// The target of a location; of several, the first and the number of the others.
fn target(entity: &Entity) -> Option<Cow<'_, str>> {
    if let Some(target) = entity.spec_text("target") {
        return Some(target.into());
    }
    let all = entity.value("/spec/targets")?.as_array()?;
    let first = all.first()?.as_str()?;
    Some(if all.len() > 1 { format!("{first} +{}", all.len() - 1).into() } else { first.into() })
}

/// An entity in lists, which is serialized as its [`Row`].
#[derive(Debug)]
pub(crate) struct ListEntry<'a> {
    model: &'a Model<'a>,
    entity: &'a Entity,
    columns: Columns,
}

impl Serialize for ListEntry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        row(self.model, self.entity, self.columns).serialize(serializer)
    }
}

/// The rows of a kind, in the order of its entities.
pub(crate) fn rows<'a>(
    model: &'a Model<'a>,
    digests: &Digests,
    kind: &Kind<'a>,
    languages: usize,
) -> Result<Vec<Part<ListEntry<'a>>>, Error> {
    let columns = columns(&kind.entities);
    let part = |&entity: &&'a Entity| {
        let related = digests.of(entity).related;
        let team = model.teams.get(&entity.reference).map(|team| (team.people, team.owned));
        let made_of = key(0, "row", &(related, team, columns))?;
        Ok(Part::new(ListEntry { model, entity, columns }, made_of, languages))
    };
    kind.entities.par_iter().map(part).collect()
}

fn row<'a>(model: &Model<'a>, entity: &'a Entity, columns: Columns) -> Row<'a> {
    let team = model.teams.get(&entity.reference);
    let one = |relation| entity.relations_of(relation).next().map(|to| Card::across(model, to));
    Row {
        columns,
        card: Card::of(entity),
        name: entity.name(),
        description: Beginning::new(entity.description(), DESCRIPTION),
        owner: one("ownedBy"),
        parent: one("partOf").or_else(|| one("childOf")),
        kind_type: entity.spec_text("type"),
        lifecycle: entity.spec_text("lifecycle"),
        teams: entity.relations_of("memberOf").map(|to| Card::across(model, to)).collect(),
        email: email(entity),
        people: team.map_or(0, |team| team.people),
        owned: team.map_or(0, |team| team.owned),
        tags: tags(entity),
        namespace: entity.namespace(),
        target: target(entity),
    }
}
