//! What many pages need of the catalog, computed once: kinds with their numbers, the tree of teams
//! with its sums, and which diagnostics speak of which file.

pub(super) mod dependants;
pub(super) mod history;
pub(super) mod library;
pub(super) mod read_failures;

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;

use crate::{
    base::diagnostics::Diagnostic,
    catalog::{
        Catalog, Entity, EntityRef,
        history::History,
        kinds::{KINDS, OF_MODULES, kind_spec},
    },
    search::fold,
    site::{
        pages::health::Health,
        parts::{frame::Cards, graph::diagram::Wholes},
    },
};
use {history::Past, read_failures::ReadFailures};

/// The catalog with what is derived from it.
#[derive(Debug)]
pub(crate) struct Atlas<'a> {
    pub(crate) catalog: &'a Catalog,
    /// What templates know of each entity that is named on a page.
    pub(crate) cards: &'a Cards,
    /// Kinds that have entities or that everybody knows, in the order in which people look for them.
    pub(crate) kinds: Vec<Kind<'a>>,
    /// The tree of teams.
    pub(crate) teams: Teams<'a>,
    /// The systems and domains that entities are part of.
    pub(crate) wholes: Wholes<'a>,
    /// What changed.
    pub(crate) past: Past<'a>,
    /// What is wrong, when it was looked at.
    pub(crate) health: Health<'a>,
    /// What the last snapshot could not read.
    pub(crate) unread: ReadFailures<'a>,
    problems: HashMap<&'a str, Vec<&'a Diagnostic>>,
    /// Files with several entities, whose diagnostics could be of any of them.
    shared_files: HashSet<&'a str>,
}

/// A kind and how many entities it has.
#[derive(Debug, Clone)]
pub(crate) struct Kind<'a> {
    /// Lower-case name.
    pub(crate) id: String,
    /// What several are called.
    pub(crate) plural: String,
    /// Its entities, sorted by what people call them.
    pub(crate) entities: Vec<&'a Entity>,
}

/// The tree of teams: each has at most one place in it, and no team is lost to a loop.
#[derive(Debug, Default)]
pub(crate) struct Teams<'a> {
    /// Teams without a parent, sorted by title.
    pub(crate) roots: Vec<&'a Entity>,
    nodes: HashMap<&'a EntityRef, Team<'a>>,
}

/// One team in the tree.
#[derive(Debug, Default)]
pub(crate) struct Team<'a> {
    /// The team above.
    pub(crate) parent: Option<&'a Entity>,
    /// The teams directly below, sorted by title.
    pub(crate) children: Vec<&'a Entity>,
    /// Different people in this team and all below.
    pub(crate) people: usize,
    /// Entities owned by this team and all below.
    pub(crate) owned: usize,
    /// Components owned by this team and all below.
    pub(crate) components: usize,
}

impl<'a> Atlas<'a> {
    pub(crate) fn new(
        catalog: &'a Catalog,
        cards: &'a Cards,
        diagnostics: &'a [Diagnostic],
        history: &'a History,
    ) -> Self {
        let mut problems: HashMap<&str, Vec<&Diagnostic>> = HashMap::new();
        for diagnostic in diagnostics {
            problems.entry(&diagnostic.place.file).or_default().push(diagnostic);
        }
        let (mut files, mut shared_files) = (HashSet::new(), HashSet::new());
        for fragment in catalog.entities().iter().flat_map(|e| &e.fragments) {
            if !files.insert(&*fragment.file) {
                shared_files.insert(&*fragment.file);
            }
        }
        let teams = Teams::new(catalog);
        Self {
            catalog,
            cards,
            shared_files,
            kinds: kinds(catalog),
            wholes: Wholes::new(catalog),
            past: Past::new(history).with_scopes(catalog, &teams),
            teams,
            health: Health::default(),
            unread: ReadFailures::default(),
            problems,
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

    /// What is wrong in the files that an entity was merged from, and that hold nothing else.
    pub(crate) fn problems(&self, entity: &Entity) -> impl Iterator<Item = &'a Diagnostic> {
        entity
            .fragments
            .iter()
            .filter(|fragment| !self.shared_files.contains(&*fragment.file))
            .filter_map(|fragment| self.problems.get(&*fragment.file))
            .flatten()
            .copied()
    }

    /// The kind with this lower-case name.
    pub(crate) fn kind(&self, id: &str) -> Option<&Kind<'a>> {
        self.kinds.iter().find(|kind| kind.id == id)
    }
}

