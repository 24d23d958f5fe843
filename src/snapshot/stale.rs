//! Decides which fragments of the last snapshot stay although nothing says them now: those that a
//! document which failed may have said.
//!
//! The index of documents ([`origins`](super::origins)) tells which file said an entity last time. An
//! entity of which that is not known stays as long as there is a failure that may be about it: what
//! cannot be read is never taken for gone.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    faults::{Fault, FileName, Subject},
    report::DocumentFailure,
};

/// Sorts entities that nothing says now into those that are gone and those that stay. `known` has the
/// files that said entities last time.
///
/// Returns the failures with their entities, and the references of the entities that stay.
pub(super) fn attribute<'a>(
    faults: &[Fault],
    unsaid: impl IntoIterator<Item = &'a str>,
    known: &BTreeMap<String, FileName>,
) -> (Vec<DocumentFailure>, BTreeSet<String>) {
    let mut failures: Vec<_> = faults.iter().map(|fault| fault.failure.clone()).collect();
    let mut stay = BTreeSet::new();
    if faults.iter().all(|fault| fault.subject == Subject::Nothing) {
        return (failures, stay);
    }
    let subjects = Subjects::new(faults);
    for entity in unsaid {
        let concerned = subjects.of(entity, known.get(entity));
        for &at in &concerned {
            failures[at].entities.push(entity.to_owned());
        }
        if !concerned.is_empty() {
            stay.insert(entity.to_owned());
        }
    }
    for failure in &mut failures {
        failure.entities.sort();
        failure.entities.dedup();
    }
    (failures, stay)
}

/// Faults, by the number that they have in their list, by what they are about.
#[derive(Default)]
struct Subjects<'f> {
    entities: BTreeMap<String, Vec<usize>>,
    files: BTreeMap<&'f FileName, Vec<usize>>,
    repositories: BTreeMap<&'f str, Vec<usize>>,
    /// About a record of which nothing is known.
    unknown: Vec<usize>,
    /// About something that may be any entity of which the file is not known.
    vague: Vec<usize>,
}

impl<'f> Subjects<'f> {
    fn new(faults: &'f [Fault]) -> Self {
        let mut made = Self::default();
        for (at, fault) in faults.iter().enumerate() {
            match &fault.subject {
                Subject::Entity(entity) => {
                    made.entities.entry(entity.to_string()).or_default().push(at);
                }
                Subject::File(file) => made.files.entry(file).or_default().push(at),
                Subject::Repository(address) => {
                    made.repositories.entry(address).or_default().push(at);
                }
                Subject::Unknown => made.unknown.push(at),
                Subject::Nothing => {}
            }
            let is_vague = matches!(
                fault.subject,
                Subject::File(_) | Subject::Repository(_) | Subject::Unknown
            );
            made.vague.extend(is_vague.then_some(at));
        }
        made
    }

    fn of(&self, entity: &str, file: Option<&FileName>) -> Vec<usize> {
        let mut found = self.entities.get(entity).cloned().unwrap_or_default();
        match file {
            Some(file) => {
                found.extend(self.files.get(file).into_iter().flatten());
                found.extend(self.repositories.get(&*file.repository).into_iter().flatten());
                found.extend(&self.unknown);
            }
            None if found.is_empty() => return self.vague.clone(),
            None => {}
        }
        found
    }
}
