//! `callboard.yaml`: the portal's settings, resolved once.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use jiff::Timestamp;
use serde::Deserialize;

use super::exit::Failure;
use crate::{
    base::{
        clock,
        diagnostics::{self, Diagnostic, Place},
        environment::Environment,
        fs, yaml,
    },
    catalog::{self, Catalog, SourceOrder},
    git::commit,
    snapshot::{self, Role},
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
        Self {
            name: "Callboard".into(),
            email: "callboard@localhost".into(),
        }
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
            Failure::Usage(anyhow!(
                "{}: {}",
                Place::at(FILE, error.position),
                error.message
            ))
        })?;
        let now = clock::now(environment.get("SOURCE_DATE_EPOCH"));
        Ok(Self {
            portal: portal.to_owned(),
            environment,
            now,
            file,
        })
    }
}

impl Settings {
    /// Author of the commits that Callboard makes.
    pub(super) fn author(&self) -> commit::Author {
        let Author { name, email } = &self.file.author;
        commit::Author {
            name: name.clone(),
            email: email.clone(),
        }
    }

    /// Loads the catalog of the portal; the diagnostics are those of the sources and of the catalog.
    pub(super) fn load_catalog(&self) -> Result<(Catalog, Vec<Diagnostic>), Failure> {
        let (roles, mut problems) = snapshot::check(&self.portal, &self.file.sources)?;
        let order: Vec<_> = self
            .file
            .sources
            .iter()
            .map(|name| SourceOrder {
                name: name.clone(),
                enrich: roles.get(name) == Some(&Role::Enrich),
            })
            .collect();
        let (catalog, found) = catalog::load(&self.portal, &order)?;
        problems.extend(found);
        diagnostics::sort(&mut problems);
        Ok((catalog, problems))
    }
}
