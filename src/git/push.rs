//! Pushes the branch of `HEAD` to the remote `origin`, never overwriting commits of others.
//!
//! When the remote has new commits, the local commits are rebased onto them in memory. Files are not
//! merged line by line, because programs write them: a file that both sides changed is a conflict. The
//! local branch and the working tree are updated after the push.

use std::path::Path;

use git2::{
    CheckoutNotificationType, Commit, ErrorCode, Index, ObjectType, Oid, Repository, Sort, Tree,
    build::CheckoutBuilder,
};

use super::{
    GitError,
    commit::make_commit,
    remote::{self, Depth},
};

/// Name of the remote that the portal's repository was cloned from.
pub const ORIGIN: &str = "origin";
/// Most attempts of a push while others push at the same time.
const ATTEMPTS: usize = 5;

/// The result of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushOutcome {
    /// The commit that the remote's branch has now.
    pub commit: Oid,
    /// Whether the local commits were rebased onto new commits of the remote.
    pub is_replayed: bool,
    /// Files that others changed and that were not updated, because they have local changes that are
    /// not committed.
    pub kept: Vec<String>,
}

/// Why nothing was pushed.
#[derive(Debug, thiserror::Error)]
enum PushError {
    #[error(
        "`HEAD` is on no branch, so there is none to push\nhint: check out the branch, as in `git \
         switch main`; in CI, `git checkout -B \"$BRANCH\"` with the name of the branch"
    )]
    Detached,
    #[error(
        "the remote's `{branch}` has moved on, and both sides changed {files}\nhint: nothing was \
         pushed, and the commit is still here; take it back with `git reset --hard HEAD^`, `git \
         pull`, and start again"
    )]
    Conflict { branch: String, files: String },
    #[error(
        "the remote's `{0}` moved each of {ATTEMPTS} times that this was tried\nhint: try again"
    )]
    Busy(String),
    #[error(
        "the remote has moved on, and commit {0} cannot be replayed: it has not exactly one \
         parent\nhint: `git pull` first; a shallow clone may need `git fetch --unshallow`"
    )]
    NotReplayable(Oid),
    #[error(transparent)]
    Git(#[from] git2::Error),
}

/// Pushes the branch of `HEAD` to `origin`, rebased onto commits that others have pushed.
///
/// # Errors
/// When `HEAD` is on no branch, when there is no such remote or it cannot be reached or refuses, and
/// when others changed the same files. The branch and the working tree are then unchanged.
pub fn push_head(root: &Path) -> Result<PushOutcome, GitError> {
    let repository = Repository::discover(root).map_err(GitError::because("open git", root))?;
    push(&repository).map_err(|error| match error {
        PushError::Git(error) => GitError::new("push", root, error),
        error => GitError::new("push", root, error),
    })
}

fn push(repository: &Repository) -> Result<PushOutcome, PushError> {
    if repository.head_detached()? {
        return Err(PushError::Detached);
    }
    let head = repository.head()?;
    let (reference, ours) = (head.name()?.to_owned(), head.peel_to_commit()?.id());
    let origin = repository.find_remote(ORIGIN)?;
    let url =
        origin.pushurl()?.map_or_else(|| origin.url().map(str::to_owned), |u| Ok(u.into()))?;
    let tracking = tracking(&origin, &reference)?;
    let depth = if repository.is_shallow() { Depth::One } else { Depth::All };
    for _ in 0..ATTEMPTS {
        let tip = remote::fetch(repository, &url, &reference, depth)?;
        let new = match tip {
            Some(tip) => replay(repository, &reference, tracking.as_deref(), ours, tip)?,
            None => ours,
        };
        let is_there = tip == Some(new);
        if is_there || remote::compare_and_swap(repository, &url, &reference, tip, new)? {
            if let Some(tracking) = tracking {
                repository.reference(&tracking, new, true, "callboard: push")?;
            }
            return Ok(follow(repository, &reference, ours, new)?);
        }
    }
    Err(PushError::Busy(branch(&reference)))
}

fn branch(reference: &str) -> String {
    reference.trim_start_matches("refs/heads/").to_owned()
}

/// The remote-tracking branch of a branch, such as `refs/remotes/origin/main`.
fn tracking(origin: &git2::Remote<'_>, reference: &str) -> Result<Option<String>, git2::Error> {
    let specs = origin.refspecs();
    let mut specs = specs
        .filter(|spec| spec.direction() == git2::Direction::Fetch && spec.src_matches(reference));
    let Some(spec) = specs.next() else { return Ok(None) };
    Ok(spec.transform(reference)?.as_str().ok().map(str::to_owned))
}

