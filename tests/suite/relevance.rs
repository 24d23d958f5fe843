//! Whether search finds what people mean: questions with judged answers, over the sample company and over
//! a generated catalog.
//!
//! `tests/relevance/sample.yaml` was judged by hand; in the generated catalog each question is made of the
//! one document that it means. `benches/relevance.sh` prints the figures.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use callboard::{
    base::files::Directory,
    catalog::{self, docs},
    search::{Document, Hit, Searcher, build_index},
    site::{self, Documentation},
    snapshot,
};

/// How far down answers are looked at.
const DEPTH: usize = 10;
const GENERATED: usize = 5000;
/// Questions of each class over the generated catalog.
const EACH: usize = 15;

/// The file of judged questions: by class and question, what it means.
type Set = BTreeMap<String, BTreeMap<String, BTreeMap<String, u32>>>;

/// A question, its class and what it means: references, or addresses of pages, with their grades.
struct Judged {
    class: String,
    query: String,
    wanted: BTreeMap<String, u32>,
}

/// What an answer is worth.
struct Score {
    is_first: bool,
    ndcg: f64,
    /// What came, where that is not the best.
    came: Vec<String>,
}

impl Judged {
    fn new(class: &str, query: impl Into<String>, wanted: &str) -> Self {
        let wanted = BTreeMap::from([(wanted.to_owned(), 3)]);
        Self { class: class.into(), query: query.into(), wanted }
    }

    /// Success at 1, and the normalized discounted cumulative gain (Järvelin and Kekäläinen 2002, with the
    /// gains 2^grade - 1 of Burges et al. 2005): 1 where nothing could stand better.
    fn score(&self, searcher: &Searcher) -> Score {
        let hits = searcher.search(&self.query, DEPTH).expect("an answer").hits;
        let came: Vec<String> = hits.iter().map(name).collect();
        let grade = |name: &String| self.wanted.get(name).copied().unwrap_or(0);
        let grades: Vec<u32> = came.iter().map(grade).collect();
        let mut ideal: Vec<u32> = self.wanted.values().copied().collect();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        Score {
            is_first: grades.first() == ideal.first(),
            ndcg: gain(&grades) / gain(&ideal[..ideal.len().min(DEPTH)]),
            came,
        }
    }
}

fn gain(grades: &[u32]) -> f64 {
    let at =
        |(rank, grade): (usize, &u32)| (f64::from(1 << grade) - 1.0) / (rank as f64 + 2.0).log2();
    grades.iter().enumerate().map(at).sum()
}

/// A hit as judgements name it.
fn name(hit: &Hit) -> String {
    let shown = &hit.shown;
    if shown.name.is_empty() {
        shown.url.clone()
    } else {
        shown.reference().replace("default/", "")
    }
}

/// This repository's own portal, searched as its site is.
fn sample() -> (Searcher, Vec<Judged>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = std::fs::read_to_string(root.join("callboard.yaml")).expect("settings");
    let settings: serde_json::Value = serde_yaml::from_str(&settings).expect("settings");
    let sources = settings["sources"].as_array().expect("sources");
    let sources: Vec<String> =
        sources.iter().map(|name| name.as_str().expect("a name").to_owned()).collect();
    let (order, _) = snapshot::survey(root, &sources).expect("sources");
    let (catalog, _) = catalog::load(root, &order).expect("a catalog");
    let files = Directory::new(root);
    let docs = docs::load(&files, &catalog).expect("documentation");
    let documentation = Documentation { docs: &docs, files: &files };
    let index = site::search_index(&catalog, Some(documentation)).expect("an index");
    let judged = std::fs::read_to_string(root.join("tests/relevance/sample.yaml")).expect("a set");
    let judged: Set = serde_yaml::from_str(&judged).expect("a judged set");
    let of_class = |(class, queries): (String, BTreeMap<_, _>)| {
        let judged = move |(query, wanted)| Judged { class: class.clone(), query, wanted };
        queries.into_iter().map(judged).collect::<Vec<_>>()
    };
    (index.searcher().expect("an index"), judged.into_iter().flat_map(of_class).collect())
}

/// Words of names; none is a slip away from another.
const WORDS: [&str; 36] = [
    "account",
    "billing",
    "basket",
    "campaign",
    "carrier",
    "catalog",
    "checkout",
    "contract",
    "customer",
    "delivery",
    "discount",
    "forecast",
    "gateway",
    "identity",
    "invoice",
    "ledger",
    "loyalty",
    "mailing",
    "margin",
    "mobile",
    "notification",
    "order",
    "packaging",
    "payment",
    "picking",
    "portal",
    "pricing",
    "purchase",
    "refund",
    "report",
    "returns",
    "search",
    "shipping",
    "stock",
    "supplier",
    "warehouse",
];
const ENDS: [&str; 6] = ["api", "service", "worker", "web", "batch", "adapter"];
const SAID: [&str; 8] = [
    "Gère les commandes des clients",
    "Handles requests of partners",
    "Calcule chaque nuit les écarts",
    "Stores events for later analysis",
    "Envoie des messages aux équipes",
    "Validates what suppliers send",
    "Prépare les colis pour le transport",
    "Keeps prices of all countries",
];

