//! Whether search finds what people mean: questions with judged answers, over the sample company and over
//! a generated catalog.
//!
//! `tests/relevance/` has the questions that were judged by hand and the generator; others are made of the
//! component that they mean. `benches/relevance.sh` prints the figures.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use callboard::{
    base::files::Directory,
    catalog::{self, docs},
    search::{Document, Hit, Searcher, build_index},
    site::{self, Documentation},
    snapshot,
};

#[path = "../relevance/generated.rs"]
mod generated;

/// How far down answers are looked at.
const DEPTH: usize = 10;
/// Questions of each class that are derived from components of the generated catalog.
const EACH: usize = 15;

/// The file of judged questions: by class and question, what it means.
type Set = BTreeMap<String, BTreeMap<String, BTreeMap<String, u32>>>;

/// A question, its class and what it means: references, or addresses of pages, with their grades.
#[derive(Clone)]
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
    let settings: serde_json::Value = callboard::base::yaml::from_str(&settings).expect("settings");
    let sources = settings["sources"].as_array().expect("sources");
    let sources: Vec<String> =
        sources.iter().map(|name| name.as_str().expect("a name").to_owned()).collect();
    let (order, _) = snapshot::survey(root, &sources).expect("sources");
    let (catalog, _) = catalog::load_from(&Directory::new(root), &order).expect("a catalog");
    let files = Directory::new(root);
    let docs = docs::load(&files, &catalog).expect("documentation");
    let documentation = Documentation { docs: &docs, files: &files };
    let index = site::search_index(&catalog, Some(documentation)).expect("an index");
    (index.searcher().expect("an index"), by_hand("sample.yaml"))
}

/// Questions that were judged by reading the catalog.
fn by_hand(file: &str) -> Vec<Judged> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/relevance").join(file);
    let set = std::fs::read_to_string(path).expect("a set");
    let set: Set = callboard::base::yaml::from_str(&set).expect("a judged set");
    let of_class = |(class, queries): (String, BTreeMap<_, _>)| {
        let judged = move |(query, wanted)| Judged { class: class.clone(), query, wanted };
        queries.into_iter().map(judged).collect::<Vec<_>>()
    };
    set.into_iter().flat_map(of_class).collect()
}

/// The generated company, asked what was judged by hand and for a few of its components.
fn generated_company() -> (Searcher, Vec<Judged>) {
    let mut documents = generated::documents();
    documents.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(documents.len() >= 5000, "{}", documents.len());
    let components: Vec<&Document> = documents
        .iter()
        .filter(|document| document.kind == "Component" && document.name.contains('-'))
        .collect();
    let judged = [by_hand("generated.yaml"), derived(&components)].concat();
    (build_index(documents).expect("an index").searcher().expect("an index"), judged)
}

/// Questions that are made of the component that they mean.
fn derived(documents: &[&Document]) -> Vec<Judged> {
    let mut judged = Vec::new();
    for at in 0..EACH {
        let place = at * (documents.len() / EACH) + at;
        let Document { name, keywords, .. } = documents[place];
        let reference = format!("component:{name}");
        let mut add = |class, query: String| judged.push(Judged::new(class, query, &reference));
        add("exact-name", name.clone());
        add("exact-name", name.split('-').map(generated::capital).collect());
        // What tells it from its neighbours, which are sorted.
        let shared = |other: &Document| {
            name.bytes().zip(other.name.bytes()).take_while(|(a, b)| a == b).count()
        };
        let next = [place - usize::from(place > 0), place + 1].map(|at| shared(documents[at]) + 1);
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

/// The name with one slip in its first word: a letter too few, too many, another, or two that changed places.
fn slip(name: &str, at: usize) -> String {
    let first = name.find('-').expect("names have several words");
    let place = 1 + at % (first - 2);
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
fn judged_questions_find_their_answers() {
    let mut classes: BTreeMap<String, Class> = BTreeMap::new();
    let mut worst = Vec::new();
    for (searcher, judged) in [sample(), generated_company()] {
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
