//! Where templates are imported from: a directory, or a repository at a commit.

use std::path::Path;

use anyhow::anyhow;
use serde::Serialize;

use crate::{
    base::{content::is_address, files::Directory, path::is_inside},
    cli::{Failure, exit::outside, settings::Settings},
    scaffold::content::{Checkout, ContentServers},
};

/// The repository and the commit that a template is from.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Origin {
    pub(super) repository: String,
    pub(super) commit: String,
}

/// Where templates are imported from.
pub(super) struct ImportSource {
    pub(super) files: Directory,
    /// The folder of the files whose templates are imported; empty for all.
    folder: String,
    pub(super) origin: Option<Origin>,
    /// The directory of what was fetched, which goes with this value.
    _fetched: Option<tempfile::TempDir>,
}

impl ImportSource {
    /// Opens a directory, or fetches the repository that an address names.
    pub(super) fn open(settings: &Settings, from: &str) -> Result<Self, Failure> {
        if !is_address(from) {
            let directory = Path::new(from);
            if !directory.is_dir() {
                let hint = "name a directory, or the address of a repository";
                return Err(Failure::Usage(anyhow!("`{from}` is no directory\nhint: {hint}")));
            }
            let files = Directory::new(directory);
            return Ok(Self { files, folder: String::new(), origin: None, _fetched: None });
        }
        let fetched = tempfile::tempdir().map_err(outside)?;
        let servers = ContentServers::new(&settings.portal, &settings.scaffold().hosts);
        let made = servers.check_out(from, fetched.path());
        let Checkout { folder, repository, commit } = made.map_err(|fault| {
            let hint = fault.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
            Failure::Outside(anyhow!("{fault}{hint}"))
        })?;
        let origin = Some(Origin { repository, commit });
        Ok(Self { files: Directory::new(fetched.path()), folder, origin, _fetched: Some(fetched) })
    }

    /// Whether templates of this file are imported.
    pub(super) fn has(&self, file: &str) -> bool {
        is_inside(file, &self.folder)
    }
}
