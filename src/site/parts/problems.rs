//! Problems as pages show them: diagnostics, and what the last snapshot could not read.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{card::Card, moment::Moment};
use crate::{
    base::diagnostics::Diagnostic,
    catalog::Entity,
    site::{
        input::StaleDocument,
        model::{Model, read_failures::ReadFailure},
        text::escape::message_html,
    },
};

/// How many documents of one reason a page lists, and how many entities of a document.
const ROWS: usize = 50;
const CARDS: usize = 5;

/// One diagnostic.
#[derive(Debug, Serialize)]
pub(crate) struct ProblemView {
    level: &'static str,
    code: &'static str,
    place: String,
    /// HTML: what stands in backticks is code.
    message: String,
    hint: Option<String>,
}

/// One reason why data is older than the last snapshot.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ReadFailureView<'a> {
    source: &'a str,
    /// File and line; `None` when the whole source cannot be read.
    place: Option<String>,
    /// HTML: what stands in backticks is code.
    reason: String,
    since: Moment,
    /// When the data that the page shows was read, if that is known.
    read: Option<Moment>,
}

/// Documents that cannot be read for one reason.
#[derive(Debug, Serialize)]
pub(crate) struct FailureGroup<'a> {
    reason: String,
    code: &'a str,
    count: usize,
    rows: Vec<FailureRow<'a>>,
    /// How many documents are not listed.
    more: usize,
}

#[derive(Debug, Serialize)]
struct FailureRow<'a> {
    #[serde(flatten)]
    failure: ReadFailureView<'a>,
    /// Entities that keep the data of the last document that could be read.
    cards: Vec<Card<'a>>,
    /// How many entities are not listed.
    more: usize,
}

impl From<&Diagnostic> for ProblemView {
    fn from(diagnostic: &Diagnostic) -> Self {
        Self {
            level: diagnostic.level.as_str(),
            code: diagnostic.code,
            place: diagnostic.place.to_string(),
            message: message_html(&diagnostic.message),
            hint: diagnostic.hint.as_deref().map(message_html),
        }
    }
}

impl<'a> From<ReadFailure<'a>> for ReadFailureView<'a> {
    fn from(failure: ReadFailure<'a>) -> Self {
        Self {
            source: failure.source,
            place: failure.place.map(ToString::to_string),
            reason: message_html(failure.reason),
            since: failure.since.into(),
            read: failure.read.map(Moment::from),
        }
    }
}

/// Why the data of an entity is older than the last snapshot.
pub(crate) fn read_failures<'a>(model: &Model<'a>, entity: &Entity) -> Vec<ReadFailureView<'a>> {
    model.read_failures.of(entity).into_iter().map(ReadFailureView::from).collect()
}

/// Documents that cannot be read, by reason, the most frequent reason first.
pub(crate) fn failure_groups<'a>(model: &Model<'a>) -> Vec<FailureGroup<'a>> {
    let mut reasons: BTreeMap<(&str, &str), Vec<(&'a str, &'a StaleDocument)>> = BTreeMap::new();
    for (source, document) in model.read_failures.documents() {
        let reason = (document.problem.message.as_str(), document.code.as_str());
        reasons.entry(reason).or_default().push((source, document));
    }
    let row = |&(source, document): &(&'a str, &'a StaleDocument)| {
        let cards = document.entities.iter().take(CARDS);
        FailureRow {
            failure: ReadFailure::of_document(source, document).into(),
            cards: cards.map(|entity| Card::to(model, entity)).collect(),
            more: document.entities.len().saturating_sub(CARDS),
        }
    };
    let group = |((reason, code), documents): ((&str, &'a str), Vec<_>)| FailureGroup {
        reason: message_html(reason),
        code,
        count: documents.len(),
        more: documents.len().saturating_sub(ROWS),
        rows: documents.iter().take(ROWS).map(row).collect(),
    };
    let mut groups: Vec<_> = reasons.into_iter().map(group).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        base::{
            diagnostics::{Diagnostic, Place, Position},
            fs::MemorySink,
        },
        catalog::{Catalog, EntityRef, history::History, testing::entity},
        site::{
            Record, Shard, SourceState, build,
            input::{Freshness, Input, Settings},
        },
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
    fn a_stale_document_is_shown_on_its_entities_and_by_reason_in_health() {
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
            claims: &std::collections::BTreeMap::new(),
            theme: None,
            now: day(3),
        };
        build(&input, &sink, &Record::default(), Shard::WHOLE).expect("a site");
        let files = sink.into_files();
        let file = |name: &str| {
            let found = files.iter().find(|(path, _)| path.as_str() == name).expect(name);
            String::from_utf8_lossy(found.1).into_owned()
        };
        let text = "https:&#x2F;&#x2F;git.example&#x2F;a.git:&lt;b&gt;.yaml:3:1";
        let place = |page: &str| page.replace('/', "&#x2F;").contains(&text.replace('/', "&#x2F;"));
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
