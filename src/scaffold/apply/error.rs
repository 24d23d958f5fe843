//! Why an apply failed.

use super::observer::Cancellation;
use crate::{
    base::{diagnostics::Diagnostic, text::with_causes},
    git::journal::JournalError,
    scaffold::{effects::Fault, run::LeaseError},
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
    #[error("{}", with_causes(&**.0))]
    Outside(Box<dyn std::error::Error + Send + Sync>),
    /// A guard refused.
    #[error("{message}")]
    Refused {
        /// What was refused.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Whether an effect was done is not known, and the other side cannot be asked.
    #[error("it is not known whether `{effect}` was done: {summary}")]
    Uncertain {
        /// Id of the run's request.
        run: String,
        /// Id of the effect.
        effect: String,
        /// What the effect does.
        summary: String,
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

impl From<LeaseError> for ApplyError {
    fn from(error: LeaseError) -> Self {
        let hint = "the run goes on there; after that time another runner may take it over";
        Self::Refused { message: error.to_string(), hint: Some(hint.to_owned()) }
    }
}

impl From<Fault> for ApplyError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Conflict { message } => Self::Refused { message, hint: None },
            Fault::Denied { message, scope } => {
                Self::Refused { message, hint: Some(format!("the credential needs {scope}")) }
            }
            Fault::Transient { .. } | Fault::Ambiguous { .. } | Fault::Rejected { .. } => {
                Self::Outside(fault.into())
            }
        }
    }
}
