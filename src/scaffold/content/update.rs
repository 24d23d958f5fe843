//! The lock of a portal, made anew from the addresses that its templates name.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde::Serialize;

use super::{ContentFault, ContentServers, is_cached};
use crate::base::{
    content::{ContentLock, ContentView, LockEntry},
    diagnostics::{self, Diagnostic, Place},
    files::{Directory, Files},
};

/// Which entries of the lock are made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Those that are missing.
    Missing,
    /// Those that are missing, and these.
    Addresses(BTreeSet<String>),
    /// All.
    All,
    /// None: what is missing is only told.
    Nothing,
}

/// What differs between the lock of before and the new one, for one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The address, as a template writes it.
    pub address: String,
    /// The entry of before; `None` when the address is new.
    pub before: Option<LockEntry>,
    /// The new entry; `None` when no template names the address any more, or it is not made.
    pub after: Option<LockEntry>,
    /// The first place that names the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// The new lock.
#[derive(Debug)]
pub struct LockUpdate {
    /// The lock.
    pub lock: ContentLock,
    /// What differs, sorted by address.
    pub changes: Vec<Change>,
    /// Addresses that cannot be fetched, at the places that name them.
    pub problems: Vec<Diagnostic>,
}

/// Makes the lock of a portal anew. Entries that are not selected keep their commit; those that no template names go,
/// once all of their content can be read. `named` finds the addresses that templates name; `progress` hears of each
/// address before it is fetched.
///
/// # Errors
/// Those of `named`.
pub fn update<E>(
    portal: &Path,
    before: &ContentLock,
    (selection, servers): (&Selection, &ContentServers<'_>),
    mut named: impl FnMut(&dyn Files) -> Result<BTreeMap<String, Place>, E>,
    mut progress: impl FnMut(&str),
) -> Result<LockUpdate, E> {
    let files = Directory::new(portal);
    let mut lock = before.clone();
    let (mut tried, mut problems) = (BTreeSet::new(), Vec::new());
    // What is included can have steps that name further addresses.
    let found = loop {
        let found = named(&ContentView::with_cache(&files, &files).with_lock(&lock))?;
        if found.keys().all(|address| tried.contains(address)) {
            break found;
        }
        for (address, place) in found {
            if !tried.insert(address.clone()) {
                continue;
            }
            let known = before.content.get(&address).filter(|entry| {
                let is_selected = match selection {
                    Selection::Missing | Selection::Nothing => false,
                    Selection::Addresses(addresses) => addresses.contains(&address),
                    Selection::All => true,
                };
                !is_selected && servers.is_of(entry, &address)
            });
            let had = match known {
                Some(entry) if is_cached(portal, entry) => Ok(()),
                Some(entry) => {
                    progress(&address);
                    servers.fetch(&address, entry)
                }
                None if *selection == Selection::Nothing => {
                    lock.content.remove(&address);
                    Ok(())
                }
                None => {
                    progress(&address);
                    servers
                        .pin(&address)
                        .map(|entry| drop(lock.content.insert(address.clone(), entry)))
                }
            };
            problems.extend(had.err().map(|fault| problem(&fault, &place)));
        }
    };
    if problems.is_empty() {
        lock.content.retain(|address, _| found.contains_key(address));
    }
    diagnostics::sort(&mut problems);
    let changes = changes(before, &lock, &found, &problems);
    Ok(LockUpdate { lock, changes, problems })
}

fn changes(
    before: &ContentLock,
    after: &ContentLock,
    found: &BTreeMap<String, Place>,
    problems: &[Diagnostic],
) -> Vec<Change> {
    let addresses: BTreeSet<_> = before.content.keys().chain(found.keys()).collect();
    let change = |address: &String| {
        let (old, new) = (before.content.get(address), after.content.get(address));
        let place = found.get(address).cloned();
        let is_failed = place.is_some() && new.is_none() && !problems.is_empty();
        let is_same = old == new && old.is_some();
        (!is_failed && !is_same).then(|| Change {
            address: address.clone(),
            before: old.cloned(),
            after: new.cloned(),
            place,
        })
    };
    addresses.into_iter().filter_map(change).collect()
}

fn problem(fault: &ContentFault, place: &Place) -> Diagnostic {
    Diagnostic::error("unusable-content", place.clone(), fault.to_string()).hint_opt(fault.hint())
}
