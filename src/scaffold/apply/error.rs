//! Why an apply failed.

use super::observer::Cancellation;
use crate::{
    base::diagnostics::Diagnostic,
    git::journal::JournalError,
    scaffold::{effects::EffectError, template::describe},
};

/// Why an apply failed.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The request or its template is wrong; nothing was done.
    #[error("the request is wrong")]
    Wrong(Vec<Diagnostic>),
    /// The request was applied before and has been changed since; nothing was done.
    #[error("{}", .0.message)]
    Changed(Diagnostic),
    /// Something outside failed; the run can be resumed.
    #[error("{}", describe(&**.0))]
    Outside(Box<dyn std::error::Error + Send + Sync>),
    /// A guard refused.
    #[error("{message}")]
    Refused {
        /// What was refused.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The observer stopped the run; it can be resumed.
    #[error("the run was stopped")]
    Cancelled,
}

impl From<Cancellation> for ApplyError {
    fn from(_: Cancellation) -> Self {
        Self::Cancelled
    }
}

impl From<JournalError> for ApplyError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Lost(run) => Self::Refused {
                message: format!("another runner owns the run `{run}`"),
                hint: Some("the run continues there; apply again when it has stopped".to_owned()),
            },
            error => Self::Outside(error.into()),
        }
    }
}

impl From<EffectError> for ApplyError {
    fn from(error: EffectError) -> Self {
        match error {
            EffectError::NoHome
            | EffectError::ForeignRepository(_)
            | EffectError::ForeignEntity(_) => {
                Self::Refused { message: error.to_string(), hint: None }
            }
            EffectError::Publish(_)
            | EffectError::File(_)
            | EffectError::Yaml(_)
            | EffectError::Commit(_) => Self::Outside(error.into()),
        }
    }
}
