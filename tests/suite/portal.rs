//! A portal in a scratch directory, and the program run in it.

use std::{
    path::Path,
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
        Self::empty().with("callboard.yaml", "title: Test\n")
    }

    /// Makes an empty directory.
    pub(crate) fn empty() -> Self {
        Self { directory: tempfile::tempdir().expect("a scratch directory") }
    }

    /// Adds or replaces a file.
    pub(crate) fn with(self, path: &str, text: &str) -> Self {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().expect("below the portal")).expect("writable");
        std::fs::write(file, text).expect("writable");
        self
    }

    /// Commits everything, in a repository that is made where there is none. Each commit is of a later
    /// minute.
    pub(crate) fn commit(&self, message: &str) {
        let git = |args: &[&str], minute: usize| {
            let date = format!("{} +0000", 1_767_225_600 + 60 * minute);
            let mut git = Command::new("git");
            git.current_dir(self.path()).args(["-c", "user.name=T", "-c", "user.email=t@e"]);
            git.args(args).env("GIT_COMMITTER_DATE", date).output().expect("git starts")
        };
        let run = |args: &[&str], minute| assert!(git(args, minute).status.success(), "{args:?}");
        if !self.path().join(".git").exists() {
            run(&["init", "--quiet", "--initial-branch=main"], 0);
        }
        let commits = git(&["rev-list", "--all"], 0).stdout;
        let minute = String::from_utf8_lossy(&commits).lines().count();
        run(&["add", "--all"], minute);
        run(&["commit", "-qm", message], minute);
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
        Ran::of(&isolated(self.path()).args(args).output().expect("the program starts"))
    }
}

/// The program in a directory, with nothing of the machine's own settings and a fixed clock.
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

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
