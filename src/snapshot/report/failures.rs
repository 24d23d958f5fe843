//! Documents that a source could not take, while it took the others.

use serde::Serialize;

use crate::base::diagnostics::{Diagnostic, Place};

/// One document, record or repository that was not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentFailure {
    /// Where it is: a file with line and column when they are known. A file of another repository is
    /// `ADDRESS:PATH`; of an API it is the file of the source or of its mapping.
    #[serde(flatten)]
    pub place: Place,
    /// The address of its repository, when it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Stable name of the rule, in kebab case, such as `invalid-yaml`.
    pub code: &'static str,
    /// What is wrong; lower case, no full stop, literals in backticks.
    pub reason: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Sorted entity refs of those whose last good fragments stay, because this document or repository
    /// said them last time.
    pub entities: Vec<String>,
}

impl DocumentFailure {
    /// The failure as a diagnostic: a warning, because the rest of the source was taken.
    pub fn warning(&self) -> Diagnostic {
        let Self { place, code, reason, hint, .. } = self;
        Diagnostic::warning(code, place.clone(), reason.clone()).hint_opt(hint.clone())
    }
}
