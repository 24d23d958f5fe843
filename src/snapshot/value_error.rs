//! Why a value of a source's file cannot be used, once its environment variables are replaced.

use crate::base::{
    environment::ExpandError,
    http::{AuthorizationError, HeaderError, TlsError},
};

/// A value of a source's file that cannot be used.
#[derive(Debug)]
pub(super) struct ValueProblem {
    /// JSON pointer of the value in the file.
    pub(super) pointer: String,
    /// Why it cannot be used.
    pub(super) error: ValueError,
}

/// Why a value of a source's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ValueError {
    /// An environment variable is not set, or `${` is not closed.
    #[error(transparent)]
    Variable(#[from] ExpandError),
    /// A secret whose variable is set to nothing.
    #[error("`{0}` is empty")]
    Empty(String),
    /// A user name or password that cannot be sent.
    #[error(transparent)]
    User(AuthorizationError),
    /// A token that cannot be sent.
    #[error("the token {0}")]
    Token(AuthorizationError),
    /// Credentials of a type that git does not know.
    #[error("git knows `bearer` and `basic` only")]
    GitCredentials,
    /// Certificates or keys that TLS refuses.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A certificate or key that is neither given nor in a file.
    #[error("`{0}` is neither PEM text nor the path of a file of it")]
    Pem(String),
    /// An address that is not one of HTTP.
    #[error("`{0}` is not an `http` or `https` URL")]
    Address(String),
    /// A text that is not the address of a repository.
    #[error("`{0}` is not the address of a repository")]
    Repository(String),
    /// A header that HTTP does not allow.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A jq program that failed.
    #[error("`{program}`: {message}")]
    Program {
        /// The program's text.
        program: String,
        /// What it reports, redacted.
        message: String,
    },
    /// A jq program that returned something else than one text, number or truth value.
    #[error("`{program}` returns `{values}` instead of one text")]
    NotOneText {
        /// The program's text.
        program: String,
        /// The values, redacted.
        values: String,
    },
    /// A jq program whose text cannot be a segment of a path.
    #[error("`{program}` returns `{text}`, which cannot be part of an address")]
    Segment {
        /// The program's text.
        program: String,
        /// What it returned.
        text: String,
    },
    /// A jq program in a request that is sent for no record.
    #[error("`{0}` needs a record")]
    NoRecord(String),
}
