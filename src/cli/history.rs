//! The history of the catalog: what each commit of git's log changed in the catalog, with a cache for the
//! next build.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use rayon::prelude::*;

use super::{Failure, exit::outside};
use crate::{
    base::fs,
    catalog::history::{Commit, History, SourceChange, folder_of, meaning},
    git::log::{FolderChange, LogLimits, log},
};

/// How much of the log is read: a year of nightly snapshots and of changes by hand.
const LIMITS: LogLimits = LogLimits { commits: 3000, days: 366, files: 1000 };
/// The folders whose changes are changes of the catalog.
const BELOW: [&str; 3] = ["catalog-data/entities", "catalog-data/manual", "scaffolds/templates"];
/// The cache: the changes of the catalog by commit. A change of the format needs a new name.
const CACHE: &str = ".callboard/cache/history-1.json";

/// The changes of the catalog by the id of the commit.
type ChangesByCommit = HashMap<String, Vec<SourceChange>>;

/// Loads the history of the portal. The changes of a commit are computed once, and then cached.
pub(super) fn load(portal: &Path) -> Result<History, Failure> {
    let file = portal.join(CACHE);
    // A cache that cannot be read is made anew.
    let mut known: ChangesByCommit = fs::read_text_if_exists(&file)
        .ok()
        .flatten()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let is_known = |id: &str| known.contains_key(id);
    let log = log(portal, &BELOW, LIMITS, &folder_of, &is_known).map_err(outside)?;
    let new: Vec<(&String, Vec<SourceChange>)> = log
        .commits
        .par_iter()
        .filter_map(|commit| Some((&commit.id, commit.folders.as_ref()?)))
        .map(|(id, folders)| Ok((id, changes(folders)?)))
        .collect::<Result<_, Failure>>()?;
    let is_changed = !new.is_empty();
    known.extend(new.into_iter().map(|(id, changes)| (id.clone(), changes)));
    if is_changed {
        write_cache(&file, &log.commits.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), &known)?;
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

/// Writes the changes of the commits that the log still has.
fn write_cache(file: &Path, ids: &[&str], known: &ChangesByCommit) -> Result<(), Failure> {
    let kept: BTreeMap<_, _> = ids.iter().filter_map(|id| known.get_key_value(*id)).collect();
    let text = serde_json::to_vec(&kept).map_err(outside)?;
    Ok(fs::write_atomic(file, &text)?)
}

#[cfg(test)]
mod tests {
    use callboard_testing::{Portal, commit_changes, component};

    use super::*;

    /// Commits a component with this owner.
    fn commit(portal: &Portal, owner: &str, day: i64) {
        let files = [("catalog-data/manual/cart.yaml", Some(&*component("cart", owner, "")))];
        commit_changes(portal.path(), day * 24 * 60 * 60, &files, &[]);
    }

    /// What happened, newest first: `added`, or the owner before and after.
    fn told(history: &History) -> Vec<String> {
        let sources = history.commits.iter().flat_map(|commit| &commit.sources);
        let events = sources.flat_map(|source| &source.events);
        let told = events.map(|event| match event.changes.first() {
            Some(change) => {
                format!("{:?} {:?}", change.from, change.to).replace("group:default/", "")
            }
            None => format!("{:?}", event.what),
        });
        told.collect()
    }

    #[test]
    fn history_is_cached_and_a_broken_cache_is_read_from_git_again() {
        let repository = Portal::empty();
        for (day, owner) in [(0, "a"), (1, "b"), (2, "c")] {
            commit(&repository, owner, day);
        }
        let portal = repository.path();
        let expected = ["Some(\"b\") Some(\"c\")", "Some(\"a\") Some(\"b\")", "Added"];
        assert_eq!(told(&load(portal).expect("a history")), expected);
        let file = portal.join(CACHE);
        let kept = fs::read_text_if_exists(&file).expect("readable").expect("there");
        // The cache is used without looking at git again.
        fs::write_atomic(&file, kept.replace("default/c", "default/z").as_bytes())
            .expect("writable");
        assert_eq!(told(&load(portal).expect("a history"))[0], "Some(\"b\") Some(\"z\")");
        for broken in ["", "{\"x\": 1}", &kept[..kept.len() / 2]] {
            fs::write_atomic(&file, broken.as_bytes()).expect("writable");
            assert_eq!(told(&load(portal).expect("a history")), expected, "{broken}");
        }
        assert_eq!(fs::read_text_if_exists(&file).expect("readable"), Some(kept), "kept anew");
        commit(&repository, "d", 3);
        let history = load(portal).expect("a history");
        assert_eq!(told(&history)[..2], ["Some(\"c\") Some(\"d\")", expected[0]]);
        assert_eq!(history.commits[0].author.as_deref(), Some("Ann"));
        assert!(history.is_whole);
    }

    #[test]
    fn a_portal_without_git_has_no_history() {
        let portal = Portal::empty();
        assert!(load(portal.path()).expect("none").commits.is_empty());
        assert!(!portal.path().join(CACHE).exists(), "nothing to keep");
    }
}
