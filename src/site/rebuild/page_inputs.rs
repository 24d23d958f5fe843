//! The inputs of an entity's page, as one hash: when it has not changed since the last build, the page is kept
//! without making its view.
//!
//! The hash covers more than the page shows, and is much faster to compute than the view: the documents of the
//! entity and its neighbours, its events, its problems, and of all other entities what pages may show of them
//! ([`super::digest::Digests::outline`]). A view that shows more of other entities must add it here; otherwise a
//! build keeps pages that are out of date. The test below changes each field of a catalog to find such a view.

use super::digest::Digests;
use crate::{
    catalog::Entity,
    site::{
        error::Error,
        key::key,
        model::{Model, events::DatedEvent},
        parts::{
            facts::REQUEST,
            problems::{ProblemView, read_failures},
        },
    },
};

/// The hash of the inputs of an entity's page. `None` for pages that show more than it covers: those of
/// templates, and of entities with documentation.
pub(crate) fn of(
    model: &Model<'_>,
    digests: &Digests,
    entity: &Entity,
) -> Result<Option<u128>, Error> {
    if entity.reference.kind() == "template" || model.library.has(&entity.reference) {
        return Ok(None);
    }
    let own = digests.of(entity).document;
    let neighbours = entity.relations.iter().filter_map(|relation| {
        let place = relation.target_index? as usize;
        let is_troubled =
            model.problems.of_entity(&model.catalog.entities()[place]).next().is_some();
        Some((digests.all()[place].document, is_troubled))
    });
    let past = model.events.of(&entity.reference).map(event_id);
    let within = model.events.within(&entity.reference).into_iter().map(event_id);
    let problems = model.problems.of_entity(entity).map(ProblemView::from);
    // The document of an only fragment is that of the entity.
    let has_one = entity.fragments.len() == 1;
    let fragments = entity.fragments.iter().map(|fragment| {
        (&*fragment.source, &*fragment.file, (!has_one).then_some(&*fragment.document))
    });
    let all = (
        (own, neighbours.collect::<Vec<_>>(), fragments.collect::<Vec<_>>()),
        (past.collect::<Vec<_>>(), within.collect::<Vec<_>>()),
        (problems.collect::<Vec<_>>(), model.problems.has_owner(entity)),
        read_failures(model, entity),
        entity.annotation(REQUEST).is_some_and(|request| model.runs.has(request)),
    );
    key(digests.outline, "inputs", &all).map(Some)
}

