//! The sample company's portal: the files of this repository that make one.

use std::{borrow::Cow, path::Path};

use rust_embed::RustEmbed;

use crate::{
    base::{fs, fs::FileError, path::RelativePath},
    cli::commands::schema::write_all,
};

/// The files of sources, and entities written by hand. Entities of sources are left out, because the demo takes
/// a snapshot of its own.
#[derive(RustEmbed)]
#[folder = "catalog-data"]
#[prefix = "catalog-data/"]
#[include = "manual/**"]
#[include = "repositories/**"]
#[include = "sources/**"]
struct CatalogData;

#[derive(RustEmbed)]
#[folder = "scaffolds"]
#[prefix = "scaffolds/"]
struct Scaffolds;

const SETTINGS: &[u8] = include_bytes!("../../../callboard.yaml");

/// Writes the portal's files, and the schemas they name for editors, into `directory`; a file that is there already stays as it is.
pub(in crate::cli) fn write(directory: &Path) -> Result<(), FileError> {
    write_new(directory, crate::cli::settings::FILE, Cow::Borrowed(SETTINGS))?;
    let files = CatalogData::iter()
        .map(|name| (CatalogData::get(&name), name))
        .chain(Scaffolds::iter().map(|name| (Scaffolds::get(&name), name)));
    for (file, name) in files {
        if let Some(file) = file {
            write_new(directory, &name, file.data)?;
        }
    }
    write_all(&directory.join("schemas"))
}

fn write_new(directory: &Path, name: &str, bytes: Cow<'_, [u8]>) -> Result<(), FileError> {
    match RelativePath::new(name).map(|path| path.below(directory)) {
        Ok(path) if !path.exists() => fs::write_atomic(&path, &bytes),
        _ => Ok(()),
    }
}
