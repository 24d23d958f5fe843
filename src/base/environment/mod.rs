//! Environment variables, and the secrets in them.
//!
//! A value that authenticates is a [`Secret`]: it can be used, but not printed.
#![expect(clippy::disallowed_methods, reason = "only this module reads the environment")]

mod redactor;

use std::{collections::BTreeMap, fmt};

pub use redactor::{Redactor, redact_json};

/// The variable that has the token for the portal's own forge: for pushing, and for reading repositories.
pub const GIT_TOKEN: &str = "CALLBOARD_GIT_TOKEN";

/// The environment variables: read once when a command starts; a plain map in tests.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Reads the process's environment; values that are not Unicode are left out.
    pub fn from_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// Adds or replaces one variable.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Returns the value of a variable. For values that authenticate use [`Environment::secret`].
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns the value of a variable as a secret; an empty value counts as missing.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.get(name).filter(|value| !value.is_empty()).map(Secret::new)
    }

    /// Replaces every `${NAME}` in `text`.
    ///
    /// # Errors
    /// The first variable that is not set, or a `${` that is not closed.
    pub fn expand(&self, text: &str) -> Result<String, ExpandError> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            out.push_str(&rest[..start]);
            let after = &rest[start + 2..];
            let end = after.find('}').ok_or_else(|| ExpandError::Unclosed(text.to_owned()))?;
            let name = &after[..end];
            let value = self.get(name).ok_or_else(|| ExpandError::Missing(name.to_owned()))?;
            out.push_str(value);
            rest = &after[end + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Environment({} variables)", self.0.len())
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(variables: T) -> Self {
        Self(variables.into_iter().collect())
    }
}

/// Why the `${NAME}` of a text could not be replaced.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExpandError {
    /// The variable is not set.
    #[error("environment variable `{0}` is not set")]
    Missing(String),
    /// A `${` without `}`.
    #[error("`${{` without `}}` in `{0}`")]
    Unclosed(String),
}

/// A value that must not be printed. `Debug` prints `Secret(…)`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Returns the value, for the call that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_expanded_and_missing_ones_named() {
        let environment = Environment::default().with("HOST", "h.example").with("PORT", "80");
        assert_eq!(
            environment.expand("http://${HOST}:${PORT}/x"),
            Ok("http://h.example:80/x".into())
        );
        assert_eq!(environment.expand("${NO}"), Err(ExpandError::Missing("NO".into())));
        assert!(matches!(environment.expand("${HOST"), Err(ExpandError::Unclosed(_))));
    }

    #[test]
    fn a_secret_is_never_debugged() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }
}
