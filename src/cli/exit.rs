//! How a command ends: its failure and the exit code of the process.

use anyhow::Error;

use super::output::Output;
use crate::base::{diagnostics::Diagnostic, fs::FileError};

/// The command succeeded.
pub(super) const DONE: u8 = 0;
/// The data or the request is wrong.
pub(super) const DATA: u8 = 1;
/// Wrong command line or settings.
pub(super) const USAGE: u8 = 2;
/// Something outside failed: network, forge, git, disk.
pub(super) const OUTSIDE: u8 = 3;
/// Refused by a guard.
pub(super) const REFUSED: u8 = 4;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The data is wrong, and its diagnostics were printed already.
    Reported,
    /// The data is wrong.
    Data(Vec<Diagnostic>),
    /// The data has nothing with the name on the command line.
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

    /// The message with its causes; `None` for diagnostics, which have messages of their own.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Reported | Self::Data(_) => None,
            Self::Unknown(error)
            | Self::Usage(error)
            | Self::Outside(error)
            | Self::Refused(error) => Some(format!("{error:#}")),
        }
    }

    /// The message with its causes, or the diagnostics, for another place than the terminal.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Data(problems) => {
                let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
                lines.join("\n")
            }
            _ => self.text().unwrap_or_default(),
        }
    }

    /// Prints the message with its causes, or the diagnostics.
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
