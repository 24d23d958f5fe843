//! Journals with and without a remote, and races between two writers.

use super::*;
use crate::base::fs;

fn author() -> Author {
    Author { name: "A".into(), email: "a@example.com".into() }
}

fn path(text: &str) -> RelativePath {
    RelativePath::new(text).expect("a path")
}

fn open(directory: &Path) -> Journal {
    Journal::open(directory, "runs", "origin", author()).expect("a journal")
}

fn clone_of(remote: Option<&Path>) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let repository = Repository::init(directory.path()).expect("a repository");
    if let Some(remote) = remote {
        let url = url::Url::from_file_path(remote).expect("absolute");
        repository.remote("origin", url.as_str()).expect("a remote");
    }
    directory
}

fn write(journal: &mut Journal, topic: &str, text: &str) -> Result<(), JournalError> {
    let file = path(&format!("runs/{topic}.yaml"));
    journal.commit(&file, text, topic, "Write", Timestamp::UNIX_EPOCH)
}

#[test]
fn files_are_kept_on_their_own_branch() {
    let directory = clone_of(None);
    let mut journal = open(directory.path());
    assert_eq!(journal.read(&path("runs/a.yaml")).expect("readable"), None);
    write(&mut journal, "a", "1").expect("written");
    write(&mut journal, "b", "2").expect("written");
    let again = open(directory.path());
    let text = again.read(&path("runs/a.yaml")).expect("readable");
    assert_eq!(text.as_deref(), Some("1"));
    let all = again.list(&path("runs")).expect("readable");
    assert_eq!(all, [path("runs/a.yaml"), path("runs/b.yaml")]);
    assert!(!directory.path().join("runs").exists());
}

#[test]
fn a_lost_race_is_repeated_for_another_topic_and_ends_for_the_same() {
    let remote = tempfile::tempdir().expect("a scratch directory");
    Repository::init_bare(remote.path()).expect("a remote");
    let (one, two) = (clone_of(Some(remote.path())), clone_of(Some(remote.path())));
    let (mut first, mut second) = (open(one.path()), open(two.path()));
    write(&mut first, "a", "1").expect("written");
    write(&mut second, "b", "1").expect("repeated on top of the first");
    assert_eq!(second.list(&path("runs")).expect("readable").len(), 2);
    write(&mut first, "a", "2").expect("repeated on top of the second");
    let lost = write(&mut second, "a", "3").expect_err("lost");
    assert!(matches!(lost, JournalError::Lost(topic) if topic == "a"));
    let newest = open(two.path()).read(&path("runs/a.yaml")).expect("readable");
    assert_eq!(newest.as_deref(), Some("2"));
}

#[test]
fn what_is_written_here_stands_on_what_is_known_of_the_remote() {
    let remote = tempfile::tempdir().expect("a scratch directory");
    Repository::init_bare(remote.path()).expect("a remote");
    let (one, two) = (clone_of(Some(remote.path())), clone_of(Some(remote.path())));
    let mut first = open(one.path());
    write(&mut first, "a", "1").expect("written");
    let repository = Repository::open(two.path()).expect("a repository");
    let all = ["+refs/heads/*:refs/remotes/origin/*"];
    repository.find_remote("origin").expect("one").fetch(&all, None, None).expect("fetched");
    let here = || {
        Journal::open_local_for_writing(two.path(), "runs", "origin", author()).expect("a journal")
    };
    let mut second = here().expect("a repository").with_trailer(SOURCES_TRAILER);
    write(&mut second, "b", "2").expect("written");
    assert_eq!(here().expect("one").list(&path("runs")).expect("readable").len(), 2);
    let tip = repository.refname_to_id("refs/heads/runs").expect("the local branch");
    let message = repository.find_commit(tip).expect("a commit").message().map(str::to_owned);
    assert_eq!(message.expect("a text"), "Write\n\nCallboard-Sources: b\n");
    assert_eq!(open(one.path()).list(&path("runs")).expect("readable").len(), 1, "not pushed");
}

#[test]
fn without_a_remote_the_local_branch_decides() {
    let directory = clone_of(None);
    let (mut first, mut second) = (open(directory.path()), open(directory.path()));
    write(&mut first, "a", "1").expect("written");
    assert!(write(&mut second, "a", "2").is_err());
    write(&mut second, "b", "2").expect("repeated");
}

#[test]
fn a_lock_that_a_killed_git_left_is_named() {
    let remote = tempfile::tempdir().expect("a scratch directory");
    Repository::init_bare(remote.path()).expect("a remote");
    let (alone, shared) = (clone_of(None), clone_of(Some(remote.path())));
    for (directory, locked) in
        [(alone.path(), alone.path().join(".git")), (shared.path(), remote.path().to_owned())]
    {
        let mut journal = open(directory);
        write(&mut journal, "a", "1").expect("written");
        let lock = locked.join("refs/heads/runs.lock");
        fs::write_atomic(&lock, b"").expect("writable");
        let error = write(&mut journal, "a", "2").expect_err("locked");
        assert!(error.to_string().contains("remove the file `refs/heads/runs.lock`"), "{error}");
        fs::remove_file(&lock).expect("there");
        write(&mut journal, "a", "2").expect("written");
    }
}
