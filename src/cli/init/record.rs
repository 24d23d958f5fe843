//! The record of `callboard init`: what CI definitions are generated from, and their text as the program wrote it, so that a later
//! version can tell what people changed.

use std::collections::BTreeMap;

use anyhow::anyhow;
use serde::{Deserialize, Serialize};

use super::{
    answers::Answers,
    home::{Home, SitePublication},
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        files::{Directory, Files},
        forges::Forge,
        yaml,
    },
    cli::{Failure, exit::outside},
};

/// The file of the record, relative to the portal.
pub(in crate::cli) const RECORD: &str = ".callboard-init.yaml";

const COMMENT: &str = "\
# Written by `callboard init`. Change the keys of `pipelines` and run `callboard init --upgrade` to make the CI definitions anew;
# `files` has them as the program wrote them, so that your own changes are kept.
";

/// The record.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// Version of this format.
    version: u32,
    /// What CI definitions are generated from.
    pub(super) pipelines: Pipelines,
    /// The CI definitions as the program wrote them, by their paths.
    #[serde(default)]
    pub(super) files: BTreeMap<String, String>,
}

/// What CI definitions are generated from.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pipelines {
    /// Address of the portal's repository; without it there are no CI definitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) repository: Option<String>,
    /// The forge, where the address does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) forge: Option<Forge>,
    /// The default branch.
    pub(super) branch: String,
    /// Where the site goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) publish: Option<SitePublication>,
    /// Label of the runners, or name of the agent pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) runner: Option<String>,
}

impl Pipelines {
    pub(super) fn of(answers: &Answers) -> Self {
        let home = answers.home.as_ref();
        Self {
            repository: answers.repository.clone(),
            forge: home.map(|home| home.forge),
            branch: answers.branch.clone(),
            publish: home.map(|home| home.publication),
            runner: answers.runner.clone(),
        }
    }

    /// Where the portal is at home.
    ///
    /// # Errors
    /// The record names no repository of a forge.
    pub(super) fn home(&self) -> Result<Option<Home>, Failure> {
        let Some(address) = &self.repository else { return Ok(None) };
        let home = Home::parse(address, self.forge, self.publish);
        home.map(Some)
            .map_err(|error| Failure::Usage(anyhow!("{RECORD}: {error}\nhint: {}", error.hint())))
    }
}

/// The version of the record's format.
const VERSION: u32 = 1;

impl Record {
    pub(super) fn new(pipelines: Pipelines, files: BTreeMap<String, String>) -> Self {
        Self { version: VERSION, pipelines, files }
    }

    /// Reads the record of a portal.
    ///
    /// # Errors
    /// There is none, it cannot be parsed, or a newer program wrote it.
    pub(super) fn read(files: &Directory) -> Result<Self, Failure> {
        let text = files.text(RECORD)?.ok_or_else(|| {
            Failure::Usage(anyhow!(
                "there is no `{RECORD}`, so that nothing is known of the CI definitions\n\
                 hint: `callboard init --repository ADDRESS` in this directory writes what is missing, and nothing else"
            ))
        })?;
        let record: Self = yaml::from_str(&text).map_err(|error| {
            let (message, hint) = error.explain();
            let place = Place::at(RECORD, error.position);
            let problem = Diagnostic::error("invalid-record", place, message).hint_opt(hint);
            Failure::Usage(anyhow!(problem.text()))
        })?;
        if record.version > VERSION {
            return Err(Failure::Usage(anyhow!(
                "`{RECORD}` has version {}, and this program reads version {VERSION}\nhint: install the newer program that wrote it",
                record.version
            )));
        }
        Ok(record)
    }

    /// Its text.
    pub(super) fn text(&self) -> Result<String, Failure> {
        let text = yaml::to_string(self).map_err(outside)?;
        Ok(format!("{COMMENT}{text}"))
    }
}
