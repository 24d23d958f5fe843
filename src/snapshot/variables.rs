//! The environment variables that a source needs, for CI definitions that pass them.

use std::{collections::BTreeSet, path::Path};

use super::{load::load, preset::preset, secrets::is_credential_of};
use crate::base::{diagnostics::Diagnostic, fs::FileError};

/// An environment variable of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceVariable {
    /// Its name.
    pub name: String,
    /// Whether its value is a credential.
    pub is_credential: bool,
}

/// The variables that the source `name` of the portal in `root` needs, sorted by name: of its file, and of its preset with the values
/// of the file. The inner error lists what is wrong with the source.
///
/// # Errors
/// A file of the source exists but cannot be read.
pub fn source_variables(
    root: &Path,
    name: &str,
) -> Result<Result<Vec<SourceVariable>, Vec<Diagnostic>>, FileError> {
    Ok(load(root, name)?.map(|source| {
        let document = &source.file.document;
        let mut texts = vec![document.to_string()];
        if let Some(preset) = document["preset"].as_str().and_then(preset) {
            let given = document["values"].as_object().into_iter().flatten();
            let given = given.map(|(key, value)| {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                (key.clone(), text)
            });
            let values = preset.complete(&given.collect()).unwrap_or_default();
            texts.push(preset.source(&values).to_string());
        }
        let names: BTreeSet<&str> = texts.iter().flat_map(|text| variable_names(text)).collect();
        let variable = |name: &str| SourceVariable {
            name: name.to_owned(),
            is_credential: is_credential_of(&source, name),
        };
        names.into_iter().map(variable).collect()
    }))
}

/// Names of the variables that a text takes from the environment, as `${NAME}`.
pub fn variable_names(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}
