//! `callboard man`: the manual pages of all commands.

use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;

use crate::{
    base::fs,
    cli::{
        Failure,
        args::{Args, ManArgs},
        exit::outside,
    },
};

/// Writes one page for each command, such as `callboard-scaffold-plan.1`.
pub(in crate::cli) fn run(args: &ManArgs) -> Result<(), Failure> {
    let mut command = Args::command().disable_help_subcommand(true);
    command.build();
    write(&command, &args.directory)
}

fn write(command: &clap::Command, directory: &Path) -> Result<(), Failure> {
    let page = Man::new(command.clone());
    let mut text = Vec::new();
    page.render(&mut text).map_err(outside)?;
    fs::write_atomic(&directory.join(page.get_filename()), &text)?;
    let commands = command.get_subcommands().filter(|command| !command.is_hide_set());
    commands.into_iter().try_for_each(|command| write(command, directory))
}
