//! Commits the changes below given paths, and nothing else.
//!
//! The new tree is that of `HEAD` with only these paths replaced, so that other changes, staged or not,
//! are not committed.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

pub use git2::Oid;
use git2::{
    Buf, Commit, Delta, DiffOptions, ErrorCode, Index, Mempack, ObjectType, Odb, Repository,
    Signature, Tree,
};
use jiff::Timestamp;

pub use crate::base::author::Author;

use super::GitError;
use crate::base::path::RelativePath;

/// A commit of at most this many files is written as loose objects. A larger commit is written as one pack,
/// because writing a file for each object would take most of the time.
const MOST_LOOSE: usize = 500;
/// Priority of the in-memory object store: before all stores on disk.
const IN_FRONT: i32 = 1000;

/// A file that differs from `HEAD`.
struct FileDelta {
    path: PathBuf,
    is_removed: bool,
}

/// Commits all differences between `HEAD` and the files below `paths`, which are relative to `root`.
///
/// `root` may be a folder inside the repository. Ignored files are left out. Returns `None` when
/// there is no difference.
///
/// # Errors
/// When `root` is not in a repository with a working tree, or git cannot read or write.
pub fn commit_paths(
    root: &Path,
    paths: &[RelativePath],
    message: &str,
    author: &Author,
    time: Timestamp,
) -> Result<Option<Oid>, GitError> {
    let failed = |verb| GitError::because(verb, root);
    let repository = Repository::discover(root).map_err(failed("open git"))?;
    let prefix = prefix_of(&repository, root).map_err(failed("find the working tree"))?;
    let head = head_commit(&repository).map_err(failed("read `HEAD`"))?;
    let changes =
        changes(&repository, head.as_ref(), &prefix, paths).map_err(failed("compare files"))?;
    if changes.is_empty() {
        return Ok(None);
    }
    commit(&repository, head.as_ref(), &changes, message, author, time)
        .map(Some)
        .map_err(failed("commit"))
}

/// Files below `paths` that differ from the commit of `HEAD`, as paths of the repository, sorted.
pub fn uncommitted(root: &Path, paths: &[RelativePath]) -> Result<Vec<String>, GitError> {
    let failed = GitError::because("compare files", root);
    let compare = || {
        let repository = Repository::discover(root)?;
        let prefix = prefix_of(&repository, root)?;
        let head = head_commit(&repository)?;
        changes(&repository, head.as_ref(), &prefix, paths)
    };
    let files = compare().map_err(failed)?.into_iter();
    let mut files: Vec<_> =
        files.map(|file| file.path.to_string_lossy().replace('\\', "/")).collect();
    files.sort();
    Ok(files)
}

/// Writes a commit by an author and a committer; returns its id. No branch points at it yet.
///
/// `Repository::commit` of git2 also succeeds when the commit finds no room on the disk: `git_commit__create_internal` of
/// libgit2 1.9 drops the error of the write.
pub(super) fn make_commit(
    repository: &Repository,
    (author, committer): (&Signature<'_>, &Signature<'_>),
    message: &str,
    tree: &Tree<'_>,
    parents: &[&Commit<'_>],
) -> Result<Oid, git2::Error> {
    let bytes = repository.commit_create_buffer(author, committer, message, tree, parents)?;
    repository.odb()?.write(ObjectType::Commit, &bytes)
}

/// The folder of `root` below the working tree: empty, or ending with `/`.
pub(super) fn prefix_of(repository: &Repository, root: &Path) -> Result<String, git2::Error> {
    let outside = |text: String| git2::Error::from_str(&text);
    let workdir = repository.workdir().ok_or_else(|| outside("the repository is bare".into()))?;
    let canonical = |path: &Path| path.canonicalize().map_err(|e| outside(e.to_string()));
    let (workdir, root) = (canonical(workdir)?, canonical(root)?);
    let below = root.strip_prefix(&workdir).map_err(|e| outside(e.to_string()))?;
    let text = below.to_string_lossy().replace('\\', "/");
    Ok(if text.is_empty() { text } else { text + "/" })
}

/// The commit of `HEAD`; `None` in a repository without commits.
fn head_commit(repository: &Repository) -> Result<Option<Commit<'_>>, git2::Error> {
    match repository.head() {
        Ok(head) => head.peel_to_commit().map(Some),
        Err(e) if e.code() == ErrorCode::UnbornBranch => Ok(None),
        Err(e) => Err(e),
    }
}

