//! Validates the entities that a mapping made, and merges equal entities of several records.

use std::collections::{BTreeMap, btree_map::Entry};

use rayon::prelude::*;
use serde_json::Value;

use super::{
    Entities,
    faults::{DocumentPlaces, Fault, Subject, texts_of},
    fragments::{canonical, path_of},
    mapping::{MappedEntity, MappingOutput, RecordFailure, RecordId},
    origins::Origins,
    source::{Role, Source},
};
use crate::{
    base::diagnostics::{Diagnostic, Level},
    catalog::{
        EntityRef, Issue, entity::text_at, envelope::check_envelope, load::reference_of,
        spec::check_spec,
    },
};

/// The valid entities of a source, and the faults of the others.
pub(super) struct EntitySet {
    /// The entities in canonical form.
    pub(super) entities: Entities,
    /// The file of each entity, for sources of files.
    pub(super) origins: Origins,
    /// Faults of records and documents that failed, fully or in part.
    pub(super) faults: Vec<Fault>,
}

/// Validates all mapped entities, and collects them by reference.
///
/// Equal entities of several records are one entity. When two records have different content for one
/// reference, the first record that was read is used, and the other one is a fault that names both.
pub(super) fn unite(source: &Source, mapped: MappingOutput, places: &DocumentPlaces) -> EntitySet {
    let checker = Checker { source, places };
    let checked: Vec<_> = mapped
        .made
        .into_par_iter()
        .map(|made| (checker.issues(&made.document), canonical(&made.document), made.record))
        .collect();
    let failed = mapped.failed.into_iter();
    let mut faults: Vec<_> = failed.map(|failed| checker.unmapped(failed)).collect();
    let mut entities: BTreeMap<EntityRef, (RecordId, Value)> = BTreeMap::new();
    for (issues, document, record) in checked {
        if !issues.is_empty() {
            faults.extend(checker.invalid(&record, &document, issues));
            continue;
        }
        match entities.entry(reference_of(&document)) {
            Entry::Vacant(vacant) => {
                vacant.insert((record, document));
            }
            Entry::Occupied(other) if other.get().1 == document => {}
            Entry::Occupied(other) => {
                let (first, known) = other.get();
                let problem = checker.clash((first, known), (&record, &document));
                let file = places.get(&record.number).map(|place| place.file.clone());
                let subject = file.map_or(Subject::Nothing, Subject::File);
                faults.push(checker.fault(&record, problem, subject));
            }
        }
    }
    let file = |record: &RecordId| Some(places.get(&record.number)?.file.clone());
    let origins =
        entities.iter().filter_map(|(key, (record, _))| Some((key.clone(), file(record)?)));
    let origins = origins.collect();
    let entities = entities.into_iter().map(|(key, (_, document))| (key, document)).collect();
    EntitySet { entities, origins, faults }
}

/// Validates the entities of one record. Returns them in canonical form, with their diagnostics.
pub(super) fn examine(
    source: &Source,
    made: Vec<MappedEntity>,
    places: &DocumentPlaces,
) -> (Vec<Value>, Vec<Diagnostic>) {
    let checker = Checker { source, places };
    let problems = made.iter().flat_map(|made| {
        let issues = checker.issues(&made.document).into_iter();
        issues.map(|issue| checker.problem(&made.record, &made.document, issue))
    });
    let problems = problems.collect();
    (made.iter().map(|made| canonical(&made.document)).collect(), problems)
}

/// Validates entities of a source. The place of a diagnostic is in the file when the record is a
/// document of a file, else it is the mapping.
struct Checker<'a> {
    source: &'a Source,
    places: &'a DocumentPlaces,
}

