//! Failed documents of a source that succeeded.

use serde::Serialize;

use crate::base::diagnostics::{Diagnostic, Place};

/// A document, record or repository that failed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentFailure {
    /// Its place. A file of another repository is `ADDRESS:PATH`; for an API it is the file of the
    /// source or of its mapping.
    #[serde(flatten)]
    pub place: Place,
    /// The address of its repository, when it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Stable name of the rule, in kebab case, such as `invalid-yaml`.
    pub code: &'static str,
    /// What is wrong: starts in lower case, has no full stop, and puts literals in backticks.
    pub reason: String,
    /// How to correct it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Sorted references of the entities of this document or repository in the last snapshot, whose
    /// fragments are kept.
    pub entities: Vec<String>,
}

impl DocumentFailure {
    /// The failure as a diagnostic: a warning, because the source succeeded.
    pub fn warning(&self) -> Diagnostic {
        let Self { place, code, reason, hint, .. } = self;
        Diagnostic::warning(code, place.clone(), reason.clone()).hint_opt(hint.clone())
    }
}