fn changes(
    repository: &Repository,
    head: Option<&Commit<'_>>,
    prefix: &str,
    paths: &[RelativePath],
) -> Result<Vec<FileDelta>, git2::Error> {
    let mut options = DiffOptions::new();
    options.include_untracked(true).recurse_untracked_dirs(true).disable_pathspec_match(true);
    // With the index updated, a file of which only the times differ is not read again by the next
    // comparison.
    options.update_index(true);
    for path in paths {
        options.pathspec(format!("{prefix}{path}"));
    }
    let tree = head.map(Commit::tree).transpose()?;
    let diff = repository.diff_tree_to_workdir_with_index(tree.as_ref(), Some(&mut options))?;
    let changes = diff.deltas().filter_map(|delta| {
        let path = delta.new_file().path().or_else(|| delta.old_file().path())?;
        Some(FileDelta { path: path.to_owned(), is_removed: delta.status() == Delta::Deleted })
    });
    Ok(changes.collect())
}

/// Writes the objects, then the index, then moves `HEAD`, so that readers see the old commit or the new
/// one. When the process ends in between, or another git has the index locked, the files are at most
/// staged. In the other order, an index older than `HEAD` would look like a staged revert of this
/// commit.
fn commit(
    repository: &Repository,
    head: Option<&Commit<'_>>,
    changes: &[FileDelta],
    message: &str,
    author: &Author,
    time: Timestamp,
) -> Result<Oid, git2::Error> {
    let odb = repository.odb()?;
    let objects = (changes.len() > MOST_LOOSE).then(|| odb.add_new_mempack_backend(IN_FRONT));
    let objects = objects.transpose()?;
    let mut wanted = Index::new()?;
    if let Some(head) = head {
        wanted.read_tree(&head.tree()?)?;
    }
    let mut staged = repository.index()?;
    for FileDelta { path, is_removed } in changes {
        if *is_removed {
            wanted.remove_path(path)?;
            staged.remove_path(path)?;
        } else {
            staged.add_path(path)?;
            wanted.add(&staged.get_path(path, 0).ok_or_else(lost)?)?;
        }
    }
    let tree = repository.find_tree(wanted.write_tree_to(repository)?)?;
    let when = git2::Time::new(time.as_second(), 0);
    let signature = Signature::new(&author.name, &author.email, &when)?;
    let parents: Vec<_> = head.into_iter().collect();
    let made = make_commit(repository, (&signature, &signature), message, &tree, &parents)?;
    if let Some(objects) = objects {
        pack(repository, &odb, &objects, made)?;
    }
    staged.write()?;
    advance(repository, head, made, message)?;
    Ok(made)
}

/// Writes the new objects of a commit as one pack.
fn pack(
    repository: &Repository,
    odb: &Odb<'_>,
    objects: &Mempack<'_>,
    made: Oid,
) -> Result<(), git2::Error> {
    let mut walk = repository.revwalk()?;
    walk.push(made)?;
    for parent in repository.find_commit(made)?.parent_ids() {
        walk.hide(parent)?;
    }
    let mut builder = repository.packbuilder()?;
    builder.set_threads(0);
    builder.insert_walk(&mut walk)?;
    let mut bytes = Buf::new();
    builder.write_buf(&mut bytes)?;
    let mut writer = odb.packwriter()?;
    writer.write_all(&bytes).map_err(|e| git2::Error::from_str(&e.to_string()))?;
    writer.commit()?;
    objects.reset()
}

/// Moves the branch of `HEAD` to a commit, unless another process has moved it.
fn advance(
    repository: &Repository,
    head: Option<&Commit<'_>>,
    made: Oid,
    message: &str,
) -> Result<(), git2::Error> {
    let name = repository.find_reference("HEAD")?;
    let name = name.symbolic_target()?.unwrap_or("HEAD").to_owned();
    let log = format!("commit: {}", message.lines().next().unwrap_or_default());
    match head {
        Some(head) => repository.reference_matching(&name, made, true, head.id(), &log)?,
        None => repository.reference(&name, made, false, &log)?,
    };
    Ok(())
}

/// The error of an index that has no entry for a file that was just added to it.
fn lost() -> git2::Error {
    git2::Error::from_str("the index lost an entry")
}

#[cfg(test)]
mod tests {
    use callboard_testing::Portal;

    use super::*;
    use crate::base::{clock, fs};

    /// Commits the files below `data/` of the portal that is in the folder `below` of a repository.
    fn commit(repository: &Portal, below: &str, message: &str) -> Option<Oid> {
        let author = Author { name: "Zoé".into(), email: "zoe@example.com".into() };
        let data = [RelativePath::new("data").expect("valid")];
        let root = repository.path().join(below);
        let time = clock::now(Some("1700000000"));
        commit_paths(&root, &data, message, &author, time).expect("git works")
    }

    /// Every file of `HEAD`.
    fn committed(repository: &Portal) -> Vec<String> {
        let files = repository.git(&["ls-tree", "-r", "--name-only", "HEAD"]);
        files.lines().map(str::to_owned).collect()
    }

