//! The git program without the machine's configuration, and commits that are made without a working tree.

use std::{path::Path, process::Command};

use git2::{Commit, FileMode, Oid, Repository, Signature, Time, Tree, build::TreeUpdateBuilder};

/// Runs git in a directory, with no configuration but the repository's own, as `Somebody`; returns what it
/// prints.
///
/// # Panics
/// When it fails; the message has what git says.
pub fn git(directory: &Path, arguments: &[&str]) -> String {
    git_at("1767225600 +0000", directory, arguments)
}

/// As [`git()`], at a date as git reads it.
pub(crate) fn git_at(date: &str, directory: &Path, arguments: &[&str]) -> String {
    let output = command()
        .current_dir(directory)
        .env("GIT_AUTHOR_DATE", date)
        .env("GIT_COMMITTER_DATE", date)
        .args(arguments)
        .output()
        .expect("git is installed");
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {problem}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The git program with an environment that is the same on every machine.
pub(crate) fn command() -> Command {
    let mut git = Command::new("git");
    git.env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .args(["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"])
        .args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"]);
    git
}

/// Commits exactly these files to `main` of a bare repository, which is made where there is none. A text
/// that begins with `-> ` is a symbolic link to the rest of it.
pub fn commit_all_files(repository: &Path, files: &[(&str, &[u8])]) {
    let mut options = git2::RepositoryInitOptions::new();
    options.bare(true).initial_head("main").external_template(false);
    let repository = Repository::init_opts(repository, &options).expect("a repository");
    let mut update = TreeUpdateBuilder::new();
    for (path, bytes) in files {
        let (bytes, mode) = match bytes.strip_prefix(b"-> ") {
            Some(target) => (target, FileMode::Link),
            None => (*bytes, FileMode::Blob),
        };
        update.upsert(*path, repository.blob(bytes).expect("a blob"), mode);
    }
    let tree = update.create_updated(&repository, &empty_tree(&repository)).expect("a tree");
    write_commit(&repository, tree, 0, &[]);
}

/// Commits changes on top of `HEAD` of a repository, which is made where there is none, and of `others`: a
/// file has its new text or, where it is removed, `None`. `time` is in seconds since 1970.
pub fn commit_changes(
    repository: &Path,
    time: i64,
    files: &[(&str, Option<&str>)],
    others: &[Oid],
) -> Oid {
    let repository = Repository::open(repository).or_else(|_| Repository::init(repository));
    let repository = repository.expect("a repository");
    let mut update = TreeUpdateBuilder::new();
    for (path, text) in files {
        match text {
            Some(text) => {
                let blob = repository.blob(text.as_bytes()).expect("a blob");
                update.upsert(*path, blob, FileMode::Blob);
            }
            None => drop(update.remove(*path)),
        }
    }
    let head = repository.head().and_then(|head| head.peel_to_tree());
    let before = head.unwrap_or_else(|_| empty_tree(&repository));
    let tree = update.create_updated(&repository, &before).expect("a tree");
    write_commit(&repository, tree, time, others)
}

fn empty_tree(repository: &Repository) -> Tree<'_> {
    let id = repository.treebuilder(None).and_then(|builder| builder.write()).expect("a tree");
    repository.find_tree(id).expect("a tree")
}

fn write_commit(repository: &Repository, tree: Oid, time: i64, others: &[Oid]) -> Oid {
    let tree = repository.find_tree(tree).expect("a tree");
    let author = Signature::new("Ann", "ann@x.example", &Time::new(time, 0)).expect("a signature");
    let head = repository.head().ok().and_then(|head| head.peel_to_commit().ok());
    let others: Vec<_> =
        others.iter().map(|id| repository.find_commit(*id).expect("a commit")).collect();
    let parents: Vec<&Commit<'_>> = head.iter().chain(&others).collect();
    let commit = repository.commit(Some("HEAD"), &author, &author, "Change", &tree, &parents);
    commit.expect("a commit")
}
