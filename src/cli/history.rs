//! The history of the catalog: git's log, put into meaning, and kept from build to build.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use rayon::prelude::*;

use super::{Failure, exit::outside};
use crate::{
    base::fs,
    catalog::history::{Commit, History, SourceChange, folder_of, meaning},
    git::log::{Bounds, FolderChange, log},
};

/// What is read of the past: a year of nightly snapshots and of changes by hand.
const BOUNDS: Bounds = Bounds { commits: 3000, days: 366, files: 1000 };
/// The folders whose changes are changes of the catalog.
const BELOW: [&str; 3] = ["catalog-data/entities", "catalog-data/manual", "scaffolds/templates"];
/// Where what commits mean is kept; another format is another name.
const CACHE: &str = ".callboard/cache/history-1.json";

/// What is known of each commit by its id.
type Known = HashMap<String, Vec<SourceChange>>;

/// Loads the history of the portal; what a commit means is computed once.
pub(super) fn load(portal: &Path) -> Result<History, Failure> {
    let file = portal.join(CACHE);
    // A cache that cannot be read is as good as none.
    let mut known: Known = fs::read_text_if_exists(&file)
        .ok()
        .flatten()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let is_known = |id: &str| known.contains_key(id);
    let log = log(portal, &BELOW, BOUNDS, &folder_of, &is_known).map_err(outside)?;
    let new: Vec<(&String, Vec<SourceChange>)> = log
        .commits
        .par_iter()
        .filter_map(|commit| Some((&commit.id, commit.folders.as_ref()?)))
        .map(|(id, folders)| Ok((id, changes(folders)?)))
        .collect::<Result<_, Failure>>()?;
    let is_changed = !new.is_empty();
    known.extend(new.into_iter().map(|(id, changes)| (id.clone(), changes)));
    if is_changed {
        keep(&file, &log.commits.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), &known)?;
    }
    let commits = log.commits.into_iter().filter_map(|commit| {
        let sources = known.remove(&commit.id).filter(|sources| !sources.is_empty())?;
        Some(Commit { id: commit.id, time: commit.time, author: commit.author, sources })
    });
    Ok(History { commits: commits.collect(), is_whole: log.is_whole })
}

fn changes(folders: &[FolderChange]) -> Result<Vec<SourceChange>, Failure> {
    let change = |f: &FolderChange| Ok(meaning(&f.folder, f.files, f.is_new, &f.before, &f.after)?);
    folders.iter().map(change).collect()
}

/// Keeps what is known of the commits that are still there.
fn keep(file: &Path, ids: &[&str], known: &Known) -> Result<(), Failure> {
    let kept: BTreeMap<_, _> = ids.iter().filter_map(|id| known.get_key_value(*id)).collect();
    let text = serde_json::to_vec(&kept).map_err(outside)?;
    Ok(fs::write_atomic(file, &text)?)
}
