//! Remote branches: looks at them, and moves them by compare-and-swap.

use std::path::PathBuf;

use git2::{
    Direction, ErrorClass, ErrorCode, FetchOptions, IndexEntry, IndexTime, Oid, PushOptions,
    RemoteCallbacks, Repository,
};

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

/// Fetches one branch and returns its tip; `None` when the remote has no such branch.
pub(super) fn fetch(
    repository: &Repository,
    url: &str,
    reference: &str,
) -> Result<Option<Oid>, git2::Error> {
    let found = branches(repository, url)?;
    let Some((_, tip)) = found.into_iter().find(|(name, _)| name == reference) else {
        return Ok(None);
    };
    if repository.odb()?.exists(tip) {
        return Ok(Some(tip));
    }
    let mut options = FetchOptions::new();
    options.update_fetchhead(false);
    let mut remote = repository.remote_anonymous(url)?;
    remote.download(&[reference], Some(&mut options))?;
    Ok(Some(tip))
}

/// Moves a remote branch from `old` (`None`: it does not exist) to `new`. `false` when somebody
/// else moved it first.
pub(super) fn compare_and_swap(
    repository: &Repository,
    url: &str,
    reference: &str,
    old: Option<Oid>,
    new: Oid,
) -> Result<bool, git2::Error> {
    match local_path(url) {
        Some(path) => swap_local(repository, url, &path, reference, old, new),
        None => swap_remote(repository, url, reference, old, new),
    }
}

/// A server compares the old tip itself when it takes the push.
fn swap_remote(
    repository: &Repository,
    url: &str,
    reference: &str,
    old: Option<Oid>,
    new: Oid,
) -> Result<bool, git2::Error> {
    let staged = stage(repository, new)?;
    let mut refused = false;
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
            refused = status.is_some();
            Ok(())
        });
        let mut options = PushOptions::new();
        options.remote_callbacks(callbacks);
        let mut remote = repository.remote_anonymous(url)?;
        remote.push(&[format!("{staged}:{reference}")], Some(&mut options))
    };
    unstage(repository, &staged)?;
    match pushed {
        Ok(()) => Ok(!refused),
        Err(_) if seen_other => Ok(false),
        Err(error) if error.code() == ErrorCode::NotFastForward => Ok(false),
        Err(error) => Err(error),
    }
}

/// libgit2 does not compare when it pushes to a directory, so the objects are pushed under a name of
/// their own, and the branch is moved in the remote repository itself.
fn swap_local(
    repository: &Repository,
    url: &str,
    path: &std::path::Path,
    reference: &str,
    old: Option<Oid>,
    new: Oid,
) -> Result<bool, git2::Error> {
    let staged = stage(repository, new)?;
    let mut remote = repository.remote_anonymous(url)?;
    remote.push(&[format!("+{staged}:{staged}")], None)?;
    unstage(repository, &staged)?;
    let there = Repository::open(path)?;
    let moved = match old {
        None => there.reference(reference, new, false, "callboard"),
        Some(old) => there.reference_matching(reference, new, true, old, "callboard"),
    };
    let moved = match moved {
        Ok(_) => Ok(true),
        Err(error) if is_lost(&error) => Ok(false),
        Err(error) => Err(error),
    };
    unstage(&there, &staged)?;
    moved
}

/// True when a reference is not what it was, or is being changed right now.
pub(super) fn is_lost(error: &git2::Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::Modified | ErrorCode::Exists | ErrorCode::Locked | ErrorCode::NotFound
    ) && error.class() != ErrorClass::Net
}

/// Points a reference of its own at a commit, because only references can be pushed.
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

/// Describes a file for an index.
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
