//! What is to be done with the requests of the branch, in the order in which they were merged.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::{
    base::path::RelativePath,
    cli::{Failure, commands::scaffold::apply, exit::outside, runs, settings::Settings},
    git::{
        GitError,
        merges::{LastCommit, last_changes, last_removals},
    },
    scaffold::{request::REQUESTS, run::Status},
};

/// What is to be done with one request.
#[derive(Debug)]
pub(super) struct Task {
    /// The id of the request.
    pub(super) id: String,
    /// The file of the request.
    pub(super) file: RelativePath,
    /// What is done.
    pub(super) kind: TaskKind,
}

/// What is done with a request. What is taken back comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TaskKind {
    /// The request was removed by this commit, and its run was not undone: that is taken back.
    TakeBack(String),
    /// The request has no run that has ended, and is applied. This commit brought its content; `None` when the clone does not
    /// have it.
    Apply(Option<String>),
}

impl Task {
    /// Whether one of these files is that of the request; true without files.
    pub(super) fn is_of(&self, files: &[PathBuf]) -> bool {
        let is_named = |file: &PathBuf| file.file_stem().is_some_and(|id| id == self.id.as_str());
        files.is_empty() || files.iter().any(is_named)
    }

    /// Whether what its run made is taken back.
    pub(super) fn takes_back(&self) -> bool {
        matches!(self.kind, TaskKind::TakeBack(_))
    }
}

/// Finds what is to be done. What was merged first comes first; a merge takes back before it applies, so that names are free.
///
/// # Errors
/// The requests, the records of runs or the history cannot be read.
pub(super) fn tasks(settings: &Settings) -> Result<Vec<Task>, Failure> {
    let mut pending = BTreeMap::new();
    for file in apply::request_files(&settings.portal)? {
        let id = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        pending.insert(id, file.to_string_lossy().into_owned());
    }
    let mut removed = BTreeMap::new();
    for (id, status) in runs::statuses(settings)? {
        if !pending.contains_key(&id) && status != Status::Undone {
            removed.insert(id.clone(), file_of(&id));
        }
        if status.is_end() {
            pending.remove(&id);
        }
    }
    let changes = commits(&settings.portal, &pending, last_changes)?;
    let removals = commits(&settings.portal, &removed, last_removals)?;
    let mut tasks = Vec::new();
    for (id, file) in pending {
        let change = changes.get(&file);
        let kind = TaskKind::Apply(change.map(|commit| commit.id.clone()));
        tasks.push((change.map(|commit| commit.age), task(id, &file, kind)?));
    }
    for (id, file) in removed {
        let Some(removal) = removals.get(&file) else { continue };
        let kind = TaskKind::TakeBack(removal.id.clone());
        tasks.push((Some(removal.age), task(id, &file, kind)?));
    }
    tasks.sort_by(|(age, task), (other_age, other)| {
        let order = (age.is_none(), Reverse(age), &task.kind, &task.id);
        order.cmp(&(other_age.is_none(), Reverse(other_age), &other.kind, &other.id))
    });
    Ok(tasks.into_iter().map(|(_, task)| task).collect())
}

fn task(id: String, file: &str, kind: TaskKind) -> Result<Task, Failure> {
    Ok(Task { id, file: RelativePath::new(file).map_err(outside)?, kind })
}

/// The commits of some files, found by a function.
fn commits(
    portal: &Path,
    files: &BTreeMap<String, String>,
    find: impl Fn(&Path, &[String]) -> Result<BTreeMap<String, LastCommit>, GitError>,
) -> Result<BTreeMap<String, LastCommit>, Failure> {
    let files: Vec<_> = files.values().cloned().collect();
    match files.is_empty() {
        true => Ok(BTreeMap::new()),
        false => find(portal, &files).map_err(outside),
    }
}

/// The file of a request.
pub(super) fn file_of(id: &str) -> String {
    format!("{REQUESTS}/{id}.yaml")
}
