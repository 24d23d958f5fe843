//! Files of the portal at a revision, read from git objects without a checkout.

use std::{collections::BTreeMap, path::Path};

use git2::{ErrorCode, ObjectType, Repository, TreeWalkMode, TreeWalkResult};

use super::{GitError, commit::prefix_of};

/// Reads the regular files at some paths, and below those that are folders, at a revision. Returns
/// their texts by path relative to `root`; bytes that are not UTF-8 are replaced.
///
/// # Errors
/// When there is no such revision (a shallow clone lacks it: fetch more).
pub fn files_at(
    root: &Path,
    revision: &str,
    wanted: &[&str],
) -> Result<BTreeMap<String, String>, GitError> {
    read(root, revision, wanted).map_err(GitError::because("read a revision", root))
}

fn read(
    root: &Path,
    revision: &str,
    wanted: &[&str],
) -> Result<BTreeMap<String, String>, git2::Error> {
    let repository = Repository::discover(root)?;
    let prefix = if repository.is_bare() { String::new() } else { prefix_of(&repository, root)? };
    let tree = repository.revparse_single(revision)?.peel_to_commit()?.tree()?;
    let mut blobs = Vec::new();
    for wanted in wanted {
        let entry = match tree.get_path(Path::new(&format!("{prefix}{wanted}"))) {
            Ok(entry) => entry,
            Err(e) if e.code() == ErrorCode::NotFound => continue,
            Err(e) => return Err(e),
        };
        match entry.kind() {
            Some(ObjectType::Blob) => blobs.push(((*wanted).to_owned(), entry.id())),
            Some(ObjectType::Tree) => {
                repository.find_tree(entry.id())?.walk(
                    TreeWalkMode::PreOrder,
                    |folder, entry| {
                        let is_file = matches!(entry.filemode(), 0o100_644 | 0o100_755 | 0o100_664);
                        if let (true, Ok(name)) = (is_file, entry.name()) {
                            blobs.push((format!("{wanted}/{folder}{name}"), entry.id()));
                        }
                        TreeWalkResult::Ok
                    },
                )?;
            }
            _ => {}
        }
    }
    let texts = blobs.into_iter().map(|(path, id)| {
        let blob = repository.find_blob(id)?;
        Ok((path, String::from_utf8_lossy(blob.content()).into_owned()))
    });
    texts.collect()
}

/// The merge base of two revisions.
///
/// # Errors
/// When one of them does not exist, or they have no common history (a shallow clone lacks it).
pub fn fork_of(root: &Path, one: &str, other: &str) -> Result<String, GitError> {
    let find = || {
        let repository = Repository::discover(root)?;
        let commit = |name: &str| repository.revparse_single(name)?.peel_to_commit();
        let base = repository.merge_base(commit(one)?.id(), commit(other)?.id())?;
        Ok(base.to_string())
    };
    find().map_err(GitError::because("compare commits", root))
}

/// The commit that a revision names.
///
/// # Errors
/// There is none (a shallow clone lacks it).
pub fn resolve(root: &Path, revision: &str) -> Result<String, GitError> {
    let find = || {
        let repository = Repository::discover(root)?;
        let commit = repository.revparse_single(revision)?.peel_to_commit()?;
        Ok(commit.id().to_string())
    };
    find().map_err(GitError::because("read a revision", root))
}
