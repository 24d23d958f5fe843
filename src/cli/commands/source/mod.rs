//! `callboard source`: creates, tries and lists sources.

mod list;
mod new;
mod register;
mod shorten;
mod starter;
mod test;

use std::path::Path;

pub(in crate::cli) use new::run as add;
pub(in crate::cli) use starter::scalar;

use crate::cli::{Failure, args::SourceCommand, output::Output};

/// Runs one of the commands.
pub(in crate::cli) fn run(
    portal: &Path,
    command: &SourceCommand,
    output: &Output,
) -> Result<(), Failure> {
    match command {
        SourceCommand::New(args) => new::run(portal, args, output),
        SourceCommand::Test(args) => test::run(portal, args, output),
        SourceCommand::List(args) => list::run(portal, args, output),
    }
}
