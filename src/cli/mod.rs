//! Layer 3: the command line. Parses arguments, resolves settings and runs one command.
//!
//! Only this module uses clap, standard output and exit codes, and only it joins the three jobs: it commits the
//! files of a snapshot, and gives the records of runs in git to the site.

mod annotation;
mod approvals;
mod args;
mod args_init;
mod args_scaffold;
mod args_source;
mod ask;
mod budgets;
mod check;
mod ci_system;
mod commands;
mod content;
pub mod demo;
mod document_cache;
mod exit;
mod history;
mod init;
mod output;
mod publish;
mod pull_request;
#[cfg(test)]
mod reference;
mod runs;
mod settings;
mod settings_access;
mod settings_catalog;
mod settings_credentials;
mod settings_deep_links;
mod settings_forges;
mod settings_look;
mod settings_notifications;
mod settings_scaffold;
mod settings_secrets;
mod settings_servers;
mod settings_sign_in;
mod settings_template_secrets;
mod sources;
mod waiting;

use std::process::ExitCode;

use anyhow::anyhow;
use clap::Parser;

pub use exit::Failure;

use crate::{
    base::environment::{Environment, GIT_TOKEN},
    git::transport,
};
use args::{Args, Command};
use output::Output;

/// Runs the command that the process's arguments name, and returns its exit code.
pub fn main() -> ExitCode {
    let token = Environment::from_process().secret(GIT_TOKEN);
    let output = Output::new(token.clone());
    let args = match Args::try_parse() {
        Ok(args) => args,
        // The message quotes arguments, which can come from others, such as the name of a branch.
        Err(error) if error.use_stderr() => {
            output.usage(&error.render().to_string());
            return ExitCode::from(exit::USAGE);
        }
        // `--help`.
        Err(error) => {
            let code = if error.print().is_ok() { exit::DONE } else { exit::OUTSIDE };
            return ExitCode::from(code);
        }
    };
    let result = transport::register(token).map_err(exit::outside);
    match result.and_then(|()| dispatch(args, &output)) {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(failure) => {
            failure.print(&output);
            ExitCode::from(failure.code())
        }
    }
}

fn dispatch(args: Args, output: &Output) -> Result<(), Failure> {
    let portal = args.portal;
    if args.version {
        return commands::version::run(args.json, output);
    }
    let Some(command) = args.command else {
        let missing = anyhow!("a command is missing\nhint: `callboard --help` lists them");
        return Err(Failure::Usage(missing));
    };
    match command {
        Command::Init(args) => commands::init::run(&portal, &args, output),
        Command::Snapshot(args) => commands::snapshot::run(&portal, &args, output),
        Command::Source(command) => commands::source::run(&portal, &command, output),
        Command::Check(args) => commands::check::run(&portal, &args, output),
        Command::Explain(args) => commands::explain::run(&portal, &args, output),
        Command::Search(args) => commands::search::run(&portal, &args, output),
        Command::Diff(args) => commands::diff::run(&portal, &args, output),
        Command::Schema(args) => commands::schema::run(&args, output),
        Command::Build(args) => commands::build::run(&portal, &args, output),
        Command::Merge(args) => commands::merge::run(&portal, &args, output),
        Command::Serve(args) => commands::serve::run(&portal, &args, output),
        Command::Scaffold(args) => commands::scaffold::run(&portal, &args, output),
        Command::Doctor(args) => commands::doctor::run(&portal, &args, output),
        Command::Demo(args) => commands::demo::run(&args, output),
        Command::Completions(args) => {
            commands::completions::run(&args, output);
            Ok(())
        }
        Command::Man(args) => commands::man::run(&args),
        Command::Help(args) => commands::help::run(&args, output),
    }
}
