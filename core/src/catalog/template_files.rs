//! The files of templates that sources bring along: below the folder of a template in [`TEMPLATES`], as they were in
//! the source, with the file [`HOME`] beside them.
//!
//! The folder is `<source>/template/<namespace>/<name>`, like the path of the template's fragment.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::load::ENTITIES;
use crate::base::{path::RelativePath, yaml};

/// Folder of the files of templates, relative to the portal.
pub const TEMPLATES: &str = "catalog-data/templates";
/// The file that says where the template was, in the folder of a template.
pub const HOME: &str = "source.yaml";
/// The folder of the files, in the folder of a template.
pub const FILES: &str = "files";

/// Where a template was in its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateHome {
    /// Its file, relative to the root of the source's files.
    pub file: RelativePath,
    /// The files that may be executed, relative to the same root.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub executable: BTreeSet<RelativePath>,
}

impl TemplateHome {
    /// The content of the file [`HOME`].
    ///
    /// # Errors
    /// It cannot be written as YAML.
    pub fn to_text(&self) -> Result<String, yaml::YamlError> {
        yaml::to_string(self)
    }
}

/// The folder of a template in [`TEMPLATES`], by the file of its fragment; `None` for a template that is no fragment
/// of a source.
pub fn folder_of(fragment: &str) -> Option<String> {
    let below = fragment.strip_prefix(ENTITIES)?.strip_suffix(".yaml")?;
    Some(format!("{TEMPLATES}{below}"))
}
