//! Runs the program in a portal, as a user does, without the settings of the machine.

use std::{
    path::Path,
    process::{Command, Output},
};

use callboard_testing::Portal;

/// What a run of the program ended with.
pub(crate) struct ProgramOutput {
    /// The exit code; -1 when a signal ended the program.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `callboard` in a portal.
pub(crate) trait RunProgram {
    /// Runs it with these arguments until it ends.
    fn run(&self, args: &[&str]) -> ProgramOutput;
}

impl RunProgram for Portal {
    fn run(&self, args: &[&str]) -> ProgramOutput {
        ProgramOutput::of(&isolated(self.path()).args(args).output().expect("the program starts"))
    }
}

/// The program in a directory, with an environment that is the same on every machine and a fixed clock.
pub(crate) fn isolated(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callboard"));
    command
        .current_dir(directory)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", directory.join("home"))
        .env("SOURCE_DATE_EPOCH", "1767225600");
    command
}

impl ProgramOutput {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