/// Sorts by title without regard to case and accents, as lists that are searched do; then by reference.
pub(crate) fn sort_by_title(entities: &mut [&Entity]) {
    entities.sort_by_cached_key(|entity| place_by_title(entity));
}

fn place_by_title(entity: &Entity) -> (String, &EntityRef) {
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
            entities.par_sort_by_cached_key(|entity| place_by_title(entity));
            Kind { id: name.to_lowercase(), plural, entities }
        })
        .collect()
}

impl<'a> Teams<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        let mut teams = Self::default();
        for group in catalog.of_kind("group") {
            teams.nodes.entry(&group.reference).or_default();
            if let Some(parent) = teams.parent_in(catalog, group) {
                teams.nodes.entry(&group.reference).or_default().parent = Some(parent);
                teams.nodes.entry(&parent.reference).or_default().children.push(group);
            } else {
                teams.roots.push(group);
            }
        }
        sort_by_title(&mut teams.roots);
        for group in catalog.of_kind("group") {
            if let Some(team) = teams.nodes.get_mut(&group.reference) {
                sort_by_title(&mut team.children);
            }
        }
        for root in teams.roots.clone() {
            teams.count(catalog, root);
        }
        teams
    }

    /// The parent that a team is put below: the first that exists and is not below the team itself.
    fn parent_in(&self, catalog: &'a Catalog, group: &'a Entity) -> Option<&'a Entity> {
        group.related("childOf").find_map(|target| {
            let parent = catalog.get(target)?;
            let mut above = Some(parent);
            while let Some(team) = above {
                if team.reference == group.reference {
                    return None;
                }
                above = self.nodes.get(&team.reference).and_then(|team| team.parent);
            }
            Some(parent)
        })
    }

    /// Sums up a team and all below it; returns the people.
    fn count(&mut self, catalog: &Catalog, group: &'a Entity) -> HashSet<&'a EntityRef> {
        let mut people: HashSet<_> =
            group.related("hasMember").filter(|person| catalog.get(person).is_some()).collect();
        let mut owned = group.related("ownerOf").count();
        let mut components = group.related("ownerOf").filter(|e| e.kind() == "component").count();
        for child in self.get(&group.reference).map_or_else(Vec::new, |t| t.children.clone()) {
            people.extend(self.count(catalog, child));
            if let Some(team) = self.get(&child.reference) {
                owned += team.owned;
                components += team.components;
            }
        }
        if let Some(team) = self.nodes.get_mut(&group.reference) {
            (team.people, team.owned, team.components) = (people.len(), owned, components);
        }
        people
    }

    /// A team's place in the tree.
    pub(crate) fn get(&self, group: &EntityRef) -> Option<&Team<'a>> {
        self.nodes.get(group)
    }

    /// The teams above a team, the highest first, without the team itself.
    pub(crate) fn above(&self, group: &EntityRef) -> Vec<&'a Entity> {
        let mut path = Vec::new();
        let mut next = self.get(group).and_then(|team| team.parent);
        while let Some(team) = next {
            path.push(team);
            next = self.get(&team.reference).and_then(|team| team.parent);
        }
        path.reverse();
        path
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::catalog::load::reference_of;

    #[test]
    fn titles_stand_where_people_look_for_them() {
        let entity = |title: &str| {
            let name = title.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
            let document = json!({"kind": "Group", "metadata": {"name": name, "title": title}});
            Entity::new(reference_of(&document), Arc::new(document), Vec::new())
        };
        let entities = ["Zone", "étape", "Équipe B", "equipe A", "Eau"].map(entity);
        let mut sorted: Vec<&Entity> = entities.iter().collect();
        sort_by_title(&mut sorted);
        let titles: Vec<_> = sorted.iter().map(|entity| entity.title()).collect();
        assert_eq!(titles, ["Eau", "equipe A", "Équipe B", "étape", "Zone"]);
    }
}
