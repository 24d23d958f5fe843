//! Two clones of one bare repository.

use super::*;
use crate::{
    base::{clock, fs, path::RelativePath},
    git::commit::{Author, commit_paths},
};

/// A bare remote with a first commit, and clones of it.
struct Remote {
    directory: tempfile::TempDir,
}

struct Clone {
    root: std::path::PathBuf,
    repository: Repository,
}

impl Remote {
    fn new(files: &[(&str, &str)]) -> Self {
        let remote = Self { directory: tempfile::tempdir().expect("a scratch directory") };
        let mut options = git2::RepositoryInitOptions::new();
        options.bare(true).initial_head("main");
        let path = remote.directory.path().join("remote.git");
        Repository::init_opts(path, &options).expect("a remote");
        let first = remote.clone_as("first");
        first.repository.set_head("refs/heads/main").expect("no commit yet");
        for (path, text) in files {
            first.write(path, text);
        }
        first.commit("first");
        push_head(&first.root).expect("pushed");
        remote
    }

    fn clone_as(&self, name: &str) -> Clone {
        let root = self.directory.path().join(name);
        let url = self.directory.path().join("remote.git");
        let repository = Repository::clone(url.to_str().expect("Unicode"), &root).expect("cloned");
        Clone { root: root.canonicalize().expect("there"), repository }
    }

    /// Every file of the remote's `main` and its text, and the summaries of its commits, newest first.
    fn state(&self) -> (Vec<(String, String)>, Vec<String>) {
        let path = self.directory.path().join("remote.git");
        let repository = Repository::open(path).expect("a remote");
        let tip = repository.refname_to_id("refs/heads/main").expect("a branch");
        let tree = repository.find_commit(tip).expect("a commit").tree().expect("a tree");
        let mut files = Vec::new();
        tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            if entry.kind() == Some(ObjectType::Blob) {
                let blob = repository.find_blob(entry.id()).expect("a blob");
                let text = String::from_utf8_lossy(blob.content()).into_owned();
                files.push((format!("{folder}{}", entry.name().expect("Unicode")), text));
            }
            git2::TreeWalkResult::Ok
        })
        .expect("a walk");
        let mut walk = repository.revwalk().expect("a walk");
        walk.push(tip).expect("a commit");
        let summaries = walk.map(|id| {
            let commit = repository.find_commit(id.expect("an id")).expect("a commit");
            commit.summary().ok().flatten().unwrap_or_default().to_owned()
        });
        (files, summaries.collect())
    }
}

impl Clone {
    fn write(&self, path: &str, text: &str) {
        fs::write_atomic(&self.root.join(path), text.as_bytes()).expect("writable");
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_text_if_exists(&self.root.join(path)).expect("readable")
    }

    fn commit(&self, message: &str) -> Oid {
        let author = Author { name: "Zoé".into(), email: "zoe@example.com".into() };
        let data = [RelativePath::new("data").expect("valid")];
        let time = clock::now(Some("1700000000"));
        let made = commit_paths(&self.root, &data, message, &author, time).expect("git works");
        made.expect("something changed")
    }

    fn head(&self) -> Oid {
        self.repository.refname_to_id("HEAD").expect("a commit")
    }

    /// Every path whose state is not clean.
    fn unclean(&self) -> Vec<(String, git2::Status)> {
        let mut options = git2::StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true);
        let statuses = self.repository.statuses(Some(&mut options)).expect("a status");
        let all = statuses.iter().map(|e| (e.path().expect("Unicode").to_owned(), e.status()));
        all.collect()
    }
}

fn failure(clone: &Clone) -> String {
    let error = push_head(&clone.root).expect_err("it is refused");
    let cause = std::error::Error::source(&error).expect("a cause");
    cause.to_string()
}

#[test]
fn commits_go_on_top_of_what_others_pushed_meanwhile() {
    let remote = Remote::new(&[("data/a", "1\n"), ("data/gone", "1\n"), ("data/old", "1\n")]);
    let (one, two) = (remote.clone_as("one"), remote.clone_as("two"));
    one.write("data/a", "2\n");
    one.write("data/new/b", "1\n");
    fs::remove_file(&one.root.join("data/gone")).expect("removable");
    one.commit("one");
    two.write("data/c", "1\n");
    two.commit("two");
    two.write("data/d", "1\n");
    fs::remove_file(&two.root.join("data/old")).expect("removable");
    two.commit("three");
    assert!(!push_head(&one.root).expect("pushed").is_replayed);
    let pushed = push_head(&two.root).expect("pushed");
    assert!(pushed.is_replayed && pushed.kept.is_empty(), "{pushed:?}");
    let (files, commits) = remote.state();
    let files: Vec<_> =
        files.iter().map(|(path, text)| format!("{path}={}", text.trim())).collect();
    assert_eq!(files, ["data/a=2", "data/c=1", "data/d=1", "data/new/b=1"]);
    assert_eq!(commits, ["three", "two", "one", "first"]);
    assert_eq!(two.head(), pushed.commit);
    assert_eq!(two.read("data/a").as_deref(), Some("2\n"));
    assert_eq!((two.read("data/gone"), two.unclean()), (None, vec![]));
    let tracked = two.repository.refname_to_id("refs/remotes/origin/main").expect("a branch");
    assert_eq!(tracked, pushed.commit);
    let again = push_head(&two.root).expect("nothing to do");
    assert_eq!((again.commit, again.is_replayed), (pushed.commit, false));
}

