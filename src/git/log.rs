//! The commits behind `HEAD`, with the texts of the files that they changed.

use std::{collections::BTreeMap, path::Path};

use git2::{Commit, Delta, DiffOptions, ErrorCode, Oid, Repository};
use jiff::Timestamp;

use super::{GitError, commit::prefix_of};

/// How far to look back.
#[derive(Debug, Clone, Copy)]
pub struct LogLimits {
    /// Most commits.
    pub commits: usize,
    /// Days before the newest commit.
    pub days: i64,
    /// Files of one folder that a commit may change before they are counted only.
    pub files: usize,
}

/// The commits that changed something, newest first.
#[derive(Debug, Default)]
pub struct Log {
    /// The commits.
    pub commits: Vec<LogEntry>,
    /// Whether these are all there ever were: not cut short by limits or a shallow clone.
    pub is_whole: bool,
}

/// A commit.
#[derive(Debug)]
pub struct LogEntry {
    /// The whole id.
    pub id: String,
    /// When it was made.
    pub time: Timestamp,
    /// The name of who wrote it.
    pub author: Option<String>,
    /// What it changed; `None` when the caller knows it already.
    pub folders: Option<Vec<FolderChange>>,
}

/// What a commit changed in one of the folders.
#[derive(Debug, PartialEq, Eq)]
pub struct FolderChange {
    /// The folder, relative to `root`.
    pub folder: String,
    /// How many files.
    pub files: usize,
    /// Whether there was nothing in it before.
    pub is_new: bool,
    /// Texts before and after by path relative to `root`; empty when there are too many.
    pub before: BTreeMap<String, String>,
    /// Those after.
    pub after: BTreeMap<String, String>,
}

/// Reads the first-parent history of `HEAD`. `folder_of` names the folder that a changed path below
/// `below` is counted in, if any. Outside a repository, and without commits, there is none.
pub fn log(
    root: &Path,
    below: &[&str],
    limits: LogLimits,
    folder_of: &dyn Fn(&str) -> Option<String>,
    is_known: &dyn Fn(&str) -> bool,
) -> Result<Log, GitError> {
    let Ok(repository) = Repository::discover(root) else { return Ok(Log::default()) };
    let reader = Reader { repository: &repository, root, below, limits, folder_of };
    reader.read(is_known).map_err(GitError::because("read the history", root))
}

