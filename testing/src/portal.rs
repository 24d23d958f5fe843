//! A portal in a temporary directory.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::git::git;

/// A portal of one test. Its directory is removed when it is dropped.
#[derive(Debug)]
pub struct Portal {
    directory: tempfile::TempDir,
}

impl Default for Portal {
    fn default() -> Self {
        Self::new()
    }
}

impl Portal {
    /// Makes a portal whose settings name no source.
    pub fn new() -> Self {
        Self::empty().with("callboard.yaml", "title: Test\n")
    }

    /// Makes an empty directory.
    pub fn empty() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    /// The portal's directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Adds or replaces a file, and returns the portal.
    #[must_use]
    pub fn with(self, file: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(file, content);
        self
    }

    /// Adds or replaces a file, and the directories around it.
    pub fn write(&self, file: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().expect("below the portal")).expect("writable");
        fs::write(path, content).expect("writable");
    }

    /// Removes a file.
    pub fn remove(&self, file: &str) {
        fs::remove_file(self.path().join(file)).expect(file);
    }

    /// Copies a directory with all that is in it into the portal.
    pub fn copy(&self, from: &Path, to: &str) {
        copy(from, &self.path().join(to));
    }

    /// A file's text.
    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).expect(file)
    }

    /// Runs git in the portal; see [`git()`].
    pub fn git(&self, arguments: &[&str]) -> String {
        git(self.path(), arguments)
    }

    /// Makes a repository of the portal, on the branch `main`, where there is none yet.
    pub fn init(&self) {
        if !self.path().join(".git").exists() {
            self.git(&["init", "--quiet", "--initial-branch=main"]);
        }
    }

    /// Commits all files, in a repository that is made where there is none. Commits have the dates
    /// 2026-01-01 00:00 UTC, 00:01, 00:02 and so on.
    pub fn commit(&self, message: &str) {
        self.init();
        let minute = self.git(&["rev-list", "--all"]).lines().count();
        let date = format!("{} +0000", 1_767_225_600 + 60 * minute);
        self.git(&["add", "--all"]);
        crate::git::git_at(&date, self.path(), &["commit", "--quiet", "--message", message]);
    }
}

fn copy(from: &Path, to: &PathBuf) {
    fs::create_dir_all(to).expect("writable");
    for entry in fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("readable").is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("copyable")),
        }
    }
}