    /// Every path that differs from `HEAD`, after two letters for its state: in the index, in the folder.
    fn status(repository: &Portal) -> String {
        repository.git(&["status", "--porcelain", "--untracked-files=all"])
    }

    #[test]
    fn a_repository_without_commits_gets_its_first() {
        let portal = Portal::empty();
        portal.init();
        assert_eq!(commit(&portal, "", "nothing"), None);
        portal.write("data/a.yaml", "a\n");
        portal.write("other.txt", "o\n");
        let id = commit(&portal, "", "first\n\nbody\n").expect("a commit");
        assert_eq!(portal.git(&["rev-parse", "HEAD"]).trim(), id.to_string());
        let text = portal.git(&["log", "--format=%an %at %B"]);
        assert_eq!(text, "Zoé 1700000000 first\n\nbody\n\n");
        assert_eq!(committed(&portal), ["data/a.yaml"]);
        assert_eq!(status(&portal), "?? other.txt\n");
        assert_eq!(commit(&portal, "", "again"), None);
    }

    #[test]
    fn what_is_changed_or_staged_elsewhere_stays_as_it_is() {
        let repository = Portal::empty();
        repository.init();
        for file in ["data/changed", "data/gone", "data/removed"] {
            repository.write(&format!("sites/portal/{file}"), "old\n");
        }
        commit(&repository, "sites/portal", "first").expect("a commit");
        repository.write("sites/portal/data/changed", "new\n");
        repository.write("sites/portal/data/deep/added", "new\n");
        repository.remove("sites/portal/data/gone");
        repository.git(&["rm", "--quiet", "sites/portal/data/removed"]);
        repository.write("sites/portal/staged", "s\n");
        repository.git(&["add", "sites/portal/staged"]);
        repository.write("sites/portal/database", "a name that begins alike\n");
        commit(&repository, "sites/portal", "second").expect("a commit");
        let expected = ["sites/portal/data/changed", "sites/portal/data/deep/added"];
        assert_eq!(committed(&repository), expected);
        assert_eq!(status(&repository), "A  sites/portal/staged\n?? sites/portal/database\n");
    }

    #[test]
    fn many_files_become_one_pack_of_what_is_new() {
        let portal = Portal::empty();
        portal.init();
        let write_all = |folder: &str, text: &str| {
            for number in 0..=MOST_LOOSE {
                portal.write(&format!("data/{folder}/{number}"), format!("{text} {number}\n"));
            }
        };
        let objects = portal.path().join(".git/objects");
        let packs = || {
            let files = fs::walk_files(&objects.join("pack")).expect("readable").into_iter();
            files.filter(|file| file.as_str().ends_with(".idx")).count()
        };
        write_all("one", "first");
        commit(&portal, "", "first").expect("a commit");
        assert_eq!(packs(), 1);
        write_all("two", "second");
        let id = commit(&portal, "", "second").expect("a commit");
        assert_eq!(packs(), 2);
        assert_eq!(
            (committed(&portal).len(), status(&portal)),
            (2 * (MOST_LOOSE + 1), String::new())
        );
        // All of it is on disk: another process finds it too.
        assert_eq!(portal.git(&["rev-parse", "HEAD"]).trim(), id.to_string());
        let loose = fs::walk_files(&objects).expect("readable");
        assert!(loose.iter().all(|file| file.as_str().starts_with("pack/")), "{loose:?}");
    }

    #[test]
    fn a_commit_that_cannot_be_written_is_an_error() {
        let portal = Portal::empty();
        portal.init();
        portal.write("data/a.yaml", "a\n");
        commit(&portal, "", "first").expect("a commit");
        let repository = Repository::open(portal.path()).expect("a repository");
        let tip = repository.head().and_then(|head| head.peel_to_commit()).expect("a commit");
        // No folder for another object can be made.
        for folder in (0..=255_u8).map(|byte| format!(".git/objects/{byte:02x}")) {
            if !portal.path().join(&folder).exists() {
                portal.write(&folder, "");
            }
        }
        let (by, tree) = (tip.author(), tip.tree().expect("a tree"));
        assert!(make_commit(&repository, (&by, &by), "next", &tree, &[&tip]).is_err());
    }

    #[test]
    fn outside_a_repository_is_an_error() {
        let portal = Portal::empty();
        let author = Author { name: "a".into(), email: "a@example.com".into() };
        let error = commit_paths(portal.path(), &[], "m", &author, clock::now(Some("0")));
        let text = error.expect_err("no repository").to_string();
        assert!(text.starts_with("cannot open git in the repository of `"), "{text}");
    }
}
