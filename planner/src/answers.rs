//! Answers: the file in a made repository that says how it was made, and from which its first rendering can be made
//! again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    actions::{PlanContext, StepResults},
    base::{
        content::LockEntry,
        yaml::{self, YamlError},
    },
    settings::Expressions,
};

/// The file, relative to the folder that is published.
pub const FILE: &str = ".callboard/answers.yaml";
/// The first lines of the file.
const HEAD: &str = "# How this repository was made. `callboard scaffold render --answers FILE` makes the same files again from the\n\
                    # same template; please do not edit.\n";

/// How a repository was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answers {
    /// Reference of the template.
    pub template: String,
    /// Its file in the portal.
    pub file: String,
    /// SHA-256 of the template's folder.
    pub digest: String,
    /// Id of the request.
    pub request: String,
    /// Reference of the user who asked.
    pub requester: String,
    /// Version of the program.
    pub version: String,
    /// How mistakes in the expressions of the template were taken.
    #[serde(default)]
    pub expressions: Expressions,
    /// Values of the parameters, with defaults. A request has no secrets, so there are none here.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// The content of other repositories that the template and the steps before this one read, by its address.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub content: BTreeMap<String, LockEntry>,
}

/// The program that wrote the file.
#[derive(Deserialize)]
struct Writer {
    version: String,
}

impl Answers {
    /// The answers of a plan, as far as its steps are planned.
    pub(crate) fn of(cx: &PlanContext<'_>, results: &StepResults) -> Self {
        Self {
            template: cx.template.reference.to_string(),
            file: cx.template.file.clone(),
            digest: cx.template.digest.clone(),
            request: cx.request.id.clone(),
            requester: cx.request.requester.to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            expressions: cx.template.expressions,
            parameters: cx.parameters.clone(),
            content: results.content(cx.template),
        }
    }

    /// The content of the file.
    ///
    /// # Errors
    /// A value cannot be written as YAML.
    pub(crate) fn to_text(&self) -> Result<String, YamlError> {
        Ok(HEAD.to_owned() + &yaml::to_string(self)?)
    }

    /// Reads the content of the file.
    ///
    /// # Errors
    /// It is not such a file.
    pub fn parse(text: &str) -> Result<Self, YamlError> {
        yaml::from_str(text).map_err(|error: YamlError| match yaml::from_str::<Writer>(text) {
            Ok(Writer { version }) if version != env!("CARGO_PKG_VERSION") => YamlError {
                message: format!(
                    "{}; callboard {version} wrote the file, and reads it",
                    error.message
                ),
                ..error
            },
            _ => error,
        })
    }
}
