//! Calls that fail.

use std::{fmt, time::Duration};

use crate::base::{http::HttpError, refusal};

/// A call without the answer that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// There is no whole answer, or one that cannot be read.
    #[error("{error}")]
    NoAnswer {
        /// What happened.
        #[source]
        error: HttpError,
        /// Whether the server may have done what was asked for.
        may_be_done: bool,
    },
    /// The server refused it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The address cannot be called.
    #[error("`{0}` cannot be called: {1}")]
    Address(String, &'static str),
    /// The credential cannot be sent.
    #[error("the credential of `{0}` {1}")]
    Credential(String, String),
}

/// A refusal of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refused {
    /// Method and address.
    pub call: String,
    /// Its status.
    pub status: u16,
    /// What the server says; may be empty.
    pub message: String,
    /// The permission that the call needs.
    pub permission: &'static str,
    /// True for a limit of requests, which passes.
    pub is_limit: bool,
    /// How long the server asks to wait.
    pub after: Option<Duration>,
    /// Where a redirect leads.
    pub location: Option<String>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, status, message, permission, .. } = self;
        write!(f, "{call} was answered {status}")?;
        if !message.is_empty() {
            write!(f, ": {message}")?;
        }
        match status {
            300..=399 => {
                let from = call.split_once(' ').map_or(&**call, |(_, address)| address);
                write!(f, "; {}", refusal::moved(from, self.location.as_deref()))
            }
            400.. if let Some(meaning) = self.meaning() => write!(f, "; {meaning}"),
            401 => write!(f, "; the credential is missing, wrong or expired"),
            403 if self.is_limit => Ok(()),
            403 => write!(f, "; does the credential have the permission {permission}?"),
            404 => write!(
                f,
                "; it does not exist, or the credential has not the permission {permission}"
            ),
            _ => Ok(()),
        }
    }
}

impl Refused {
    /// What the server's words mean, when they are known.
    pub fn meaning(&self) -> Option<&'static str> {
        refusal::meaning(&self.message)
    }
}

impl ApiError {
    /// Whether the server may have done what was asked for.
    pub fn may_be_done(&self) -> bool {
        match self {
            Self::NoAnswer { may_be_done, .. } => *may_be_done,
            Self::Refused(refused) => matches!(refused.status, 408 | 500..),
            Self::Address(..) | Self::Credential(..) => false,
        }
    }

    /// The status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refused) => Some(refused.status),
            _ => None,
        }
    }
}
