//! Checks what a mapping made, and unites what several records say alike.

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

/// What a source says, and what of it cannot be taken.
pub(super) struct EntitySet {
    /// The entities in canonical form.
    pub(super) entities: Entities,
    /// Which files said them.
    pub(super) origins: Origins,
    /// Records and documents of which nothing, or not all, was taken.
    pub(super) faults: Vec<Fault>,
}

/// Checks all that was made, and brings it together.
///
/// The same entity from several records is one entity. Where the same reference has different content,
/// the first record in the order of reading wins, and the fault of the other names both.
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

/// Checks what came of one record: its entities in canonical form, and all that is wrong with them.
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

/// Checks the entities of a source, and places what is wrong: in the file that has it when the record
/// is a document of a file, else in the mapping.
struct Checker<'a> {
    source: &'a Source,
    places: &'a DocumentPlaces,
}

impl Checker<'_> {
    fn fault(&self, record: &RecordId, problem: Diagnostic, subject: Subject) -> Fault {
        let place = self.places.get(&record.number);
        Fault::new(problem, subject).in_repository(place.and_then(|p| p.file.repository()))
    }

    /// A record that the mapping cannot read.
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

    /// An entity that breaks rules: one fault for each, of which the first counts.
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

    /// Finds all that is wrong with one entity. A fragment that only enriches may leave out what its
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

    /// Places what is wrong with an entity.
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

    /// Reports two records that say different things of one entity. Their titles, where they differ,
    /// are what people know the two by.
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
            let message = format!("`{entity}` is in {first} already, which is taken");
            Diagnostic::error("duplicate-entity", second.at("/metadata/name"), message)
        } else {
            let message = format!(
                "`{entity}` is made of {first} already, with other content, which is taken"
            );
            self.source.mapping.problem("duplicate-entity", second, message)
        };
        problem.hint(hint)
    }
}
