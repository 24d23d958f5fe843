//! The file `action.yaml` of an own action.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::base::{schema, yaml::FormatVersion};

/// The newest version of the file that this program reads.
pub(super) const VERSION: u32 = 1;

/// Declares an action of the portal: what steps give it, what it returns, and the command that carries it out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Version of the format of this file; 1 when missing.
    #[serde(default)]
    pub version: FormatVersion<VERSION>,
    /// What steps call it by, such as `acme:jira:project`. Its folder has the same name, with `.` in place of `:`.
    pub id: String,
    /// What it does, in one sentence.
    pub description: String,
    /// JSON Schema of its input: a map with `properties`. Other inputs are refused, unless `additionalProperties` takes
    /// them.
    #[serde(default)]
    pub input: Value,
    /// JSON Schema of its output: a map with `properties`, each of which is known after apply.
    #[serde(default)]
    pub output: Value,
    /// Names of the environment variables whose secret values the command gets.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// Environment variables that the command gets, beside `PATH`; there are no others.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The command: a program and its arguments. A text that begins with `./` names a file beside this one.
    pub run: Vec<String>,
    /// The command that says whether the action was carried out already.
    pub probe: Option<Vec<String>>,
    /// The command that undoes the action.
    pub undo: Option<Vec<String>>,
    /// How often the command may run.
    #[serde(default)]
    pub repeat: Repeat,
    /// How long the command may run, such as `30s`; five minutes without it, one hour (`60m`) at most.
    pub timeout: Option<String>,
    /// What the command may do with the files of the workspace, which are its working directory.
    #[serde(default)]
    pub workspace: Access,
    /// True for a declaration that does nothing yet, as `callboard scaffold import` writes it: the action cannot be used.
    #[serde(default)]
    pub stub: bool,
}

/// How often the command of an action may run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Repeat {
    /// As often as it must: it changes nothing outside, and its output and files follow from its input.
    Pure,
    /// Again when `probe` says that it was not carried out.
    Probed,
    /// Once: when nobody knows whether it was carried out, the run stops and asks.
    #[default]
    AtMostOnce,
}

impl Repeat {
    /// The words in plans.
    pub fn words(self) -> &'static str {
        match self {
            Self::Pure => "pure",
            Self::Probed => "probed",
            Self::AtMostOnce => "at most once",
        }
    }
}

/// What a command may do with the files of the workspace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// It does not get them.
    #[default]
    None,
    /// It gets a copy; what it changes there is thrown away.
    Read,
    /// What it changes is in the workspace afterwards. Only a `pure` action may.
    Write,
}

/// The JSON Schema of the file.
pub fn action_schema() -> Value {
    schema::of::<Declaration>("Action")
}