/// Returns the commit to push: `ours` when `tip` is its ancestor, else the local commits rebased onto
/// `tip`.
fn replay(
    repository: &Repository,
    reference: &str,
    tracking: Option<&str>,
    ours: Oid,
    tip: Oid,
) -> Result<Oid, PushError> {
    if ours == tip || repository.graph_descendant_of(ours, tip)? {
        return Ok(ours);
    }
    let mut own = repository.revwalk()?;
    own.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
    own.push(ours)?;
    own.hide(tip)?;
    if let Some(known) = tracking.and_then(|name| repository.refname_to_id(name).ok()) {
        own.hide(known)?;
    }
    let (mut tip, mut conflicts) = (repository.find_commit(tip)?, Vec::new());
    for commit in own {
        tip = replay_one(repository, &repository.find_commit(commit?)?, tip, &mut conflicts)?;
    }
    if conflicts.is_empty() {
        return Ok(tip.id());
    }
    Err(PushError::Conflict { branch: branch(reference), files: listed(&conflicts) })
}

fn listed(files: &[String]) -> String {
    let shown: Vec<_> = files.iter().take(5).map(|file| format!("`{file}`")).collect();
    let more = files.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more files") } else { String::new() };
    shown.join(", ") + &more
}

/// The object and the mode of a path in a tree; `None` when there is no such path.
type TreeEntry = Option<(Oid, i32)>;

fn entry_at(tree: &Tree<'_>, path: &Path) -> Result<TreeEntry, git2::Error> {
    match tree.get_path(path) {
        Ok(entry) => Ok(Some((entry.id(), entry.filemode()))),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// True when a tree has a file where a path needs a folder.
fn is_blocked(tree: &Tree<'_>, path: &Path) -> bool {
    let folders = path.ancestors().skip(1).filter(|folder| *folder != Path::new(""));
    folders
        .filter_map(|folder| tree.get_path(folder).ok())
        .any(|entry| entry.kind() != Some(ObjectType::Tree))
}

/// Applies the changes of a commit to `tip`. Returns `tip` itself when it has all these changes already.
fn replay_one<'r>(
    repository: &'r Repository,
    commit: &Commit<'_>,
    tip: Commit<'r>,
    conflicts: &mut Vec<String>,
) -> Result<Commit<'r>, PushError> {
    if commit.parent_count() != 1 {
        return Err(PushError::NotReplayable(commit.id()));
    }
    let (before, after, theirs) = (commit.parent(0)?.tree()?, commit.tree()?, tip.tree()?);
    let mut index = Index::new()?;
    index.read_tree(&theirs)?;
    for delta in repository.diff_tree_to_tree(Some(&before), Some(&after), None)?.deltas() {
        let file = delta.new_file().path().or_else(|| delta.old_file().path());
        let Some(path) = file else { continue };
        let (old, new, now) =
            (entry_at(&before, path)?, entry_at(&after, path)?, entry_at(&theirs, path)?);
        if now == new {
            continue;
        }
        if now != old || (new.is_some() && is_blocked(&theirs, path)) {
            conflicts.push(path.to_string_lossy().into_owned());
            continue;
        }
        match new {
            Some((id, mode)) => {
                index.add(&remote::index_entry(
                    &path.to_string_lossy(),
                    id,
                    mode.cast_unsigned(),
                ))?;
            }
            None => index.remove_path(path)?,
        }
    }
    let tree = index.write_tree_to(repository)?;
    if !conflicts.is_empty() || tree == theirs.id() {
        return Ok(tip);
    }
    let message = String::from_utf8_lossy(commit.message_bytes());
    let tree = repository.find_tree(tree)?;
    let by = (&commit.author(), &commit.committer());
    let made = make_commit(repository, by, &message, &tree, &[&tip])?;
    Ok(repository.find_commit(made)?)
}

/// Moves the local branch to the pushed commit. Files that others changed are updated when they have no
/// local changes.
fn follow(
    repository: &Repository,
    reference: &str,
    old: Oid,
    new: Oid,
) -> Result<PushOutcome, git2::Error> {
    let mut kept = Vec::new();
    if old == new {
        return Ok(PushOutcome { commit: new, is_replayed: false, kept });
    }
    if !repository.is_bare() {
        let tree = repository.find_commit(new)?.into_object();
        let mut checkout = CheckoutBuilder::new();
        checkout.safe().allow_conflicts(true);
        checkout.notify_on(CheckoutNotificationType::CONFLICT).notify(|_, path, _, _, _| {
            kept.extend(path.map(|path| path.to_string_lossy().into_owned()));
            true
        });
        repository.checkout_tree(&tree, Some(&mut checkout))?;
    }
    repository.reference_matching(reference, new, true, old, "callboard: push")?;
    Ok(PushOutcome { commit: new, is_replayed: true, kept })
}

#[cfg(test)]
mod tests;