#[test]
fn a_file_that_both_changed_stops_the_push_and_nothing_moves() {
    let remote = Remote::new(&[("data/a", "1\n2\n3\n4\n5\n6\n7\n8\n")]);
    let (one, two) = (remote.clone_as("one"), remote.clone_as("two"));
    one.write("data/a", "one\n2\n3\n4\n5\n6\n7\n8\n");
    one.write("data/folder", "a file here\n");
    one.commit("one");
    push_head(&one.root).expect("pushed");
    two.write("data/a", "1\n2\n3\n4\n5\n6\n7\ntwo\n");
    two.write("data/folder/b", "a folder there\n");
    let made = two.commit("two");
    let before = remote.state();
    let text = failure(&two);
    assert!(text.contains("both sides changed `data/a`, `data/folder/b`\nhint: "), "{text}");
    assert_eq!((two.head(), two.unclean(), remote.state()), (made, vec![], before));
    assert_eq!(two.read("data/a").as_deref(), Some("1\n2\n3\n4\n5\n6\n7\ntwo\n"));
}

#[test]
fn the_same_change_on_both_sides_is_no_conflict() {
    let remote = Remote::new(&[("data/a", "1\n")]);
    let (one, two) = (remote.clone_as("one"), remote.clone_as("two"));
    for clone in [&one, &two] {
        clone.write("data/a", "2\n");
        clone.commit("the same");
    }
    two.write("data/b", "1\n");
    two.commit("more");
    push_head(&one.root).expect("pushed");
    push_head(&two.root).expect("pushed");
    assert_eq!(remote.state().1, ["more", "the same", "first"]);
}

#[test]
fn what_a_person_has_changed_and_not_committed_stays() {
    let remote = Remote::new(&[("data/a", "1\n"), ("data/b", "1\n"), ("data/mine", "1\n")]);
    let (one, two) = (remote.clone_as("one"), remote.clone_as("two"));
    for file in ["data/a", "data/b", "data/unseen"] {
        one.write(file, "2\n");
    }
    one.commit("one");
    push_head(&one.root).expect("pushed");
    two.write("data/c", "1\n");
    two.commit("two");
    two.write("data/a", "a person's\n");
    two.write("data/unseen", "a person's\n");
    two.write("data/mine", "a person's\n");
    let mut pushed = push_head(&two.root).expect("pushed");
    pushed.kept.sort();
    assert_eq!(pushed.kept, ["data/a", "data/unseen"]);
    for file in ["data/a", "data/unseen", "data/mine"] {
        assert_eq!(two.read(file).as_deref(), Some("a person's\n"), "{file}");
    }
    assert_eq!(two.read("data/b").as_deref(), Some("2\n"));
    let changed: Vec<_> = two.unclean().into_iter().map(|(path, _)| path).collect();
    assert_eq!(changed, ["data/a", "data/mine", "data/unseen"]);
}

#[test]
fn a_head_without_a_branch_is_explained() {
    let remote = Remote::new(&[("data/a", "1\n")]);
    let clone = remote.clone_as("one");
    clone.repository.set_head_detached(clone.head()).expect("detached");
    assert!(failure(&clone).starts_with("`HEAD` is on no branch"));
}

#[test]
fn several_at_once_all_get_through() {
    let remote = Remote::new(&[("data/a", "1\n")]);
    let clones: Vec<_> = (0..3).map(|n| remote.clone_as(&format!("clone-{n}"))).collect();
    for (number, clone) in clones.iter().enumerate() {
        clone.write(&format!("data/file-{number}"), "1\n");
        clone.commit(&format!("commit {number}"));
    }
    let roots: Vec<_> = clones.iter().map(|clone| clone.root.clone()).collect();
    let results: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = roots.iter().map(|root| scope.spawn(|| push_head(root))).collect();
        runs.into_iter().map(|run| run.join().expect("no panic")).collect()
    });
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!((remote.state().0.len(), remote.state().1.len()), (4, 4));
}
