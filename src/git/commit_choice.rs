//! Which commit of a repository is wanted, and how it is chosen from the list of its branches and tags.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use git2::{Oid, RemoteHead};

use super::clone::CloneError;
use crate::base::{forges::is_commit, http::Url, text::nearest};

/// Which commit is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitChoice {
    /// The newest of the default branch.
    Default,
    /// The newest of a branch or, when there is none, of a tag; `refs/heads/` or `refs/tags/` may stand before the name.
    Reference(String),
    /// As [`Self::Reference`], or the id of a commit, and behind it a path. Of several branches and tags that it begins
    /// with, the longest.
    Joined(String),
    /// The one with this id: 40 hexadecimal digits.
    Commit(String),
}

/// The folders of branches and tags, in the order in which a short name is looked for.
const FOLDERS: [&str; 2] = ["refs/heads/", "refs/tags/"];

/// The branches and tags of a repository: full names, and the commits that they stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct References {
    /// The default branch; `None` without a commit.
    pub(super) head: Option<(String, Oid)>,
    pub(super) names: Vec<(String, Oid)>,
}

impl References {
    /// Reads the list of a server. Peeled tags (`^{}`) are left out.
    pub(super) fn of_server(heads: &[RemoteHead<'_>]) -> Self {
        let head = heads.iter().find(|head| head.name() == "HEAD").map(|head| {
            let name = head.symref_target().unwrap_or_else(|| {
                let same = |other: &&RemoteHead<'_>| {
                    other.oid() == head.oid() && other.name().starts_with("refs/heads/")
                };
                heads.iter().find(same).map_or("HEAD", RemoteHead::name)
            });
            (name.to_owned(), head.oid())
        });
        let names = heads.iter().filter(|head| !head.name().ends_with("^{}"));
        let names = names.map(|head| (head.name().to_owned(), head.oid())).collect();
        Self { head, names }
    }
}

/// What servers listed, by the address of the repository: fetches that share it ask each server once, and see the same
/// commit of each branch.
#[derive(Debug, Clone, Default)]
pub struct ListedReferences(Arc<Mutex<BTreeMap<String, References>>>);

impl ListedReferences {
    pub(super) fn get(&self, url: &Url) -> Option<References> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(url.as_str()).cloned()
    }

    pub(super) fn insert(&self, url: &Url, references: References) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(url.as_str().to_owned(), references);
    }
}

/// Chooses a commit. The name of one that is wanted itself is its id.
pub(super) fn choose(
    References { head, names }: &References,
    wanted: &CommitChoice,
) -> Result<(String, Oid), CloneError> {
    let text = match wanted {
        CommitChoice::Default => return head.clone().ok_or(CloneError::Empty),
        CommitChoice::Commit(text) | CommitChoice::Reference(text) | CommitChoice::Joined(text) => {
            text
        }
    };
    if let CommitChoice::Commit(commit) = wanted {
        return commit_of(commit);
    }
    let mut found: Option<&(String, Oid)> = None;
    for folder in ["", FOLDERS[0], FOLDERS[1]] {
        for candidate in names {
            let (name, _) = candidate;
            let Some(short) = name.strip_prefix(folder).filter(|_| name.starts_with("refs/"))
            else {
                continue;
            };
            let fits = match wanted {
                CommitChoice::Joined(text) => rest_behind(text, short).is_some(),
                _ => text == short,
            };
            let length = |name: &str| short_name(name).len();
            if fits && found.is_none_or(|(other, _)| length(name) > length(other)) {
                found = Some(candidate);
            }
        }
    }
    if let Some(found) = found {
        return Ok(found.clone());
    }
    let first = text.split('/').next().unwrap_or_default();
    if is_commit(first) && matches!(wanted, CommitChoice::Joined(_)) {
        return commit_of(first);
    }
    let name = match wanted {
        CommitChoice::Joined(_) => {
            FOLDERS.iter().find_map(|f| text.strip_prefix(f)).unwrap_or(text)
        }
        _ => text,
    };
    let known: Vec<_> = names
        .iter()
        .filter(|(name, _)| FOLDERS.iter().any(|folder| name.starts_with(folder)))
        .map(|(name, _)| short_name(name))
        .collect();
    let near = nearest(name, known.iter().copied())
        .or_else(|| nearest(name.split('/').next().unwrap_or_default(), known.iter().copied()))
        .map(str::to_owned);
    Err(CloneError::NoReference { name: name.to_owned(), near })
}

