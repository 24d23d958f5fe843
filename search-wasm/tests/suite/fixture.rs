//! Documents for tests: a few written ones and any number of generated ones, the same every time.

use callboard_search::{Document, Searcher, build_index};

/// A document with a name only.
pub(crate) fn named(kind: &str, name: &str) -> Document {
    Document {
        url: format!("catalog/default/{}/{name}.html", kind.to_lowercase()),
        kind: kind.into(),
        namespace: "default".into(),
        name: name.into(),
        lifecycle: "production".into(),
        ..Document::default()
    }
}

const FIRST: [&str; 12] = [
    "checkout",
    "payment",
    "order",
    "stock",
    "catalogue",
    "loyalty",
    "shipping",
    "invoice",
    "search",
    "pricing",
    "customer",
    "returns",
];
const SECOND: [&str; 10] =
    ["api", "service", "worker", "frontend", "gateway", "batch", "db", "events", "mobile", "admin"];
const WORDS: [&str; 16] = [
    "gère",
    "les",
    "commandes",
    "paiement",
    "client",
    "récupère",
    "stocks",
    "handles",
    "requests",
    "from",
    "stores",
    "nightly",
    "Kafka",
    "PostgreSQL",
    "équipe",
    "livraison",
];

/// Generates `number` documents of believable components.
pub(crate) fn generated(number: usize) -> Vec<Document> {
    let mut state = 42_u64;
    let mut pick = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut documents = Vec::with_capacity(number);
    for at in 0..number {
        let (first, second) = (FIRST[pick(FIRST.len())], SECOND[pick(SECOND.len())]);
        let name = format!("{first}-{second}-{at}");
        let mut sentence = |words: usize| {
            (0..words).map(|_| WORDS[pick(WORDS.len())]).collect::<Vec<_>>().join(" ")
        };
        documents.push(Document {
            title: format!("{first} {second}"),
            description: sentence(12),
            text: sentence(60),
            owner: format!("Team {}", FIRST[pick(FIRST.len())]),
            tags: vec![SECOND[pick(SECOND.len())].into(), "java".into()],
            lifecycle: ["production", "experimental", "deprecated"][pick(3)].into(),
            ..named("Component", &name)
        });
    }
    documents
}

/// Opens an index of some documents.
pub(crate) fn searcher(documents: Vec<Document>) -> Searcher {
    build_index(documents).unwrap().searcher().unwrap()
}
