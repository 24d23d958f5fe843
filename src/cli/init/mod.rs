//! The files of a portal that `callboard init` writes: of the answers, and of CI definitions for one forge.
//!
//! People own most of them from the first commit on. The CI definitions and the schemas stay the program's: `init --upgrade` makes
//! them again, and merges them with what people changed.

mod answers;
mod definitions;
mod files;
mod home;
mod record;
mod upgrade;

use std::{collections::BTreeMap, path::Path};

pub(in crate::cli) use answers::{Answers, Person, Provider, SAMPLE_COMPANY};
pub(in crate::cli) use definitions::shell;
pub(in crate::cli) use home::{Home, SitePublication};
pub(in crate::cli) use record::RECORD;
pub(in crate::cli) use upgrade::{FileUpgrade, UpgradeOutcome, upgrades, write_upgrades};

use crate::{
    base::{
        files::{Directory, Files},
        fs,
    },
    cli::{Failure, commands::schema::schema_files},
};
use definitions::Variables;
use record::{Pipelines, Record};

/// The files of a new portal that are not there yet: path and content, sorted by path. The CI definitions are not among them, because
/// they follow from the settings and the sources: the record with which [`upgrades`] adds them is.
///
/// # Errors
/// A file of the directory cannot be read.
pub(in crate::cli) fn missing_files(
    directory: &Path,
    answers: &Answers,
) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let pipelines = Pipelines::of(answers);
    let mut files = files::own_files(answers, &pipelines)?;
    let record = Record::new(pipelines, BTreeMap::new()).text()?;
    files.insert(RECORD.to_owned(), record.into_bytes());
    let portal = Directory::new(directory);
    let mut missing = BTreeMap::new();
    for (path, content) in files {
        if portal.bytes(&path)?.is_none() {
            missing.insert(path, content);
        }
    }
    Ok(missing)
}

/// Paths of the CI definitions and schemas that [`upgrades`] adds to a new portal.
///
/// # Errors
/// An embedded file cannot be rendered.
pub(in crate::cli) fn definition_paths(answers: &Answers) -> Result<Vec<String>, Failure> {
    let files = definitions::definitions(&Pipelines::of(answers), &Variables::default())?;
    Ok(files.into_keys().chain(schema_files().map(|(path, _)| path)).collect())
}

/// Writes files into a portal.
///
/// # Errors
/// A file cannot be written, or a link leads out of the portal.
pub(in crate::cli) fn write_files(
    directory: &Path,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<(), Failure> {
    let portal = Directory::new(directory);
    for (path, content) in files {
        fs::write_atomic(&portal.writable_path(path)?, content)?;
    }
    Ok(())
}
