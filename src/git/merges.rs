//! Which commit brought the present content of files into the branch.

use std::{collections::BTreeMap, path::Path};

use git2::{Delta, DiffDelta, DiffOptions, Oid, Repository};
use jiff::Timestamp;

use super::{GitError, commit::prefix_of};

/// Most commits that are searched.
const MOST_COMMITS: usize = 20_000;

/// The last commit that changed a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastCommit {
    /// Its id.
    pub id: String,
    /// How many commits of the first-parent history came after it.
    pub age: usize,
    /// Its time.
    pub time: Timestamp,
}

/// Finds, for each of some files below `root`, the newest commit of the first-parent history of `HEAD` that changed it.
/// Files that were changed before the history that the clone has are left out.
///
/// # Errors
/// The repository cannot be read.
pub fn last_changes(
    root: &Path,
    files: &[String],
) -> Result<BTreeMap<String, LastCommit>, GitError> {
    let is_wanted = |delta: &DiffDelta<'_>| delta.new_file().id() != Oid::ZERO_SHA1;
    find(root, files, &is_wanted).map_err(GitError::because("read the history", root))
}

/// Finds, for each of some files that are not there any more, the commit of the first-parent history of `HEAD` that removed
/// it. Files that were never there are left out.
///
/// # Errors
/// The repository cannot be read.
pub fn last_removals(
    root: &Path,
    files: &[String],
) -> Result<BTreeMap<String, LastCommit>, GitError> {
    let is_wanted = |delta: &DiffDelta<'_>| delta.status() == Delta::Deleted;
    find(root, files, &is_wanted).map_err(GitError::because("read the history", root))
}

fn find(
    root: &Path,
    files: &[String],
    is_wanted: &dyn Fn(&DiffDelta<'_>) -> bool,
) -> Result<BTreeMap<String, LastCommit>, git2::Error> {
    let repository = Repository::discover(root)?;
    let prefix = prefix_of(&repository, root)?;
    let mut wanted: Vec<&String> = files.iter().collect();
    let mut found = BTreeMap::new();
    let mut next = Some(repository.head()?.peel_to_commit()?);
    for age in 0..MOST_COMMITS {
        let Some(commit) = next.take().filter(|_| !wanted.is_empty()) else { break };
        let parent = match commit.parent_count() {
            // The oldest commit of a shallow clone would seem to add everything.
            0 if repository.is_shallow() => break,
            0 => None,
            _ => match commit.parent(0) {
                Ok(parent) => Some(parent),
                Err(_) if repository.is_shallow() => break,
                Err(error) => return Err(error),
            },
        };
        let before = parent.as_ref().map(git2::Commit::tree).transpose()?;
        let mut options = DiffOptions::new();
        if let Some(folder) = common_folder(&wanted) {
            options.pathspec(format!("{prefix}{folder}")).disable_pathspec_match(true);
        }
        let diff = repository.diff_tree_to_tree(
            before.as_ref(),
            Some(&commit.tree()?),
            Some(&mut options),
        )?;
        let changed: Vec<String> = diff
            .deltas()
            .filter(|delta| is_wanted(delta))
            .filter_map(|delta| delta.new_file().path().map(|p| p.to_string_lossy().into_owned()))
            .filter_map(|path| path.strip_prefix(&prefix).map(str::to_owned))
            .collect();
        wanted.retain(|file| {
            let is_changed = changed.contains(file);
            if is_changed {
                let time = Timestamp::from_second(commit.time().seconds()).unwrap_or_default();
                let last = LastCommit { id: commit.id().to_string(), age, time };
                found.insert((*file).clone(), last);
            }
            !is_changed
        });
        next = parent;
    }
    Ok(found)
}

/// The folder that all of the files are in.
fn common_folder<'f>(files: &[&'f String]) -> Option<&'f str> {
    let folder = |file: &'f String| file.rsplit_once('/').map(|(folder, _)| folder);
    let first = folder(files.first()?)?;
    files.iter().all(|file| folder(file) == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use callboard_testing::{Portal, git};

    use super::*;

    #[test]
    fn the_merge_is_found_and_not_the_commit_of_the_branch() {
        let portal = Portal::empty().with("p/r/a.yaml", "1").with("p/r/b.yaml", "1");
        let at = portal.path();
        let commit = |message: &str| {
            git(at, &["add", "-A"]);
            git(at, &["commit", "-q", "-m", message]);
            git(at, &["rev-parse", "HEAD"]).trim().to_owned()
        };
        git(at, &["init", "-q", "-b", "main"]);
        let first = commit("first");
        git(at, &["switch", "-q", "-c", "request"]);
        portal.write("p/r/a.yaml", "2");
        commit("in the branch");
        git(at, &["switch", "-q", "main"]);
        portal.write("p/other", "x");
        commit("beside");
        git(at, &["merge", "-q", "--no-ff", "-m", "merge", "request"]);
        let merge = git(at, &["rev-parse", "HEAD"]).trim().to_owned();
        portal.write("p/r/c.yaml", "new");
        let files = ["r/a.yaml", "r/b.yaml", "r/c.yaml"].map(str::to_owned);
        let found = last_changes(&at.join("p"), &files).expect("readable");
        let last = |id: &str, age| Some((id.to_owned(), age));
        let of = |found: &BTreeMap<String, LastCommit>, file: &str| {
            found.get(file).map(|commit| (commit.id.clone(), commit.age))
        };
        assert_eq!(of(&found, "r/a.yaml"), last(&merge, 0));
        assert_eq!(of(&found, "r/b.yaml"), last(&first, 2));
        assert_eq!(found.get("r/c.yaml"), None, "it is in no commit");

        git(at, &["rm", "-q", "p/r/a.yaml"]);
        let removal = commit("without a");
        let removed = last_removals(&at.join("p"), &files).expect("readable");
        assert_eq!(of(&removed, "r/a.yaml"), last(&removal, 0));
        assert_eq!(removed.len(), 1, "{removed:?}");
        let found = last_changes(&at.join("p"), &files).expect("readable");
        assert_eq!(of(&found, "r/a.yaml"), last(&merge, 1), "the content that it had last");
    }
}
