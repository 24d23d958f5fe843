//! The log of a repository, on histories that are made here.

use callboard_testing::commit_changes;

use super::*;
use crate::base::fs;

const BOUNDS: LogLimits = LogLimits { commits: 100, days: 365, files: 3 };
const DAY: i64 = 24 * 60 * 60;

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
    commit_changes(root, 0, &[("data/a/1.yaml", Some("one")), ("README.md", Some("x"))], &[]);
    commit_changes(root, DAY, &[("data/a/1.yaml", Some("two")), ("data/c/1.yaml", Some("x"))], &[]);
    commit_changes(root, 2 * DAY, &[("README.md", Some("y")), ("data/a/x.txt", Some("x"))], &[]);
    let last = [("data/a/1.yaml", None), ("data/b/2.yaml", Some("new"))];
    let id = commit_changes(root, 3 * DAY, &last, &[]);
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
    commit_changes(root, 0, &files, &[]);
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
    commit_changes(directory.path(), 0, &files, &[]);
    let log = read(directory.path(), BOUNDS);
    let [change] = folders(&log.commits[0]) else { panic!("{log:?}") };
    assert_eq!((change.files, change.after.len()), (4, 0));
}

#[test]
fn a_merge_is_what_it_brought_to_the_first_parent() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let root = directory.path();
    let base = commit_changes(root, 0, &[("data/a/1.yaml", Some("one"))], &[]);
    let side = commit_changes(root, DAY, &[("data/a/2.yaml", Some("side"))], &[]);
    let repository = Repository::open(root).expect("git");
    let base = repository.find_object(base, None).expect("there");
    repository.reset(&base, git2::ResetType::Soft, None).expect("reset");
    commit_changes(root, 2 * DAY, &[("data/a/2.yaml", Some("side"))], &[side]);
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
        commit_changes(root, day * 100 * DAY, &[("data/a/1.yaml", Some(&day.to_string()))], &[]);
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
        commit_changes(&root, day * DAY, &[("data/a/1.yaml", Some(&day.to_string()))], &[]);
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
    let known = commit_changes(root, 0, &[("data/a/1.yaml", Some("one"))], &[]).to_string();
    commit_changes(root, DAY, &[("data/a/1.yaml", Some("two"))], &[]);
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
