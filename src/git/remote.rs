//! Branches of remotes: lists and fetches them, and moves them by compare-and-swap.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use crate::base::{refusal, text::shorten};
use git2::{
    Direction, ErrorClass, ErrorCode, FetchOptions, IndexEntry, IndexTime, Oid, PushOptions,
    RemoteCallbacks, Repository,
};

/// Most bytes that a server says beside a push and that are read, and that are shown.
const MOST_SAID: usize = 4096;
const SHOWN: usize = 300;

/// Lists the branches of a remote, as `refs/heads/…`.
pub(super) fn branches(
    repository: &Repository,
    url: &str,
) -> Result<Vec<(String, Oid)>, git2::Error> {
    let mut remote = repository.remote_anonymous(url)?;
    remote.connect(Direction::Fetch)?;
    let heads = remote.list()?.iter();
    let branches = heads.filter(|head| head.name().starts_with("refs/heads/"));
    Ok(branches.map(|head| (head.name().to_owned(), head.oid())).collect())
}

/// The default branch of a remote, as `refs/heads/…`; `None` when it has no commit.
pub(super) fn default_branch(
    repository: &Repository,
    url: &str,
) -> Result<Option<String>, git2::Error> {
    let mut remote = repository.remote_anonymous(url)?;
    remote.connect(Direction::Fetch)?;
    match remote.default_branch() {
        Ok(name) => Ok(name.as_str().map(str::to_owned).ok()),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// How much of a branch's history is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// All missing commits.
    All,
    /// The newest commits, where the remote supports that.
    Commits(u32),
    /// Only the tip, where the remote supports that. A shallow repository must use it: libgit2 sends
    /// its shallow commits to the server only when it asks for a depth, and without them the server
    /// assumes that their parents are known.
    One,
}

/// Fetches one branch and returns its tip; `None` when the remote has no such branch.
pub(super) fn fetch(
    repository: &Repository,
    url: &str,
    reference: &str,
    depth: Depth,
) -> Result<Option<Oid>, git2::Error> {
    let Some(tip) = tip(repository, url, reference)? else { return Ok(None) };
    if repository.odb()?.exists(tip) {
        return Ok(Some(tip));
    }
    if let Some(path) = local_path(url) {
        copy(&Repository::open(path)?, repository, tip)?;
        return Ok(Some(tip));
    }
    let mut options = FetchOptions::new();
    options.update_fetchhead(false);
    match depth {
        Depth::All => {}
        Depth::One => drop(options.depth(1)),
        Depth::Commits(number) => drop(options.depth(i32::try_from(number).unwrap_or(i32::MAX))),
    }
    repository.remote_anonymous(url)?.download(&[reference], Some(&mut options))?;
    Ok(Some(tip))
}

/// Copies a commit and its history between two local repositories.
///
/// libgit2's local transport is not used, because it needs a temporary reference in the target, which
/// other processes see, and removes the mark of shallow repositories.
fn copy(from: &Repository, to: &Repository, commit: Oid) -> Result<(), git2::Error> {
    let mut walk = from.revwalk()?;
    walk.push(commit)?;
    for reference in to.references()? {
        let known = reference?.peel_to_commit().map(|commit| commit.id());
        if let Ok(known) = known
            && from.find_commit(known).is_ok()
        {
            walk.hide(known)?;
        }
    }
    let mut pack = from.packbuilder()?;
    pack.insert_walk(&mut walk)?;
    if pack.object_count() == 0 {
        return Ok(());
    }
    let odb = to.odb()?;
    let mut writer = odb.packwriter()?;
    let mut written = Ok(());
    pack.foreach(|bytes| {
        written = writer.write_all(bytes);
        written.is_ok()
    })?;
    written.map_err(|e| git2::Error::from_str(&e.to_string()))?;
    writer.commit().map(drop)
}

/// The tip of a remote branch.
fn tip(repository: &Repository, url: &str, reference: &str) -> Result<Option<Oid>, git2::Error> {
    if let Some(path) = local_path(url) {
        return match Repository::open(path)?.refname_to_id(reference) {
            Ok(tip) => Ok(Some(tip)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        };
    }
    let mut found = branches(repository, url)?.into_iter();
    Ok(found.find(|(name, _)| name == reference).map(|(_, tip)| tip))
}

/// Moves a remote branch from `old` (`None` when it does not exist) to `new`. `false` when another
/// writer has moved it.
///
/// # Errors
/// When the remote cannot be reached, or refuses for another reason, such as a hook or missing permission.
pub(super) fn compare_and_swap(
    repository: &Repository,
    url: &str,
    reference: &str,
    old: Option<Oid>,
    new: Oid,
) -> Result<bool, git2::Error> {
    match local_path(url) {
        Some(path) => swap_local(repository, &path, reference, old, new),
        None => swap_remote(repository, url, reference, old, new),
    }
}

/// Pushes to a server, which compares the old tip itself.
fn swap_remote(
    repository: &Repository,
    url: &str,
    reference: &str,
    old: Option<Oid>,
    new: Oid,
) -> Result<bool, git2::Error> {
    let staged = stage(repository, new)?;
    let (mut refused, mut said) = (None, String::new());
    let mut seen_other = false;
    let pushed = {
        let mut callbacks = RemoteCallbacks::new();
        callbacks.push_negotiation(|updates| {
            let expected = old.unwrap_or(Oid::ZERO_SHA1);
            seen_other = updates.iter().any(|update| update.src() != expected);
            if seen_other {
                return Err(git2::Error::from_str("the branch has moved"));
            }
            Ok(())
        });
        callbacks.push_update_reference(|_, status| {
            refused = status.map(str::to_owned);
            Ok(())
        });
        callbacks.sideband_progress(|text| {
            if said.len() < MOST_SAID {
                said.push_str(&String::from_utf8_lossy(text));
            }
            true
        });
        let mut options = PushOptions::new();
        options.remote_callbacks(callbacks);
        let mut remote = repository.remote_anonymous(url)?;
        remote.push(&[format!("{staged}:{reference}")], Some(&mut options))
    };
    unstage(repository, &staged)?;
    if let (Ok(()), Some(reason)) = (&pushed, refused) {
        if is_race(&reason) || tip(repository, url, reference)? != old {
            return Ok(false);
        }
        return Err(git2::Error::from_str(&refusal_text(reference, &reason, &said)));
    }
    match pushed {
        Ok(()) => Ok(true),
        Err(_) if seen_other => Ok(false),
        Err(error) if error.code() == ErrorCode::NotFastForward => Ok(false),
        Err(error) => Err(error),
    }
}

/// The message of a refused push: the reason, what the server says beside it, and what that means.
fn refusal_text(reference: &str, reason: &str, said: &str) -> String {
    let words: Vec<_> = said.split_whitespace().filter(|word| *word != "remote:").collect();
    let said = words.join(" ");
    let mut text = format!("the remote refused `{reference}`: {reason}");
    if !said.is_empty() {
        text.push_str(&format!(" ({})", shorten(&said, SHOWN)));
    }
    if let Some(meaning) = refusal::meaning(&format!("{said} {reason}")) {
        text.push_str(&format!("; {meaning}"));
    }
    text
}

/// True for messages of servers about a branch that another writer is moving.
fn is_race(reason: &str) -> bool {
    let words = ["lock", "failed to update ref", "old value", "non-fast-forward", "fetch first"];
    words.iter().any(|word| reason.contains(word))
}

/// Moves the branch in a local repository directly, because libgit2 does not compare the old tip when
/// it pushes to a directory. Hooks do not run.
fn swap_local(
    repository: &Repository,
    path: &Path,
    reference: &str,
    old: Option<Oid>,
    new: Oid,
) -> Result<bool, git2::Error> {
    let there = Repository::open(path)?;
    if !there.is_bare() && there.head().is_ok_and(|head| head.name() == Ok(reference)) {
        let message = format!("`{reference}` is checked out in the remote, which is not bare");
        return Err(git2::Error::from_str(&message));
    }
    copy(repository, &there, new)?;
    let moved = match old {
        None => there.reference(reference, new, false, "callboard"),
        Some(old) => there.reference_matching(reference, new, true, old, "callboard"),
    };
    match moved {
        Ok(_) => Ok(true),
        Err(error) if is_lost(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// True when a reference has changed, or is locked by another process.
pub(super) fn is_lost(error: &git2::Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::Modified | ErrorCode::Exists | ErrorCode::Locked | ErrorCode::NotFound
    ) && error.class() != ErrorClass::Net
}

/// Makes a temporary reference to a commit, because only references can be pushed.
fn stage(repository: &Repository, commit: Oid) -> Result<String, git2::Error> {
    let name = format!("refs/callboard/{commit}");
    repository.reference(&name, commit, true, "callboard")?;
    Ok(name)
}

fn unstage(repository: &Repository, name: &str) -> Result<(), git2::Error> {
    match repository.find_reference(name) {
        Ok(mut reference) => reference.delete(),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn local_path(url: &str) -> Option<PathBuf> {
    match url::Url::parse(url) {
        Ok(parsed) if parsed.scheme() == "file" => parsed.to_file_path().ok(),
        Ok(_) => None,
        Err(_) => Some(PathBuf::from(url)).filter(|path| path.exists()),
    }
}

/// Makes the entry of a file for an index.
pub(super) fn index_entry(path: &str, id: Oid, mode: u32) -> IndexEntry {
    IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}
