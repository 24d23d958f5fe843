//! The one exit door: what a command ends with, and which code that is.

use anyhow::Error;

use super::output::Output;
use crate::base::{diagnostics::Diagnostic, fs::FileError};

/// Done.
pub(super) const DONE: u8 = 0;
/// The data or the request is wrong.
pub(super) const DATA: u8 = 1;
/// Wrong command line or settings.
pub(super) const USAGE: u8 = 2;
/// Something outside failed: network, forge, git, disk.
pub(super) const OUTSIDE: u8 = 3;
/// Refused by a guard.
pub(super) const REFUSED: u8 = 4;

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub enum Failure {
    /// The data is wrong, and the diagnostics that say so were printed already.
    Reported,
    /// The data is wrong.
    Data(Vec<Diagnostic>),
    /// What was asked for is not in the data.
    Unknown(Error),
    /// The command line or the settings are wrong.
    Usage(Error),
    /// Something outside failed; trying again may help.
    Outside(Error),
    /// A guard refused.
    Refused(Error),
}

impl Failure {
    /// The process's exit code.
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Reported | Self::Data(_) | Self::Unknown(_) => DATA,
            Self::Usage(_) => USAGE,
            Self::Outside(_) => OUTSIDE,
            Self::Refused(_) => REFUSED,
        }
    }

    /// What happened in words, with its causes; diagnostics speak for themselves.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Reported | Self::Data(_) => None,
            Self::Unknown(error)
            | Self::Usage(error)
            | Self::Outside(error)
            | Self::Refused(error) => Some(format!("{error:#}")),
        }
    }

    /// Prints what happened, with its causes.
    pub(super) fn print(&self, output: &Output) {
        match self {
            Self::Reported => {}
            Self::Data(diagnostics) => output.diagnostics(diagnostics),
            Self::Unknown(error)
            | Self::Usage(error)
            | Self::Outside(error)
            | Self::Refused(error) => output.error(error),
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::Outside(error.into())
    }
}

/// Makes a [`Failure`] of something outside.
pub(super) fn outside(error: impl Into<Error>) -> Failure {
    Failure::Outside(error.into())
}
