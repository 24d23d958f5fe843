//! `callboard.yaml`: the portal's settings, resolved once.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use jiff::Timestamp;
use serde::Deserialize;

use super::exit::{Failure, outside};
use crate::{
    base::{
        clock,
        diagnostics::{self, Diagnostic, Place},
        environment::Environment,
        fs, yaml,
    },
    catalog::{self, Catalog, SourceOrder, load},
    git::{commit, revision},
    scaffold::{self, Repositories, RepositoryHome},
    site, snapshot,
};

/// Name of the settings file.
pub(super) const FILE: &str = "callboard.yaml";

/// The settings of one portal.
#[derive(Debug)]
pub(super) struct Settings {
    /// Directory of the portal.
    pub(super) portal: PathBuf,
    /// Environment variables.
    pub(super) environment: Environment,
    /// The time of this run.
    pub(super) now: Timestamp,
    /// What stands in the file.
    pub(super) file: SettingsFile,
}

/// The settings file. Every field has a default; an unknown one is an error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsFile {
    /// Name of the company or portal, shown on every page.
    pub(super) title: String,
    /// Sources in the order in which they are read; a later one is stronger.
    #[serde(default)]
    pub(super) sources: Vec<String>,
    /// The site.
    #[serde(default)]
    pub(super) site: SiteSettings,
    /// Who commits.
    #[serde(default)]
    pub(super) author: Author,
    /// Scaffolding.
    #[serde(default)]
    pub(super) scaffold: ScaffoldSettings,
}

/// Settings of the site.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteSettings {
    /// Accent colour: any CSS colour.
    pub(super) accent: Option<String>,
    /// Page of the forge that makes a new file in the portal's repository; `{path}` is replaced by
    /// the file's path. The form of a template ends there.
    pub(super) new_file_url: Option<String>,
    /// Path at which the site is served, such as `/portal/`; only the page for missing addresses
    /// needs it.
    pub(super) base_path: Option<String>,
}

/// Author of the commits that Callboard makes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Author {
    pub(super) name: String,
    pub(super) email: String,
}

impl Default for Author {
    fn default() -> Self {
        Self { name: "Callboard".into(), email: "callboard@localhost".into() }
    }
}

/// Settings of scaffolding.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScaffoldSettings {
    /// Directory below which `publish:git` creates bare repositories; relative to the portal.
    pub(super) repositories: Option<PathBuf>,
    /// Where `publish:git` pushes instead: a URL with `{owner}` and `{repo}`.
    pub(super) remote: Option<String>,
    /// URL at which people reach a new repository, with the same placeholders.
    pub(super) url: Option<String>,
}

impl Settings {
    /// Reads the settings of the portal in `portal`.
    pub(super) fn load(portal: &Path) -> Result<Self, Failure> {
        Self::load_with(portal, Environment::from_process())
    }

    /// Reads the settings of the portal in `portal`, for a run with this environment.
    pub(super) fn load_with(portal: &Path, environment: Environment) -> Result<Self, Failure> {
        let text = fs::read_text_if_exists(&portal.join(FILE))?.ok_or_else(|| {
            Failure::Usage(anyhow!(
                "there is no `{FILE}` in `{}`\nhint: a portal has one; `-C DIR` names its directory",
                portal.display()
            ))
        })?;
        let file = yaml::from_str(&text).map_err(|error| {
            Failure::Usage(anyhow!("{}: {}", Place::at(FILE, error.position), error.message))
        })?;
        let now = clock::now(environment.get("SOURCE_DATE_EPOCH"));
        Ok(Self { portal: portal.to_owned(), environment, now, file })
    }
}

impl Settings {
    /// Author of the commits that Callboard makes.
    pub(super) fn author(&self) -> commit::Author {
        let Author { name, email } = &self.file.author;
        commit::Author { name: name.clone(), email: email.clone() }
    }

    /// Loads the catalog of the portal; the diagnostics are those of the sources and of the catalog.
    pub(super) fn load_catalog(&self) -> Result<(Catalog, Vec<Diagnostic>), Failure> {
        let (order, mut problems) = snapshot::survey(&self.portal, &self.file.sources)?;
        let (catalog, found) = catalog::load(&self.portal, &order)?;
        problems.extend(found);
        diagnostics::sort(&mut problems);
        Ok((catalog, problems))
    }

    /// Loads the catalog that the portal had at a revision of git. What is wrong with it is not said:
    /// it was then.
    pub(super) fn load_catalog_at(portal: &Path, revision: &str) -> Result<Catalog, Failure> {
        let wanted = [FILE, "catalog-data", load::TEMPLATES];
        let files = revision::files_at(portal, revision, &wanted).map_err(outside)?;
        let order = match files.get(FILE) {
            Some(text) => yaml::from_str::<SettingsFile>(text).map(|file| file.sources),
            None => Ok(Vec::new()),
        };
        let order = order.map_err(|error| {
            let place = Place::at(FILE, error.position);
            Failure::Usage(anyhow!("{place} of `{revision}`: {}", error.message))
        })?;
        let mut sources = Vec::new();
        for name in order {
            let about = snapshot::about_in(&files, &name)?;
            let enrich = about.is_some_and(|about| about.role == snapshot::Role::Enrich);
            sources.push(SourceOrder { name, enrich });
        }
        Ok(catalog::load_from(&files, &sources)?.0)
    }

    /// What the site is told.
    pub(super) fn site(&self) -> site::Settings {
        let SiteSettings { accent, new_file_url, base_path } = &self.file.site;
        site::Settings {
            title: self.file.title.clone(),
            accent: accent.clone(),
            new_file_url: new_file_url.clone(),
            base_path: base_path.clone().unwrap_or_else(|| "/".into()),
        }
    }

    /// What scaffolding is told.
    pub(super) fn scaffold(&self) -> Result<scaffold::Settings, Failure> {
        let file = &self.file.scaffold;
        let home = match (&file.repositories, &file.remote) {
            (Some(_), Some(_)) => {
                return Err(Failure::Usage(anyhow!(
                    "{FILE}: `scaffold.repositories` and `scaffold.remote` exclude each other"
                )));
            }
            (Some(directory), None) => Some(RepositoryHome::Directory(directory.clone())),
            (None, remote) => remote.clone().map(RepositoryHome::Remote),
        };
        Ok(scaffold::Settings {
            author: self.author(),
            repositories: Repositories { home, url: file.url.clone() },
            hosts: BTreeMap::new(),
        })
    }
}
