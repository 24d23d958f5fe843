//! A portal in a scratch directory, and the program run in it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A scratch portal; gone when dropped.
pub(crate) struct Portal {
    directory: tempfile::TempDir,
}

/// What a run of the program ended with.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Portal {
    /// Makes a portal with settings that name no source.
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a scratch directory");
        Self { directory }.with("callboard.yaml", "title: Test\n")
    }

    /// Adds or replaces a file.
    pub(crate) fn with(self, path: &str, text: &str) -> Self {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().expect("below the portal")).expect("writable");
        std::fs::write(file, text).expect("writable");
        self
    }

    /// Its directory.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A file's text.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).expect(path)
    }

    /// Runs `callboard` in the portal, with nothing of the machine's own settings.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().expect("the program starts");
        Ran::of(&output)
    }

    /// The command that [`Portal::run`] runs.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callboard"));
        command
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.path().join("home"))
            .env("SOURCE_DATE_EPOCH", "1767225600");
        command
    }
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Every file below a directory, as sorted paths relative to it.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let files = callboard::base::fs::walk_files(directory).expect("readable");
    files.into_iter().map(|file| PathBuf::from(file.as_str())).collect()
}
