//! What the last snapshot could not read: sources and documents, and the entities that show something
//! older because of that.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::Atlas;
use crate::{
    catalog::{Entity, EntityRef},
    site::{
        input::{Freshness, SourceFailure, StaleDocument},
        pages::health::coded,
        parts::frame::{Card, Moment},
    },
};

/// Most rows of one reason on a page, and most entities of a row.
const ROWS: usize = 50;
const CARDS: usize = 5;

/// What could not be read, by what it is the reason of.
#[derive(Debug, Default)]
pub(crate) struct ReadFailures<'a> {
    freshness: Option<&'a Freshness>,
    failing: HashMap<&'a str, (&'a SourceFailure, Option<jiff::Timestamp>)>,
    stale: HashMap<&'a EntityRef, Vec<(&'a str, &'a StaleDocument)>>,
}

/// One reason why something is older than it should be.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ReadFailure<'a> {
    pub(crate) source: &'a str,
    /// File and line; `None` when the whole source cannot be read.
    pub(crate) place: Option<String>,
    #[serde(skip)]
    text: &'a str,
    /// HTML: what stands in backticks is code.
    reason: String,
    pub(crate) since: Moment,
    /// When what is shown was read, when that is known.
    pub(crate) read: Option<Moment>,
}

/// Documents that cannot be read for one reason.
#[derive(Debug, Serialize)]
pub(crate) struct FailureGroup<'a> {
    reason: String,
    code: &'a str,
    count: usize,
    rows: Vec<FailureRow<'a>>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct FailureRow<'a> {
    #[serde(flatten)]
    failure: ReadFailure<'a>,
    /// Entities whose last good fragments stay.
    cards: Vec<Card<'a>>,
    more: usize,
}

impl<'a> ReadFailures<'a> {
    pub(crate) fn new(freshness: &'a Freshness) -> Self {
        let mut unread = Self { freshness: Some(freshness), ..Self::default() };
        for source in &freshness.sources {
            if let Some(failure) = &source.failure {
                unread.failing.insert(&source.name, (failure, source.read));
            }
            for document in &source.stale {
                for entity in &document.entities {
                    unread.stale.entry(entity).or_default().push((&source.name, document));
                }
            }
        }
        unread
    }

    /// Why what is shown of an entity is older than it should be: sources first.
    pub(crate) fn of(&self, entity: &'a Entity) -> Vec<ReadFailure<'a>> {
        if self.failing.is_empty() && self.stale.is_empty() {
            return Vec::new();
        }
        let mut sources: Vec<&str> = entity.fragments.iter().map(|f| &*f.source).collect();
        sources.sort_unstable();
        sources.dedup();
        let failing = sources.iter().filter_map(|name| {
            let (name, (failure, read)) = self.failing.get_key_value(name)?;
            Some(ReadFailure::of_source(name, failure, *read))
        });
        let stale = self.stale.get(&entity.reference).into_iter().flatten();
        let stale = stale.filter(|(source, _)| sources.contains(source));
        failing
            .chain(stale.map(|(source, document)| ReadFailure::of_document(source, document)))
            .collect()
    }

    /// Sources that cannot be read, in the order of the settings.
    pub(crate) fn sources(&self) -> Vec<ReadFailure<'a>> {
        let sources = self.freshness.into_iter().flat_map(|freshness| &freshness.sources);
        let failing = sources.filter_map(|source| {
            Some(ReadFailure::of_source(&source.name, source.failure.as_ref()?, source.read))
        });
        failing.collect()
    }

