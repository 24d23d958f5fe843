//! What a source is, at a header: read from its file without checking the rest of it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{
    preset::{Values, preset},
    raw::Text,
    source::{Role, SOURCES},
};
use crate::base::{
    files::{Directory, Files},
    fs::FileError,
    yaml,
};

/// A source at a header.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct SourceInfo {
    /// How it is read, such as `http`.
    pub kind: String,
    /// The preset that it uses.
    pub preset: Option<String>,
    /// What it says about entities.
    pub role: Role,
}

/// The keys that matter, in a file that may have mistakes elsewhere.
#[derive(Deserialize)]
struct SourceHeader {
    kind: Option<String>,
    preset: Option<String>,
    #[serde(default)]
    values: std::collections::BTreeMap<String, Text>,
    role: Option<Role>,
}

/// Tells what a source is; `None` when its file is missing or cannot be understood.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn source_info(root: &Path, name: &str) -> Result<Option<SourceInfo>, FileError> {
    source_info_in(&Directory::new(root), name)
}

/// Tells what a source is, from files that may be elsewhere.
///
/// # Errors
/// As [`source_info`].
pub fn source_info_in(files: &dyn Files, name: &str) -> Result<Option<SourceInfo>, FileError> {
    let text = files.text(&format!("{SOURCES}/{name}.yaml"))?;
    Ok(text.and_then(|text| yaml::from_str::<SourceHeader>(&text).ok()).and_then(known))
}

fn known(header: SourceHeader) -> Option<SourceInfo> {
    let base = match &header.preset {
        None => None,
        Some(name) => {
            let given: Values =
                header.values.into_iter().map(|(name, value)| (name, value.0)).collect();
            let preset = preset(name)?;
            let source = preset.source(&preset.complete(&given).ok()?);
            Some(serde_json::from_value::<SourceHeader>(source).ok()?)
        }
    };
    let (base_kind, base_role) = base.map_or((None, None), |base| (base.kind, base.role));
    Some(SourceInfo {
        kind: header.kind.or(base_kind)?,
        preset: header.preset,
        role: header.role.or(base_role).unwrap_or_default(),
    })
}