struct Reader<'r> {
    repository: &'r Repository,
    root: &'r Path,
    below: &'r [&'r str],
    limits: LogLimits,
    folder_of: &'r dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    fn read(&self, is_known: &dyn Fn(&str) -> bool) -> Result<Log, git2::Error> {
        let prefix = prefix_of(self.repository, self.root)?;
        let head = match self.repository.head() {
            Ok(head) => head.peel_to_commit()?,
            Err(e) if matches!(e.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                return Ok(Log::default());
            }
            Err(e) => return Err(e),
        };
        let oldest = head.time().seconds() - self.limits.days * 24 * 60 * 60;
        let (mut log, mut next) = (Log { is_whole: true, ..Log::default() }, Some(head));
        let is_shallow = self.repository.is_shallow();
        while let Some(commit) = next.take() {
            if log.commits.len() == self.limits.commits || commit.time().seconds() < oldest {
                log.is_whole = false;
                break;
            }
            let id = commit.id().to_string();
            // The last commit of a shallow clone seems to add everything.
            if commit.parent_count() == 0 && is_shallow {
                log.is_whole = false;
                break;
            }
            let folders = match is_known(&id) {
                true => None,
                false => match self.changes(&commit, &prefix) {
                    Ok(folders) => Some(folders),
                    // Folders that a partial clone has not: what was before is not known.
                    Err(e) if e.code() == ErrorCode::NotFound => {
                        log.is_whole = false;
                        break;
                    }
                    Err(e) => return Err(e),
                },
            };
            let time = Timestamp::from_second(commit.time().seconds()).unwrap_or_default();
            let author = commit.author().name().ok().map(str::to_owned);
            log.commits.push(LogEntry { id, time, author, folders });
            next = match commit.parent(0) {
                Ok(parent) => Some(parent),
                Err(e) if e.code() == ErrorCode::NotFound && is_shallow => {
                    log.is_whole = false;
                    None
                }
                Err(_) => None,
            };
        }
        Ok(log)
    }

    /// What a commit changed beside its first parent, folder by folder.
    fn changes(&self, commit: &Commit<'_>, prefix: &str) -> Result<Vec<FolderChange>, git2::Error> {
        let (tree, parent) = (commit.tree()?, commit.parent(0).ok());
        let before = parent.as_ref().map(Commit::tree).transpose()?;
        let mut options = DiffOptions::new();
        options.skip_binary_check(true).disable_pathspec_match(true);
        for path in self.below {
            options.pathspec(format!("{prefix}{path}"));
        }
        let diff =
            self.repository.diff_tree_to_tree(before.as_ref(), Some(&tree), Some(&mut options))?;
        let mut folders: BTreeMap<String, Vec<(String, Oid, Oid)>> = BTreeMap::new();
        for delta in diff.deltas() {
            let (old, new) = (delta.old_file(), delta.new_file());
            let path = new.path().or_else(|| old.path()).and_then(Path::to_str);
            let Some(path) = path.and_then(|path| path.strip_prefix(prefix)) else { continue };
            let is_file = |id: Oid, wanted| if wanted { id } else { Oid::ZERO_SHA1 };
            let (from, to) = (
                is_file(old.id(), delta.status() != Delta::Added),
                is_file(new.id(), delta.status() != Delta::Deleted),
            );
            if let Some(folder) = (self.folder_of)(path) {
                folders.entry(folder).or_default().push((path.to_owned(), from, to));
            }
        }
        let had = |folder: &str| {
            let path = format!("{prefix}{folder}");
            before.as_ref().is_some_and(|tree| tree.get_path(Path::new(&path)).is_ok())
        };
        let folders = folders.into_iter();
        folders.map(|(folder, files)| self.texts(had(&folder), folder, files)).collect()
    }

    fn texts(
        &self,
        had: bool,
        folder: String,
        files: Vec<(String, Oid, Oid)>,
    ) -> Result<FolderChange, git2::Error> {
        let count = files.len();
        let mut change = FolderChange {
            folder,
            files: count,
            is_new: !had,
            before: BTreeMap::new(),
            after: BTreeMap::new(),
        };
        if count > self.limits.files {
            return Ok(change);
        }
        for (path, from, to) in files {
            if let Some(text) = self.text(from)? {
                change.before.insert(path.clone(), text);
            }
            if let Some(text) = self.text(to)? {
                change.after.insert(path, text);
            }
        }
        Ok(change)
    }

    fn text(&self, id: Oid) -> Result<Option<String>, git2::Error> {
        if id.is_zero() {
            return Ok(None);
        }
        match self.repository.find_blob(id) {
            Ok(blob) => Ok(Some(String::from_utf8_lossy(blob.content()).into_owned())),
            // A submodule, or an object that a partial clone has not.
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use git2::Signature;

    use super::*;
    use crate::base::fs;

    const BOUNDS: LogLimits = LogLimits { commits: 100, days: 365, files: 3 };
    const DAY: i64 = 24 * 60 * 60;

    /// Commits files, or their absence, on top of `HEAD` and of `others`.
    fn commit(root: &Path, time: i64, files: &[(&str, Option<&str>)], others: &[Oid]) -> Oid {
        let repository = Repository::open(root).or_else(|_| Repository::init(root)).expect("git");
        let head = repository.head().ok().and_then(|head| head.peel_to_commit().ok());
        let mut index = git2::Index::new().expect("an index");
        repository.set_index(&mut index).expect("set");
        if let Some(head) = &head {
            index.read_tree(&head.tree().expect("a tree")).expect("read");
        }
        for (path, text) in files {
            match text {
                Some(text) => {
                    let entry = git2::IndexEntry {
                        ctime: git2::IndexTime::new(0, 0),
                        mtime: git2::IndexTime::new(0, 0),
                        dev: 0,
                        ino: 0,
                        mode: 0o100_644,
                        uid: 0,
                        gid: 0,
                        file_size: 0,
                        id: repository.blob(text.as_bytes()).expect("a blob"),
                        flags: 0,
                        flags_extended: 0,
                        path: path.as_bytes().to_vec(),
                    };
                    index.add(&entry).expect("added");
                }
                None => index.remove_path(Path::new(path)).expect("removed"),
            }
        }
        let tree = index.write_tree_to(&repository).expect("written");
        let tree = repository.find_tree(tree).expect("a tree");
        let who = Signature::new("Ann", "ann@x.example", &git2::Time::new(time, 0)).expect("who");
        let others: Vec<_> =
            others.iter().map(|id| repository.find_commit(*id).expect("a commit")).collect();
        let parents: Vec<&Commit<'_>> = head.iter().chain(&others).collect();
        repository.commit(Some("HEAD"), &who, &who, "Change", &tree, &parents).expect("committed")
    }

    fn folder_of(path: &str) -> Option<String> {
        let (folder, file) = path.rsplit_once('/')?;
        file.ends_with(".yaml").then(|| folder.to_owned())
    }

    fn read(root: &Path, limits: LogLimits) -> Log {
        log(root, &["data/a", "data/b"], limits, &folder_of, &|_| false).expect("a history")
    }

    fn folders(logged: &LogEntry) -> &[FolderChange] {
        logged.folders.as_deref().expect("not known before")
    }

    #[test]
    fn each_commit_has_the_texts_of_what_it_changed_and_nothing_else() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let root = directory.path();
        commit(root, 0, &[("data/a/1.yaml", Some("one")), ("README.md", Some("x"))], &[]);
        commit(root, DAY, &[("data/a/1.yaml", Some("two")), ("data/c/1.yaml", Some("x"))], &[]);
        commit(root, 2 * DAY, &[("README.md", Some("y")), ("data/a/x.txt", Some("x"))], &[]);
        let last = [("data/a/1.yaml", None), ("data/b/2.yaml", Some("new"))];
        let id = commit(root, 3 * DAY, &last, &[]);
        let log = read(root, BOUNDS);
        assert!(log.is_whole);
        let [newest, unrelated, second, first] = log.commits.as_slice() else {
            panic!("{:?}", log.commits)
        };
        assert_eq!((newest.id.as_str(), newest.author.as_deref()), (&*id.to_string(), Some("Ann")));
        assert_eq!(newest.time.as_second(), 3 * DAY);
        let text = |path: &str, text: &str| [(path.to_owned(), text.to_owned())].into();
        let change = |folder: &str, is_new, before, after| FolderChange {
            folder: folder.into(),
            files: 1,
            is_new,
            before,
            after,
        };
        let none = BTreeMap::new;
        assert_eq!(
            folders(newest),
            [
                change("data/a", false, text("data/a/1.yaml", "two"), none()),
                change("data/b", true, none(), text("data/b/2.yaml", "new")),
            ]
        );
        assert_eq!(folders(unrelated), []);
        let (one, two) = (text("data/a/1.yaml", "one"), text("data/a/1.yaml", "two"));
        assert_eq!(folders(second), [change("data/a", false, one, two)]);
        assert_eq!(folders(first), [change("data/a", true, none(), text("data/a/1.yaml", "one"))]);
    }

    #[test]
    fn a_portal_in_a_folder_of_its_repository_has_paths_of_its_own() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let root = directory.path();
        let files = [("portal/data/a/1.yaml", Some("in")), ("data/a/1.yaml", Some("out"))];
        commit(root, 0, &files, &[]);
        let portal = root.join("portal");
        fs::create_dir_all(&portal).expect("made");
        let log = read(&portal, BOUNDS);
        let [change] = folders(&log.commits[0]) else { panic!("{log:?}") };
        assert_eq!(change.after, [("data/a/1.yaml".to_owned(), "in".to_owned())].into());
    }

    #[test]
    fn many_files_are_counted_only() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let names: Vec<_> = (0..4).map(|n| format!("data/a/{n}.yaml")).collect();
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), Some("x"))).collect();
        commit(directory.path(), 0, &files, &[]);
        let log = read(directory.path(), BOUNDS);
        let [change] = folders(&log.commits[0]) else { panic!("{log:?}") };
        assert_eq!((change.files, change.after.len()), (4, 0));
    }

    #[test]
    fn a_merge_is_what_it_brought_to_the_first_parent() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let root = directory.path();
        let base = commit(root, 0, &[("data/a/1.yaml", Some("one"))], &[]);
        let side = commit(root, DAY, &[("data/a/2.yaml", Some("side"))], &[]);
        let repository = Repository::open(root).expect("git");
        let base = repository.find_object(base, None).expect("there");
        repository.reset(&base, git2::ResetType::Soft, None).expect("reset");
        commit(root, 2 * DAY, &[("data/a/2.yaml", Some("side"))], &[side]);
        let log = read(root, BOUNDS);
        let times: Vec<_> = log.commits.iter().map(|c| c.time.as_second() / DAY).collect();
        assert_eq!(times, [2, 0]);
        assert_eq!(folders(&log.commits[0])[0].after["data/a/2.yaml"], "side");
    }

    #[test]
    fn a_history_that_is_cut_short_says_so() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let root = directory.path();
        for day in 0..4 {
            commit(root, day * 100 * DAY, &[("data/a/1.yaml", Some(&day.to_string()))], &[]);
        }
        let read = |limits| {
            let log = read(root, limits);
            (log.commits.len(), log.is_whole)
        };
        assert_eq!(read(BOUNDS), (4, true));
        assert_eq!(read(LogLimits { commits: 2, ..BOUNDS }), (2, false));
        assert_eq!(read(LogLimits { commits: 4, ..BOUNDS }), (4, true));
        assert_eq!(read(LogLimits { days: 250, ..BOUNDS }), (3, false));
    }

    #[test]
    fn a_shallow_clone_knows_its_own_commits_and_does_not_take_the_last_for_an_import() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let (root, clone) = (directory.path().join("origin"), directory.path().join("clone"));
        for day in 0..4 {
            commit(&root, day * DAY, &[("data/a/1.yaml", Some(&day.to_string()))], &[]);
        }
        // As `git clone --depth 2` leaves it: all objects of two commits, and where they end.
        let repository = Repository::open(&root).expect("git");
        let head = repository.head().expect("a head").peel_to_commit().expect("a commit");
        let parent = head.parent_id(0).expect("a parent");
        let copy = Repository::init(&clone).expect("git");
        let (from, to) = (repository.odb().expect("objects"), copy.odb().expect("objects"));
        let lost = head.parent(0).expect("a parent").parent_id(0).expect("a parent");
        from.foreach(|id| {
            if *id != lost {
                let object = from.read(*id).expect("readable");
                to.write(object.kind(), object.data()).expect("writable");
            }
            true
        })
        .expect("copied");
        let branch = copy.find_reference("HEAD").expect("a head");
        let branch = branch.symbolic_target().expect("UTF-8").expect("a branch").to_owned();
        copy.reference(&branch, head.id(), true, "clone").expect("set");
        let shallow = clone.join(".git/shallow");
        fs::write_atomic(&shallow, format!("{parent}\n").as_bytes()).expect("writable");
        let log = read(&clone, BOUNDS);
        assert!(!log.is_whole);
        assert_eq!(log.commits.len(), 1, "{:?}", log.commits);
        assert_eq!(folders(&log.commits[0])[0].before["data/a/1.yaml"], "2");
    }

    #[test]
    fn what_is_known_is_not_read_again() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let root = directory.path();
        let known = commit(root, 0, &[("data/a/1.yaml", Some("one"))], &[]).to_string();
        commit(root, DAY, &[("data/a/1.yaml", Some("two"))], &[]);
        let log = log(root, &["data/a"], BOUNDS, &folder_of, &|id| id == known).expect("read");
        let is_read: Vec<_> = log.commits.iter().map(|c| c.folders.is_some()).collect();
        assert_eq!(is_read, [true, false]);
    }

    #[test]
    fn without_git_and_without_commits_there_is_no_history() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        assert!(read(directory.path(), BOUNDS).commits.is_empty());
        Repository::init(directory.path()).expect("git");
        assert!(read(directory.path(), BOUNDS).commits.is_empty());
    }
}
