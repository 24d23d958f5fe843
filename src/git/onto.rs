//! Adds files to a branch of a remote by one commit, which is found again by its trailers.

use git2::{Commit, Oid, Repository};

use super::{
    publish::{InitialCommit, PublishError, REQUEST_TRAILER, failure, scratch, write},
    remote::{self, Depth},
};

/// Trailer with the effect that a commit is of, beside [`REQUEST_TRAILER`].
pub const EFFECT_TRAILER: &str = "Callboard-Effect";
/// Most commits of a branch among which one is looked for.
const MOST_COMMITS: usize = 10_000;

/// Looks for the commit of a request's effect in the history of its branch; changes nothing.
pub fn find(
    url: &str,
    commit: &InitialCommit<'_>,
    effect: &str,
) -> Result<Option<String>, PublishError> {
    let failed = failure(url.to_owned());
    let scratch = scratch()?;
    let found = Repository::init_bare(scratch.path()).and_then(|repository| {
        let tip = remote::fetch(&repository, url, &reference(commit), Depth::All)?;
        tip.map_or(Ok(None), |tip| of_effect(&repository, tip, commit.request, effect))
    });
    Ok(found.map_err(&failed)?.map(|id| id.to_string()))
}

/// The newest commit of an effect among the last ones of a history.
fn of_effect(
    repository: &Repository,
    tip: Oid,
    request: &str,
    effect: &str,
) -> Result<Option<Oid>, git2::Error> {
    let mut walk = repository.revwalk()?;
    walk.push(tip)?;
    for id in walk.take(MOST_COMMITS) {
        let commit = repository.find_commit(id?)?;
        let trailers = git2::message_trailers_strs(commit.message().unwrap_or_default())?;
        let has = |name: &str, wanted: &str| trailers.iter().any(|pair| pair == (name, wanted));
        if has(REQUEST_TRAILER, request) && has(EFFECT_TRAILER, effect) {
            return Ok(Some(commit.id()));
        }
    }
    Ok(None)
}

/// Pushes a commit that adds files to its branch, or changes them. A branch that is not there begins at the default branch;
/// where the files are there already, there is nothing to push. Returns the commit that has the files; `None` when another
/// writer has moved the branch meanwhile.
pub fn push(url: &str, commit: &InitialCommit<'_>) -> Result<Option<String>, PublishError> {
    let failed = failure(url.to_owned());
    let scratch = scratch()?;
    let repository = Repository::init_bare(scratch.path()).map_err(&failed)?;
    let pushed = push_from(&repository, url, commit).map_err(&failed)?;
    Ok(pushed.map(|id| id.to_string()))
}

fn push_from(
    repository: &Repository,
    url: &str,
    commit: &InitialCommit<'_>,
) -> Result<Option<Oid>, git2::Error> {
    let reference = reference(commit);
    let tip = remote::fetch(repository, url, &reference, Depth::All)?;
    let base = match (tip, remote::default_branch(repository, url)?) {
        (None, Some(default)) => remote::fetch(repository, url, &default, Depth::All)?,
        (tip, _) => tip,
    };
    let parent: Option<Commit<'_>> = base.map(|id| repository.find_commit(id)).transpose()?;
    let made = write(repository, commit, parent.as_ref())?;
    let tree = repository.find_commit(made)?.tree_id();
    let has_files = parent.is_some_and(|parent| parent.tree_id() == tree);
    if has_files && tip.is_some() {
        return Ok(tip);
    }
    let is_pushed = remote::compare_and_swap(repository, url, &reference, tip, made)?;
    Ok(is_pushed.then_some(made))
}

fn reference(commit: &InitialCommit<'_>) -> String {
    format!("refs/heads/{}", commit.branch)
}
