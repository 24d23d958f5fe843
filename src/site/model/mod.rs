//! What the site knows of the catalog: the catalog itself, and everything that several pages or files need
//! and that is computed from it once per build.
//!
//! A [`Model`] is complete when it is made, and nothing changes it afterwards. It knows no page: views of pages
//! are made from it.

pub(super) mod cards;
pub(super) mod dependants;
pub(super) mod events;
pub(super) mod library;
pub(super) mod problems;
pub(super) mod read_failures;
pub(super) mod runs;
pub(super) mod teams;
pub(super) mod wholes;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::{
    base::diagnostics::Diagnostic,
    catalog::{
        Catalog, Entity, EntityRef,
        history::History,
        kinds::{KINDS, OF_MODULES, kind_spec},
    },
    search::fold,
    site::input::{Documentation, Freshness, Input, Run},
};
use cards::Cards;
use dependants::DependantIndex;
use events::Events;
use library::Library;
use problems::Problems;
use read_failures::ReadFailures;
use runs::Runs;
use teams::Teams;
use wholes::Wholes;

/// The catalog with what is derived from it.
#[derive(Debug)]
pub(crate) struct Model<'a> {
    pub(crate) catalog: &'a Catalog,
    /// What templates know of each entity that pages name.
    pub(crate) cards: &'a Cards,
    /// Kinds that have entities, and those of Backstage, in the order in which lists show them.
    pub(crate) kinds: Vec<Kind<'a>>,
    /// The tree of teams.
    pub(crate) teams: Teams<'a>,
    /// The systems and domains that entities are part of.
    pub(crate) wholes: Wholes<'a>,
    /// What depends on each entity.
    pub(crate) dependants: DependantIndex<'a>,
    /// What changed.
    pub(crate) events: Events<'a>,
    /// What diagnostics and lints say.
    pub(crate) problems: Problems<'a>,
    /// What the last snapshot could not read.
    pub(crate) read_failures: ReadFailures<'a>,
    /// The documentation of entities.
    pub(crate) library: Library<'a>,
    /// The runs of requests.
    pub(crate) runs: Runs<'a>,
}

/// What a [`Model`] is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModelInput<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) cards: &'a Cards,
    pub(crate) diagnostics: &'a [Diagnostic],
    pub(crate) lints: &'a [Diagnostic],
    pub(crate) history: &'a History,
    pub(crate) freshness: &'a Freshness,
    pub(crate) docs: Option<Documentation<'a>>,
    pub(crate) runs: &'a [Run],
}

/// A kind with its entities.
#[derive(Debug, Clone)]
pub(crate) struct Kind<'a> {
    /// Lower-case name.
    pub(crate) id: String,
    /// The plural of its name.
    pub(crate) plural: String,
    /// Its entities, sorted by title.
    pub(crate) entities: Vec<&'a Entity>,
}

impl<'a> ModelInput<'a> {
    /// What a site gives to its model.
    pub(crate) fn of(input: &Input<'a>, cards: &'a Cards) -> Self {
        let Input { catalog, diagnostics, lints, history, freshness, docs, runs, .. } = *input;
        Self { catalog, cards, diagnostics, lints, history, freshness, docs, runs }
    }
}

impl<'a> Model<'a> {
    pub(crate) fn new(input: ModelInput<'a>) -> Self {
        let ModelInput { catalog, cards, diagnostics, lints, history, freshness, docs, runs } =
            input;
        let teams = Teams::new(catalog);
        Self {
            catalog,
            cards,
            kinds: kinds(catalog),
            wholes: Wholes::new(catalog),
            dependants: DependantIndex::new(catalog.entities()),
            runs: Runs::new(runs),
            events: Events::new(history).with_scopes(catalog, &teams),
            teams,
            problems: Problems::new(catalog, diagnostics, lints),
            read_failures: ReadFailures::new(freshness),
            library: Library::new(docs),
        }
    }

    /// The entity that the first relation of a type leads to, if it exists.
    pub(crate) fn first(&self, entity: &Entity, relation: &'static str) -> Option<&'a Entity> {
        entity.relations_of(relation).find_map(|relation| self.catalog.target(relation))
    }

    /// The entities of one kind that relations of a type lead to, sorted by title.
    pub(crate) fn all(
        &self,
        entity: &Entity,
        relation: &'static str,
        kind: &str,
    ) -> Vec<&'a Entity> {
        let mut found: Vec<_> = entity
            .relations_of(relation)
            .filter(|relation| relation.target.kind() == kind)
            .filter_map(|relation| self.catalog.target(relation))
            .collect();
        sort_by_title(&mut found);
        found
    }

    /// The entities that a team or a person owns, sorted by title.
    pub(crate) fn owned_by(&self, owner: &Entity) -> Vec<&'a Entity> {
        let mut owned: Vec<_> =
            owner.relations_of("ownerOf").filter_map(|to| self.catalog.target(to)).collect();
        sort_by_title(&mut owned);
        owned
    }

    /// The kind with this lower-case name.
    pub(crate) fn kind(&self, id: &str) -> Option<&Kind<'a>> {
        self.kinds.iter().find(|kind| kind.id == id)
    }
}

/// Sorts by title, ignoring case and accents, as the search engine does; then by reference.
pub(crate) fn sort_by_title(entities: &mut [&Entity]) {
    entities.sort_by_cached_key(|entity| title_order(entity));
}

fn title_order(entity: &Entity) -> (String, &EntityRef) {
    (fold(entity.title()), &entity.reference)
}

fn kinds(catalog: &Catalog) -> Vec<Kind<'_>> {
    let mut found: BTreeMap<&str, Vec<&Entity>> =
        KINDS.iter().map(|spec| (spec.name, Vec::new())).collect();
    let mut unknown: BTreeMap<&str, Vec<&Entity>> = BTreeMap::new();
    for entity in catalog.entities() {
        match kind_spec(entity.kind()) {
            Some(spec) => found.entry(spec.name).or_default().push(entity),
            None => unknown.entry(entity.reference.kind()).or_default().push(entity),
        }
    }
    let known = KINDS.iter().map(|spec| {
        let entities = found.remove(spec.name).unwrap_or_default();
        (spec.name, spec.plural.to_owned(), entities)
    });
    let is_listed = |(name, _, entities): &(&str, String, Vec<_>)| {
        !entities.is_empty() || !OF_MODULES.contains(name)
    };
    let mut all: Vec<_> = known.filter(is_listed).collect();
    all.extend(unknown.into_values().map(|entities| {
        let name = entities.first().map_or("", |e| e.kind());
        (name, format!("{name}s"), entities)
    }));
    all.into_iter()
        .map(|(name, plural, mut entities)| {
            entities.par_sort_by_cached_key(|entity| title_order(entity));
            Kind { id: name.to_lowercase(), plural, entities }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::testing;

    #[test]
    fn titles_are_sorted_without_case_and_accents() {
        let entity = |title: &str| {
            let name = title.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
            let document = json!({"kind": "Group", "metadata": {"name": name, "title": title}});
            testing::entity(document)
        };
        let entities = ["Zone", "étape", "Équipe B", "equipe A", "Eau"].map(entity);
        let mut sorted: Vec<&Entity> = entities.iter().collect();
        sort_by_title(&mut sorted);
        let titles: Vec<_> = sorted.iter().map(|entity| entity.title()).collect();
        assert_eq!(titles, ["Eau", "equipe A", "Équipe B", "étape", "Zone"]);
    }
}
