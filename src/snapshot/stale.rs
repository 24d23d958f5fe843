//! Decides which fragments of the last snapshot are kept although no document has them now: those that
//! a failed document may have defined. A document that cannot be read never counts as deleted.
//!
//! The index of documents ([`origins`](super::origins)) tells which file had an entity in the last
//! snapshot. A failed file with a Location may have named other files, so that the entities of those
//! are kept, too. Records have no stable names: an entity is kept when its name, title or annotations
//! have a text of a failed record.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use serde_json::Value;

use super::{
    faults::{Fault, FileName, Subject, texts_of},
    report::DocumentFailure,
};
use crate::base::{
    fs::{self, FileError},
    yaml,
};

/// Finds which of the entities that no document has now (`unsaid`, each with its fragment's file) are
/// kept. `known` has the file of each entity in the last snapshot, `read` the files of which a document
/// was read now.
///
/// Returns the failures with their entities, and the references of the entities that are kept.
pub(super) fn keep_last_good<'a>(
    faults: &[Fault],
    unsaid: impl IntoIterator<Item = (&'a str, PathBuf)>,
    known: &BTreeMap<String, FileName>,
    read: &BTreeSet<FileName>,
) -> Result<(Vec<DocumentFailure>, BTreeSet<String>), FileError> {
    let mut failures: Vec<_> = faults.iter().map(|fault| fault.failure.clone()).collect();
    let mut stay = BTreeSet::new();
    if faults.iter().all(|fault| fault.subject == Subject::Nothing) {
        return Ok((failures, stay));
    }
    let subjects = Subjects::new(faults, known);
    for (entity, fragment) in unsaid {
        let mut concerned = subjects.of(entity, known.get(entity), read);
        if !subjects.records.is_empty() {
            let fragment = fs::read_text(&fragment)?;
            concerned.extend(subjects.of_record(&fragment));
        }
        for &at in &concerned {
            failures[at].entities.push(entity.to_owned());
        }
        if !concerned.is_empty() {
            stay.insert(entity.to_owned());
        }
    }
    Ok((failures, stay))
}

/// Indices of faults, by what they may have defined.
#[derive(Default)]
struct Subjects<'f> {
    entities: BTreeMap<String, Vec<usize>>,
    files: BTreeMap<&'f FileName, Vec<usize>>,
    repositories: BTreeMap<&'f str, Vec<usize>>,
    records: Vec<(usize, &'f BTreeSet<String>)>,
    /// Faults of files with Locations, by repository.
    leading: BTreeMap<&'f str, Vec<usize>>,
    /// Faults of files and repositories: any of them may have defined an entity that is not in the index.
    vague: Vec<usize>,
}

impl<'f> Subjects<'f> {
    fn new(faults: &'f [Fault], known: &BTreeMap<String, FileName>) -> Self {
        let locations = known.iter().filter(|(entity, _)| entity.starts_with("location:"));
        let leading: BTreeSet<_> = locations.map(|(_, file)| file).collect();
        let mut made = Self::default();
        for (at, fault) in faults.iter().enumerate() {
            match &fault.subject {
                Subject::Entity(entity) => {
                    made.entities.entry(entity.to_string()).or_default().push(at);
                }
                Subject::File(file) => {
                    made.files.entry(file).or_default().push(at);
                    made.vague.push(at);
                    if leading.contains(file) {
                        made.leading.entry(&file.repository).or_default().push(at);
                    }
                }
                Subject::Repository(address) => {
                    made.repositories.entry(address).or_default().push(at);
                    made.vague.push(at);
                }
                Subject::Record(texts) => made.records.push((at, texts)),
                Subject::Nothing => {}
            }
        }
        made
    }

    fn of(
        &self,
        entity: &str,
        file: Option<&FileName>,
        read: &BTreeSet<FileName>,
    ) -> BTreeSet<usize> {
        let mut found: BTreeSet<_> = self.entities.get(entity).into_iter().flatten().collect();
        match file {
            Some(file) => {
                found.extend(self.files.get(file).into_iter().flatten());
                found.extend(self.repositories.get(&*file.repository).into_iter().flatten());
                if found.is_empty() && !read.contains(file) {
                    found.extend(self.leading.get(&*file.repository).into_iter().flatten());
                }
            }
            None if found.is_empty() => found.extend(&self.vague),
            None => {}
        }
        found.into_iter().copied().collect()
    }

    /// Faults of records that have a text in common with a fragment. A record without texts matches
    /// every fragment.
    fn of_record(&self, fragment: &str) -> impl Iterator<Item = usize> {
        let entity = yaml::parse_documents(fragment).into_iter().next().and_then(Result::ok);
        let metadata = entity.as_ref().map_or(&Value::Null, |entity| &entity["metadata"]);
        let mut own = texts_of(&metadata["annotations"]);
        own.extend(texts_of(&metadata["title"]));
        let name = metadata["name"].as_str().unwrap_or_default().to_lowercase();
        let is_part = |text: &str| {
            text == name
                || name.strip_prefix(text).is_some_and(|rest| rest.starts_with(['-', '_', '.']))
                || name.strip_suffix(text).is_some_and(|rest| rest.ends_with(['-', '_', '.']))
        };
        let concerned = self.records.iter().filter(|(_, texts)| {
            texts.is_empty() || texts.iter().any(|text| is_part(text) || own.contains(text))
        });
        concerned.map(|(at, _)| *at).collect::<Vec<_>>().into_iter()
    }
}
