//! Another checkout of a repository, at a revision, in a temporary directory.

use std::path::{Path, PathBuf};

use git2::{Repository, build::CheckoutBuilder};

use super::{GitError, commit::prefix_of, push::ORIGIN};
use crate::base::{fs, path::shown};

/// A checkout of a revision, in a repository of its own that reads the objects of the first one, and has its branches and
/// its remote `origin`. It is removed when it is dropped.
#[derive(Debug)]
pub struct Checkout {
    _directory: tempfile::TempDir,
    path: PathBuf,
}

impl Checkout {
    /// Checks out a revision of the repository that contains `root`.
    ///
    /// # Errors
    /// There is no such revision (a shallow clone lacks it: fetch more), or the checkout cannot be written.
    pub fn new(root: &Path, revision: &str) -> Result<Self, GitError> {
        let because = GitError::because("check out a revision", root);
        let directory = tempfile::Builder::new().prefix("callboard-").tempdir();
        let directory =
            directory.map_err(|error| GitError::new("check out a revision", root, error))?;
        let repository = Repository::discover(root).map_err(&because)?;
        let prefix = prefix_of(&repository, root).map_err(&because)?;
        write(&repository, directory.path(), revision).map_err(&because)?;
        let path = directory.path().join(prefix.trim_end_matches('/'));
        Ok(Self { _directory: directory, path })
    }

    /// Path of the folder that corresponds to the one that was given.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn write(from: &Repository, to: &Path, revision: &str) -> Result<(), git2::Error> {
    let commit = from.revparse_single(revision)?.peel_to_commit()?.id();
    let there = Repository::init(to)?;
    let of_file = |error: fs::FileError| git2::Error::from_str(&error.to_string());
    let objects = format!("{}\n", shown(&from.commondir().join("objects")));
    let alternates = there.path().join("objects/info/alternates");
    fs::write_atomic(&alternates, objects.as_bytes()).map_err(of_file)?;
    let shallow = fs::read_text_if_exists(&from.commondir().join("shallow")).map_err(of_file)?;
    if let Some(shallow) = shallow {
        fs::write_atomic(&there.path().join("shallow"), shallow.as_bytes()).map_err(of_file)?;
    }
    // Opened again, because the objects were not to be seen before.
    let there = Repository::open(to)?;
    for reference in from.references()? {
        let reference = reference?;
        let (Ok(name), Some(target)) = (reference.name(), reference.target()) else { continue };
        if name.starts_with("refs/heads/") || name.starts_with("refs/remotes/") {
            there.reference(name, target, true, "callboard")?;
        }
    }
    if let Ok(origin) = from.find_remote(ORIGIN)
        && let Ok(url) = origin.url()
    {
        there.remote(ORIGIN, url)?;
    }
    there.set_head_detached(commit)?;
    there.checkout_head(Some(CheckoutBuilder::new().force()))
}

#[cfg(test)]
mod tests {
    use callboard_testing::{Portal, git};

    use super::*;

    #[test]
    fn a_revision_is_checked_out_without_a_change_of_the_repository() {
        let portal = Portal::empty().with("portal/a.txt", "one").with("b.txt", "x");
        let commit = |message: &str| {
            git(portal.path(), &["add", "-A"]);
            git(portal.path(), &["commit", "-q", "-m", message]);
        };
        git(portal.path(), &["init", "-q", "-b", "main"]);
        commit("first");
        let first = git(portal.path(), &["rev-parse", "HEAD"]);
        portal.write("portal/a.txt", "two");
        commit("second");
        let before = git(portal.path(), &["for-each-ref"]);
        let checkout =
            Checkout::new(&portal.path().join("portal"), first.trim()).expect("a checkout");
        let read = |file: &str| fs::read_text(&checkout.path().join(file)).expect("readable");
        assert_eq!((read("a.txt"), read("../b.txt")), ("one".into(), "x".into()));
        let head = crate::git::head::head(checkout.path()).expect("readable").expect("a commit");
        assert_eq!(head.id, first.trim());
        assert_eq!(git(portal.path(), &["for-each-ref"]), before);
        assert_eq!(portal.read("portal/a.txt"), "two");
        let path = checkout.path().to_owned();
        drop(checkout);
        assert!(!path.exists());
        assert!(Checkout::new(portal.path(), "nothing").is_err());
    }
}
