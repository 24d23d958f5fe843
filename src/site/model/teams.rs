//! The tree of teams, with the number of people and entities of each team and all teams below it.

use std::collections::{HashMap, HashSet};

use super::sort_by_title;
use crate::catalog::{Catalog, Entity, EntityRef};

/// The tree of teams: each team has one parent at most, and no team is lost to a cycle of parents.
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
    /// How many people are in this team and all below; each counts once.
    pub(crate) people: usize,
    /// Entities owned by this team and all below.
    pub(crate) owned: usize,
    /// Components owned by this team and all below.
    pub(crate) components: usize,
}

impl<'a> Teams<'a> {
    pub(super) fn new(catalog: &'a Catalog) -> Self {
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

    /// The parent of a team: the first that exists and is not below the team itself.
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

    /// Counts the people and entities of a team and all below it. Returns the people.
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

    /// A team of the tree.
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
