//! `callboard completions`: the completion script of a shell.

use clap::CommandFactory;

use crate::cli::{
    args::{Args, CompletionsArgs},
    output::Output,
};

/// Prints the script.
pub(in crate::cli) fn run(args: &CompletionsArgs, output: &Output) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "callboard", &mut script);
    output.script(&String::from_utf8_lossy(&script));
}