fn commit_of(text: &str) -> Result<(String, Oid), CloneError> {
    let id = Oid::from_str(text).map_err(|_| CloneError::NoCommit(text.to_owned()))?;
    Ok((id.to_string(), id))
}

fn short_name(name: &str) -> &str {
    FOLDERS.iter().find_map(|folder| name.strip_prefix(folder)).unwrap_or(name)
}

/// What of a path follows a name: empty, or the path without the slash between them.
fn rest_behind<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(name)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// The path behind the branch, tag or commit that was chosen for a [`CommitChoice::Joined`], by its name without
/// `refs/heads/` or `refs/tags/`.
pub fn path_behind<'p>(joined: &'p str, name: &str) -> &'p str {
    let inside = FOLDERS.iter().find_map(|folder| joined.strip_prefix(folder));
    let of = |text| rest_behind(text, name);
    inside.and_then(of).or_else(|| of(joined)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<(String, Oid)> {
        let id = |digit: &str| Oid::from_str(&digit.repeat(40)).expect("an id");
        [
            ("refs/heads/main", "1"),
            ("refs/heads/feat", "2"),
            ("refs/heads/feat/x", "3"),
            ("refs/tags/v1", "4"),
            ("refs/tags/main", "5"),
            ("refs/pull/1/head", "6"),
        ]
        .map(|(name, digit)| (name.to_owned(), id(digit)))
        .to_vec()
    }

    fn find(wanted: &CommitChoice) -> Result<String, CloneError> {
        choose(&References { head: None, names: names() }, wanted).map(|(name, _)| name)
    }

    #[test]
    fn the_longest_branch_or_tag_that_a_path_begins_with_is_chosen() {
        for (path, name, rest) in [
            ("feat/x/java", "refs/heads/feat/x", "java"),
            ("feat/y/java", "refs/heads/feat", "y/java"),
            ("feat/xy", "refs/heads/feat", "xy"),
            ("main", "refs/heads/main", ""),
            ("refs/tags/main/a", "refs/tags/main", "a"),
            ("v1/a/b", "refs/tags/v1", "a/b"),
        ] {
            assert_eq!(find(&CommitChoice::Joined(path.into())).expect(path), name);
            assert_eq!(path_behind(path, short_name(name)), rest, "{path}");
        }
        let commit = "a".repeat(40);
        let joined = CommitChoice::Joined(format!("{commit}/a/b"));
        assert_eq!(find(&joined).expect("a commit"), commit);
        assert_eq!(path_behind(&format!("{commit}/a/b"), &commit), "a/b");
        let Err(CloneError::NoReference { near, .. }) =
            find(&CommitChoice::Joined("mian/a".into()))
        else {
            panic!("there is no `mian`")
        };
        assert_eq!(near.as_deref(), Some("main"));
    }

    #[test]
    fn a_name_is_a_branch_before_it_is_a_tag() {
        let reference = |name: &str| find(&CommitChoice::Reference(name.into()));
        assert_eq!(reference("main").expect("a branch"), "refs/heads/main");
        assert_eq!(reference("refs/tags/main").expect("a tag"), "refs/tags/main");
        assert_eq!(reference("refs/pull/1/head").expect("another"), "refs/pull/1/head");
        assert!(reference("pull/1/head").is_err());
        assert_eq!(find(&CommitChoice::Commit("b".repeat(40))).expect("a commit"), "b".repeat(40));
    }
}
