//! What a source is, at a glance: read from its file without checking the rest of it.

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

/// A source at a glance.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// How it is read, such as `http`.
    pub kind: String,
    /// The preset that it uses.
    pub preset: Option<String>,
    /// What it says about entities.
    pub role: Role,
}

/// The keys that matter, in a file that may have mistakes elsewhere.
#[derive(Deserialize)]
struct Glance {
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
pub fn about(root: &Path, name: &str) -> Result<Option<About>, FileError> {
    about_in(&Directory::new(root), name)
}

/// Tells what a source is, from files that may be elsewhere.
///
/// # Errors
/// As [`about`].
pub fn about_in(files: &dyn Files, name: &str) -> Result<Option<About>, FileError> {
    let text = files.text(&format!("{SOURCES}/{name}.yaml"))?;
    Ok(text.and_then(|text| yaml::from_str::<Glance>(&text).ok()).and_then(known))
}

fn known(glance: Glance) -> Option<About> {
    let base = match &glance.preset {
        None => None,
        Some(name) => {
            let given: Values =
                glance.values.into_iter().map(|(name, value)| (name, value.0)).collect();
            let preset = preset(name)?;
            let source = preset.source(&preset.complete(&given).ok()?);
            Some(serde_json::from_value::<Glance>(source).ok()?)
        }
    };
    let (base_kind, base_role) = base.map_or((None, None), |base| (base.kind, base.role));
    Some(About {
        kind: glance.kind.or(base_kind)?,
        preset: glance.preset,
        role: glance.role.or(base_role).unwrap_or_default(),
    })
}
