//! `secrets` of `callboard.yaml`: exceptions for values that look like credentials and are not.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::base::leaks::{Exceptions, WrongException};

/// Exceptions for values that look like credentials and are not.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretSettings {
    /// Names of rules that are not used, such as `jwt`.
    #[serde(default)]
    pub(super) skip_rules: Vec<String>,
    /// Values that are not credentials: globs for the whole value, such as `ghp_0000*`.
    #[serde(default)]
    pub(super) allow: Vec<String>,
}

impl SecretSettings {
    /// The exceptions of the portal.
    ///
    /// # Errors
    /// The first one that cannot be used, with its JSON pointer below `secrets`.
    pub(super) fn exceptions(&self) -> Result<Exceptions, (String, WrongException)> {
        let wrong = |key: &str, wrong: WrongException| (format!("/{key}/{}", wrong.index), wrong);
        Exceptions::of_rules(&self.skip_rules)
            .map_err(|error| wrong("skip_rules", error))?
            .with_values(&self.allow)
            .map_err(|error| wrong("allow", error))
    }
}
