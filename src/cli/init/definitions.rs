//! What the program owns in a portal and `init --upgrade` makes again: CI definitions, and the schemas for editors.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::anyhow;
use serde_json::{Value, json};

use super::{files::render, record::Pipelines};
use crate::{
    base::{diagnostics::Diagnostic, forges::Forge},
    cli::{Failure, settings::Settings},
    snapshot::{SourceVariable, source_variables},
};

/// Files of a forge's folder that people own.
const CODE_OWNERS: &str = "CODEOWNERS";

/// The environment variables that jobs have to pass to the program.
#[derive(Debug, Default)]
pub(super) struct Variables {
    /// Those of the sources.
    snapshot: BTreeMap<String, bool>,
    /// Those of the settings, which are all secrets.
    apply: BTreeSet<String>,
    /// Whether the job's own identity is exchanged for a credential.
    needs_identity: bool,
}

impl Variables {
    /// Reads the sources and the settings of a portal.
    ///
    /// # Errors
    /// A source is wrong, so that its variables are not known.
    pub(super) fn of(settings: &Settings) -> Result<Self, Failure> {
        let mut variables = Self {
            apply: settings.secret_variables(),
            needs_identity: settings.file.credentials.needs_identity(),
            ..Self::default()
        };
        for name in &settings.file.sources {
            let found = source_variables(&settings.portal, name)?.map_err(|problems| {
                let texts: Vec<_> = problems.iter().map(Diagnostic::text).collect();
                Failure::Usage(anyhow!(texts.join("\n")))
            })?;
            for SourceVariable { name, is_credential } in found {
                *variables.snapshot.entry(name).or_default() |= is_credential;
            }
        }
        // The sample company's APIs are in the program.
        if settings.file.sample {
            variables.snapshot.clear();
        }
        Ok(variables)
    }
}

/// The CI definitions of a portal: path and text, sorted by path.
///
/// # Errors
/// The record names no repository of a forge.
pub(super) fn definitions(
    pipelines: &Pipelines,
    variables: &Variables,
) -> Result<BTreeMap<String, String>, Failure> {
    let Some(home) = pipelines.home()? else { return Ok(BTreeMap::new()) };
    let snapshot = variables.snapshot.iter();
    let snapshot: Vec<Value> =
        snapshot.map(|(name, is_secret)| json!({ "name": name, "is_secret": is_secret })).collect();
    let azure = match (home.forge, &*home.path) {
        (Forge::AzureDevOps, [organization, project, name]) => json!({
            "organization": shell(&format!("{}/{organization}", home.web)),
            "project": shell(project),
            "repository": shell(name),
        }),
        _ => Value::Null,
    };
    let context = json!({
        "branch": pipelines.branch,
        "runner": pipelines.runner.as_deref().unwrap_or("ubuntu-latest"),
        "pool": pipelines.runner,
        "publish_site": home.publication,
        "snapshot_variables": snapshot,
        "apply_variables": variables.apply,
        "apply_needs_identity": variables.needs_identity,
        "azure": azure,
    });
    let is_definition = |path: &str| !path.ends_with(CODE_OWNERS);
    let mut files = render("ci", is_definition, &context)?;
    files.extend(render(home.folder(), is_definition, &context)?);
    Ok(files)
}

/// The file that names who reviews changes of the portal's rules, where the forge has one.
pub(super) fn code_owners(pipelines: &Pipelines) -> Result<BTreeMap<String, String>, Failure> {
    let Some(home) = pipelines.home()? else { return Ok(BTreeMap::new()) };
    let context = json!({ "owners": home.owners() });
    render(home.folder(), |path| path.ends_with(CODE_OWNERS), &context)
}

/// A text as one word of a POSIX shell.
pub(in crate::cli) fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
