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
    Buf, Commit, Delta, DiffOptions, ErrorCode, Index, Mempack, Odb, Repository, Signature,
};
use jiff::Timestamp;

use super::GitError;
use crate::base::path::RelativePath;

/// The author of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Name of a person or of the portal.
    pub name: String,
    /// E-mail address.
    pub email: String,
}

/// Most files of a commit that is written as loose objects. A larger commit is written as one pack,
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
    let made = repository.commit(None, &signature, &signature, message, &tree, &parents)?;
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
    use super::*;
    use crate::base::{clock, fs};

    struct Portal {
        directory: tempfile::TempDir,
        repository: Repository,
        root: std::path::PathBuf,
    }

    impl Portal {
        /// A portal in a folder of a fresh repository.
        fn new(below: &str) -> Self {
            let directory = tempfile::tempdir().expect("a scratch directory");
            let repository = Repository::init(directory.path()).expect("a repository");
            let root = directory.path().join(below);
            fs::create_dir_all(&root).expect("writable");
            Self { directory, repository, root }
        }

        fn write(&self, path: &str, text: &str) {
            fs::write_atomic(&self.root.join(path), text.as_bytes()).expect("writable");
        }

        fn stage(&self, path: &str) {
            let mut index = self.repository.index().expect("an index");
            index.add_path(Path::new(path)).expect("staged");
            index.write().expect("written");
        }

        fn commit(&self, message: &str) -> Option<Oid> {
            let author = Author { name: "Zoé".into(), email: "zoe@example.com".into() };
            let data = [RelativePath::new("data").expect("valid")];
            let time = clock::now(Some("1700000000"));
            commit_paths(&self.root, &data, message, &author, time).expect("git works")
        }

        /// Every file of `HEAD`, and every path whose state is not clean.
        fn state(&self) -> (Vec<String>, Vec<(String, git2::Status)>) {
            let head = self.repository.head().expect("a commit");
            let tree = head.peel_to_tree().expect("a tree");
            let mut files = Vec::new();
            tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
                if entry.kind() == Some(git2::ObjectType::Blob) {
                    files.push(format!("{}{}", folder, entry.name().expect("Unicode")));
                }
                git2::TreeWalkResult::Ok
            })
            .expect("a walk");
            let mut options = git2::StatusOptions::new();
            options.include_untracked(true).recurse_untracked_dirs(true);
            let statuses = self.repository.statuses(Some(&mut options)).expect("a status");
            let unclean = statuses
                .iter()
                .map(|entry| (entry.path().expect("Unicode").to_owned(), entry.status()));
            (files, unclean.collect())
        }
    }

    #[test]
    fn a_repository_without_commits_gets_its_first() {
        let portal = Portal::new("");
        assert_eq!(portal.commit("nothing"), None);
        portal.write("data/a.yaml", "a\n");
        portal.write("other.txt", "o\n");
        let made = portal.commit("first\n\nbody\n").expect("a commit");
        let commit = portal.repository.find_commit(made).expect("the commit");
        assert_eq!(commit.message(), Ok("first\n\nbody\n"));
        assert_eq!(commit.author().name(), Ok("Zoé"));
        assert_eq!(commit.time().seconds(), 1_700_000_000);
        let others = vec![("other.txt".to_owned(), git2::Status::WT_NEW)];
        assert_eq!(portal.state(), (vec!["data/a.yaml".to_owned()], others));
        assert_eq!(portal.commit("again"), None);
    }

    #[test]
    fn what_is_changed_or_staged_elsewhere_stays_as_it_is() {
        let portal = Portal::new("sites/portal");
        for file in ["data/changed", "data/gone", "data/removed"] {
            portal.write(file, "old\n");
        }
        portal.commit("first").expect("a commit");
        portal.write("data/changed", "new\n");
        portal.write("data/deep/added", "new\n");
        fs::remove_file(&portal.root.join("data/gone")).expect("removable");
        fs::remove_file(&portal.root.join("data/removed")).expect("removable");
        let mut index = portal.repository.index().expect("an index");
        let removed = Path::new("sites/portal/data/removed");
        index.remove_path(removed).expect("staged");
        index.write().expect("written");
        portal.write("staged", "s\n");
        portal.stage("sites/portal/staged");
        portal.write("database", "a name that begins alike\n");
        portal.commit("second").expect("a commit");
        let (files, unclean) = portal.state();
        assert_eq!(files, ["sites/portal/data/changed", "sites/portal/data/deep/added"]);
        let expected = [
            ("sites/portal/database".to_owned(), git2::Status::WT_NEW),
            ("sites/portal/staged".to_owned(), git2::Status::INDEX_NEW),
        ];
        assert_eq!(unclean, expected);
        drop(portal.directory);
    }

    #[test]
    fn many_files_become_one_pack_of_what_is_new() {
        let portal = Portal::new("");
        let write_all = |folder: &str, text: &str| {
            for number in 0..=MOST_LOOSE {
                portal.write(&format!("data/{folder}/{number}"), &format!("{text} {number}\n"));
            }
        };
        let packs = || {
            let files = fs::walk_files(&portal.repository.path().join("objects/pack"));
            let files = files.expect("readable").into_iter();
            files.filter(|file| file.as_str().ends_with(".idx")).count()
        };
        write_all("one", "first");
        portal.commit("first").expect("a commit");
        assert_eq!(packs(), 1);
        write_all("two", "second");
        let made = portal.commit("second").expect("a commit");
        assert_eq!(packs(), 2);
        let (files, unclean) = portal.state();
        assert_eq!((files.len(), unclean), (2 * (MOST_LOOSE + 1), Vec::new()));
        // All of it is on disk: another process finds it too.
        let fresh = Repository::open(portal.repository.path()).expect("a repository");
        let head = fresh.head().and_then(|head| head.peel_to_commit()).expect("a commit");
        assert_eq!(head.id(), made);
        let loose = fs::walk_files(&portal.repository.path().join("objects")).expect("readable");
        assert!(loose.iter().all(|file| file.as_str().starts_with("pack/")), "{loose:?}");
    }

    #[test]
    fn outside_a_repository_is_an_error() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let author = Author { name: "a".into(), email: "a@example.com".into() };
        let error = commit_paths(directory.path(), &[], "m", &author, clock::now(Some("0")));
        let text = error.expect_err("no repository").to_string();
        assert!(text.starts_with("cannot open git in the repository of `"), "{text}");
    }
}