/// What identifies an event; commits never change.
fn event_id(DatedEvent { commit, source, event }: DatedEvent<'_>) -> [&str; 3] {
    [&commit.id, &source.source, &event.entity]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rayon::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        base::diagnostics::{Diagnostic, Place},
        catalog::{Catalog, EntityRef, Fragment, history::History, testing::entity},
        site::{
            SourceFailure, SourceState, StaleDocument,
            input::{Freshness, Input, Settings},
            model::{ModelInput, cards::Cards},
            pages::{EntityPageContext, View},
            tests::{history, sample},
        },
    };

    /// Inputs of a build other than the documents of the catalog.
    struct CatalogFacts {
        diagnostics: Vec<Diagnostic>,
        history: History,
        /// The document of a weaker source for the entity `cart`.
        weaker: Value,
        freshness: Freshness,
    }

    /// The inputs and the key of the view of each entity's page.
    fn pages(documents: &[Value], facts: &CatalogFacts) -> BTreeMap<String, (Option<u128>, u128)> {
        let mut entities: Vec<_> = documents.iter().cloned().map(entity).collect();
        for cart in entities.iter_mut().filter(|e| e.reference.as_str() == "component:default/cart")
        {
            let weaker = Fragment {
                source: "inventory".into(),
                file: "catalog-data/entities/inventory/cart.yaml".into(),
                index: 0,
                document: facts.weaker.clone().into(),
            };
            cart.fragments.insert(0, weaker);
        }
        let catalog = Catalog::new(entities);
        let settings = Settings {
            new_file_url: Some("https://github.com/o/r/new/main?filename={path}".into()),
            ..Settings::default()
        };
        let input = Input {
            catalog: &catalog,
            diagnostics: &facts.diagnostics,
            lints: &[],
            settings: &settings,
            freshness: &facts.freshness,
            history: &facts.history,
            docs: None,
            runs: &[],
            requests: &std::collections::BTreeMap::new(),
            claims: &std::collections::BTreeMap::new(),
            theme: None,
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        let cards = Cards::new(&catalog).expect("cards");
        let model = Model::new(ModelInput::of(&input, &cards));
        let digests = Digests::new(&catalog).expect("digests");
        let shared = EntityPageContext::new(&input, &model, &digests);
        let page = |entity| {
            let view = View::new(&input, &model, &shared, entity);
            let inputs = of(&model, &digests, entity).expect("a hash");
            (entity.reference.to_string(), (inputs, key(0, "", &view).expect("a key")))
        };
        catalog.entities().iter().map(page).collect()
    }

    fn documents() -> Vec<Value> {
        let mut documents: Vec<_> = sample().iter().map(|e| (*e.document).clone()).collect();
        let more = json!({
            "annotations": {
                "backstage.io/source-location": "url:https://a.example/b/", "backstage.io/orphan": "true",
                "x.example/successor": "component:cart",
            },
            "labels": {"a": "b"},
            "links": [{"url": "https://a.example/c", "title": "Chat", "icon": "chat"}],
        });
        for (at, document) in documents.iter_mut().enumerate() {
            let (own, more) = (&mut document["metadata"], more.as_object().expect("a map"));
            own.as_object_mut().expect("a map").extend(more.clone());
            if at % 2 == 0 {
                document["metadata"]["title"] = format!("Number {at}").into();
            }
        }
        documents[3]["spec"]["lifecycle"] = "deprecated".into();
        documents[3]["spec"]["owner"] = "component:cart".into();
        documents[5]["spec"]["owner"] = "user:bob".into();
        documents
    }

    /// All documents with one change: a field removed, another text, another reference, a list without its last
    /// item.
    fn changes(document: &Value) -> Vec<Value> {
        let mut changed = Vec::new();
        let mut open = vec![String::new()];
        while let Some(at) = open.pop() {
            let value = document.pointer(&at).expect("there");
            let mut with = |new: Value| {
                let mut other = document.clone();
                *other.pointer_mut(&at).expect("there") = new;
                changed.push(other);
            };
            let below = |name: &str| format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            match value {
                Value::Object(map) => {
                    let needed = ["kind", "name", "metadata"];
                    for name in map.keys().filter(|name| !needed.contains(&name.as_str())) {
                        let mut less = map.clone();
                        less.shift_remove(name);
                        with(less.into());
                    }
                    open.extend(map.keys().filter(|name| *name != "kind").map(|name| below(name)));
                }
                Value::Array(items) => {
                    with(items[..items.len().saturating_sub(1)].into());
                    open.extend((0..items.len()).map(|item| below(&item.to_string())));
                }
                Value::String(_) => {
                    for other in ["other", "group:hen", "api:orders"] {
                        with(other.into());
                    }
                }
                _ => with("other".into()),
            }
        }
        changed
    }

    #[test]
    fn a_page_whose_view_changes_has_changed_inputs() {
        let documents = documents();
        let problem = |name: &str| {
            let place = Place::file(format!("catalog-data/manual/{name}.yaml"));
            Diagnostic::warning("odd", place, "`x` is odd")
        };
        let facts = |problems: &[&str], history: History, weaker: &str| CatalogFacts {
            diagnostics: problems.iter().map(|name| problem(name)).collect(),
            history,
            weaker: json!({"spec": {"owner": weaker}}),
            freshness: Freshness::default(),
        };
        let unread = |failure: Option<SourceFailure>, stale: Vec<StaleDocument>| CatalogFacts {
            freshness: Freshness {
                sources: vec![SourceState {
                    name: "inventory".into(),
                    failure,
                    stale,
                    ..SourceState::default()
                }],
                ..Freshness::default()
            },
            ..facts(&["cart"], history(), "hen")
        };
        let since = jiff::Timestamp::UNIX_EPOCH;
        let failure = |reason: &str| Some(SourceFailure { since, reason: reason.into() });
        let stale = vec![StaleDocument {
            code: "odd".into(),
            problem: problem("cart"),
            since,
            read: None,
            entities: vec![EntityRef::new("component", "default", "cart")],
        }];
        let same = facts(&["cart"], history(), "hen");
        let before = pages(&documents, &same);
        let mut without = documents.clone();
        without.remove(2);
        let others = [
            (&without, &same),
            (&documents, &facts(&[], history(), "hen")),
            (&documents, &facts(&["cart", "orders"], history(), "hen")),
            (&documents, &facts(&["cart"], History::default(), "hen")),
            (&documents, &facts(&["cart"], history(), "egg")),
            (&documents, &unread(failure("a"), Vec::new())),
            (&documents, &unread(None, stale)),
        ];
        let others = others.map(|(documents, facts)| pages(documents, facts));
        let changed = (0..documents.len()).into_par_iter().flat_map_iter(|at| {
            let (documents, same) = (&documents, &same);
            changes(&documents[at]).into_iter().map(move |changed| {
                let mut all = documents.clone();
                all[at] = changed;
                pages(&all, same)
            })
        });
        let changed: Vec<_> = changed.chain(others.into_par_iter()).collect();
        let (mut other_pages, mut kept) = (0, 0);
        for after in &changed {
            for (name, (inputs, key)) in after {
                let Some((inputs_before, key_before)) = before.get(name) else { continue };
                let is_kept = inputs.is_some() && inputs == inputs_before;
                assert!(
                    !is_kept || key == key_before,
                    "the page of {name} changes, but its inputs are equal"
                );
                other_pages += usize::from(key != key_before);
                kept += usize::from(is_kept);
            }
        }
        // Many pages change and many are kept, so that the assertion above is tested both ways.
        assert!(changed.len() > 300 && other_pages > 1000, "{} {other_pages}", changed.len());
        assert!(kept > 1000, "{kept}");
    }
}
