//! The problems of the catalog: what diagnostics and lints say, by entity and by owner.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    base::diagnostics::{Diagnostic, Level},
    catalog::{Catalog, Entity, EntityRef, load::TEMPLATES},
};

/// The code of a dangling reference to an owner: of all dangling references the one to correct first.
const MISSING_OWNER: &str = "missing-owner";

/// All problems.
#[derive(Debug)]
pub(crate) struct Problems<'a> {
    /// Worst first, then by code, owner and entity.
    pub(crate) all: Vec<Problem<'a>>,
    /// Each owner with the indexes of its problems in `all`.
    by_owner: BTreeMap<&'a EntityRef, (&'a Entity, Vec<usize>)>,
    /// What diagnostics say of each file; lints are not among them.
    by_file: HashMap<&'a str, Vec<&'a Diagnostic>>,
    /// Files with several entities, whose diagnostics could be of any of them.
    shared_files: HashSet<&'a str>,
}

/// A diagnostic with the entity that it is about, and the owner of that entity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Problem<'a> {
    pub(crate) diagnostic: &'a Diagnostic,
    /// The diagnostic's code, or [`MISSING_OWNER`].
    pub(crate) code: &'a str,
    /// `None` when the diagnostic's file has no entity, or several.
    pub(crate) entity: Option<&'a Entity>,
    /// The owner of the entity; a team or a person owns itself.
    pub(crate) owner: Option<&'a Entity>,
}

impl<'a> Problems<'a> {
    /// Finds the entity and the owner of each diagnostic and each finding of the lints.
    pub(super) fn new(
        catalog: &'a Catalog,
        diagnostics: &'a [Diagnostic],
        lints: &'a [Diagnostic],
    ) -> Self {
        let mut by_file: HashMap<&str, Vec<&Diagnostic>> = HashMap::new();
        let templates = TemplateFolders::new(catalog);
        for diagnostic in diagnostics {
            by_file.entry(templates.file_of(&diagnostic.place.file)).or_default().push(diagnostic);
        }
        let (mut files, mut shared_files) = (HashSet::new(), HashSet::new());
        for fragment in catalog.entities().iter().flat_map(|entity| &entity.fragments) {
            if !files.insert(&*fragment.file) {
                shared_files.insert(&*fragment.file);
            }
        }
        let mut all = with_owners(catalog, diagnostics.iter().chain(lints));
        all.sort_by_cached_key(|problem| {
            let title = |entity: Option<&Entity>| entity.map(|e| e.title().to_lowercase());
            let level = std::cmp::Reverse(problem.diagnostic.level);
            (level, problem.code, title(problem.owner), title(problem.entity))
        });
        let mut by_owner: BTreeMap<_, (&'a Entity, Vec<usize>)> = BTreeMap::new();
        for (at, problem) in all.iter().enumerate() {
            if let Some(owner) = problem.owner {
                by_owner.entry(&owner.reference).or_insert((owner, Vec::new())).1.push(at);
            }
        }
        Self { all, by_owner, by_file, shared_files }
    }

    /// The diagnostics of the files that an entity was merged from, without files that several entities
    /// share.
    pub(crate) fn of_entity(&self, entity: &Entity) -> impl Iterator<Item = &'a Diagnostic> {
        entity
            .fragments
            .iter()
            .filter(|fragment| !self.shared_files.contains(&*fragment.file))
            .filter_map(|fragment| self.by_file.get(&*fragment.file))
            .flatten()
            .copied()
    }

    /// Whether an owner has problems.
    pub(crate) fn has_owner(&self, owner: &Entity) -> bool {
        self.by_owner.contains_key(&owner.reference)
    }

