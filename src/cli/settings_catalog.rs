//! Loads the catalog with the sources of the settings: from the portal's files, or from a revision of git.

use std::path::Path;

use anyhow::anyhow;

use super::{
    exit::{Failure, outside},
    settings::{FILE, Settings, SettingsFile, VERSION},
};
use crate::{
    base::{
        content::{ContentView, LOCK},
        diagnostics::{self, Diagnostic, Place},
        files::{Directory, Files},
        yaml,
    },
    catalog::{self, Catalog, SourceOrder, load},
    git::revision,
    snapshot,
};

impl Settings {
    /// Loads the catalog of the portal; the diagnostics are those of the sources and of the catalog.
    pub(super) fn load_catalog(&self) -> Result<(Catalog, Vec<Diagnostic>), Failure> {
        self.load_catalog_from(&Directory::new(&self.portal))
    }

    /// Loads the catalog from files that the caller reads, such as with a cache.
    pub(super) fn load_catalog_from(
        &self,
        files: &dyn Files,
    ) -> Result<(Catalog, Vec<Diagnostic>), Failure> {
        let (mut order, mut problems) = snapshot::survey(&self.portal, &self.file.sources)?;
        for source in &mut order {
            source.may_overlap = self.file.overlapping_sources.contains(&source.name);
        }
        let (catalog, found) = catalog::load_from(files, &order)?;
        problems.extend(found);
        diagnostics::sort(&mut problems);
        Ok((catalog, problems))
    }

    /// Loads the catalog of a revision of git. Its problems are not reported, because they are of the past.
    pub(super) fn load_catalog_at(portal: &Path, revision: &str) -> Result<Catalog, Failure> {
        let wanted = [FILE, "catalog-data", load::TEMPLATES, LOCK];
        let files = revision::files_at(portal, revision, &wanted).map_err(outside)?;
        let file = match files.get(FILE) {
            Some(text) => yaml::from_versioned_str::<SettingsFile>(text, VERSION).map(Some),
            None => Ok(None),
        };
        let file = file.map_err(|error| {
            let place = Place::at(FILE, error.position);
            Failure::Usage(anyhow!("{place} of `{revision}`: {}", error.message))
        })?;
        let mut sources = Vec::new();
        for name in file.iter().flat_map(|file| &file.sources) {
            let about = snapshot::source_info_in(&files, name)?;
            let enrich = about.is_some_and(|about| about.role == snapshot::Role::Enrich);
            let may_overlap = file.iter().any(|file| file.overlapping_sources.contains(name));
            sources.push(SourceOrder { name: name.clone(), enrich, may_overlap });
        }
        let portal = Directory::new(portal);
        Ok(catalog::load_from(&ContentView::with_cache(&files, &portal), &sources)?.0)
    }
}
