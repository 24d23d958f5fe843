//! Decides which fragments of the last snapshot stay although nothing says them now: those that a
//! document which failed may have said. What cannot be read is never taken for gone.
//!
//! The index of documents ([`origins`](super::origins)) tells which file said an entity last time. A file
//! that failed and had a Location may have led to others, so what those said stays, too. Records have no
//! name that lasts: an entity stays when its name, title or annotations have a text of the record.

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

/// Sorts entities that nothing says now, each with the file of its fragment, into those that are gone and
/// those that stay. `known` has the files that said entities last time, `read` those of which a document
/// was read now.
///
/// Returns the failures with their entities, and the references of the entities that stay.
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

/// Faults, by the number that they have in their list, by what they are about.
#[derive(Default)]
struct Subjects<'f> {
    entities: BTreeMap<String, Vec<usize>>,
    files: BTreeMap<&'f FileName, Vec<usize>>,
    repositories: BTreeMap<&'f str, Vec<usize>>,
    records: Vec<(usize, &'f BTreeSet<String>)>,
    /// About a file that may have led to others of its repository.
    leading: BTreeMap<&'f str, Vec<usize>>,
    /// About files and repositories: any of them may have said what is not in the index.
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

    /// Faults of records that have something in common with a fragment. One without any text may be
    /// about everything.
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