/// A catalog of believable components: each name is three words, and each has a code and an operation.
fn generated() -> (Searcher, Vec<Judged>) {
    let number = |at: usize, salt: usize| (at * 7919 + salt * 104_729 + at / 36 * 31) % WORDS.len();
    let mut documents = BTreeMap::new();
    for at in 0..GENERATED {
        let (first, second) = (WORDS[at % 36], WORDS[(at / 36 + number(at, 1)) % 36]);
        let name = format!("{first}-{second}-{}-{}", ENDS[at % 6], at / 36 % 100);
        let document = Document {
            url: format!("catalog/default/component/{name}.html"),
            kind: "Component".into(),
            namespace: "default".into(),
            description: format!("{} ({first} {}).", SAID[at % 8], WORDS[number(at, 3)]),
            owner: format!("Équipe {}", WORDS[number(at, 4)]),
            lifecycle: if at % 9 == 0 { "deprecated" } else { "production" }.into(),
            tags: vec![["java", "rust", "go", "python"][at % 4].into()],
            keywords: vec![
                format!("APP-{:05}", at * 17 % 99_991),
                format!("POST /{second}s/{}/{first}", ENDS[(at + 1) % 6]),
            ],
            name: name.clone(),
            ..Document::default()
        };
        documents.insert(name, document);
    }
    let documents: Vec<Document> = documents.into_values().collect();
    let judged = judged(&documents);
    (build_index(documents).expect("an index").searcher().expect("an index"), judged)
}

fn judged(documents: &[Document]) -> Vec<Judged> {
    let mut judged = Vec::new();
    for at in 0..EACH {
        let place = at * (documents.len() / EACH) + at;
        let Document { name, keywords, .. } = &documents[place];
        let reference = format!("component:{name}");
        let mut add = |class, query: String| judged.push(Judged::new(class, query, &reference));
        add("exact-name", name.clone());
        add("exact-name", name.split('-').map(capital).collect());
        // What tells it from its neighbours, which are sorted.
        let shared = |other: &Document| {
            name.bytes().zip(other.name.bytes()).take_while(|(a, b)| a == b).count()
        };
        let next = [place - usize::from(place > 0), place + 1].map(|at| shared(&documents[at]) + 1);
        let own = next.into_iter().max().unwrap_or(0);
        if own < name.len() {
            add("prefix", name[..own].to_owned());
        }
        add("typo", slip(name, at));
        add("words", name.replace('-', " "));
        add("code", keywords[0].clone());
        add("code", keywords[0].to_lowercase());
    }
    judged
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

/// The name with one slip in its first word: a letter too few, too many, another, or two that changed places.
fn slip(name: &str, at: usize) -> String {
    let place = 2 + at % 3;
    match at % 4 {
        0 => format!("{}{}", &name[..place], &name[place + 1..]),
        1 => format!("{}x{}", &name[..place], &name[place..]),
        2 => format!("{}x{}", &name[..place], &name[place + 1..]),
        _ => {
            let (a, b) = (&name[place..=place], &name[place + 1..place + 2]);
            format!("{}{b}{a}{}", &name[..place], &name[place + 2..])
        }
    }
}

/// The figures of one class of questions.
#[derive(Default)]
struct Class {
    questions: usize,
    firsts: usize,
    ndcg: f64,
}

impl Class {
    fn add(&mut self, score: &Score) {
        self.questions += 1;
        self.firsts += usize::from(score.is_first);
        self.ndcg += score.ndcg;
    }

    fn success(&self) -> f64 {
        self.firsts as f64 / self.questions as f64
    }

    fn mean(&self) -> f64 {
        self.ndcg / self.questions as f64
    }
}

#[test]
fn people_find_what_they_mean() {
    let mut classes: BTreeMap<String, Class> = BTreeMap::new();
    let mut worst = Vec::new();
    for (searcher, judged) in [sample(), generated()] {
        for question in judged {
            let score = question.score(&searcher);
            classes.entry(question.class.clone()).or_default().add(&score);
            classes.entry("all".into()).or_default().add(&score);
            worst.push((score, question));
        }
    }
    worst.retain(|(score, _)| score.ndcg < 0.95);
    worst.sort_by(|(a, _), (b, _)| a.ndcg.total_cmp(&b.ndcg));
    let mut table =
        format!("{:<12} {:>9} {:>9} {:>8}\n", "class", "questions", "success@1", "nDCG@10");
    for (name, class) in &classes {
        let Class { questions, .. } = class;
        let _ = writeln!(
            table,
            "{name:<12} {questions:>9} {:>9.3} {:>8.3}",
            class.success(),
            class.mean()
        );
    }
    let mut missed = String::new();
    for (score, Judged { class, query, wanted }) in &worst {
        let came: Vec<_> = score.came.iter().take(3).collect();
        let _ = writeln!(
            missed,
            "{:.2} {class} `{query}`: wanted {wanted:?}, came {came:?}",
            score.ndcg
        );
    }
    println!("{table}\n{missed}");
    assert!(classes["all"].questions >= 150, "{table}");
    for (class, least) in [("exact-name", 0.95), ("prefix", 0.9), ("typo", 0.9)] {
        assert!(classes[class].success() >= least, "{class}\n{table}\n{missed}");
    }
    // What is reached is more than what was asked for (0.9): this holds it.
    assert!(classes["all"].mean() >= 0.97, "{table}\n{missed}");
}