    /// Documents that cannot be read, by reason, the most frequent first.
    pub(crate) fn documents(&self, atlas: &Atlas<'a>) -> Vec<FailureGroup<'a>> {
        let mut reasons: BTreeMap<(&str, &str), Vec<(&'a str, &'a StaleDocument)>> =
            BTreeMap::new();
        for source in self.freshness.into_iter().flat_map(|freshness| &freshness.sources) {
            for document in &source.stale {
                let reason = (document.problem.message.as_str(), document.code.as_str());
                reasons.entry(reason).or_default().push((&source.name, document));
            }
        }
        let row = |&(source, document): &(&'a str, &'a StaleDocument)| {
            let cards = document.entities.iter().take(CARDS);
            FailureRow {
                failure: ReadFailure::of_document(source, document),
                cards: cards.map(|entity| Card::to(atlas, entity)).collect(),
                more: document.entities.len().saturating_sub(CARDS),
            }
        };
        let group = |((reason, code), documents): ((&str, &'a str), Vec<_>)| FailureGroup {
            reason: coded(reason),
            code,
            count: documents.len(),
            more: documents.len().saturating_sub(ROWS),
            rows: documents.iter().take(ROWS).map(row).collect(),
        };
        let mut groups: Vec<_> = reasons.into_iter().map(group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        groups
    }
}

impl<'a> ReadFailure<'a> {
    /// All of it in one line, for machines: times as RFC 3339.
    pub(crate) fn sentence(&self) -> String {
        let Self { source, text, since, .. } = self;
        let what = match &self.place {
            Some(place) => format!("`{place}` of the source `{source}`"),
            None => format!("the source `{source}`"),
        };
        let read = self.read.as_ref().map(|read| format!("; what it said last is of {}", read.iso));
        format!("{what} cannot be read since {}: {text}{}", since.iso, read.unwrap_or_default())
    }

    fn of_source(
        source: &'a str,
        failure: &'a SourceFailure,
        read: Option<jiff::Timestamp>,
    ) -> Self {
        Self {
            source,
            place: None,
            text: &failure.reason,
            reason: coded(&failure.reason),
            since: failure.since.into(),
            read: read.map(Moment::from),
        }
    }

    fn of_document(source: &'a str, document: &'a StaleDocument) -> Self {
        let StaleDocument { problem, since, read, .. } = document;
        Self {
            source,
            place: Some(problem.place.to_string()),
            text: &problem.message,
            reason: coded(&problem.message),
            since: (*since).into(),
            read: read.map(Moment::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::{
        diagnostics::{Diagnostic, Place, Position},
        fs::MemorySink,
    };
    use crate::catalog::{Catalog, history::History};
    use crate::site::{
        Record, Shard, SourceState, build,
        input::{Input, Settings},
        tests::entity,
    };

    fn day(day: i64) -> jiff::Timestamp {
        jiff::Timestamp::from_second(day * 86_400).expect("a time")
    }

    fn stale(file: &str, reason: &str, entities: &[&str]) -> StaleDocument {
        let place = Place::at(file, Some(Position { line: 3, column: 1 }));
        let entities = entities.iter().map(|name| EntityRef::new("component", "default", name));
        StaleDocument {
            code: "invalid-yaml".into(),
            problem: Diagnostic::warning("stale-document", place, reason),
            since: day(2),
            read: Some(day(1)),
            entities: entities.collect(),
        }
    }

    #[test]
    fn a_stale_document_is_told_on_the_pages_of_its_entities_and_by_reason_in_health() {
        let component = |name: &str| {
            entity(json!({
                "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
                "metadata": {"name": name}, "spec": {"type": "service", "lifecycle": "production"},
            }))
        };
        let catalog = Catalog::new(["cart", "basket", "other"].map(component).into());
        let documents = vec![
            stale("https://git.example/a.git:<b>.yaml", "a `<b>` is missing", &["cart", "basket"]),
            stale("https://git.example/c.git:catalog-info.yaml", "a `<b>` is missing", &[]),
            stale("https://git.example/d.git:catalog-info.yaml", "it is no text", &["gone"]),
        ];
        let state =
            SourceState { name: "manual".into(), stale: documents, ..SourceState::default() };
        let freshness = Freshness { sources: vec![state], ..Freshness::default() };
        let sink = MemorySink::default();
        let input = Input {
            catalog: &catalog,
            diagnostics: &[],
            lints: &[],
            settings: &Settings::default(),
            freshness: &freshness,
            history: &History::default(),
            docs: None,
            runs: &[],
            requests: &std::collections::BTreeMap::new(),
            theme: None,
            now: day(3),
        };
        build(&input, &sink, &Record::default(), Shard::WHOLE).expect("a site");
        let files = sink.into_files();
        let file = |name: &str| {
            let found = files.iter().find(|(path, _)| path.as_str() == name).expect(name);
            String::from_utf8_lossy(found.1).into_owned()
        };
        let told = "https:&#x2F;&#x2F;git.example&#x2F;a.git:&lt;b&gt;.yaml:3:1";
        let place = |page: &str| page.replace('/', "&#x2F;").contains(&told.replace('/', "&#x2F;"));
        for name in ["cart", "basket"] {
            let page = file(&format!("catalog/default/component/{name}.html"));
            assert!(page.contains("a <code>&lt;b&gt;</code> is missing") && place(&page), "{page}");
            assert!(page.contains("1970-01-02T00:00:00Z"), "{page}");
        }
        assert!(!file("catalog/default/component/other.html").contains("is missing"));
        let health = file("health.html");
        let at = |text: &str| health.find(text).unwrap_or_else(|| panic!("{text}: {health}"));
        let (first, second) = (at("a <code>&lt;b&gt;</code> is missing"), at("it is no text"));
        assert!(
            first < second && health[first..second].contains("<span class=\"n\">2</span>"),
            "{health}"
        );
        assert!(file("assets/state.json").contains("\"problems\":3"));
    }
}
