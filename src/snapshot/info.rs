//! Summary of a source, read from its file without checking the rest of the file.

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

/// A summary of a source.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct SourceInfo {
    /// Its kind, such as `http`.
    pub kind: String,
    /// Its preset.
    pub preset: Option<String>,
    /// Its role.
    pub role: Role,
}

/// The keys that the summary needs; the rest of the file may be invalid.
#[derive(Deserialize)]
struct SourceHeader {
    kind: Option<String>,
    preset: Option<String>,
    #[serde(default)]
    values: std::collections::BTreeMap<String, Text>,
    role: Option<Role>,
}

/// Returns the summary of a source; `None` when its file is missing or cannot be parsed.
///
/// # Errors
/// When the file exists but cannot be read.
pub fn source_info(root: &Path, name: &str) -> Result<Option<SourceInfo>, FileError> {
    source_info_in(&Directory::new(root), name)
}

/// Returns the summary of a source from files that may be of another git revision.
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