    /// The problems of an owner, in the order of all.
    pub(crate) fn of_owner(&self, owner: &Entity) -> Vec<&Problem<'a>> {
        let own = self.by_owner.get(&owner.reference);
        own.into_iter().flat_map(|(_, at)| at).map(|&at| &self.all[at]).collect()
    }

    /// The owners that have problems, by their references.
    pub(crate) fn owners(&self) -> impl Iterator<Item = &'a Entity> {
        self.by_owner.values().map(|(owner, _)| *owner)
    }

    /// How many warnings there are.
    pub(crate) fn warnings(&self) -> usize {
        self.all.iter().filter(|problem| problem.diagnostic.level == Level::Warning).count()
    }
}

/// The folders of templates, in which all files belong to the template.
struct TemplateFolders<'a> {
    /// Each folder, with `/` at its end, and the file of its template.
    folders: Vec<(&'a str, &'a str)>,
}

impl<'a> TemplateFolders<'a> {
    /// Lists the templates that have a folder of their own.
    fn new(catalog: &'a Catalog) -> Self {
        let fragments = catalog.of_kind("Template").flat_map(|entity| &entity.fragments);
        let folder = |file: &'a str| Some((file.strip_suffix("template.yaml")?, file));
        let own = fragments.filter_map(|fragment| folder(&fragment.file));
        let is_own = |(folder, _): &(&str, &str)| {
            folder.strip_prefix(TEMPLATES).is_some_and(|below| below.len() > 1)
        };
        Self { folders: own.filter(is_own).collect() }
    }

    /// The file of the template that a file belongs to, else the file itself.
    fn file_of(&self, file: &'a str) -> &'a str {
        let of_template = self.folders.iter().find(|(folder, _)| file.starts_with(folder));
        of_template.map_or(file, |(_, template)| template)
    }
}

fn with_owners<'a>(
    catalog: &'a Catalog,
    diagnostics: impl Iterator<Item = &'a Diagnostic>,
) -> Vec<Problem<'a>> {
    let mut entities: HashMap<&str, Option<&'a Entity>> = HashMap::new();
    for entity in catalog.entities() {
        for fragment in &entity.fragments {
            // A problem of a file with several entities could be about any of them.
            let known = entities.entry(&*fragment.file).or_insert(Some(entity));
            if known.is_some_and(|known| known.reference != entity.reference) {
                *known = None;
            }
        }
    }
    let templates = TemplateFolders::new(catalog);
    let problem = |diagnostic: &'a Diagnostic| {
        let file = templates.file_of(&diagnostic.place.file);
        let entity = entities.get(file).copied().flatten();
        let owner = entity.and_then(|entity| match entity.reference.kind() {
            "group" | "user" => Some(entity),
            _ => entity.relations_of("ownedBy").find_map(|owner| catalog.target(owner)),
        });
        let is_ownerless = owner.is_none() && diagnostic.code == "dangling-reference";
        let names_owner = |entity: &Entity| {
            let mut owners = entity.related("ownedBy");
            owners.any(|owner| diagnostic.message.contains(&format!("`{owner}`")))
        };
        let code = match is_ownerless && entity.is_some_and(names_owner) {
            true => MISSING_OWNER,
            false => diagnostic.code,
        };
        Problem { diagnostic, code, entity, owner }
    };
    diagnostics.map(problem).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        base::diagnostics::Place,
        catalog::testing::{document, entity_in},
    };

    #[test]
    fn a_problem_of_a_skeleton_is_one_of_its_template() {
        let file = "scaffolds/templates/team/a/template.yaml";
        let template = entity_in(file, document("Template", "a", json!({"steps": []})));
        let catalog = Catalog::new(vec![template]);
        let at = |file: &str| Diagnostic::error("invalid-expression", Place::file(file), "wrong");
        let found = [
            at(file),
            at("scaffolds/templates/team/a/skeleton/x.yaml"),
            at("scaffolds/templates/team/ab/x.yaml"),
        ];
        let problems = Problems::new(&catalog, &found, &[]);
        assert_eq!(problems.of_entity(&catalog.entities()[0]).count(), 2);
        assert_eq!(problems.all.iter().filter(|problem| problem.entity.is_some()).count(), 2);
    }
}