impl Checker<'_> {
    fn fault(&self, record: &RecordId, problem: Diagnostic, subject: Subject) -> Fault {
        let place = self.places.get(&record.number);
        Fault::new(problem, subject).in_repository(place.and_then(|p| p.file.repository()))
    }

    /// Makes the fault of a record whose mapping failed.
    fn unmapped(&self, failed: RecordFailure) -> Fault {
        let RecordFailure { record, problem, texts } = failed;
        match self.places.get(&record.number) {
            Some(document) => {
                let message = format!("the mapping fails: {}", problem.message);
                let problem = Diagnostic { place: document.at(""), message, ..problem };
                self.fault(&record, problem, Subject::File(document.file.clone()))
            }
            None => self.fault(&record, problem, Subject::Record(texts)),
        }
    }

    /// Makes the faults of an invalid entity: one for each issue, of which only the first is counted.
    fn invalid<'s>(
        &'s self,
        record: &'s RecordId,
        document: &'s Value,
        issues: Vec<Issue>,
    ) -> impl Iterator<Item = Fault> + 's {
        let is_named = check_envelope(document).iter().all(|issue| issue.level != Level::Error);
        let subject = match self.places.get(&record.number) {
            Some(place) => Subject::File(place.file.clone()),
            None if is_named => Subject::Entity(reference_of(document)),
            None => Subject::Record(texts_of(document)),
        };
        issues.into_iter().enumerate().map(move |(at, issue)| {
            let problem = self.problem(record, document, issue);
            match at {
                0 => self.fault(record, problem, subject.clone()),
                _ => self.fault(record, problem, Subject::Nothing).uncounted(),
            }
        })
    }

    /// Lists the issues of an entity. A fragment of a source that enriches may omit fields that its
    /// kind requires.
    fn issues(&self, document: &Value) -> Vec<Issue> {
        let is_error = |issue: &Issue| issue.level == Level::Error;
        let mut issues: Vec<_> = check_envelope(document).into_iter().filter(is_error).collect();
        if issues.is_empty() {
            issues = check_spec(document).into_iter().filter(is_error).collect();
            if self.source.role == Role::Enrich {
                issues.retain(|issue| issue.code != "missing-field");
            }
        }
        if issues.is_empty()
            && let Err(error) = path_of(document).and_then(|path| path.check_portable())
        {
            issues.push(Issue::error("invalid-value", "/metadata/name", error.to_string()));
        }
        issues
    }

    /// Makes the diagnostic of an issue.
    fn problem(&self, record: &RecordId, document: &Value, issue: Issue) -> Diagnostic {
        let name = text_at(document, "/metadata/name").unwrap_or("without a name");
        let kind = text_at(document, "/kind").unwrap_or("entity");
        let at = issue.pointer.trim_start_matches('/').replace('/', ".");
        let at = if at.is_empty() { at } else { format!("`{at}`: ") };
        let message = format!("{kind} `{name}`: {at}{}", issue.message);
        let problem = match self.places.get(&record.number) {
            Some(place) => Diagnostic::error(issue.code, place.at(&issue.pointer), message),
            None => self.source.mapping.problem(issue.code, record, message),
        };
        problem.hint_opt(issue.hint)
    }

    /// Makes the diagnostic of two records with different content for one entity. The hint has their
    /// titles when these differ.
    fn clash(
        &self,
        (first, known): (&RecordId, &Value),
        (second, document): (&RecordId, &Value),
    ) -> Diagnostic {
        let entity = reference_of(document);
        let titles = (text_at(known, "/metadata/title"), text_at(document, "/metadata/title"));
        let hint = match titles {
            (Some(one), Some(other)) if one != other => {
                format!("`{one}` and `{other}` become one name: give one of them another")
            }
            _ => "give the two different names, or the same content".to_owned(),
        };
        let places = (self.places.get(&first.number), self.places.get(&second.number));
        let problem = if let (Some(first), Some(second)) = places {
            let first = first.at("/metadata/name");
            let message = format!("`{entity}` is in {first} already, which is used instead");
            Diagnostic::error("duplicate-entity", second.at("/metadata/name"), message)
        } else {
            let message = format!(
                "`{entity}` is made of {first} already, with other content, which is used instead"
            );
            self.source.mapping.problem("duplicate-entity", second, message)
        };
        problem.hint(hint)
    }
}
